package import XenUnits

/// What a guest sees of its processors. Source: `/domain/cpu`.
package struct Processor: Hashable, Sendable {
    /// `@mode`; nil is not said.
    package var mode: ProcessorMode?
    /// The processor that it looks like; description only. `model`.
    package var model: String?
    /// In document order. `feature`.
    package var features: [ProcessorFeature]
    /// How the processors are arranged; description only. `topology`.
    package var topology: ProcessorTopology?
    /// The guest's NUMA nodes, in document order, each of another number. `numa/cell`.
    package var numaCells: [NUMACell]

    /// Nothing said.
    package init(mode: ProcessorMode? = nil) {
        self.mode = mode
        features = []
        numaCells = []
    }
}

/// How a guest's processor comes about. Source: `/domain/cpu/@mode`.
package enum ProcessorMode: String, Hashable, Sendable, CaseIterable {
    case custom
    case hostModel = "host-model"
    case hostPassthrough = "host-passthrough"
    case maximum
}

/// One feature of a processor. Source: `/domain/cpu/feature`.
package struct ProcessorFeature: Hashable, Sendable {
    /// libvirt's name of it. `@name`.
    package var name: String
    /// `@policy`; nil is `require`.
    package var policy: FeaturePolicy?

    /// The feature of this name.
    package init(name: String, policy: FeaturePolicy?) {
        self.name = name
        self.policy = policy
    }
}

/// Whether a guest has a feature. Source: `/domain/cpu/feature/@policy`.
package enum FeaturePolicy: String, Hashable, Sendable, CaseIterable {
    case force
    case require
    case optional
    case disable
    case forbid
}

/// How processors are arranged. Source: `/domain/cpu/topology`.
package struct ProcessorTopology: Hashable, Sendable {
    package var sockets: UInt32
    /// Nil is 1.
    package var dies: UInt32?
    package var cores: UInt32
    package var threads: UInt32

    /// So many of each within the next larger.
    package init(sockets: UInt32, dies: UInt32? = nil, cores: UInt32, threads: UInt32) {
        self.sockets = sockets
        self.dies = dies
        self.cores = cores
        self.threads = threads
    }
}

/// One NUMA node of a guest. Source: `/domain/cpu/numa/cell`.
package struct NUMACell: Hashable, Sendable {
    /// `@id`; the place in the list where it is not written.
    package var id: UInt32
    /// The guest's processors in it; libxl needs at least one. `@cpus`.
    package var cpus: CPUSet?
    /// `@memory` and `@unit`.
    package var memory: Kibibytes
    /// How far it is to other nodes, by their number; 10 is its own memory. `distances/sibling`.
    package var distances: [UInt32: UInt32]

    /// The node `id`, with no distance said.
    package init(id: UInt32, cpus: CPUSet?, memory: Kibibytes) {
        self.id = id
        self.cpus = cpus
        self.memory = memory
        distances = [:]
    }

    /// How far it is to `other`: what either of the two says, itself first; where neither does, libvirt's default.
    package func distance(to other: NUMACell) -> UInt32 {
        distances[other.id] ?? other.distances[id] ?? (other.id == id ? 10 : 20)
    }
}

/// How many virtual processors a guest has, and where they run. Source: `/domain/vcpu`, `/domain/vcpus`.
package struct VirtualCPUs: Hashable, Sendable {
    /// More than any Xen gives a guest, so that a typing error does not get as far as an allocation.
    package static let most: UInt32 = 4096

    /// At least 1.
    package var maximum: UInt32
    /// How many are on line at start: 1 to `maximum`.
    package var current: UInt32
    /// The host's processors that any of them may run on; nil is all. `@cpuset`.
    package var cpuSet: CPUSet?
    /// Each by itself, in document order; empty where none is named. `/domain/vcpus/vcpu`.
    package var individual: [IndividualVCPU]

    /// `current` of `maximum` processors, on any processor of the host.
    package init(maximum: UInt32, current: UInt32) {
        self.maximum = maximum
        self.current = current
        individual = []
    }
}

/// One virtual processor. Source: `/domain/vcpus/vcpu`.
package struct IndividualVCPU: Hashable, Sendable {
    /// `@id`.
    package var id: UInt32
    /// Whether it is on line at start. `@enabled`.
    package var isEnabled: Bool
    /// Whether it can be taken off line; description only. `@hotpluggable`.
    package var isHotPluggable: Bool?
    /// `@order`; description only.
    package var order: UInt32?

    /// The processor `id`.
    package init(id: UInt32, isEnabled: Bool) {
        self.id = id
        self.isEnabled = isEnabled
    }
}

/// How a guest's processors share those of the host. Source: `/domain/cputune`.
package struct CPUTuning: Hashable, Sendable {
    /// The domain's weight in Xen's scheduler. `shares`.
    package var shares: UInt32?
    /// Where a processor may run, in document order, each processor once. `vcpupin`.
    package var pins: [VCPUPin]

    /// Nothing said.
    package init() {
        pins = []
    }
}

/// The host's processors that a virtual one may, or should, run on. Source: `/domain/cputune/vcpupin`.
package struct VCPUPin: Hashable, Sendable {
    /// `@vcpu`.
    package var vcpu: UInt32
    /// `@cpuset`.
    package var cpuSet: CPUSet

    /// Processor `vcpu` on those of `cpuSet`.
    package init(vcpu: UInt32, cpuSet: CPUSet) {
        self.vcpu = vcpu
        self.cpuSet = cpuSet
    }
}
