import ArgumentParser
import LibXML
import XenDriver

/// `attach-disk DOMAIN SOURCE TARGET`.
struct AttachDisk: Verb {
    static let configuration = VerbName.attachDisk.configuration(
        abstract: "Plug a disk.",
        usage: """
            <domain> <source> <target> [--alias <alias>] [--driver <driver>] \
            [--subdriver <format>] [--targetbus <bus>] [--type <device>] [--mode readonly | shareable] \
            [--sourcetype <type>] [--source-protocol <name>] [--source-host-name <host>] [--address <address>] \
            [--multifunction] [--cache <mode>] [--io <mode>] [--iothread <number>] [--serial <serial>] [--wwn <wwn>] \
            [--rawio] \(PersistentScopeOptions.usage) [--print-xml] [--strict] \(ChangeOptions.usage)
            """,
        discussion: """
            Without --sourcetype the source is a block device if it is one of this machine's, else a file. What virsh \
            can say of a disk and Xen cannot is warned of, or refused with --strict. Without a scope flag the running \
            domain is changed, as virsh does.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(help: ArgumentHelp("The file or device of the host, or the name of a network disk.", valueName: "source"))
    var sourceWord: String?

    @Argument(help: ArgumentHelp("Where the guest sees it, such as xvdb.", valueName: "target"), completion: .known)
    var targetWord: String?

    @Option(name: .customLong("source"), help: ArgumentHelp("The source, by name.", valueName: "source"))
    var namedSource: String?

    @Option(
        name: .customLong("target"), help: ArgumentHelp("The target, by name.", valueName: "target"), completion: .known
    )
    var namedTarget: String?

    @Option(help: ArgumentHelp("Your name for the disk, ua-…", valueName: "alias"), completion: .known)
    var alias: String?

    @Option(help: ArgumentHelp("Who serves it: qemu, phy, tap, file.", valueName: "driver"))
    var driver: String?

    @Option(help: ArgumentHelp("How its bytes are laid out: raw, qcow2, vhd …", valueName: "format"))
    var subdriver: String?

    @Option(help: ArgumentHelp("The bus that the guest sees it on.", valueName: "bus"))
    var targetbus: String?

    @Option(help: ArgumentHelp("What the guest takes it for: disk, cdrom, floppy.", valueName: "device"))
    var type: String?

    @Option(help: ArgumentHelp("readonly or shareable; writable and ours alone without it.", valueName: "mode"))
    var mode: String?

    @Option(help: ArgumentHelp("What the source is: file, block, network.", valueName: "type"))
    var sourcetype: String?

    @Option(
        name: .customLong("source-protocol"), help: ArgumentHelp("How a network disk is served.", valueName: "name"))
    var sourceProtocol: String?

    @Option(
        name: .customLong("source-host-name"),
        help: ArgumentHelp("Who serves a network disk: <host>[:<port>].", valueName: "host"))
    var sourceHost: String?

    @Option(help: ArgumentHelp("The cache's mode, which Xen cannot express.", valueName: "mode"))
    var cache: String?

    @Option(help: ArgumentHelp("The way of input and output, which Xen cannot express.", valueName: "mode"))
    var io: String?

    @Option(help: ArgumentHelp("A thread of QEMU's, which Xen cannot express.", valueName: "number"))
    var iothread: String?

    @Option(help: ArgumentHelp("A serial number, which Xen cannot express.", valueName: "serial"))
    var serial: String?

    @Option(help: ArgumentHelp("A world-wide name, which Xen cannot express.", valueName: "wwn"))
    var wwn: String?

    @Option(help: ArgumentHelp("Where the guest sees it, as description: pci:0000.00.05.0.", valueName: "address"))
    var address: String?

    @Flag(help: "Say in the address that the slot has several functions.")
    var multifunction = false

    @Flag(help: "Ask for raw access, which Xen cannot express.")
    var rawio = false

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var printXML: PrintXMLOption
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, element: XMLElement) {
        var slots = [operand.slot]
        // An empty source is a drive without a medium.
        let isEmpty = sourceWord == "" || namedSource == ""
        if !isEmpty { slots.append(Operands.Slot(name: "source", named: namedSource)) }
        slots.append(Operands.Slot(name: "target", named: namedTarget))
        let operands = try Operands(slots, words: [operand.word, isEmpty ? nil : sourceWord, targetWord])
        let source = operands["source"] ?? ""
        let sourcetype = sourcetype ?? (DeviceText.isBlockDevice(source) ? "block" : "file")
        let sourceElement = try sourceElement(sourcetype, source)
        guard mode.map(["readonly", "shareable"].contains) ?? true else {
            throw UsageError.senseless("No support for \(mode ?? "") in command 'attach-disk'")
        }
        let place = try address.map { text throws in
            guard let place = DeviceText.pciAddress(text, multifunction: multifunction) else {
                throw ValidationError("Invalid address.")
            }
            return place
        }
        let hasDriver = driver != nil || subdriver != nil || cache != nil || io != nil || iothread != nil
        let driverElement = DeviceText.element(
            "driver", ["name": driver, "type": subdriver, "iothread": iothread, "cache": cache, "io": io])
        let element = DeviceText.element(
            "disk", ["type": sourcetype, "device": type, "rawio": rawio ? "yes" : nil],
            [
                hasDriver ? driverElement : nil, sourceElement,
                DeviceText.element("target", ["dev": try operands.required("target"), "bus": targetbus]),
                mode.map { DeviceText.element($0) }, serial.map { DeviceText.element("serial", text: $0) },
                DeviceText.element("alias", only: "name", alias), wwn.map { DeviceText.element("wwn", text: $0) },
                place,
            ])
        return (try operands.domain(), element)
    }

    private func sourceElement(_ type: String, _ source: String) throws(UsageError) -> XMLElement {
        switch type {
        case "file": return DeviceText.element("source", ["file": source])
        case "block": return DeviceText.element("source", ["dev": source])
        case "network":
            let host = sourceHost.map { text in
                // An IPv6 address has colons of its own, and stands in brackets before a port.
                let colon = text.hasSuffix("]") ? nil : text.lastIndex(of: ":")
                let name = colon.map { text[..<$0] } ?? text[...]
                let bare = name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name
                return DeviceText.element(
                    "host", ["name": String(bare), "port": colon.map { String(text[text.index(after: $0)...]) }])
            }
            return DeviceText.element("source", ["protocol": sourceProtocol, "name": source], [host])
        default: throw .senseless("Unknown source type: '\(type)'")
        }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, element) = try resolved()
        guard !printXML.isOn else { return Reply(.document(element.formatted())) }
        // virsh's call without flags is the old one that knows running domains alone.
        let scope = try scope.scope(unsaid: .live)
        let (driver, options) = try context.driver(for: change)
        let outcome = try await attempting("Failed to attach disk", on: domain, options: Self.options) {
            () throws(DriverError) in
            try await driver.attach(
                element.document, to: domain, scope: scope, isStrict: strict.isStrict, options: options)
        }
        return Reply(outcome, "Disk attached successfully")
    }

    /// What in the document stands for which option or operand.
    private static let options = [
        "/disk/@type": "--sourcetype", "/disk/@device": "--type", "/disk/driver/@name": "--driver",
        "/disk/driver/@type": "--subdriver", "/disk/source/@file": "<source>", "/disk/source/@dev": "<source>",
        "/disk/source/@name": "<source>", "/disk/source/@protocol": "--source-protocol",
        "/disk/source/host/@name": "--source-host-name", "/disk/source/host/@port": "--source-host-name",
        "/disk/target/@dev": "<target>", "/disk/target/@bus": "--targetbus", "/disk/alias": "--alias",
        "/disk/alias/@name": "--alias",
        "/disk/address": "--address",
    ]
}

/// `detach-disk DOMAIN TARGET`.
struct DetachDisk: Verb {
    static let configuration = VerbName.detachDisk.configuration(
        abstract: "Unplug a disk.",
        usage: """
            <domain> (<target> | --alias <alias> | --identity <identity>) \
            \(PersistentScopeOptions.usage) [--force] [--foreign] [--print-xml] \(ChangeOptions.usage)
            """,
        discussion: """
            The target is where the guest sees the disk, or the path of its source. Without a scope flag the running \
            domain is changed, as virsh does.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(
        help: ArgumentHelp(
            "The disk's target, such as xvdb, or its source; left out with --alias or --identity.", valueName: "target")
    )
    var targetWord: String?

    @Option(
        name: .customLong("target"), help: ArgumentHelp("The target, by name.", valueName: "target"), completion: .known
    )
    var namedTarget: String?

    @Option(help: ArgumentHelp("Its alias, given or generated.", valueName: "alias"), completion: .known)
    var alias: String?

    @OptionGroup var identity: IdentityOption

    @OptionGroup var force: ForceOption

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var printXML: PrintXMLOption
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, element: XMLElement) {
        let operands = try Operands(
            [
                operand.slot,
                Operands.Slot(name: "target", named: namedTarget, isOptional: alias != nil || identity.identity != nil),
            ], words: [operand.word, targetWord])
        let target = operands["target"]
        let isPath = target?.hasPrefix("/") == true
        let element = DeviceText.element(
            "disk", [:],
            [
                DeviceText.element("source", only: "file", isPath ? target : nil),
                DeviceText.element("target", only: "dev", isPath ? nil : target),
                DeviceText.element("alias", only: "name", alias),
            ])
        return (try operands.domain(), element)
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, element) = try resolved()
        guard !printXML.isOn else { return Reply(.document(element.formatted())) }
        let scope = try scope.scope(unsaid: .live)
        let (driver, options) = try context.driver(for: change, foreign)
        let target = element.children.first { ["source", "target"].contains($0.name) }?.attributes.first?.value
        let outcome = try await attempting(
            "Failed to detach disk", on: domain,
            virsh: { error in
                guard case .noDevice = error, alias == nil, identity.identity == nil, let target else { return nil }
                return ["No disk found whose source path or target is \(target)", error.message]
            }
        ) { () throws(DriverError) in
            try await driver.detach(
                .all([.document(element.document)] + identity.selectors), from: domain, scope: scope,
                force: force.isForced,
                isStrict: false, options: options)
        }
        return Reply(outcome, "Disk detached successfully", isForceAsked: force.isForced)
    }
}
