import ArgumentParser
import XenDriver
import XenUnits

/// `detach-device-alias DOMAIN ALIAS`.
struct DetachDeviceAlias: Verb {
    static let configuration = VerbName.detachDeviceAlias.configuration(
        abstract: "Unplug the device of an alias.",
        usage: """
            <domain> <alias> \(ScopeOptions.usage) [--force] \
            \(ChangeOptions.usage)
            """,
        discussion: """
            Without a scope flag the running domain is changed if it runs, else the persistent definition. The command \
            ends once the device is gone.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(help: ArgumentHelp("The device's alias, given or generated.", valueName: "alias"), completion: .known)
    var aliasWord: String?

    @Option(
        name: .customLong("alias"), help: ArgumentHelp("The alias, by name.", valueName: "alias"), completion: .known)
    var namedAlias: String?

    @OptionGroup var force: ForceOption

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func operands() throws -> Operands {
        try Operands(
            [operand.slot, Operands.Slot(name: "alias", named: namedAlias)],
            words: [operand.word, aliasWord])
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let operands = try operands()
        let domain = try operands.domain()
        let alias = try operands.required("alias")
        let scope = try scope.scope(unsaid: .current)
        let outcome = try await context.change("Failed to detach device with alias \(alias)", on: domain, change) {
            (driver, options) throws(DriverError) in
            try await driver.detach(
                .alias(alias), from: domain, scope: scope, force: force.isForced, isStrict: false, options: options)
        }
        return Reply(outcome, "Device detach request sent successfully", isForceAsked: force.isForced)
    }
}

/// `domif-setlink DOMAIN INTERFACE STATE`.
struct DomifSetlink: Verb {
    static let configuration = VerbName.domifSetlink.configuration(
        abstract: "Pull or plug the cable of a network interface.",
        usage: """
            <domain> (<interface> | --alias <alias> | --identity <identity>) (up | down) \
            \(ScopeOptions.usage) [--foreign] \(ChangeOptions.usage)
            """,
        discussion: """
            Without a scope flag the running domain is changed if it runs, else the persistent definition. The state is \
            kept when the interface is unplugged and plugged again.
            """)

    @OptionGroup var operands: InterfaceOperands

    @Argument(help: ArgumentHelp("up or down.", valueName: "state"))
    var stateWord: String?

    @Option(name: .customLong("state"), help: ArgumentHelp("The state, by name.", valueName: "state"))
    var namedState: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, device: DeviceSelector, state: LinkState) {
        let (domain, device, text) = try operands.resolved("state", word: stateWord, named: namedState)
        guard let state = LinkState(rawValue: text) else { throw ValidationError("invalid link state '\(text)'") }
        return (domain, device, state)
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, device, state) = try resolved()
        let scope = try scope.scope(unsaid: .current)
        let (driver, options) = try context.driver(for: change, foreign)
        let outcome = try await attempting(
            "Failed to update interface link state", on: domain,
            virsh: { error in
                guard case .noDevice = error, case .interface(let name) = device else { return nil }
                return ["interface '\(name)' not found", error.message]
            }
        ) { () throws(DriverError) in
            try await driver.setLinkState(state, of: device, in: domain, scope: scope, options: options)
        }
        return Reply(outcome, "Device updated successfully")
    }
}

/// `domif-setbridge DOMAIN INTERFACE BRIDGE`.
struct DomifSetbridge: Verb {
    static let configuration = VerbName.domifSetbridge.configuration(
        abstract: "Put a network interface on another bridge.",
        usage: """
            <domain> (<interface> | --alias <alias> | --identity <identity>) <bridge> \
            \(ScopeOptions.usage) [--foreign] \(ChangeOptions.usage)
            """,
        discussion: """
            A running domain's interface is unplugged and plugged again as the same device, as update-device does; if \
            that fails, it is put back. Without a scope flag the running domain is changed if it runs, else the \
            persistent definition.
            """)

    @OptionGroup var operands: InterfaceOperands

    @Argument(help: ArgumentHelp("The bridge of the host.", valueName: "bridge"))
    var bridgeWord: String?

    @Option(name: .customLong("bridge"), help: ArgumentHelp("The bridge, by name.", valueName: "bridge"))
    var namedBridge: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, device: DeviceSelector, value: String) {
        let resolved = try operands.resolved("bridge", word: bridgeWord, named: namedBridge)
        guard NetworkDeviceName.isValid(resolved.value) else {
            throw ValidationError("'\(resolved.value)' is no name of a bridge")
        }
        return resolved
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, device, bridge) = try resolved()
        let scope = try scope.scope(unsaid: .current)
        let outcome = try await context.change("Failed to update interface bridge", on: domain, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.setBridge(bridge, of: device, in: domain, scope: scope, options: options)
        }
        return Reply(outcome, "Device updated successfully")
    }
}
