public import XenUnits

/// A USB controller. Source: `libxl_device_usbctrl`.
public struct LibxlDeviceUSBCtrl: Hashable, Sendable {
    public var type: USBControllerType = .auto
    /// Always set, never left to libxl.
    public var devid: DeviceID
    /// Of 1, 2, 3; 0 is libxl's 2.
    public var version: Int32 = 0
    /// 0 is libxl's 8.
    public var ports: Int32 = 0
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?

    /// One with everything else at libxl's default.
    public init(devid: DeviceID) {
        self.devid = devid
    }
}

extension LibxlDeviceUSBCtrl: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.usbController
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.usbctrls }
    public var asDevice: LibxlDevice { .usbController(self) }
    public var identity: DeviceIdentity? { .usbController(devid: devid) }
}

extension LibxlDeviceUSBCtrl: Codable {
    enum CodingKeys: String, CodingKey {
        case type, devid, version, ports
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decode(forKey: .type, default: .auto)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        version = try values.decode(forKey: .version, default: 0)
        ports = try values.decode(forKey: .ports, default: 0)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(type, unless: .auto, forKey: .type)
        try values.encode(devid, forKey: .devid)
        try values.encode(version, unless: 0, forKey: .version)
        try values.encode(ports, unless: 0, forKey: .ports)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
    }
}
