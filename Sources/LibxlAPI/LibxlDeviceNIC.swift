public import XenUnits

/// A NIC, as it is passed to libxl. Source: `libxl_device_nic`; JSON as libxl prints it, defaults left out.
public struct LibxlDeviceNIC: Hashable, Sendable {
    /// Who serves it. `backend_domid`.
    public var backendDomainID: DomainID
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl. `devid`.
    public var devid: DeviceID
    /// In bytes; nil is the bridge's. `mtu`.
    public var mtu: UInt32?
    /// The emulated NIC; nil is libxl's default. `model`.
    public var model: String?
    public var mac: MACAddress
    /// For the script: addresses joined by a space. `ip`.
    public var ip: String?
    public var bridge: String?
    /// The host's name of its end; nil is `vifDOMID.DEVID`. `ifname`.
    public var ifname: String?
    /// nil is libxl's `vif-bridge`. `script`.
    public var script: String?
    public var nictype: LibxlNICType
    /// How much may pass in each `rateIntervalMicroseconds`; nil is no limit. `rate_bytes_per_interval`.
    public var rateBytesPerInterval: UInt64?
    /// `rate_interval_usecs`.
    public var rateIntervalMicroseconds: UInt32?
    /// For the script: the host's interface that it routes over. `gatewaydev`.
    public var gatewayDevice: String?
    /// For the script: the VLANs of a bridge's port, in the words of xl-network-configuration(5). libxl has it since
    /// Xen 4.18. `vlan`.
    public var vlan: String?
    /// Whether the guest is to trust the backend. `trusted`.
    public var trusted: Bool?

    /// What libxl writes for, and lists of, a NIC that has no MTU, in bytes. Source: libxl's `LIBXL_DEVICE_NIC_MTU_DEFAULT`.
    public static let defaultMTU: UInt32 = 1500
    /// The script that libxl runs, and lists, where none is named.
    public static let defaultScript = "/etc/xen/scripts/vif-bridge"

    /// A NIC with everything else at libxl's default.
    public init(devid: DeviceID, mac: MACAddress, nictype: LibxlNICType, backendDomainID: DomainID = .domain0) {
        self.devid = devid
        self.mac = mac
        self.nictype = nictype
        self.backendDomainID = backendDomainID
    }
}

/// What a guest sees of a NIC. The raw value is libxl's name. Source: `libxl_nic_type`.
public enum LibxlNICType: String, Hashable, Sendable, Codable, CaseIterable {
    /// Left to libxl.
    case unknown
    /// An emulated NIC and a paravirtual one.
    case vifIOEmu = "vif_ioemu"
    /// The paravirtual NIC alone.
    case vif
}

extension LibxlDeviceNIC: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.nic
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.nics }
    public var asDevice: LibxlDevice { .nic(self) }
    public var identity: DeviceIdentity? { .nic(devid: devid) }
}

extension LibxlDeviceNIC {
    /// A node of xenstore that says of a NIC what libxl writes and does not return when it lists the NIC.
    public struct Node: Sendable {
        public let name: String
        /// Whether it is at the guest's end, and not in libxl's record and at the backend's.
        public let isFrontend: Bool
        /// What libxl writes; nil is no node.
        public let value: @Sendable (LibxlDeviceNIC) -> String?
        /// Takes over what libxl wrote; what it did not write says nothing.
        public let read: @Sendable (String, inout LibxlDeviceNIC) -> Void

        /// A node that is nothing but the text of one member.
        fileprivate static func text(
            _ name: String, _ member: any WritableKeyPath<LibxlDeviceNIC, String?> & Sendable
        ) -> Node {
            Node(name: name, isFrontend: false, value: { $0[keyPath: member] }) { text, nic in
                nic[keyPath: member] = text.isEmpty ? nil : text
            }
        }
    }

    /// All that there are. Source: libxl's `libxl__set_xenstore_nic` and `libxl__nic_from_xenstore`.
    public static let nodes: [Node] = [
        .text("vifname", \.ifname),
        .text("vlan", \.vlan),
        // `BYTES,MICROSECONDS`.
        Node(name: "rate", isFrontend: false) { nic in
            guard let bytes = nic.rateBytesPerInterval, let interval = nic.rateIntervalMicroseconds, interval > 0 else {
                return nil
            }
            return "\(bytes),\(interval)"
        } read: { text, nic in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count == 2, let bytes = UInt64(parts[0]), let interval = UInt32(parts[1]), bytes > 0,
                interval > 0
            else { return }
            nic.rateBytesPerInterval = bytes
            nic.rateIntervalMicroseconds = interval
        },
        Node(name: "trusted", isFrontend: true) { nic in
            nic.trusted ?? true ? "1" : "0"
        } read: { text, nic in
            if text == "0" { nic.trusted = false }
        },
    ]
}

extension LibxlDeviceNIC: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid, mtu, model, mac, ip, bridge, ifname, script, nictype
        case rateBytesPerInterval = "rate_bytes_per_interval"
        case rateIntervalMicroseconds = "rate_interval_usecs"
        case gatewayDevice = "gatewaydev"
        case vlan, trusted
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decodeIfPresent(DomainID.self, forKey: .backendDomainID) ?? .domain0
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        mtu = try values.decodeIfPresent(UInt32.self, forKey: .mtu)
        model = try values.decodeIfPresent(String.self, forKey: .model)
        mac = try values.decode(MACAddress.self, forKey: .mac)
        ip = try values.decodeIfPresent(String.self, forKey: .ip)
        bridge = try values.decodeIfPresent(String.self, forKey: .bridge)
        ifname = try values.decodeIfPresent(String.self, forKey: .ifname)
        script = try values.decodeIfPresent(String.self, forKey: .script)
        nictype = try values.decode(
            wordForKey: .nictype, default: .unknown, listed: decoder.isListedByLibxl)
        rateBytesPerInterval = try values.decodeIfPresent(UInt64.self, forKey: .rateBytesPerInterval)
        rateIntervalMicroseconds = try values.decodeIfPresent(UInt32.self, forKey: .rateIntervalMicroseconds)
        gatewayDevice = try values.decodeIfPresent(String.self, forKey: .gatewayDevice)
        vlan = try values.decodeIfPresent(String.self, forKey: .vlan)
        trusted = try values.decode(defboolForKey: .trusted)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        if backendDomainID != .domain0 { try values.encode(backendDomainID, forKey: .backendDomainID) }
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encodeIfPresent(mtu, forKey: .mtu)
        try values.encodeIfPresent(model, forKey: .model)
        try values.encode(mac, forKey: .mac)
        try values.encodeIfPresent(ip, forKey: .ip)
        try values.encodeIfPresent(bridge, forKey: .bridge)
        try values.encodeIfPresent(ifname, forKey: .ifname)
        try values.encodeIfPresent(script, forKey: .script)
        if nictype != .unknown { try values.encode(nictype, forKey: .nictype) }
        try values.encodeIfPresent(rateBytesPerInterval, forKey: .rateBytesPerInterval)
        try values.encodeIfPresent(rateIntervalMicroseconds, forKey: .rateIntervalMicroseconds)
        try values.encodeIfPresent(gatewayDevice, forKey: .gatewayDevice)
        try values.encodeIfPresent(vlan, forKey: .vlan)
        try values.encode(defbool: trusted, forKey: .trusted)
    }
}
