import LibXML
import XenModel
import XenUnits

// `/domain/devices/interface`.
extension Interface: DeviceElement {
    /// Reads a complete NIC; nil if Xen cannot express its type.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Interface? {
        guard let kind = try kind(reader) else { return nil }
        var interface = Interface(source: try source(kind, reader), mac: try mac(reader))
        if kind == .hostdev { interface.isManaged = try reader.yesOrNo("managed") ?? false }
        interface.target = try target(reader, notesGenerated: true)
        try interface.readParts(reader)
        return interface
    }

    /// Reads what a complete NIC and a request about one say alike.
    mutating func readParts(_ reader: ElementReader) throws(DomainXMLError) {
        model = try Self.model(reader)
        script = try Self.script(reader)
        ipAddresses = try Self.ipAddresses(reader)
        backendDomain = try Self.backendDomain(reader)
        outboundAverage = try Self.outboundAverage(reader)
        mtu = try Self.mtu(reader)
        link = try Self.link(reader)
        virtualPort = try Self.virtualPort(reader)
        vlan = try VLAN.read(in: reader)
        gatewayDevice = try Self.gatewayDevice(reader)
        trustsBackend = try Self.trustsBackend(reader)
        bootOrder = try reader.bootOrder()
    }

    private static func source(
        _ kind: InterfaceKind, _ reader: ElementReader
    ) throws(DomainXMLError) -> InterfaceSource {
        switch kind {
        case .ethernet: return .ethernet
        case .bridge: return .bridge(try reader.requiredPlain(child: "source", attribute: "bridge"))
        case .network: return .network(try reader.requiredPlain(child: "source", attribute: "network"))
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

    // The parts that a complete NIC and a request about one have in common.

    /// Nil for a type that Xen cannot express.
    static func kind(_ reader: ElementReader) throws(DomainXMLError) -> InterfaceKind? {
        let foreign = [
            "user", "server", "client", "mcast", "udp", "internal", "direct", "vhostuser", "vdpa", "null", "vds",
        ]
        // libvirt's default is `user`, which only a QEMU that does all by itself has.
        guard reader.attribute("type") != nil else { return nil }
        return try reader.wordUnlessForeign("type", foreign: foreign)
    }

    /// Nil for a kind of switch that Xen cannot express, which is then reported.
    private static func virtualPort(_ reader: ElementReader) throws(DomainXMLError) -> VirtualPort? {
        try reader.child("virtualport") { reader throws(DomainXMLError) -> VirtualPort? in
            let foreign = ["802.1Qbg", "802.1Qbh", "midonet", "none"]
            // libvirt keeps one without a type, which its driver for Xen makes nothing of.
            guard reader.attribute("type") != nil else {
                reader.leaveOut()
                return nil
            }
            let port = try reader.wordUnlessForeign("type", of: VirtualPort.self, foreign: foreign)
            if port == nil { reader.leaveOut() }
            return port
        } ?? nil
    }

    private static func gatewayDevice(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.child(xenkeeper: "gateway") { reader throws(DomainXMLError) in try reader.requiredPlain("dev") }
    }

    private static func trustsBackend(_ reader: ElementReader) throws(DomainXMLError) -> Bool? {
        try reader.child(xenkeeper: "backend") { reader throws(DomainXMLError) in
            guard let trusted = try reader.yesOrNo("trusted") else { throw reader.missing("trusted") }
            return trusted
        }
    }

    static func writtenMAC(_ reader: ElementReader) throws(DomainXMLError) -> MACAddress? {
        try reader.child("mac") { reader throws(DomainXMLError) -> MACAddress? in
            guard let text = reader.attribute("address") else { return nil }
            guard let address = MACAddress(text) else { throw reader.error(.badMAC(text), at: "@address") }
            guard !address.isMulticast else { throw reader.error(.multicastMAC(address), at: "@address") }
            return address
        } ?? nil
    }

    /// The host-side name. One that Xen gave is dropped unless the document is our own about a running domain.
    static func target(_ reader: ElementReader, notesGenerated: Bool) throws(DomainXMLError) -> String? {
        try reader.child("target") { reader throws(DomainXMLError) -> String? in
            guard let name = try reader.plainAttribute("dev") else { return nil }
            guard name.hasPrefix("vif"), reader.options.form == .inactive || !notesGenerated else { return name }
            if notesGenerated {
                reader.note(.generatedTargetDropped(name), at: "@dev")
            }
            return nil
        } ?? nil
    }

    private static func model(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.child("model") { reader throws(DomainXMLError) -> String? in
            guard let model = try reader.plainAttribute("type") else { return nil }
            guard reader.options.features.contains(.netModelStrings) || InterfaceModel(rawValue: model) != nil else {
                let known = InterfaceModel.allCases.map(\.rawValue)
                throw reader.error(.unknownModel(model, known: known), at: "@type")
            }
            return model
        } ?? nil
    }

    private static func script(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "script", attribute: "path")
    }

    private static func ipAddresses(_ reader: ElementReader) throws(DomainXMLError) -> [String] {
        try reader.children("ip") { reader throws(DomainXMLError) in
            let text = try reader.required("address")
            guard let address = GuestIPAddress(text), address.prefixLength == nil else {
                throw reader.error(.badIPAddress(text), at: "@address")
            }
            // libvirt's own @prefix is the guest's netmask, and says nothing to Xen.
            let length = try reader.child(xenkeeper: "range") { reader throws(DomainXMLError) in
                try reader.requiredNumber("prefix", in: UInt8(0)...128)
            }
            guard let length else { return text }
            guard GuestIPAddress("\(text)/\(length)") != nil else {
                throw reader.error(.outOfRange("\(length)", lowest: 0, highest: 32), at: "xenkeeper:range/@prefix")
            }
            return "\(text)/\(length)"
        }
    }

    static func backendDomain(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "backenddomain", attribute: "name")
    }

    /// In KiB/s, at most what 32 bits hold: 4 TiB/s.
    private static func outboundAverage(_ reader: ElementReader) throws(DomainXMLError) -> KibibytesPerSecond? {
        let outbound = try reader.child("bandwidth") { reader throws(DomainXMLError) in
            try reader.child("outbound") { reader throws(DomainXMLError) in
                try reader.number(attribute: "average", in: 0...UInt64(UInt32.max))
            }
        }
        // As in libvirt, 0 is no limit.
        guard case .some(.some(let average?)) = outbound, average > 0 else { return nil }
        return KibibytesPerSecond(rawValue: average)
    }

    private static func mtu(_ reader: ElementReader) throws(DomainXMLError) -> UInt32? {
        try reader.child("mtu") { reader throws(DomainXMLError) -> UInt32? in
            // As in libvirt, 0 is not said.
            guard let size = reader.attribute("size"), size != "0" else { return nil }
            return try reader.number(size, in: 68...65535, at: "@size")
        } ?? nil
    }

    private static func link(_ reader: ElementReader) throws(DomainXMLError) -> LinkState? {
        try reader.child("link") { reader throws(DomainXMLError) in
            try reader.word("state", of: LinkState.self)
        } ?? nil
    }

    var bareElement: XMLElement {
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
        for text in ipAddresses {
            let range = GuestIPAddress(text)
            var ip = XMLElement("ip")
            ip.set("address", range?.address ?? text)
            ip.add(xenkeeper: "range", ["prefix": range?.prefixLength?.description])
            element.add(ip)
        }
        element.add("script", only: "path", script)
        element.add("backenddomain", only: "name", backendDomain)
        element.add("target", only: "dev", target)
        element.add("model", only: "type", model)
        element.add("link", only: "state", link?.rawValue)
        element.add("mtu", only: "size", mtu?.description)
        element.add(xenkeeper: "gateway", ["dev": gatewayDevice])
        element.add(xenkeeper: "backend", ["trusted": trustsBackend?.yesOrNo])
        element.add("boot", only: "order", bootOrder?.description)
        return element
    }
}

// `/domain/devices/interface/vlan`.
extension VLAN {
    static func read(in interface: ElementReader) throws(DomainXMLError) -> VLAN? {
        try interface.child("vlan") { reader throws(DomainXMLError) in
            let tags = try reader.children("tag") { reader throws(DomainXMLError) in
                guard let id = try reader.anyNumber("id", in: 0...UInt16(4095)) else {
                    throw reader.missing("id")
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

/// The models of NIC that a driver without the feature `netModelStrings` knows, by their `model/@type`.
///
/// `netfront` is Xen's own NIC; the others are emulated. Source: libvirt's domain format and QEMU's NICs.
package enum InterfaceModel: String, Hashable, Sendable, CaseIterable {
    case netfront
    case e1000
    case e1000e
    case rtl8139
    case ne2kPCI = "ne2k_pci"
    case ne2kISA = "ne2k_isa"
    case pcnet
    case virtio
    case i82551
    case i82557b
    case i82559er
}
