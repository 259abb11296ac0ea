import LibXML
import XenModel
import XenUnits

// `/domain/devices/interface`.
extension Interface {
    /// Reads a complete card; nil if Xen has no word for its type.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Interface? {
        guard let kind = try kind(reader) else { return nil }
        var interface = Interface(source: try source(kind, reader), mac: try mac(reader))
        if kind == .hostdev { interface.isManaged = try reader.yesOrNo("managed") ?? false }
        interface.target = try target(reader, notesGenerated: true)
        interface.model = try model(reader)
        interface.script = try script(reader)
        interface.ipAddresses = try ipAddresses(reader)
        interface.backendDomain = try backendDomain(reader)
        interface.outboundAverage = try outboundAverage(reader)
        interface.mtu = try mtu(reader)
        interface.link = try link(reader)
        interface.virtualPort = try virtualPort(reader)
        interface.vlan = try VLAN.read(in: reader)
        interface.gatewayDevice = try gatewayDevice(reader)
        interface.bootOrder = try reader.bootOrder()
        interface.alias = try DeviceAlias.read(in: reader)
        interface.address = try GuestAddress.read(in: reader)
        return interface
    }

    private static func source(
        _ kind: InterfaceKind, _ reader: ElementReader
    ) throws(DomainXMLError) -> InterfaceSource {
        switch kind {
        case .ethernet: return .ethernet
        case .bridge:
            guard let name = try bridge(reader) else { throw reader.error(.missing("source/@bridge")) }
            return .bridge(name)
        case .network:
            guard let name = try network(reader) else { throw reader.error(.missing("source/@network")) }
            return .network(name)
        case .hostdev:
            guard let device = try HostPCIDevice.read(in: reader) else {
                throw reader.error(.missing("source/address"))
            }
            return .hostdev(device)
        }
    }

    private static func mac(_ reader: ElementReader) throws(DomainXMLError) -> MACAddress {
        // libvirt takes an address of zeros for none.
        if let address = try writtenMAC(reader), address != MACAddress(bits: 0) { return address }
        guard reader.options.form == .inactive else { throw reader.error(.missing("mac/@address")) }
        return MACAddress.random()
    }

    // The parts that a complete card and a request about one have in common.

    /// Nil for a type that Xen has no word for.
    static func kind(_ reader: ElementReader) throws(DomainXMLError) -> InterfaceKind? {
        let foreign = [
            "user", "server", "client", "mcast", "udp", "internal", "direct", "vhostuser", "vdpa", "null", "vds",
        ]
        return try reader.wordUnlessForeign("type", foreign: foreign)
    }

    static func bridge(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "source", attribute: "bridge")
    }

    static func network(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "source", attribute: "network")
    }

    /// Nil for a kind of switch that Xen has no word for, which is then reported.
    static func virtualPort(_ reader: ElementReader) throws(DomainXMLError) -> VirtualPort? {
        try reader.child("virtualport") { reader throws(DomainXMLError) -> VirtualPort? in
            let foreign = ["802.1Qbg", "802.1Qbh", "midonet", "none"]
            let port = try reader.wordUnlessForeign("type", of: VirtualPort.self, foreign: foreign)
            if port == nil { reader.leaveOut() }
            return port
        } ?? nil
    }

    static func gatewayDevice(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.child(xenkeeper: "gateway") { reader throws(DomainXMLError) in try reader.requiredPlain("dev") }
    }

    static func writtenMAC(_ reader: ElementReader) throws(DomainXMLError) -> MACAddress? {
        try reader.child("mac") { reader throws(DomainXMLError) in
            let text = try reader.required("address")
            guard let address = MACAddress(text) else { throw reader.error(.badMAC(text), at: "@address") }
            guard !address.isMulticast else { throw reader.error(.multicastMAC(address), at: "@address") }
            return address
        }
    }

    /// The host-side name. One that Xen gave is dropped unless the document is our own about a running domain.
    static func target(_ reader: ElementReader, notesGenerated: Bool) throws(DomainXMLError) -> String? {
        try reader.child("target") { reader throws(DomainXMLError) -> String? in
            let name = try reader.requiredPlain("dev")
            guard name.hasPrefix("vif"), reader.options.form == .inactive || !notesGenerated else { return name }
            if notesGenerated {
                reader.document.note(
                    .generatedTargetDropped(name), path: reader.path + "/@dev", line: reader.element.line)
            }
            return nil
        } ?? nil
    }

    static func model(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.child("model") { reader throws(DomainXMLError) in
            let model = try reader.requiredPlain("type")
            guard reader.options.features.contains(.netModelStrings) || InterfaceModel(rawValue: model) != nil else {
                let known = InterfaceModel.allCases.map(\.rawValue)
                throw reader.error(.unknownModel(model, known: known), at: "@type")
            }
            return model
        }
    }

    static func script(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "script", attribute: "path")
    }

    static func ipAddresses(_ reader: ElementReader) throws(DomainXMLError) -> [String] {
        try reader.children("ip") { reader throws(DomainXMLError) in
            let text = try reader.required("address")
            guard IPAddress.isAddress(text) else { throw reader.error(.badIPAddress(text), at: "@address") }
            return text
        }
    }

    static func backendDomain(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "backenddomain", attribute: "name")
    }

    /// In KiB/s, at most what 32 bits hold: 4 TiB/s.
    static func outboundAverage(_ reader: ElementReader) throws(DomainXMLError) -> KibibytesPerSecond? {
        let outbound = try reader.child("bandwidth") { reader throws(DomainXMLError) in
            try reader.child("outbound") { reader throws(DomainXMLError) in
                try reader.number(attribute: "average", in: 1...UInt64(UInt32.max))
            }
        }
        return (outbound ?? nil).flatMap { $0 }.map(KibibytesPerSecond.init(rawValue:))
    }

    static func mtu(_ reader: ElementReader) throws(DomainXMLError) -> UInt32? {
        try reader.child("mtu") { reader throws(DomainXMLError) in
            guard let size = try reader.number(attribute: "size", in: UInt32(68)...65535) else {
                throw reader.error(.missing("@size"))
            }
            return size
        }
    }

    static func link(_ reader: ElementReader) throws(DomainXMLError) -> LinkState? {
        try reader.child("link") { reader throws(DomainXMLError) in
            guard let state = try reader.word("state", of: LinkState.self) else {
                throw reader.error(.missing("@state"))
            }
            return state
        }
    }

    var element: XMLElement {
        var element = XMLElement("interface")
        element.set("type", source.kind.rawValue)
        if source.kind == .hostdev { element.set("managed", isManaged.yesOrNo) }
        element.add("mac", only: "address", mac.description)
        switch source {
        case .bridge(let name): element.add("source", only: "bridge", name)
        case .ethernet: break
        case .network(let name): element.add("source", only: "network", name)
        case .hostdev(let device): device.add(to: &element, addressType: "pci")
        }
        element.add(vlan?.element)
        element.add("virtualport", only: "type", virtualPort?.rawValue)
        if let outboundAverage {
            var bandwidth = XMLElement("bandwidth")
            bandwidth.add("outbound", ["average": "\(outboundAverage.rawValue)"])
            element.add(bandwidth)
        }
        for address in ipAddresses {
            element.add("ip", only: "address", address)
        }
        element.add("script", only: "path", script)
        element.add("backenddomain", only: "name", backendDomain)
        element.add("target", only: "dev", target)
        element.add("model", only: "type", model)
        element.add("link", only: "state", link?.rawValue)
        element.add("mtu", only: "size", mtu?.description)
        element.add(xenkeeper: "gateway", ["dev": gatewayDevice])
        element.add("boot", only: "order", bootOrder?.description)
        element.add(alias?.element)
        element.add(address?.element)
        return element
    }
}

// `/domain/devices/interface/vlan`.
extension VLAN {
    static func read(in interface: ElementReader) throws(DomainXMLError) -> VLAN? {
        try interface.child("vlan") { reader throws(DomainXMLError) in
            let tags = try reader.children("tag") { reader throws(DomainXMLError) in
                guard let id = try reader.anyNumber("id", in: 0...UInt16(4095)) else {
                    throw reader.error(.missing("@id"))
                }
                return id
            }
            guard !tags.isEmpty else { throw reader.error(.missing("tag")) }
            let isTrunk = try reader.yesOrNo("trunk")
            guard isTrunk != false || tags.count == 1 else {
                throw reader.error(.unknownWord(false.yesOrNo, known: [true.yesOrNo]), at: "@trunk")
            }
            return VLAN(isTrunk: isTrunk ?? (tags.count > 1), tags: tags)
        }
    }

    fileprivate var element: XMLElement {
        var element = XMLElement("vlan")
        if isTrunk { element.set("trunk", true.yesOrNo) }
        for tag in tags { element.add("tag", ["id": "\(tag)"]) }
        return element
    }
}
