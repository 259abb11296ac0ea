public import XenUnits

/// A paravirtual display. Source: `libxl_device_vdispl`.
public struct LibxlDeviceVDispl: Hashable, Sendable {
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl.
    public var devid: DeviceID
    /// `be_alloc`.
    public var backendAllocates: Bool = false
    public var connectors: [LibxlConnectorParam] = []

    /// One with everything else at libxl's default.
    public init(devid: DeviceID) {
        self.devid = devid
    }
}

/// A screen of a paravirtual display. Source: `libxl_connector_param`.
public struct LibxlConnectorParam: Hashable, Sendable {
    /// `unique_id`.
    public var uniqueID: String?
    public var width: UInt32 = 0
    public var height: UInt32 = 0

    /// Everything at libxl's default.
    public init() {}
}

extension LibxlDeviceVDispl: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.vdispl
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.vdispls }
    public var asDevice: LibxlDevice { .vdispl(self) }
    public var identity: DeviceIdentity? { .vdispl(devid: devid) }
}

extension LibxlDeviceVDispl: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid
        case backendAllocates = "be_alloc"
        case connectors
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        backendAllocates = try values.decode(forKey: .backendAllocates, default: false)
        connectors = try values.decode(forKey: .connectors, default: [])
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encode(backendAllocates, unless: false, forKey: .backendAllocates)
        try values.encode(connectors, unless: [], forKey: .connectors)
    }
}

extension LibxlConnectorParam: Codable {
    enum CodingKeys: String, CodingKey {
        case uniqueID = "unique_id"
        case width, height
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        uniqueID = try values.decodeIfPresent(String.self, forKey: .uniqueID)
        width = try values.decode(forKey: .width, default: 0)
        height = try values.decode(forKey: .height, default: 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(uniqueID, forKey: .uniqueID)
        try values.encode(width, unless: 0, forKey: .width)
        try values.encode(height, unless: 0, forKey: .height)
    }
}
