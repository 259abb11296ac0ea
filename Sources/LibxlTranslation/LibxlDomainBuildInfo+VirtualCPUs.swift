import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What no Xen gives a guest more of. Source: Xen's `MAX_VIRT_CPUS`.
    private static let mostVCPUs: UInt32 = 8192

    static func checked(_ vcpus: VirtualCPUs) throws(Untranslatable) -> VirtualCPUs {
        guard (1...mostVCPUs).contains(vcpus.maximum) else {
            throw Untranslatable(path: "/domain/vcpu", reason: .vcpusOutOfRange(vcpus.maximum, most: mostVCPUs))
        }
        guard (1...vcpus.maximum).contains(vcpus.current) else {
            throw Untranslatable(
                path: "/domain/vcpu/@current",
                reason: .currentVCPUsOutOfRange(current: vcpus.current, maximum: vcpus.maximum))
        }
        for vcpu in vcpus.individual where vcpu.id >= vcpus.maximum {
            throw Untranslatable(
                path: "/domain/vcpus/vcpu/@id", reason: .noSuchVCPU(vcpu.id, count: vcpus.maximum))
        }
        guard vcpus.individual.isEmpty || !vcpus.onLine.isEmpty else {
            throw Untranslatable(
                path: "/domain/vcpus", reason: .currentVCPUsOutOfRange(current: 0, maximum: vcpus.maximum))
        }
        return vcpus
    }

    /// Holds every vCPU to the host's processors that it is pinned to, or else to those of the whole domain.
    mutating func setPlacement(
        _ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        numaPlacement = definition.xen.numaPlacement
        vcpuHardAffinity =
            obstacles.noting { () throws(Untranslatable) in
                try Self.affinity(
                    definition.cpuTuning.pins, otherwise: definition.vcpus.cpuSet, of: maxVCPUs, context,
                    path: "/domain/cputune/vcpupin")
            } ?? []
        vcpuSoftAffinity =
            obstacles.noting { () throws(Untranslatable) in
                try Self.affinity(
                    definition.xen.softPins, otherwise: nil, of: maxVCPUs, context,
                    path: "/domain/xenkeeper:options/softPin")
            } ?? []
        guard !vcpuHardAffinity.isEmpty || !vcpuSoftAffinity.isEmpty else { return }
        guard numaPlacement == true else {
            numaPlacement = false
            return
        }
        // libxl looks for a place within the processors that the vCPUs are pinned to, by preference within none.
        if !vcpuSoftAffinity.isEmpty {
            obstacles.note(
                Untranslatable(
                    path: "/domain/xenkeeper:options/numaPlacement/@enabled", reason: .conflict(with: "softPin")))
        }
    }

    /// libvirt's shape: up to the last vCPU of which anything is said, each a set, that of an unpinned one of all
    /// processors.
    private static func affinity(
        _ pins: [VCPUPin], otherwise common: CPUSet?, of count: UInt32, _ context: TranslationContext, path: String
    ) throws(Untranslatable) -> [[UInt32]] {
        for pin in pins where pin.vcpu >= count {
            throw Untranslatable(path: "\(path)/@vcpu", reason: .noSuchVCPU(pin.vcpu, count: count))
        }
        let known = common == nil ? (pins.map(\.vcpu).max().map { $0 + 1 } ?? 0) : count
        let rest = common?.members ?? everyProcessor(context, besides: pins)
        return (0..<known).map { vcpu in pins.first { $0.vcpu == vcpu }?.cpuSet.members ?? rest }
    }

    /// All of the host's processors. Where no host is known, as many as the document itself knows of: libxl keeps each
    /// set as it is given, and reads and writes all of them at every hot-plug.
    private static func everyProcessor(_ context: TranslationContext, besides pins: [VCPUPin]) -> [UInt32] {
        if let host = context.host { return Array(0..<host.processorCount) }
        let highest = pins.compactMap { $0.cpuSet.members.max() }.max() ?? 0
        return Array(0...highest)
    }

    mutating func setScheduler(_ definition: DomainDefinition, _ obstacles: inout Obstacles) {
        if let shares = definition.cpuTuning.shares {
            // Source: Xen's schedulers, which refuse any other weight.
            schedParams.weight = obstacles.noting { () throws(Untranslatable) in
                try LibxlTranslation.checked(shares, in: 1...65535, at: "/domain/cputune/shares")
            }
        }
        let options = definition.xen.scheduler
        schedParams.cap = options.cap
        schedParams.period = options.period
        schedParams.budget = options.budget
        schedParams.extraTime = options.extratime.map { $0 ? 1 : 0 }
    }
}

extension VirtualCPUs {
    /// The numbers of those that are on line at start.
    var onLine: [UInt32] {
        individual.isEmpty ? Array(0..<current) : individual.filter(\.isEnabled).map(\.id).sorted()
    }
}
