/// An amount of memory, counted in KiB.
///
/// KiB is both libvirt's default `<memory>` unit and the unit of libxl's `*_memkb` fields, so the common path
/// converts nothing. Source: `/domain/memory`, `libxl_domain_build_info.max_memkb`.
public struct Kibibytes: Hashable, Comparable, Sendable, Codable {
    /// The amount, in KiB; any 64-bit value.
    public let count: UInt64

    /// An amount of `count` KiB.
    public init(_ count: UInt64) {
        self.count = count
    }

    /// `amount` in one of libvirt's units, rounded up to a whole KiB; nil for an unknown unit or past 64 bits of bytes.
    ///
    /// Units: `b`, `bytes`, `KB`, `k`, `KiB`, `MB`, `M`, `MiB` and so on to `EB`, `E`, `EiB`; the two-letter `…B` ones
    /// are powers of 1000, the others of 1024. Source: libvirt's domain format, "memory", attribute `unit`.
    public init?(_ amount: UInt64, unit: String) {
        guard let bytesPerUnit = Self.bytes(perUnit: unit) else { return nil }
        let (bytes, overflow) = amount.multipliedReportingOverflow(by: bytesPerUnit)
        guard !overflow else { return nil }
        count = bytes / 1024 + (bytes % 1024 == 0 ? 0 : 1)
    }

    /// The same amount rounded up to whole MiB, as libxl is given memory; nil past 64 bits.
    public var roundedUpToMebibyte: Kibibytes? {
        let remainder = count % 1024
        guard remainder != 0 else { return self }
        let (rounded, overflow) = count.addingReportingOverflow(1024 - remainder)
        return overflow ? nil : Kibibytes(rounded)
    }

    public static func < (left: Kibibytes, right: Kibibytes) -> Bool {
        left.count < right.count
    }

    public init(from decoder: any Decoder) throws {
        count = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(count)
    }

    private static func bytes(perUnit unit: String) -> UInt64? {
        let unit = unit.lowercased()
        if unit == "b" || unit == "byte" || unit == "bytes" { return 1 }
        let prefixes: [Character] = ["k", "m", "g", "t", "p", "e"]
        guard let first = unit.first, let power = prefixes.firstIndex(of: first) else { return nil }
        let base: UInt64
        switch unit.dropFirst() {
        case "", "ib": base = 1024
        case "b": base = 1000
        default: return nil
        }
        return (0...power).reduce(1) { product, _ in product * base }
    }
}
