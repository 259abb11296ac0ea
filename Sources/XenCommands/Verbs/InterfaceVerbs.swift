import ArgumentParser
import LibXML
import XenDriver
import XenModel
import XenUnits

/// `attach-interface DOMAIN TYPE SOURCE`.
struct AttachInterface: Verb {
    static let configuration = VerbName.attachInterface.configuration(
        abstract: "Plug a network interface.",
        usage: """
            <domain> <type> <source> [--alias <alias>] [--mac <mac>] [--target <target>] \
            [--script <script>] [--model <model>] [--inbound <rate>] [--outbound <rate>] [--managed] \
            \(PersistentScopeOptions.usage) [--print-xml] [--strict] \(ChangeOptions.usage)
            """,
        discussion: """
            The type is bridge, network or hostdev: the source is then a bridge, a network of the connection's \
            configuration, or where a PCI device of the host is (0000:03:00.1). Without a scope flag the running \
            domain is changed, as virsh does.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(help: ArgumentHelp("What the interface is connected to: bridge, network, hostdev.", valueName: "type"))
    var typeWord: String?

    @Argument(help: ArgumentHelp("The bridge, the network, or the host's device.", valueName: "source"))
    var sourceWord: String?

    @Option(name: .customLong("type"), help: ArgumentHelp("The type, by name.", valueName: "type"))
    var namedType: String?

    @Option(name: .customLong("source"), help: ArgumentHelp("The source, by name.", valueName: "source"))
    var namedSource: String?

    @Option(help: ArgumentHelp("Your name for the interface, ua-…", valueName: "alias"), completion: .known)
    var alias: String?

    @Option(help: ArgumentHelp("Its MAC address; drawn at random without one.", valueName: "mac"), completion: .known)
    var mac: String?

    @Option(
        help: ArgumentHelp("What the host calls its other end; vifDOMID.DEVID without one.", valueName: "target"),
        completion: .known)
    var target: String?

    @Option(help: ArgumentHelp("The script that wires it up; Xen's own without one.", valueName: "script"))
    var script: String?

    @Option(help: ArgumentHelp("The model that the guest sees, such as netfront or e1000.", valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("The most that comes in, which Xen cannot hold to.", valueName: "rate"))
    var inbound: String?

    @Option(help: ArgumentHelp("The most that goes out: an average in KiB/s.", valueName: "rate"))
    var outbound: String?

    @Flag(help: "Take the host's device from its driver, and give it back after.")
    var managed = false

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var printXML: PrintXMLOption
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, element: XMLElement) {
        let operands = try Operands(
            [
                operand.slot, Operands.Slot(name: "type", named: namedType),
                Operands.Slot(name: "source", named: namedSource),
            ], words: [operand.word, typeWord, sourceWord])
        let type = try operands.required("type")
        let source = try sourceElement(type, try operands.required("source"))
        let rates = [try DeviceText.rate("inbound", inbound), try DeviceText.rate("outbound", outbound)]
        let element = DeviceText.element(
            "interface", ["type": type, "managed": managed ? "yes" : nil],
            [
                source, DeviceText.element("target", only: "dev", target),
                DeviceText.element("mac", only: "address", mac), DeviceText.element("script", only: "path", script),
                DeviceText.element("model", only: "type", model), DeviceText.element("alias", only: "name", alias),
                inbound == nil && outbound == nil ? nil : DeviceText.element("bandwidth", [:], rates),
            ])
        return (try operands.domain(), element)
    }

    private func sourceElement(_ type: String, _ source: String) throws -> XMLElement {
        switch type {
        case "bridge": return DeviceText.element("source", ["bridge": source])
        case "network": return DeviceText.element("source", ["network": source])
        case "direct": return DeviceText.element("source", ["dev": source])
        case "hostdev":
            guard let address = DeviceText.pciAddress(source) else {
                throw ValidationError("cannot parse pci address '\(source)' for network interface")
            }
            return DeviceText.element("source", [:], [address])
        default:
            throw ValidationError("No support for \(type) in command 'attach-interface'")
        }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, element) = try resolved()
        guard !printXML.isOn else { return Reply(.document(element.formatted())) }
        // virsh's call without flags is the old one that knows running domains alone.
        let scope = try scope.scope(unsaid: .live)
        let (driver, options) = try context.driver(for: change)
        let outcome = try await attempting("Failed to attach interface", on: domain, options: Self.options) {
            () throws(DriverError) in
            try await driver.attach(
                element.document, to: domain, scope: scope, isStrict: strict.isStrict, options: options)
        }
        var reply = Reply(outcome, "Interface attached successfully")
        let drawn = [
            alias == nil ? outcome.alias.map { "alias '\($0)'" } : nil,
            mac == nil ? outcome.familiarName.map { "MAC address \($0)" } : nil,
        ].compactMap { $0 }
        if !drawn.isEmpty { reply.notes.append("the interface got the \(drawn.joined(separator: " and the "))") }
        return reply
    }

    /// What in the document stands for which option or operand.
    private static let options = [
        "/interface/@type": "<type>", "/interface/source/@bridge": "<source>", "/interface/source/@network": "<source>",
        "/interface/target/@dev": "--target", "/interface/mac/@address": "--mac",
        "/interface/script/@path": "--script", "/interface/model/@type": "--model",
        "/interface/alias": "--alias", "/interface/alias/@name": "--alias",
        "/interface/bandwidth/inbound/@average": "--inbound",
        "/interface/bandwidth/outbound/@average": "--outbound",
    ]
}

/// `detach-interface DOMAIN TYPE`.
struct DetachInterface: Verb {
    static let configuration = VerbName.detachInterface.configuration(
        abstract: "Unplug a network interface.",
        usage: """
            <domain> <type> [--mac <mac>] [--alias <alias>] [--identity <identity>] \
            \(PersistentScopeOptions.usage) [--force] [--foreign] [--print-xml] \(ChangeOptions.usage)
            """,
        discussion: """
            Without --mac, --alias and --identity the domain must have one interface of the type. Without a scope flag \
            the running domain is changed, as virsh does.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(help: ArgumentHelp("What the interface is connected to, such as bridge.", valueName: "type"))
    var typeWord: String?

    @Option(name: .customLong("type"), help: ArgumentHelp("The type, by name.", valueName: "type"))
    var namedType: String?

    @Option(help: ArgumentHelp("Its MAC address.", valueName: "mac"), completion: .known)
    var mac: String?

    @Option(help: ArgumentHelp("Its alias, given or generated.", valueName: "alias"), completion: .known)
    var alias: String?

    @OptionGroup var identity: IdentityOption

    @OptionGroup var force: ForceOption

    @OptionGroup var scope: PersistentScopeOptions
    @OptionGroup var printXML: PrintXMLOption
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func operands() throws -> Operands {
        try Operands(
            [operand.slot, Operands.Slot(name: "type", named: namedType)],
            words: [operand.word, typeWord])
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let operands = try operands()
        let domain = try operands.domain()
        let type = try operands.required("type")
        let scope = try scope.scope(unsaid: .live)
        let (driver, options) = try context.driver(for: change, foreign)
        let criteria = try await criteria(type, of: domain, inactive: scope == .config, driver)
        let element = DeviceText.element("interface", ["type": type], criteria)
        guard !printXML.isOn else { return Reply(.document(element.formatted())) }
        let outcome = try await attempting("Failed to detach interface", on: domain) { () throws(DriverError) in
            try await driver.detach(
                .all([.document(element.document)] + identity.selectors), from: domain, scope: scope,
                force: force.isForced,
                isStrict: false, options: options)
        }
        return Reply(outcome, "Interface detached successfully", isForceAsked: force.isForced)
    }

    /// What of the interface is asked for. virsh looks before it asks, and so do we.
    private func criteria(_ type: String, of domain: DomainReference, inactive: Bool, _ driver: Driver)
        async throws -> [XMLElement?]
    {
        let interfaces = try await attempting("Failed to detach interface", on: domain) { () throws(DriverError) in
            try await driver.interfaces(of: domain, inactive: inactive)
        }.filter { $0.kind.rawValue == type }
        var criteria = [DeviceText.element("alias", only: "name", alias)]
        let address = mac.flatMap { MACAddress($0) }
        // What another toolstack plugged is none of the domain's interfaces, and these show it well enough.
        let foreign = try await attempting("Failed to detach interface", on: domain) { () throws(DriverError) in
            try await driver.devices(of: domain)
        }.filter { $0.state == .foreign }.map(\.familiarName)
        let isTheirs = address.map { foreign.contains($0.description) } ?? false
        if isTheirs || (mac == nil && identity.identity != nil) {
            if let address { criteria.append(DeviceText.element("mac", ["address": address.description])) }
            return criteria
        }
        guard !interfaces.isEmpty else {
            throw CommandFailure("No interface found whose type is \(type)", "Failed to detach interface")
        }
        if let mac {
            guard let address, interfaces.contains(where: { $0.mac == address }) else {
                throw CommandFailure(
                    "No interface with MAC address \(mac) was found", "Failed to detach interface")
            }
            criteria.append(DeviceText.element("mac", ["address": address.description]))
        } else if alias == nil {
            guard interfaces.count == 1, let only = interfaces.first else {
                throw CommandFailure(
                    "Domain has \(interfaces.count) interfaces. Please specify which one to detach using --mac",
                    "Failed to detach interface")
            }
            criteria.append(DeviceText.element("mac", ["address": only.mac.description]))
        }
        return criteria
    }
}
