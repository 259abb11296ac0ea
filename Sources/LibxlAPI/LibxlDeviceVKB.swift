public import XenUnits

/// A paravirtual keyboard and pointer. Source: `libxl_device_vkb`.
public struct LibxlDeviceVKB: Hashable, Sendable {
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl.
    public var devid: DeviceID
    /// `backend_type`.
    public var backend: LibxlVKBBackend?
    /// `unique_id`.
    public var uniqueID: String?
    /// `feature_disable_keyboard`.
    public var disableKeyboard: Bool = false
    /// `feature_disable_pointer`.
    public var disablePointer: Bool = false
    /// `feature_abs_pointer`.
    public var absolutePointer: Bool = false
    /// `feature_raw_pointer`.
    public var rawPointer: Bool = false
    /// `feature_multi_touch`.
    public var multiTouch: Bool = false
    public var width: UInt32 = 0
    public var height: UInt32 = 0
    /// `multi_touch_width`.
    public var multiTouchWidth: UInt32 = 0
    /// `multi_touch_height`.
    public var multiTouchHeight: UInt32 = 0
    /// `multi_touch_num_contacts`.
    public var multiTouchContacts: UInt32 = 0

    /// One with everything else at libxl's default.
    public init(devid: DeviceID) {
        self.devid = devid
    }
}

/// What serves a paravirtual keyboard. The raw value is libxl's name. Source: `libxl_vkb_backend`.
public enum LibxlVKBBackend: String, Hashable, Sendable, Codable, CaseIterable {
    case qemu
    case linux
}

extension LibxlDeviceVKB: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.vkb
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.vkbs }
    public var asDevice: LibxlDevice { .vkb(self) }
    public var identity: DeviceIdentity? { .vkb(devid: devid) }
}

extension LibxlDeviceVKB: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid
        case backend = "backend_type"
        case uniqueID = "unique_id"
        case disableKeyboard = "feature_disable_keyboard"
        case disablePointer = "feature_disable_pointer"
        case absolutePointer = "feature_abs_pointer"
        case rawPointer = "feature_raw_pointer"
        case multiTouch = "feature_multi_touch"
        case width, height
        case multiTouchWidth = "multi_touch_width"
        case multiTouchHeight = "multi_touch_height"
        case multiTouchContacts = "multi_touch_num_contacts"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        backend = try values.decodeIfPresent(LibxlVKBBackend.self, forKey: .backend)
        uniqueID = try values.decodeIfPresent(String.self, forKey: .uniqueID)
        disableKeyboard = try values.decode(forKey: .disableKeyboard, default: false)
        disablePointer = try values.decode(forKey: .disablePointer, default: false)
        absolutePointer = try values.decode(forKey: .absolutePointer, default: false)
        rawPointer = try values.decode(forKey: .rawPointer, default: false)
        multiTouch = try values.decode(forKey: .multiTouch, default: false)
        width = try values.decode(forKey: .width, default: 0)
        height = try values.decode(forKey: .height, default: 0)
        multiTouchWidth = try values.decode(forKey: .multiTouchWidth, default: 0)
        multiTouchHeight = try values.decode(forKey: .multiTouchHeight, default: 0)
        multiTouchContacts = try values.decode(forKey: .multiTouchContacts, default: 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encodeIfPresent(backend, forKey: .backend)
        try values.encodeIfPresent(uniqueID, forKey: .uniqueID)
        try values.encode(disableKeyboard, unless: false, forKey: .disableKeyboard)
        try values.encode(disablePointer, unless: false, forKey: .disablePointer)
        try values.encode(absolutePointer, unless: false, forKey: .absolutePointer)
        try values.encode(rawPointer, unless: false, forKey: .rawPointer)
        try values.encode(multiTouch, unless: false, forKey: .multiTouch)
        try values.encode(width, unless: 0, forKey: .width)
        try values.encode(height, unless: 0, forKey: .height)
        try values.encode(multiTouchWidth, unless: 0, forKey: .multiTouchWidth)
        try values.encode(multiTouchHeight, unless: 0, forKey: .multiTouchHeight)
        try values.encode(multiTouchContacts, unless: 0, forKey: .multiTouchContacts)
    }
}
