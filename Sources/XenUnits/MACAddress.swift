/// A NIC's hardware address: six octets.
///
/// Text form: two lower-case hexadecimal digits each, joined by colons; reading also takes upper case and single digits,
/// as libvirt does. Source: `/domain/devices/interface/mac/@address`, libxl's `libxl_mac`.
public struct MACAddress: Hashable, Sendable, Codable, LosslessStringConvertible {
    /// The six octets, the first one in the highest of the low 48 bits.
    public let bits: UInt64

    /// The address whose octets are the low 48 bits of `bits`.
    public init(bits: UInt64) {
        self.bits = bits & 0xffff_ffff_ffff
    }

    /// Reads the text form; nil for anything else.
    public init?(_ description: String) {
        var bits: UInt64 = 0
        var octets = 0
        var octet: UInt64 = 0
        var digits = 0
        for character in description.utf8 {
            if let digit = character.hexadecimalDigit {
                octet = octet << 4 | digit
                digits += 1
                guard digits <= 2 else { return nil }
            } else {
                guard character == UInt8(ascii: ":"), digits > 0, octets < 5 else { return nil }
                bits = bits << 8 | octet
                octets += 1
                (octet, digits) = (0, 0)
            }
        }
        guard octets == 5, digits > 0 else { return nil }
        self.bits = bits << 8 | octet
    }

    /// The address `00:16:3e:…` (Xen's own prefix) with 24 random bits.
    public static func random(using generator: inout some RandomNumberGenerator) -> MACAddress {
        MACAddress(bits: 0x0016_3e00_0000 | generator.next() & 0xff_ffff)
    }

    /// The address `00:16:3e:…` (Xen's own prefix) with 24 random bits of the system's generator.
    public static func random() -> MACAddress {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// Whether the address names a group of stations, which a NIC cannot have.
    public var isMulticast: Bool { bits >> 40 & 1 == 1 }

    public var description: String {
        String(unsafeUninitializedCapacity: 17) { text in
            for place in 0..<17 {
                text[place] =
                    place % 3 == 2
                    ? UInt8(ascii: ":")
                    : UInt8(hexadecimalDigit: bits >> UInt64(44 - place / 3 * 8 - place % 3 * 4) & 0xf)
            }
            return 17
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = MACAddress(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no MAC address")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension UInt8 {
    /// The lower-case digit that stands for the low four bits of `value`.
    package init(hexadecimalDigit value: UInt64) {
        let value = UInt8(value & 0xf)
        self = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Whether the octet is an ASCII hexadecimal digit.
    var isHexadecimalDigit: Bool { hexadecimalDigit != nil }

    /// What the octet stands for as an ASCII hexadecimal digit; nil if it is none.
    fileprivate var hexadecimalDigit: UInt64? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
