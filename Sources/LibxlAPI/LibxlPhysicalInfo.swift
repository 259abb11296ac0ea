/// What the machine under Xen has. Source: `libxl_physinfo`.
public struct LibxlPhysicalInfo: Hashable, Sendable {
    /// How many numbers of processors there are, from 0; at least 1. Some may be off. `max_cpu_id` and one more.
    public var processorCount: UInt32
    /// How many NUMA nodes there are; at least 1. `nr_nodes`.
    public var nodeCount: UInt32

    /// A machine with this many of each; no count is below 1 or above what Xen can be built for.
    public init(processorCount: UInt32, nodeCount: UInt32) {
        self.processorCount = min(max(processorCount, 1), Self.mostProcessors)
        self.nodeCount = max(nodeCount, 1)
    }

    /// Source: the most that Xen's build takes for `NR_CPUS`, in any of its releases.
    private static let mostProcessors: UInt32 = 16384
}

extension LibxlPhysicalInfo: Decodable {
    enum CodingKeys: String, CodingKey {
        case highest = "max_cpu_id"
        case nodes = "nr_nodes"
    }

    /// Reads what libxl prints.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let highest: UInt32 = try values.decode(forKey: .highest, default: 0)
        self.init(
            processorCount: highest == .max ? highest : highest + 1,
            nodeCount: try values.decode(forKey: .nodes, default: 1))
    }
}
