/// Microsoft's generation ID, by which a guest notices that it was rolled back or copied; not zero, which libxl takes
/// for none. Source: `libxl_ms_vm_genid`.
public struct LibxlGenerationID: Hashable, Sendable {
    /// Octets 0 to 7, as the guest sees them, first octet highest.
    public let high: UInt64
    /// Octets 8 to 15, first octet highest.
    public let low: UInt64

    /// nil of zero.
    public init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }
}

extension LibxlGenerationID: Codable {
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        func word() throws -> UInt64 {
            try (0..<8).reduce(0) { word, _ in word << 8 | UInt64(try container.decode(UInt8.self)) }
        }
        let (high, low) = (try word(), try word())
        guard let known = LibxlGenerationID(high: high, low: low) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a generation ID of zero is none")
        }
        self = known
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for word in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                try container.encode(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }
}
