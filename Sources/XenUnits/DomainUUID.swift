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

extension DomainUUID: Comparable {
    /// In the order of their text forms.
    public static func < (left: DomainUUID, right: DomainUUID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension DomainUUID {
    /// How many bytes its text form has.
    package static let textLength = 36

    /// Reads the text form as it is written, and no other; nil for anything else.
    package init?(canonical text: UnsafeRawBufferPointer) {
        guard text.count == Self.textLength else { return nil }
        // Four words of eight bytes, of which some overlap, and four digits more: of none is asked byte by byte.
        func word(_ place: Int) -> UInt64 {
            UInt64(bigEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        }
        let hyphens =
            word(8) >> 56 == 0x2d && word(13) >> 56 == 0x2d && word(18) >> 56 == 0x2d && word(23) >> 56 == 0x2d
        // `bbbb` and `cccc` with the hyphen between them, shifted together.
        func halves(_ place: Int) -> UInt64 {
            word(place) & 0xffff_ffff_0000_0000 | word(place + 1) & 0xffff_ffff
        }
        guard hyphens, let a = Self.number(word(0)), let bc = Self.number(halves(9)), let de = Self.number(halves(19)),
            let f = Self.number(word(28))
        else { return nil }
        self.init(high: a << 32 | bc, low: de << 32 | f)
    }

    /// The number that eight digits are, the first in the highest byte.
    private static func number(_ digits: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high = 0x80 &* ones
        guard digits & high == 0 else { return nil }
        // Bit 7 of each byte says whether it is at least so much.
        func isAtLeast(_ byte: UInt64) -> UInt64 { (digits &+ (0x80 &- byte) &* ones) & high }
        let decimal = isAtLeast(0x30) & ~isAtLeast(0x3a)
        let letter = isAtLeast(0x61) & ~isAtLeast(0x67)
        guard decimal | letter == high else { return nil }
        var nibbles = (digits & (0x0f &* ones)) &+ (letter >> 7) &* 9
        nibbles = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles | nibbles >> 8) & 0x0000_ffff_0000_ffff
        return (nibbles | nibbles >> 16) & 0xffff_ffff
    }
}
