import ArgumentParser
import XenDriver

/// `attach-device DOMAIN FILE`.
struct AttachDevice: Verb {
    static let configuration = VerbName.attachDevice.configuration(
        abstract: "Plug a device that an XML file describes.",
        usage: """
            <domain> <file> \(PersistentScopeOptions.usage) [--strict] \
            \(ChangeOptions.usage)
            """,
        discussion: """
            Without a scope flag the running domain is changed, as virsh does. The device's <alias name='ua-…'/> is \
            the name by which it is found again. A plug that fails leaves nothing behind.
            """)

    @OptionGroup var operands: DeviceDocumentOperands
    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, file) = try operands.resolvedBoth()
        // virsh's call without flags is the old one that knows running domains alone.
        let scope = try scope.scope(unsaid: .live)
        let document = try file.read()
        let outcome = try await context.change("Failed to attach device from \(file)", on: domain, change) {
            (driver, options) throws(DriverError) in
            try await driver.attach(document, to: domain, scope: scope, isStrict: strict.isStrict, options: options)
        }
        return Reply(outcome, "Device attached successfully")
    }
}

/// `detach-device DOMAIN FILE`.
struct DetachDevice: Verb {
    static let configuration = VerbName.detachDevice.configuration(
        abstract: "Unplug the one device that an XML file, an alias or an identity names.",
        usage: """
            <domain> (<file> | --alias <alias> | --identity <identity>) \
            \(PersistentScopeOptions.usage) [--force] [--foreign] [--strict] \(ChangeOptions.usage)
            """,
        discussion: """
            The file needs no more than what tells the device from the others: its alias, MAC address, target, source \
            or address. All that it gives must hold of one and the same device; without that nothing is done. --identity \
            stands alone or narrows the file or the alias.

            A device that another toolstack plugged is unplugged as well, if it is named by anything but an alias alone.

            Without a scope flag the running domain is changed, as virsh does.
            """)

    @OptionGroup var operands: DeviceDocumentOperands

    @Option(help: ArgumentHelp("The device's alias, in place of the file.", valueName: "alias"), completion: .known)
    var alias: String?

    @OptionGroup var identity: IdentityOption

    @OptionGroup var force: ForceOption

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var strict: StrictOption
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    /// What the operands say: the domain, the file, the alias or the identity.
    private func resolved() throws -> (domain: DomainReference, name: DeviceName) {
        let (domain, file) = try operands.resolved(fileIsOptional: true)
        switch (file, alias, identity.identity) {
        case (let file?, nil, _): return (domain, .file(file))
        case (nil, let alias?, _): return (domain, .alias(alias))
        case (nil, nil, let identity?): return (domain, .identity(identity))
        case (nil, nil, nil): throw ValidationError("name the device by <file>, by --alias or by --identity")
        case (_?, _?, _): throw ValidationError("Options --file and --alias are mutually exclusive")
        }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, name) = try resolved()
        // virsh's call without flags is the old one that knows running domains alone.
        let scope = try scope.scope(unsaid: .live)
        let selector = DeviceSelector.all([try name.selector()] + identity.selectors)
        let outcome = try await context.change("Failed to detach device \(name.phrase)", on: domain, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.detach(
                selector, from: domain, scope: scope, force: force.isForced, isStrict: strict.isStrict, options: options
            )
        }
        return Reply(outcome, "Device detached successfully", isForceAsked: force.isForced)
    }
}

/// How `detach-device` was given the device that is meant.
private enum DeviceName {
    case file(DocumentFile)
    case alias(String)
    case identity(String)

    /// How virsh's error names it.
    var phrase: String {
        switch self {
        case .file(let file): "from \(file)"
        case .alias(let alias): "with alias \(alias)"
        case .identity(let identity): "with identity \(identity)"
        }
    }

    /// What the driver is asked for; reads the file.
    func selector() throws(CommandFailure) -> DeviceSelector {
        switch self {
        case .file(let file): .document(try file.read())
        case .alias(let alias): .alias(alias)
        case .identity(let identity): .identity(identity)
        }
    }
}

/// `update-device DOMAIN FILE`.
struct UpdateDevice: Verb {
    static let configuration = VerbName.updateDevice.configuration(
        abstract: "Change the one device that an XML file names into what the file says.",
        usage: """
            <domain> <file> [--alias <alias>] [--identity <identity>] \
            \(PersistentScopeOptions.usage) [--foreign] [--strict] \(ChangeOptions.usage)
            """,
        discussion: """
            A NIC's link state is changed in place; bridge, rate, MTU, addresses and script by unplugging it and \
            plugging it again as the same device, and the message says which of the two it was. What cannot be changed \
            is refused by name. A device that another toolstack plugged is changed as well, and stays foreign.
            """)

    @OptionGroup var operands: DeviceDocumentOperands

    @Option(help: ArgumentHelp("The device's alias, as if the file had it.", valueName: "alias"), completion: .known)
    var alias: String?

    @OptionGroup var identity: IdentityOption
    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var strict: StrictOption
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, file) = try operands.resolvedBoth()
        let scope = try scope.scope(unsaid: .current)
        let document = try file.read()
        let outcome = try await context.change("Failed to update device from \(file)", on: domain, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.update(
                document, of: domain, alias: alias, identity: identity.identity, scope: scope,
                isStrict: strict.isStrict, options: options)
        }
        return Reply(outcome, "Device updated successfully")
    }
}
