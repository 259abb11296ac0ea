public import XenUnits

/// What only a paravirtualised guest has. Source: `libxl_domain_build_info.u.pv`.
public struct LibxlPVInfo: Hashable, Sendable {
    /// `slack_memkb`.
    public var slackMemory: Kibibytes?
    /// Show the guest the host's memory map. `e820_host`.
    public var e820Host: Bool?

    /// Everything at libxl's default.
    public init() {}
}

extension LibxlPVInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case slackMemory = "slack_memkb"
        case e820Host = "e820_host"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        slackMemory = try values.decodeIfPresent(Kibibytes.self, forKey: .slackMemory)
        e820Host = try values.decode(defboolForKey: .e820Host)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(slackMemory, forKey: .slackMemory)
        try values.encode(defbool: e820Host, forKey: .e820Host)
    }
}
