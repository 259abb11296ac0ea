/// The hypervisor's number for a live domain; given again to another domain after this one died.
///
/// Source: libxl's `libxl_domid` (`uint32_t`).
public struct DomainID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The control domain, where the toolstack runs: Domain-0.
    public static let domain0 = DomainID(rawValue: 0)

    public var description: String { "\(rawValue)" }

    public static func < (left: DomainID, right: DomainID) -> Bool {
        left.rawValue < right.rawValue
    }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(UInt32.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
