public import XenUnits

/// What the machine under Xen has. Source: `libxl_physinfo`.
public struct LibxlPhysicalInfo: Hashable, Sendable {
    /// How many numbers of processors there are, from 0; at least 1. Some may be off. `max_cpu_id` and one more.
    public var processorCount: UInt32
    /// How many NUMA nodes there are; at least 1. `nr_nodes`.
    public var nodeCount: UInt32
    /// The memory that no domain has and none is promised, what is still being scrubbed among it; nil where that is not known.
    /// `free_pages` and `scrub_pages` without `outstanding_pages`.
    public var freeMemory: Kibibytes?

    /// A machine with this many of each; no count is below 1 or above what Xen can be built for.
    public init(processorCount: UInt32, nodeCount: UInt32, freeMemory: Kibibytes? = nil) {
        self.processorCount = min(max(processorCount, 1), Self.mostProcessors)
        self.nodeCount = max(nodeCount, 1)
        self.freeMemory = freeMemory
    }

    /// In KiB, of every processor that libxl runs on.
    private static let pageSize: UInt64 = 4

    /// Source: the most that Xen's build takes for `NR_CPUS`, in any of its releases.
    private static let mostProcessors: UInt32 = 16384
}

extension LibxlPhysicalInfo: Decodable {
    enum CodingKeys: String, CodingKey {
        case highest = "max_cpu_id"
        case nodes = "nr_nodes"
        case free = "free_pages"
        case scrubbed = "scrub_pages"
        case promised = "outstanding_pages"
    }

    /// Reads what libxl prints.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let highest: UInt32 = try values.decode(forKey: .highest, default: 0)
        self.init(
            processorCount: highest == .max ? highest : highest + 1,
            nodeCount: try values.decode(forKey: .nodes, default: 1))
        if let free = try values.decodeIfPresent(UInt64.self, forKey: .free) {
            let scrubbed: UInt64 = try values.decode(forKey: .scrubbed, default: 0)
            let promised: UInt64 = try values.decode(forKey: .promised, default: 0)
            // No machine has so many that the sum would not fit.
            let most = UInt64.max / 8
            let pages = min(free, most / 2) + min(scrubbed, most / 2)
            freeMemory = Kibibytes((pages - min(promised, pages)) * Self.pageSize)
        }
    }
}
