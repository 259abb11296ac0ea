import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What the guest reads of its processor, and on which nodes its memory lies. Source: `/domain/cpu`.
    mutating func setProcessor(
        _ processor: Processor, _ guestType: GuestType, _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        if processor.mode == .hostPassthrough {
            if guestType != .pv { nestedHVM = context.allowsNestedHVM }
            for feature in processor.features where feature.guests.contains(guestType) {
                obstacles.noting { () throws(Untranslatable) in try setFeature(feature) }
            }
        }
        setNUMA(processor.numaCells, context, &obstacles)
        if guestType == .hvm, !processor.numaCells.isEmpty {
            // libvirt's rule: the guest learns of its nodes from ACPI.
            acpi = true
        }
    }

    private mutating func setFeature(_ feature: ProcessorFeature) throws(Untranslatable) {
        let isOn: Bool
        switch feature.policy ?? .require {
        case .force, .require: isOn = true
        case .disable, .forbid: isOn = false
        case .optional: return
        }
        if feature.isNesting {
            nestedHVM = isOn
            // libxl shows the feature where guests of the guest's own are allowed.
            return
        }
        guard cpuid.force(feature: Self.renamed[feature.name] ?? feature.name, isOn) else {
            throw Untranslatable(
                path: "/domain/cpu/feature/@name", reason: .unsupported(.cpuFeature, feature.name))
        }
    }

    /// Where libxl calls a feature other than libvirt.
    private static let renamed: [String: String] = [
        "cx16": "cmpxchg16", "cid": "cntxid", "ds_cpl": "dscpl", "pclmuldq": "pclmulqdq", "pni": "sse3", "ht": "htt",
        "pn": "psn", "clflush": "clfsh", "sep": "sysenter", "cx8": "cmpxchg8", "nodeid_msr": "nodeid",
        "cr8legacy": "altmovcr8", "lahf_lm": "lahfsahf", "cmp_legacy": "cmplegacy", "fxsr_opt": "ffxsr",
        "pdpe1gb": "page1gb", "spec-ctrl": "ibrsb",
    ]

    private mutating func setNUMA(
        _ cells: [NUMACell], _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        let cells = cells.sorted { $0.id < $1.id }
        // Where no host is known it is taken for one with enough nodes.
        let hasEnoughNodes = context.host.map { cells.count <= Int($0.nodeCount) } ?? true
        for (place, cell) in zip(UInt32(0)..., cells) {
            let path = "/domain/cpu/numa/cell/@cpus"
            let vcpus = cell.cpus?.members ?? []
            if vcpus.isEmpty { obstacles.note(Untranslatable(path: path, reason: .numaCellWithoutVCPUs(cell.id))) }
            if let vcpu = vcpus.first(where: { $0 >= maxVCPUs }) {
                obstacles.note(Untranslatable(path: path, reason: .noSuchVCPU(vcpu, count: maxVCPUs)))
            }
            var node = LibxlVNodeInfo()
            node.memory = cell.memory
            node.vcpus = vcpus
            node.physicalNode = hasEnoughNodes ? place : 0
            node.distances = cells.map(cell.distance)
            vnumaNodes.append(node)
        }
    }
}

extension ProcessorFeature {
    /// Whether it says that the guest may run guests of its own.
    fileprivate var isNesting: Bool { name == "vmx" || name == "svm" }

    /// The types of guest that it means something to.
    fileprivate var guests: [GuestType] { isNesting ? GuestType.translated : GuestType.every }
}

extension DomainDefinition {
    /// What of the processor has no effect.
    var processorNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ path: String, _ reason: TranslationNotice.Reason) {
            notices.append(TranslationNotice(path: "/domain/cpu/\(path)", reason: reason))
        }
        if processor.mode == .custom { note("@mode", .always("a guest has the host's processor")) }
        for feature in processor.features {
            let path = "feature[@name='\(feature.name)']"
            if processor.mode != .hostPassthrough {
                note(path, .onlyWith("mode='host-passthrough'"))
            } else if !feature.guests.contains(operatingSystem.guestType) {
                note(path, .onlyForGuestType(feature.guests))
            } else if feature.policy == .optional {
                note(path, .always("a guest has what the host has"))
            }
        }
        let inNodes = processor.numaCells.reduce(0 as UInt64) { $0 &+ $1.memory.count }
        if !processor.numaCells.isEmpty, inNodes != memory.roundedUpToMebibyte?.count {
            note(
                "numa/cell/@memory", .onlyWith("the cells to have \(memory.count) KiB together; libxl will refuse them")
            )
        }
        return notices
    }
}
