/// The 128-bit name that a domain keeps for its life, whatever it is called.
///
/// Text form: 32 lower-case hexadecimal digits in groups of 8-4-4-4-12; reading also takes upper case, and hyphens
/// anywhere or nowhere, as libvirt does. Source: `/domain/uuid`, libxl's `libxl_uuid`.
public struct DomainUUID: Hashable, Sendable, Codable, LosslessStringConvertible {
    /// The first eight octets, most significant first.
    public let high: UInt64
    /// The last eight octets, most significant first.
    public let low: UInt64

    /// The UUID of these sixteen octets.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the text form; nil for anything else.
    public init?(_ description: String) {
        let digits = description.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, digits.allSatisfy(\.isHexadecimalDigit), description.utf8.count <= 64,
            let high = UInt64(String(decoding: digits.prefix(16), as: UTF8.self), radix: 16),
            let low = UInt64(String(decoding: digits.suffix(16), as: UTF8.self), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// A random UUID, version 4 of RFC 9562.
    public static func random() -> DomainUUID {
        var generator = SystemRandomNumberGenerator()
        return DomainUUID(
            high: generator.next() & 0xffff_ffff_ffff_0fff | 0x4000,
            low: generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }

    /// All zeros: Domain-0's UUID, as libxl reports it.
    public static let zero = DomainUUID(high: 0, low: 0)

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var digit = 0
            for place in 0..<36 {
                if [8, 13, 18, 23].contains(place) {
                    text[place] = UInt8(ascii: "-")
                } else {
                    let half = digit < 16 ? high : low
                    text[place] = UInt8(hexadecimalDigit: half >> UInt64(60 - digit % 16 * 4) & 0xf)
                    digit += 1
                }
            }
            return 36
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let uuid = DomainUUID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no UUID")
        }
        self = uuid
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension DomainUUID {
    /// How many bytes its text form has.
    package static let textLength = 36

    /// Reads the text form as it is written, and no other; nil for anything else.
    package init?(canonical text: UnsafeRawBufferPointer) {
        guard text.count == Self.textLength else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var digits = 0
        for (place, byte) in text.enumerated() {
            if place == 8 || place == 13 || place == 18 || place == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let value: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if digits < 16 {
                halves.high = halves.high << 4 | UInt64(value)
            } else {
                halves.low = halves.low << 4 | UInt64(value)
            }
            digits += 1
        }
        self.init(high: halves.high, low: halves.low)
    }
}
