public import XenUnits

/// A PCI device of the host's that is passed through. Source: `libxl_device_pci`.
public struct LibxlDevicePCI: Hashable, Sendable {
    /// The PCI segment.
    public var domain: Int32
    public var bus: UInt8
    /// 0 to 31. `dev`.
    public var device: UInt8
    /// 0 to 7. `func`.
    public var function: UInt8
    /// Where the guest sees it, slot times 8 plus function; 0 is left to libxl. `vdevfn`.
    public var guestSlot: UInt32 = 0
    /// Which functions go along, one bit each; libxl fills it. `vfunc_mask`.
    public var functionMask: UInt32 = 0
    /// `msitranslate`.
    public var msiTranslate: Bool = false
    /// `power_mgmt`.
    public var powerManagement: Bool = false
    /// Let the guest write any of its configuration space.
    public var permissive: Bool = false
    /// Take it from the host's driver if need be.
    public var seize: Bool = false
    /// `rdm_policy`.
    public var rdmPolicy: ReservedMemoryPolicy?
    public var name: String?

    /// One with everything else at libxl's default.
    public init(domain: Int32, bus: UInt8, device: UInt8, function: UInt8) {
        self.domain = domain
        self.bus = bus
        self.device = device
        self.function = function
    }
}

extension LibxlDevicePCI: LibxlDeviceStructure {
    public static let kind = LibxlDevice.Kind.pci
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.pcidevs }
    public var asDevice: LibxlDevice { .pci(self) }
    public var identity: DeviceIdentity? { host.map { .pci(host: $0) } }
}

extension LibxlDevicePCI {
    /// Where it is on the host; nil for numbers that are no address.
    public var host: PCIAddress? {
        UInt16(exactly: domain).flatMap { PCIAddress(domain: $0, bus: bus, slot: device, function: function) }
    }
}

extension LibxlDevicePCI: Codable {
    enum CodingKeys: String, CodingKey {
        case domain, bus
        case device = "dev"
        case function = "func"
        case guestSlot = "vdevfn"
        case functionMask = "vfunc_mask"
        case msiTranslate = "msitranslate"
        case powerManagement = "power_mgmt"
        case permissive, seize
        case rdmPolicy = "rdm_policy"
        case name
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        domain = try values.decode(forKey: .domain, default: 0)
        bus = try values.decode(forKey: .bus, default: 0)
        device = try values.decode(forKey: .device, default: 0)
        function = try values.decode(forKey: .function, default: 0)
        guestSlot = try values.decode(forKey: .guestSlot, default: 0)
        functionMask = try values.decode(forKey: .functionMask, default: 0)
        msiTranslate = try values.decode(forKey: .msiTranslate, default: false)
        powerManagement = try values.decode(forKey: .powerManagement, default: false)
        permissive = try values.decode(forKey: .permissive, default: false)
        seize = try values.decode(forKey: .seize, default: false)
        rdmPolicy = try values.decodeIfPresent(ReservedMemoryPolicy.self, forKey: .rdmPolicy)
        name = try values.decodeIfPresent(String.self, forKey: .name)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(domain, unless: 0, forKey: .domain)
        try values.encode(bus, unless: 0, forKey: .bus)
        try values.encode(device, unless: 0, forKey: .device)
        try values.encode(function, unless: 0, forKey: .function)
        try values.encode(guestSlot, unless: 0, forKey: .guestSlot)
        try values.encode(functionMask, unless: 0, forKey: .functionMask)
        try values.encode(msiTranslate, unless: false, forKey: .msiTranslate)
        try values.encode(powerManagement, unless: false, forKey: .powerManagement)
        try values.encode(permissive, unless: false, forKey: .permissive)
        try values.encode(seize, unless: false, forKey: .seize)
        try values.encodeIfPresent(rdmPolicy, forKey: .rdmPolicy)
        try values.encodeIfPresent(name, forKey: .name)
    }
}
