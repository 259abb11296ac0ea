public import XenUnits

/// What a guest sees of its processors. Source: `/domain/cpu`.
public struct Processor: Hashable, Sendable {
    /// `@mode`; nil is not said.
    public var mode: ProcessorMode?
    /// The processor that it looks like; description only. `model`.
    public var model: String?
    /// In document order. `feature`.
    public var features: [ProcessorFeature]
    /// How the processors are arranged; description only. `topology`.
    public var topology: ProcessorTopology?
    /// The guest's NUMA nodes, in document order, each of another number. `numa/cell`.
    public var numaCells: [NUMACell]

    /// Nothing said.
    public init(mode: ProcessorMode? = nil) {
        self.mode = mode
        features = []
        numaCells = []
    }
}

/// How a guest's processor comes about. Source: `/domain/cpu/@mode`.
public enum ProcessorMode: String, Hashable, Sendable, CaseIterable {
    case custom
    case hostModel = "host-model"
    case hostPassthrough = "host-passthrough"
    case maximum
}

/// One feature of a processor. Source: `/domain/cpu/feature`.
public struct ProcessorFeature: Hashable, Sendable {
    /// libvirt's name of it. `@name`.
    public var name: String
    /// `@policy`; nil is `require`.
    public var policy: FeaturePolicy?

    /// The feature of this name.
    public init(name: String, policy: FeaturePolicy?) {
        self.name = name
        self.policy = policy
    }
}

/// Whether a guest has a feature. Source: `/domain/cpu/feature/@policy`.
public enum FeaturePolicy: String, Hashable, Sendable, CaseIterable {
    case force
    case require
    case optional
    case disable
    case forbid
}

/// How processors are arranged. Source: `/domain/cpu/topology`.
public struct ProcessorTopology: Hashable, Sendable {
    public var sockets: UInt32
    /// Nil is 1.
    public var dies: UInt32?
    public var cores: UInt32
    public var threads: UInt32

    /// So many of each within the next larger.
    public init(sockets: UInt32, dies: UInt32? = nil, cores: UInt32, threads: UInt32) {
        self.sockets = sockets
        self.dies = dies
        self.cores = cores
        self.threads = threads
    }
}

/// One NUMA node of a guest. Source: `/domain/cpu/numa/cell`.
public struct NUMACell: Hashable, Sendable {
    /// `@id`; the place in the list where it is not written.
    public var id: UInt32
    /// The guest's processors in it; libxl needs at least one. `@cpus`.
    public var cpus: CPUSet?
    /// `@memory` and `@unit`.
    public var memory: Kibibytes
    /// How far it is to other nodes, by their number; 10 is its own memory. `distances/sibling`.
    public var distances: [UInt32: UInt32]

    /// The node `id`, with no distance said.
    public init(id: UInt32, cpus: CPUSet?, memory: Kibibytes) {
        self.id = id
        self.cpus = cpus
        self.memory = memory
        distances = [:]
    }

    /// How far it is to `other`: what either of the two says, itself first; where neither does, libvirt's default.
    public func distance(to other: NUMACell) -> UInt32 {
        distances[other.id] ?? other.distances[id] ?? (other.id == id ? 10 : 20)
    }
}

/// How many virtual processors a guest has, and where they run. Source: `/domain/vcpu`, `/domain/vcpus`.
public struct VirtualCPUs: Hashable, Sendable {
    /// More than any Xen gives a guest, so that a typing error does not get as far as an allocation.
    public static let most: UInt32 = 4096

    /// At least 1.
    public var maximum: UInt32
    /// How many are on line at start: 1 to `maximum`.
    public var current: UInt32
    /// The host's processors that any of them may run on; nil is all. `@cpuset`.
    public var cpuSet: CPUSet?
    /// Each by itself, in document order; empty where none is named. `/domain/vcpus/vcpu`.
    public var individual: [IndividualVCPU]

    /// `current` of `maximum` processors, on any processor of the host.
    public init(maximum: UInt32, current: UInt32) {
        self.maximum = maximum
        self.current = current
        individual = []
    }
}

/// One virtual processor. Source: `/domain/vcpus/vcpu`.
public struct IndividualVCPU: Hashable, Sendable {
    /// `@id`.
    public var id: UInt32
    /// Whether it is on line at start. `@enabled`.
    public var isEnabled: Bool
    /// Whether it can be taken off line; description only. `@hotpluggable`.
    public var isHotPluggable: Bool?
    /// `@order`; description only.
    public var order: UInt32?

    /// The processor `id`.
    public init(id: UInt32, isEnabled: Bool) {
        self.id = id
        self.isEnabled = isEnabled
    }
}

/// How a guest's processors share those of the host. Source: `/domain/cputune`.
public struct CPUTuning: Hashable, Sendable {
    /// The domain's weight in Xen's scheduler. `shares`.
    public var shares: UInt32?
    /// Where a processor may run, in document order, each processor once. `vcpupin`.
    public var pins: [VCPUPin]

    /// Nothing said.
    public init() {
        pins = []
    }
}

/// The host's processors that a virtual one may, or should, run on. Source: `/domain/cputune/vcpupin`.
public struct VCPUPin: Hashable, Sendable {
    /// `@vcpu`.
    public var vcpu: UInt32
    /// `@cpuset`.
    public var cpuSet: CPUSet

    /// Processor `vcpu` on those of `cpuSet`.
    public init(vcpu: UInt32, cpuSet: CPUSet) {
        self.vcpu = vcpu
        self.cpuSet = cpuSet
    }
}
