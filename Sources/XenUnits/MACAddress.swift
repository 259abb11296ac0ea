/// A network card's hardware address: six octets.
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
        let octets = description.split(separator: ":", omittingEmptySubsequences: false)
        guard octets.count == 6 else { return nil }
        var bits: UInt64 = 0
        for octet in octets {
            guard (1...2).contains(octet.utf8.count), octet.utf8.allSatisfy(\.isHexadecimalDigit),
                let value = UInt64(octet, radix: 16)
            else { return nil }
            bits = bits << 8 | value
        }
        self.bits = bits
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

    /// Whether the address names a group of stations, which a network card cannot have.
    public var isMulticast: Bool { bits >> 40 & 1 == 1 }

    public var description: String {
        (0..<6).reversed().map { octet in
            let text = String(bits >> (8 * UInt64(octet)) & 0xff, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined(separator: ":")
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
    /// Whether the octet is an ASCII hexadecimal digit.
    var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
