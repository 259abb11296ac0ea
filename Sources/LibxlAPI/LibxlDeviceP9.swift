public import XenUnits

/// A directory of the backend's that the guest mounts over 9pfs. Source: `libxl_device_p9`.
public struct LibxlDeviceP9: Hashable, Sendable {
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// What the guest mounts.
    public var tag: String
    /// The directory.
    public var path: String
    /// Of `none`; QEMU's word. `security_model`.
    public var securityModel: String
    /// Always set, never left to libxl.
    public var devid: DeviceID

    /// One with everything else at libxl's default.
    public init(tag: String, path: String, securityModel: String, devid: DeviceID) {
        self.tag = tag
        self.path = path
        self.securityModel = securityModel
        self.devid = devid
    }
}

extension LibxlDeviceP9: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.p9
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.p9s }
    public var asDevice: LibxlDevice { .p9(self) }
    public var identity: DeviceIdentity? { .p9(devid: devid) }
}

extension LibxlDeviceP9: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case tag, path
        case securityModel = "security_model"
        case devid
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        tag = try values.decode(String.self, forKey: .tag)
        path = try values.decode(String.self, forKey: .path)
        securityModel = try values.decode(String.self, forKey: .securityModel)
        devid = try values.decode(DeviceID.self, forKey: .devid)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(tag, forKey: .tag)
        try values.encode(path, forKey: .path)
        try values.encode(securityModel, forKey: .securityModel)
        try values.encode(devid, forKey: .devid)
    }
}
