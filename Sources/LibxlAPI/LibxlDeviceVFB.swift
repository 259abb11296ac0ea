public import XenUnits

/// A paravirtual framebuffer. Source: `libxl_device_vfb`.
public struct LibxlDeviceVFB: Hashable, Sendable {
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl.
    public var devid: DeviceID
    public var vnc: LibxlVNCInfo = LibxlVNCInfo()
    public var sdl: LibxlSDLInfo = LibxlSDLInfo()
    public var keymap: String?

    /// One with everything else at libxl's default.
    public init(devid: DeviceID) {
        self.devid = devid
    }
}

extension LibxlDeviceVFB: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.vfb
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.vfbs }
    public var asDevice: LibxlDevice { .vfb(self) }
    public var identity: DeviceIdentity? { .vfb(devid: devid) }
}

extension LibxlDeviceVFB: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid, vnc, sdl, keymap
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        vnc = try values.decode(forKey: .vnc, default: LibxlVNCInfo())
        sdl = try values.decode(forKey: .sdl, default: LibxlSDLInfo())
        keymap = try values.decodeIfPresent(String.self, forKey: .keymap)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encode(vnc, unless: LibxlVNCInfo(), forKey: .vnc)
        try values.encode(sdl, unless: LibxlSDLInfo(), forKey: .sdl)
        try values.encodeIfPresent(keymap, forKey: .keymap)
    }
}
