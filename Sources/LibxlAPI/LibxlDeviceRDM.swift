public import XenUnits

/// A region of memory that the host's firmware reserves for devices; libxl finds them itself. Source: `libxl_device_rdm`.
public struct LibxlDeviceRDM: Hashable, Sendable {
    /// An address.
    public var start: UInt64
    /// In bytes.
    public var size: UInt64
    public var policy: ReservedMemoryPolicy?

    /// One with everything else at libxl's default.
    public init(start: UInt64, size: UInt64) {
        self.start = start
        self.size = size
    }
}

extension LibxlDeviceRDM: LibxlConfigElement {
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.rdms }
    public static var listName: String { "rdms" }
}

extension LibxlDeviceRDM: Codable {
    enum CodingKeys: String, CodingKey {
        case start, size, policy
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        start = try values.decode(forKey: .start, default: 0)
        size = try values.decode(forKey: .size, default: 0)
        policy = try values.decodeIfPresent(ReservedMemoryPolicy.self, forKey: .policy)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(start, unless: 0, forKey: .start)
        try values.encode(size, unless: 0, forKey: .size)
        try values.encodeIfPresent(policy, forKey: .policy)
    }
}
