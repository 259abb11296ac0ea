import ArgumentParser
import XenDriver

/// `adopt DOMAIN`.
struct Adopt: Verb {
    static let configuration = VerbName.adopt.configuration(
        abstract: "Give a device that another toolstack plugged an alias, and keep it from then on.",
        usage: """
            <domain> (--target <target> | --mac <mac> | --identity <identity>) --alias <alias> \
            [--live] [--config | --persistent | --current] \(ChangeOptions.usage)
            """,
        discussion: """
            The domain runs and is ours, and the device is foreign in device-list. Nothing changes in Xen: the live \
            definition gets what Xen says of the device, and what Xen does not say is reported. If several criteria are \
            given, all must hold of one and the same device.

            It is always the running domain's device that is adopted. --config or --persistent adds it to the persistent \
            definition as well, so that the next start plugs it.
            """)

    @OptionGroup var operand: DomainOperand

    @Option(
        help: ArgumentHelp(
            "A disk's target (xvdb), or the name of an interface's host end (vif1.0).", valueName: "target"),
        completion: .known)
    var target: String?

    @Option(help: ArgumentHelp("An interface's MAC address.", valueName: "mac"), completion: .known)
    var mac: String?

    @OptionGroup var identity: IdentityOption

    @Option(
        help: ArgumentHelp("The alias that the device gets: ua- and A-Z a-z 0-9 _ -.", valueName: "alias"),
        completion: .known)
    var alias: String

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func selectors() throws -> [DeviceSelector] {
        let selectors =
            (target.map { [DeviceSelector.target($0)] } ?? []) + (mac.map { [.mac($0)] } ?? []) + identity.selectors
        guard !selectors.isEmpty else {
            throw ValidationError("name the device by --target, --mac or --identity")
        }
        return selectors
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let selectors = try selectors()
        let scope = try scope.scope(unsaid: .live)
        let outcome = try await context.change("Failed to adopt device as \(alias)", on: domain, change) {
            (driver, options) throws(DriverError) in
            try await driver.adopt(.all(selectors), of: domain, as: alias, scope: scope, options: options)
        }
        return Reply(outcome, "Device adopted successfully")
    }
}
