import ArgumentParser
import XenDriver
import XenUnits

/// `detach-device-alias DOMAIN ALIAS`.
struct DetachDeviceAlias: Verb {
    static let configuration = CommandConfiguration(
        commandName: "detach-device-alias",
        abstract: "Unplug the device of an alias.",
        usage: """
            xenkeeper detach-device-alias <domain> <alias> [--current | --live --config] [--force] \
            [--timeout <seconds>]
            """,
        discussion: """
            Without a scope flag the running domain is changed if it runs, else the persistent definition. The command \
            ends once the device is gone.
            """)

    @Argument(help: ArgumentHelp("The domain: its id, UUID or name.", valueName: "domain"))
    var domainWord: String?

    @Argument(help: ArgumentHelp("The device's alias, given or generated.", valueName: "alias"))
    var aliasWord: String?

    @Option(name: .customLong("domain"), help: ArgumentHelp("The domain, by name.", valueName: "domain"))
    var namedDomain: String?

    @Option(name: .customLong("alias"), help: ArgumentHelp("The alias, by name.", valueName: "alias"))
    var namedAlias: String?

    @Flag(help: "Take the device away without asking the guest, who may lose what it had not written yet.")
    var force = false

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func operands() throws -> Operands {
        try Operands(
            [Operands.Slot(name: "domain", named: namedDomain), Operands.Slot(name: "alias", named: namedAlias)],
            words: [domainWord, aliasWord])
    }

    func validate() throws {
        _ = try operands()
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let operands = try operands()
        let domain = DomainReference(try operands.required("domain"))
        let alias = try operands.required("alias")
        let scope = try scope.scope(unsaid: .current)
        let driver = try context.driver(change.settings)
        let outcome = try await attempting("Failed to detach device with alias \(alias)", on: domain) {
            () throws(DriverError) in
            try await driver.detach(.alias(alias), from: domain, scope: scope, force: force, isStrict: false)
        }
        return Reply(outcome, "Device detach request sent successfully", isForceAsked: force)
    }
}

/// `domif-setlink DOMAIN INTERFACE STATE`.
struct DomifSetlink: Verb {
    static let configuration = CommandConfiguration(
        commandName: "domif-setlink",
        abstract: "Pull or plug the cable of a network interface.",
        usage: """
            xenkeeper domif-setlink <domain> (<interface> | --alias <alias> | --identity <identity>) (up | down) \
            [--current | --live --config] [--foreign] [--timeout <seconds>]
            """,
        discussion: """
            Without a scope flag the running domain is changed if it runs, else the persistent definition. The state is \
            kept when the interface is unplugged and plugged again.
            """)

    @Argument(help: ArgumentHelp("The domain: its id, UUID or name.", valueName: "domain"))
    var domainWord: String?

    @Argument(
        help: ArgumentHelp(
            "The interface: the name of its host end (vif1.0) or its MAC address; left out with --alias or --identity.",
            valueName: "interface"))
    var interfaceWord: String?

    @Argument(help: ArgumentHelp("up or down.", valueName: "state"))
    var stateWord: String?

    @Option(name: .customLong("domain"), help: ArgumentHelp("The domain, by name.", valueName: "domain"))
    var namedDomain: String?

    @Option(name: .customLong("interface"), help: ArgumentHelp("The interface, by name.", valueName: "interface"))
    var namedInterface: String?

    @Option(name: .customLong("alias"), help: ArgumentHelp("The alias of the interface.", valueName: "alias"))
    var alias: String?

    @OptionGroup var identity: IdentityOption

    @Option(name: .customLong("state"), help: ArgumentHelp("The state, by name.", valueName: "state"))
    var namedState: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    /// What the operands say; an alias or an identity takes the interface's slot away.
    private func resolved() throws -> (domain: DomainReference, device: DeviceSelector, state: LinkState) {
        for (isGiven, name) in [(alias != nil, "alias"), (identity.identity != nil, "identity")]
        where isGiven && namedInterface != nil {
            throw ValidationError("Options --interface and --\(name) are mutually exclusive")
        }
        let selectors = (alias.map { [DeviceSelector.alias($0)] } ?? []) + identity.selectors
        var slots = [Operands.Slot(name: "domain", named: namedDomain)]
        if selectors.isEmpty { slots.append(Operands.Slot(name: "interface", named: namedInterface)) }
        slots.append(Operands.Slot(name: "state", named: namedState))
        let operands = try Operands(slots, words: [domainWord, interfaceWord, stateWord])
        let text = try operands.required("state")
        guard let state = LinkState(rawValue: text) else { throw ValidationError("invalid link state '\(text)'") }
        let device: DeviceSelector =
            selectors.isEmpty ? .interface(try operands.required("interface")) : .all(selectors)
        return (DomainReference(try operands.required("domain")), device, state)
    }

    func validate() throws {
        _ = try resolved()
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, device, state) = try resolved()
        let scope = try scope.scope(unsaid: .current)
        let driver = try context.driver(foreign.settings(change))
        let outcome = try await attempting("Failed to update interface link state", on: domain) {
            () throws(DriverError) in
            try await driver.setLinkState(state, of: device, in: domain, scope: scope)
        }
        return Reply(outcome, "Device updated successfully")
    }
}
