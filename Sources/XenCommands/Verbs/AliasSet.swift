import ArgumentParser
import XenDriver

/// `alias-set DOMAIN ALIAS`.
struct AliasSet: Verb {
    static let configuration = VerbName.aliasSet.configuration(
        abstract: "Give a device of a domain a name.",
        usage: """
            <domain> (--target <target> | --mac <mac> | --address <address> | --alias <alias> | \
            --identity <identity>) <new-alias> \(PersistentScopeOptions.usage) \(ChangeOptions.usage)
            """,
        discussion: """
            Nothing changes in Xen. If several criteria are given, all must hold of one and the same device. Without a \
            scope flag the running domain is changed if it runs, else the persistent definition. A device that another \
            toolstack plugged is for adopt.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(help: ArgumentHelp("The name that the device gets: ua- and A-Z a-z 0-9 _ -.", valueName: "new-alias"))
    var aliasWord: String?

    @Option(
        name: .customLong("new-alias"), help: ArgumentHelp("The new name, by name.", valueName: "alias"),
        completion: .known)
    var namedAlias: String?

    @Option(
        help: ArgumentHelp(
            "A disk's target (xvdb), or the name of an interface's host end (vif1.0).", valueName: "target"),
        completion: .known)
    var target: String?

    @Option(help: ArgumentHelp("An interface's MAC address.", valueName: "mac"), completion: .known)
    var mac: String?

    @Option(
        help: ArgumentHelp(
            "Where on the host a host device is (0000:03:00.0, 'usb 1.4'), or where the guest sees a device"
                + " (pci:0000.00.05.0, drive:0.0.0.1).", valueName: "address"))
    var address: String?

    @Option(help: ArgumentHelp("The name that it has, given or generated.", valueName: "alias"), completion: .known)
    var alias: String?

    @OptionGroup var identity: IdentityOption
    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, device: DeviceSelector, alias: String) {
        let operands = try Operands(
            [operand.slot, Operands.Slot(name: "new-alias", named: namedAlias)],
            words: [operand.word, aliasWord])
        let selectors: [DeviceSelector] =
            [target.map { .target($0) }, mac.map { .mac($0) }, alias.map { .alias($0) }].compactMap { $0 }
            + identity.selectors
        let device: DeviceSelector
        switch (address, selectors.isEmpty) {
        case (nil, true):
            throw ValidationError("name the device by --target, --mac, --address, --alias or --identity")
        case (nil, false): device = .all(selectors)
        case (let address?, true): device = .address(address)
        case (_?, false): throw ValidationError("--address names the device alone; leave the other criteria out")
        }
        return (
            try operands.domain(), device, try operands.required("new-alias")
        )
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, device, alias) = try resolved()
        let scope = try scope.scope(unsaid: .current)
        let outcome = try await context.change("Failed to name the device \(alias)", on: domain, change) {
            (driver, options) throws(DriverError) in
            try await driver.setAlias(alias, of: device, in: domain, scope: scope, options: options)
        }
        let isUnchanged = (outcome.live ?? .unchanged) == .unchanged && (outcome.definition ?? []).isEmpty
        var reply = Reply(.message("Device named successfully" + (isUnchanged ? " (nothing to change)" : "")))
        reply.warnings = outcome.warnings.map(\.message)
        return reply
    }
}
