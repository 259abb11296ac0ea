/// What a guest reads of its processor in one leaf. Source: `libxl_cpuid_policy_list`.
///
/// A register's text has 32 characters, bit 31 first: `1` and `0` force a bit, `x` leaves it to libxl, `k` keeps the
/// host's, `s` as `k` and also across a migration. nil leaves the register alone. In a list a leaf and subleaf stand once.
public struct LibxlCPUIDPolicy: Hashable, Sendable, Codable {
    public var leaf: UInt32
    /// nil where the leaf has none.
    public var subleaf: UInt32?
    public var eax: String?
    public var ebx: String?
    public var ecx: String?
    public var edx: String?

    /// A leaf with its registers left alone.
    public init(leaf: UInt32, subleaf: UInt32? = nil) {
        self.leaf = leaf
        self.subleaf = subleaf
    }
}

/// The list's JSON: libxl 4.17 nests it beside the model-specific registers, which it must be given, if only that there
/// are none; at first it printed the list alone.
struct LibxlCPUPolicy: Codable, Equatable {
    var cpuid: [LibxlCPUIDPolicy]

    enum CodingKeys: String, CodingKey {
        case cpuid, msr
    }

    init(_ cpuid: [LibxlCPUIDPolicy]) {
        self.cpuid = cpuid
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(cpuid, forKey: .cpuid)
        try values.encode([UInt32](), forKey: .msr)
    }

    init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: CodingKeys.self) {
            cpuid = try values.decode(forKey: .cpuid, default: [])
        } else {
            cpuid = try [LibxlCPUIDPolicy](from: decoder)
        }
    }
}

extension [LibxlCPUIDPolicy] {
    /// Forces the feature that libxl calls `name` on or off, and says whether there is one. Source:
    /// `libxl_cpuid_parse_config` of `NAME=0` and `NAME=1`.
    package mutating func force(feature name: String, _ isOn: Bool) -> Bool {
        guard let feature = LibxlCPUIDPolicy.features[name] else { return false }
        let place: Int
        if let known = firstIndex(where: { $0.leaf == feature.leaf && $0.subleaf == feature.subleaf }) {
            place = known
        } else {
            place = count
            append(LibxlCPUIDPolicy(leaf: feature.leaf, subleaf: feature.subleaf))
        }
        var bits = Array<Character>(self[place][feature.register] ?? String(repeating: "x", count: 32))
        bits[31 - feature.bit] = isOn ? "1" : "0"
        self[place][feature.register] = String(bits)
        return true
    }
}
