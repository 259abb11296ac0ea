/// Where a PCI device of the host is.
///
/// Text form: `DDDD:BB:SS.F` in lower-case hexadecimal; reading also takes it without the domain. Source:
/// `/domain/devices/hostdev/source/address`, libxl's `libxl_device_pci`.
public struct PCIAddress: Hashable, Comparable, Sendable, Codable, LosslessStringConvertible {
    public let domain: UInt16
    public let bus: UInt8
    /// 0 to 31; libxl calls it `dev`.
    public let slot: UInt8
    /// 0 to 7.
    public let function: UInt8

    /// The address of these numbers; nil if the slot is above 31 or the function above 7.
    public init?(domain: UInt16, bus: UInt8, slot: UInt8, function: UInt8) {
        guard slot < 32, function < 8 else { return nil }
        self.domain = domain
        self.bus = bus
        self.slot = slot
        self.function = function
    }

    /// Reads the text form; nil for anything else.
    public init?(_ description: String) {
        var parts = description.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2 { parts.insert("0", at: 0) }
        guard parts.count == 3 else { return nil }
        let last = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard last.count == 2, let domain = Self.number(parts[0], UInt16.self),
            let bus = Self.number(parts[1], UInt8.self), let slot = Self.number(last[0], UInt8.self),
            let function = Self.number(last[1], UInt8.self)
        else { return nil }
        self.init(domain: domain, bus: bus, slot: slot, function: function)
    }

    public var description: String {
        "\(Self.padded(domain, 4)):\(Self.padded(bus, 2)):\(Self.padded(slot, 2)).\(String(function, radix: 16))"
    }

    public static func < (left: PCIAddress, right: PCIAddress) -> Bool {
        left.key < right.key
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = PCIAddress(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no PCI address")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private var key: UInt64 { UInt64(domain) << 24 | UInt64(bus) << 16 | UInt64(slot) << 8 | UInt64(function) }

    private static func number<Number: FixedWidthInteger>(_ text: Substring, _: Number.Type) -> Number? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isHexadecimalDigit) else { return nil }
        return Number(text, radix: 16)
    }

    private static func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
