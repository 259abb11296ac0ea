import ArgumentParser
import XenDriver

/// `attach-device DOMAIN FILE`.
struct AttachDevice: Verb {
    static let configuration = CommandConfiguration(
        commandName: "attach-device",
        abstract: "Plug a device that an XML file describes.",
        usage: """
            xenkeeper attach-device <domain> <file> [--persistent | --current | --live --config] [--strict] \
            [--timeout <seconds>]
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

    func validate() throws {
        _ = try operands.resolvedBoth()
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, file) = try operands.resolvedBoth()
        // virsh's call without flags is the old one that knows running domains alone.
        let scope = try scope.scope(unsaid: .live)
        let document = try file.read()
        let driver = try context.driver(change.settings)
        let outcome = try await attempting("Failed to attach device from \(file)", on: domain) {
            () throws(DriverError) in
            try await driver.attach(document, to: domain, scope: scope, isStrict: strict.isStrict)
        }
        return Reply(outcome, "Device attached successfully")
    }
}

/// `detach-device DOMAIN FILE`.
struct DetachDevice: Verb {
    static let configuration = CommandConfiguration(
        commandName: "detach-device",
        abstract: "Unplug the one device that an XML file, or an alias, names.",
        usage: """
            xenkeeper detach-device <domain> (<file> | --alias <alias>) [--persistent | --current | --live --config] \
            [--force] [--strict] [--timeout <seconds>]
            """,
        discussion: """
            The file needs no more than what tells the device from the others: its alias, MAC address, target, source \
            or address. All that it gives must hold of one and the same device; without that nothing is done.

            Without a scope flag the running domain is changed, as virsh does.
            """)

    @OptionGroup var operands: DeviceDocumentOperands

    @Option(help: ArgumentHelp("The device's alias, in place of the file.", valueName: "alias"))
    var alias: String?

    @Flag(help: "Take the device away without asking the guest, who may lose what it had not written yet.")
    var force = false

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    /// What the operands say: the domain, the file or the alias.
    private func resolved() throws -> (domain: DomainReference, name: DeviceName) {
        let (domain, file) = try operands.resolved(fileIsOptional: true)
        switch (file, alias) {
        case (let file?, nil): return (domain, .file(file))
        case (nil, let alias?): return (domain, .alias(alias))
        case (nil, nil): throw ValidationError("name the device by <file> or by --alias")
        case (_?, _?): throw ValidationError("Options --file and --alias are mutually exclusive")
        }
    }

    func validate() throws {
        _ = try resolved()
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, name) = try resolved()
        // virsh's call without flags is the old one that knows running domains alone.
        let scope = try scope.scope(unsaid: .live)
        let selector = try name.selector()
        let driver = try context.driver(change.settings)
        let outcome = try await attempting("Failed to detach device \(name.phrase)", on: domain) {
            () throws(DriverError) in
            try await driver.detach(selector, from: domain, scope: scope, force: force, isStrict: strict.isStrict)
        }
        return Reply(outcome, "Device detached successfully", isForceAsked: force)
    }
}

/// How `detach-device` was told which device is meant.
private enum DeviceName {
    case file(DocumentFile)
    case alias(String)

    /// How virsh's error names it.
    var phrase: String {
        switch self {
        case .file(let file): "from \(file)"
        case .alias(let alias): "with alias \(alias)"
        }
    }

    /// What the driver is asked for; reads the file.
    func selector() throws(CommandFailure) -> DeviceSelector {
        switch self {
        case .file(let file): .document(try file.read())
        case .alias(let alias): .alias(alias)
        }
    }
}

/// `update-device DOMAIN FILE`.
struct UpdateDevice: Verb {
    static let configuration = CommandConfiguration(
        commandName: "update-device",
        abstract: "Change the one device that an XML file names into what the file says.",
        usage: """
            xenkeeper update-device <domain> <file> [--alias <alias>] [--persistent | --current | --live --config] \
            [--strict] [--timeout <seconds>]
            """,
        discussion: """
            A NIC's link state is changed in place; bridge, rate, MTU, addresses and script by unplugging it and \
            plugging it again as the same device, and the message says which of the two it was. What cannot be changed \
            is refused by name.
            """)

    @OptionGroup var operands: DeviceDocumentOperands

    @Option(help: ArgumentHelp("The device's alias, as if the file had it.", valueName: "alias"))
    var alias: String?

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        _ = try operands.resolvedBoth()
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, file) = try operands.resolvedBoth()
        let scope = try scope.scope(unsaid: .current)
        let document = try file.read()
        let driver = try context.driver(change.settings)
        let outcome = try await attempting("Failed to update device from \(file)", on: domain) {
            () throws(DriverError) in
            try await driver.update(document, of: domain, alias: alias, scope: scope, isStrict: strict.isStrict)
        }
        return Reply(outcome, "Device updated successfully")
    }
}
