import XenModel
import XenUnits

// vif. xl-network-configuration(5).
extension Interface: XLDevice {
    private static let tagger = "vif-openvswitch"
    private static let paravirtual = "netfront"

    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Interface] {
        var interfaces: [Interface] = []
        for item in try reader.list("vif") { interfaces.append(try read(item)) }
        return interfaces
    }

    private static func read(_ item: XLItem) throws(XLConfigError) -> Interface {
        var interface = Interface(source: .ethernet, mac: MACAddress(bits: 0))
        var mac: MACAddress?
        var bridge: String?
        var isParavirtual = false
        for option in try item.options() {
            let value = item.plain(option)
            switch (option.key, value) {
            case ("mac", let value): mac = try readMAC((value ?? "").trimmed(), item)
            case ("mtu", let value): interface.mtu = try item.number(value ?? "", in: 68...65535)
            case ("rate", let value): interface.outboundAverage = try KibibytesPerSecond.read(value ?? "", item)
            case ("bridge", _): bridge = value
            case ("type", "vif"): isParavirtual = true
            case ("type", "ioemu"): isParavirtual = false
            case ("model", _): interface.model = value
            case ("vifname", let name?) where name.without(prefix: "vif") != nil:
                // A document's name that begins like one of Xen's is taken for one that Xen gave.
                item.note(.replaced(part: option.text, by: "the name that Xen gives it, as libvirt reads such names"))
            case ("vifname", _): interface.target = value
            case ("script", _): interface.script = value
            case ("ip", _): interface.ipAddresses = try readAddresses(value ?? "", item)
            case ("backend", _): interface.backendDomain = value
            case ("gatewaydev", _), ("netdev", _): interface.gatewayDevice = value
            case ("vlan", let text):
                // xl has words for several VLANs of a bridge's port, and a document has not.
                let tags = text.flatMap { Self.tags([$0]) }
                interface.vlan = tags.map { VLAN(isTrunk: false, tags: $0) }
                if tags == nil { item.unsupported(option) }
            case ("trusted", _) where option.value == nil: interface.trustsBackend = true
            case ("untrusted", _) where option.value == nil: interface.trustsBackend = false
            // As xl, which complains of what it does not know, and goes on.
            default: item.unsupported(option)
            }
        }
        let guestType = item.reader.guestType
        if isParavirtual {
            if let model = interface.model { item.note(.unsupportedPart("model=\(model)")) }
            interface.model = paravirtual
        } else if let model = interface.model, model != paravirtual, guestType != .hvm {
            item.note(.partForOtherGuestType("model=\(model)", guestType))
            interface.model = nil
        }
        interface.mac = mac ?? item.reader.draws.mac()
        if let bridge { interface.setBridge(bridge) }
        return interface
    }

    /// The addresses and ranges between spaces; a script of the host's may take other words, which no document has.
    private static func readAddresses(_ text: String, _ item: XLItem) throws(XLConfigError) -> [String] {
        var addresses: [String] = []
        for word in text.words {
            if GuestIPAddress(word) != nil {
                addresses.append(word)
            } else {
                item.note(.unsupportedPart("ip=\(word)"))
            }
        }
        return addresses
    }

    private static func readMAC(_ text: String, _ item: XLItem) throws(XLConfigError) -> MACAddress {
        guard let mac = MACAddress(text) else { throw item.error(.badMAC(text)) }
        guard !mac.isMulticast else { throw item.error(.multicastMAC(mac)) }
        return mac
    }

    /// Takes a bridge, for Open vSwitch with its VLANs: `BRIDGE.TAG` or `BRIDGE:TAG:TAG`.
    private mutating func setBridge(_ text: String) {
        source = .bridge(text)
        guard isTagged else { return }
        virtualPort = .openvswitch
        if let (name, tags) = text.pair(at: ":"), let numbers = Self.tags(tags.parts(at: ":")), !name.isEmpty {
            source = .bridge(name)
            vlan = VLAN(isTrunk: true, tags: numbers)
        } else if let (name, tag) = text.pair(at: "."), let numbers = Self.tags([tag]), !name.isEmpty {
            source = .bridge(name)
            vlan = VLAN(isTrunk: false, tags: numbers)
        }
    }

    private static func tags(_ texts: [String]) -> [UInt16]? {
        let tags = texts.compactMap { $0.digits(radix: 10, UInt16.self) }.filter { $0 < 4096 }
        return tags.count == texts.count ? tags : nil
    }

    /// Whether the script reads VLANs out of the bridge's name.
    private var isTagged: Bool { script?.parts(at: "/").last == Self.tagger }

    /// The NIC as xl's text; nil if xl would make another one of it.
    func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String? {
        func part(_ name: String, _ value: String?, _ place: String) throws(XLConfigError) -> String? {
            guard let value else { return nil }
            return "\(name)=" + (try writer.part(value, key: "vif", path: "\(path)/\(place)"))
        }
        var nic = self
        var bridge: String?
        switch source {
        case .bridge(let name): bridge = try nic.tagged(name, path, writer)
        case .ethernet:
            writer.omit("\(path)/vlan", if: vlan != nil)
            writer.omit("\(path)/virtualport", if: virtualPort != nil)
        case .network:
            writer.omit(path, .deviceLeftOut("a network of the connection's"))
            return nil
        case .hostdev: return nil
        }
        writer.omit("\(path)/link", if: link == .down)
        var parts: [String?] = ["mac=\(mac)"]
        if !ipAddresses.isEmpty {
            for address in ipAddresses where GuestIPAddress(address) == nil {
                throw .inexpressible(path: "\(path)/ip/@address", key: "vif", text: address, problem: .ambiguous)
            }
            parts.append(try part("ip", ipAddresses.joined(separator: " "), "ip/@address"))
        }
        parts.append(try part("bridge", bridge, "source/@bridge"))
        parts.append(try part("script", nic.script, "script/@path"))
        if virtualPort == nil, bridge != nil, let vlan {
            let isOne = !vlan.isTrunk && vlan.tags.count == 1
            writer.omit("\(path)/vlan", if: !isOne)
            if isOne { parts.append(vlan.tags.first.map { "vlan=\($0)" }) }
        }
        parts.append(try part("gatewaydev", gatewayDevice, "xenkeeper:gateway/@dev"))
        parts.append(try part("vifname", target, "target/@dev"))
        parts.append(try part("backend", backendDomain, "backenddomain/@name"))
        if model == Self.paravirtual {
            parts.append("type=vif")
        } else {
            parts.append(try part("model", model, "model/@type"))
        }
        parts.append(mtu.map { "mtu=\($0)" })
        parts.append(trustsBackend.map { $0 ? "trusted" : "untrusted" })
        if let outboundAverage {
            if outboundAverage.rawValue == 0 || outboundAverage.rawValue > UInt64(UInt32.max) {
                writer.omit("\(path)/bandwidth/outbound/@average")
            } else {
                // A KB is 1000 bytes to xl.
                parts.append("rate=\(outboundAverage.rawValue * 1024)B/s")
            }
        }
        return parts.compactMap { $0 }.joined(separator: ",")
    }

    /// The bridge with its VLANs behind it, and the script that reads them.
    private mutating func tagged(_ bridge: String, _ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        guard virtualPort == .openvswitch else {
            guard !isTagged || readsBack(bridge, nil) else {
                throw .inexpressible(path: "\(path)/source/@bridge", key: "vif", text: bridge, problem: .ambiguous)
            }
            return bridge
        }
        if script == nil { script = Self.tagger }
        guard isTagged else {
            writer.omit("\(path)/virtualport")
            writer.omit("\(path)/vlan", if: vlan != nil)
            return bridge
        }
        var text = bridge
        if let vlan, let first = vlan.tags.first {
            text += vlan.isTrunk || vlan.tags.count > 1 ? vlan.tags.map { ":\($0)" }.joined() : ".\(first)"
        }
        guard readsBack(text, bridge) else {
            throw .inexpressible(path: "\(path)/source/@bridge", key: "vif", text: bridge, problem: .ambiguous)
        }
        return text
    }

    /// Whether `text` is read as `bridge`, or as itself, with the VLANs of this NIC.
    private func readsBack(_ text: String, _ bridge: String?) -> Bool {
        var read = Interface(source: .ethernet, mac: mac)
        read.script = script
        read.setBridge(text)
        return read.source.bridge == bridge ?? text && read.vlan?.tags == vlan?.tags
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        if case .hostdev(let nic) = source {
            writer.omit("\(path)/mac")
            writer.omit("\(path)/@managed", if: isManaged)
            lists.pcis.append(nic.text(isManaged: false))
        } else if let text = try text(path, writer) {
            lists.vifs.append(text)
        }
    }
}

extension KibibytesPerSecond {
    /// Reads `AMOUNT[GMK](B|b)/s[@INTERVAL]`, as libvirt does: a KB is a KiB to it.
    fileprivate static func read(_ text: String, _ item: XLItem) throws(XLConfigError) -> KibibytesPerSecond {
        let parts = text.parts(at: "@")
        guard (1...2).contains(parts.count), let (rate, second) = parts[0].pair(at: "/"), second == "s" else {
            throw item.error(.badRate(text))
        }
        let digits = String(rate.unicodeScalars.prefix { ("0"..."9").contains($0) })
        let units: [String: UInt64] = ["B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30]
        let unit = rate.without(prefix: digits) ?? ""
        let isBits = unit.unicodeScalars.last == "b"
        guard let factor = units[isBits ? unit.uppercased() : unit] else { throw item.error(.badRate(text)) }
        // What libxl can count.
        guard let amount = digits.digits(radix: 10, UInt64.self), amount > 0,
            amount <= UInt64(UInt32.max) << 30 / factor
        else { throw item.error(.badRate(text)) }
        if parts.count == 2 { item.note(.unsupportedPart("@\(parts[1])")) }
        let bytes = amount * factor / (isBits ? 8 : 1)
        let whole = max(1, bytes / 1024 + (bytes % 1024 == 0 ? 0 : 1))
        if factor > 1 {
            // xl counts a KB as 1000 bytes.
            item.note(.replaced(part: "rate=\(text)", by: "\(whole * 1024) bytes a second, for libvirt counts in KiB"))
        } else if whole * 1024 != bytes {
            item.note(.rounded(to: "\(whole * 1024)B/s"))
        }
        return KibibytesPerSecond(rawValue: whole)
    }
}
