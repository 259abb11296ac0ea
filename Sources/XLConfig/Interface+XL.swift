import XenModel
import XenUnits

// vif. xl-network-configuration(5).
extension Interface {
    private static let tagger = "vif-openvswitch"
    private static let paravirtual = "netfront"

    static func readAll(_ reader: XLReader) throws(XLConfigError) -> [Interface] {
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
            if option.value == nil {
                guard ["trusted", "untrusted"].contains(option.key) else { throw item.unknown(option) }
                item.unsupported(option)
                continue
            }
            let value = try item.value(of: option)
            switch option.key {
            case "mac": mac = try readMAC(value, item)
            case "bridge": bridge = value
            case "type": isParavirtual = try item.word(value, [("vif", true), ("ioemu", false)])
            case "model": interface.model = value
            case "vifname": interface.target = value
            case "script": interface.script = value
            case "ip": interface.ipAddresses = value.words
            case "backend": interface.backendDomain = value
            case "gatewaydev", "netdev": interface.gatewayDevice = value
            case "mtu": interface.mtu = try item.number(value, in: 68...65535)
            case "rate": interface.outboundAverage = try KibibytesPerSecond.read(value, item)
            case "devid", "accel", "forwarddev": item.unsupported(option)
            default:
                guard option.key.without(prefix: "colo_") != nil else { throw item.unknown(option) }
                item.unsupported(option)
            }
        }
        if isParavirtual {
            if let model = interface.model { item.note(.unsupportedPart("model=\(model)")) }
            interface.model = paravirtual
        }
        interface.mac = mac ?? item.reader.draws.mac()
        if let bridge { interface.setBridge(bridge) }
        return interface
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

    /// The card as xl's text; nil if xl would make another one of it.
    func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String? {
        func part(_ name: String, _ value: String?, _ place: String) throws(XLConfigError) -> String? {
            guard let value else { return nil }
            return "\(name)=" + (try writer.part(value, key: "vif", path: "\(path)/\(place)"))
        }
        var card = self
        var bridge: String?
        switch source {
        case .bridge(let name): bridge = try card.tagged(name, path, writer)
        case .ethernet:
            writer.omit("\(path)/vlan", if: vlan != nil)
            writer.omit("\(path)/virtualport", if: virtualPort != nil)
        case .network:
            writer.omit(path, .deviceLeftOut("a network of the connection's"))
            return nil
        case .hostdev:
            writer.omit(path, .deviceLeftOut("a card of the host's"))
            return nil
        }
        writer.omit("\(path)/link", if: link == .down)
        writer.omit("\(path)/boot/@order", if: bootOrder != nil)
        var parts: [String?] = ["mac=\(mac)"]
        if !ipAddresses.isEmpty {
            for address in ipAddresses where address.words != [address] {
                throw .inexpressible(
                    path: "\(path)/ip/@address", key: "vif", text: address, problem: .separator(" "))
            }
            parts.append(try part("ip", ipAddresses.joined(separator: " "), "ip/@address"))
        }
        parts.append(try part("bridge", bridge, "source/@bridge"))
        parts.append(try part("script", card.script, "script/@path"))
        parts.append(try part("gatewaydev", gatewayDevice, "xenkeeper:gateway/@dev"))
        parts.append(try part("vifname", target, "target/@dev"))
        parts.append(try part("backend", backendDomain, "backenddomain/@name"))
        if model == Self.paravirtual {
            parts.append("type=vif")
        } else {
            parts.append(try part("model", model, "model/@type"))
        }
        parts.append(mtu.map { "mtu=\($0)" })
        if let outboundAverage {
            if outboundAverage.rawValue == 0 {
                writer.omit("\(path)/bandwidth/outbound/@average")
            } else {
                parts.append("rate=\(outboundAverage.rawValue)KB/s")
            }
        }
        return parts.compactMap { $0 }.joined(separator: ",")
    }

    /// The bridge with its VLANs behind it, and the script that reads them.
    private mutating func tagged(_ bridge: String, _ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        guard virtualPort == .openvswitch else {
            writer.omit("\(path)/vlan", if: vlan != nil)
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

    /// Whether `text` is read as `bridge`, or as itself, with the VLANs of this card.
    private func readsBack(_ text: String, _ bridge: String?) -> Bool {
        var read = Interface(source: .ethernet, mac: mac)
        read.script = script
        read.setBridge(text)
        return read.source.bridge == bridge ?? text && read.vlan?.tags == vlan?.tags
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
        guard let amount = digits.digits(radix: 10, UInt64.self), amount <= UInt32.max, amount > 0 else {
            throw item.error(.badRate(text))
        }
        if parts.count == 2 { item.note(.unsupportedPart("@\(parts[1])")) }
        let bytes = amount * factor / (isBits ? 8 : 1)
        let whole = max(1, bytes / 1024 + (bytes % 1024 == 0 ? 0 : 1))
        if whole * 1024 != bytes { item.note(.rounded(to: "\(whole)KB/s")) }
        return KibibytesPerSecond(rawValue: whole)
    }
}
