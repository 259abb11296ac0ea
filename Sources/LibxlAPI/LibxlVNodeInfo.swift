public import XenUnits

/// A NUMA node that a guest sees. Source: `libxl_vnode_info`.
public struct LibxlVNodeInfo: Hashable, Sendable {
    /// `memkb`.
    public var memory: Kibibytes?
    /// To each node of the guest, itself included, in order of their numbers.
    public var distances: [UInt32] = []
    /// The host's node that it lies on. `pnode`.
    public var physicalNode: UInt32 = 0
    /// The numbers of the vCPUs on it.
    public var vcpus: [UInt32] = []

    /// Everything at libxl's default.
    public init() {}
}

extension LibxlVNodeInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case memory = "memkb"
        case distances
        case physicalNode = "pnode"
        case vcpus
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        memory = try values.decodeIfPresent(Kibibytes.self, forKey: .memory)
        distances = try values.decode(forKey: .distances, default: [])
        physicalNode = try values.decode(forKey: .physicalNode, default: 0)
        vcpus = try values.decode(forKey: .vcpus, default: [])
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(memory, forKey: .memory)
        try values.encode(distances, unless: [], forKey: .distances)
        try values.encode(physicalNode, unless: 0, forKey: .physicalNode)
        try values.encode(vcpus, unless: [], forKey: .vcpus)
    }
}
