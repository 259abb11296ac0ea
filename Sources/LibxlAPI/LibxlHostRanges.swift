/// I/O ports of the host's that a guest may use. Source: `libxl_ioport_range`.
public struct LibxlIOPortRange: Hashable, Sendable {
    public var first: UInt32 = 0
    /// `number`.
    public var count: UInt32 = 0

    /// Everything at libxl's default.
    public init() {}
}

/// Memory-mapped registers of the host's that a guest may use, in pages of 4 KiB. Source: `libxl_iomem_range`.
public struct LibxlIOMemRange: Hashable, Sendable {
    /// The host's frame number.
    public var start: UInt64 = 0
    /// `number`.
    public var count: UInt64 = 0
    /// Where the guest sees it; nil is at the same number. `gfn`.
    public var guestFrame: UInt64?

    /// Everything at libxl's default.
    public init() {}
}

extension LibxlIOPortRange: Codable {
    enum CodingKeys: String, CodingKey {
        case first
        case count = "number"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        first = try values.decode(forKey: .first, default: 0)
        count = try values.decode(forKey: .count, default: 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(first, unless: 0, forKey: .first)
        try values.encode(count, unless: 0, forKey: .count)
    }
}

extension LibxlIOMemRange: Codable {
    enum CodingKeys: String, CodingKey {
        case start
        case count = "number"
        case guestFrame = "gfn"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        start = try values.decode(forKey: .start, default: 0)
        count = try values.decode(forKey: .count, default: 0)
        guestFrame = try values.decodeIfPresent(UInt64.self, forKey: .guestFrame)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(start, unless: 0, forKey: .start)
        try values.encode(count, unless: 0, forKey: .count)
        try values.encodeIfPresent(guestFrame, forKey: .guestFrame)
    }
}
