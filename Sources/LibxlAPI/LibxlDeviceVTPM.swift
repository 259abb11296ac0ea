public import XenUnits

/// A virtual TPM, which a stub domain serves. Source: `libxl_device_vtpm`.
public struct LibxlDeviceVTPM: Hashable, Sendable {
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl.
    public var devid: DeviceID
    /// Which of the backend's TPMs it is; zero is the next free one.
    public var uuid: DomainUUID = .zero

    /// One with everything else at libxl's default.
    public init(devid: DeviceID) {
        self.devid = devid
    }
}

extension LibxlDeviceVTPM: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.vtpm
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.vtpms }
    public var asDevice: LibxlDevice { .vtpm(self) }
    public var identity: DeviceIdentity? { .vtpm(devid: devid) }
}

extension LibxlDeviceVTPM: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid, uuid
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        uuid = try values.decode(forKey: .uuid, default: .zero)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encode(uuid, unless: .zero, forKey: .uuid)
    }
}
