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

/// The list's JSON: libxl 4.17 nests it beside the model-specific registers, and printed it alone at first.
struct LibxlCPUPolicy: Codable, Equatable {
    var cpuid: [LibxlCPUIDPolicy]

    enum CodingKeys: String, CodingKey {
        case cpuid
    }

    init(_ cpuid: [LibxlCPUIDPolicy]) {
        self.cpuid = cpuid
    }

    init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: CodingKeys.self) {
            cpuid = try values.decode(forKey: .cpuid, default: [])
        } else {
            cpuid = try [LibxlCPUIDPolicy](from: decoder)
        }
    }
}
