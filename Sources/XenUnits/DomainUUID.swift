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
                if place == 8 || place == 13 || place == 18 || place == 23 {
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
        let hyphen = UInt8(ascii: "-")
        guard text[8] == hyphen, text[13] == hyphen, text[18] == hyphen, text[23] == hyphen,
            let a = Self.number(text, 0..<8), let b = Self.number(text, 9..<13), let c = Self.number(text, 14..<18),
            let d = Self.number(text, 19..<23), let e = Self.number(text, 24..<36)
        else { return nil }
        self.init(high: a << 32 | b << 16 | c, low: d << 48 | e)
    }

    /// The number that some of the digits are.
    private static func number(_ text: UnsafeRawBufferPointer, _ digits: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for place in digits {
            let byte = text[place]
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt64(byte &- 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(byte &- 0x57)
            default: return nil
            }
        }
        return number
    }
}
