import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What the guest reads of its processor, and on which nodes its memory lies. Source: `/domain/cpu`.
    mutating func setProcessor(
        _ processor: Processor, _ guestType: GuestType, _ context: TranslationContext
    ) throws(Untranslatable) {
        if processor.mode == .hostPassthrough, guestType != .pv {
            nestedHVM = context.allowsNestedHVM
            for feature in processor.features { try setFeature(feature) }
        }
        try setNUMA(processor.numaCells, context)
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
        if feature.name == "vmx" || feature.name == "svm" {
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

    private mutating func setNUMA(_ cells: [NUMACell], _ context: TranslationContext) throws(Untranslatable) {
        let cells = cells.sorted { $0.id < $1.id }
        let hasEnoughNodes = context.hostNUMANodes.map { cells.count <= $0 } ?? true
        for (place, cell) in zip(UInt32(0)..., cells) {
            guard let vcpus = cell.cpus?.members, !vcpus.isEmpty else {
                throw Untranslatable(path: "/domain/cpu/numa/cell/@cpus", reason: .numaCellWithoutVCPUs(cell.id))
            }
            for vcpu in vcpus where vcpu >= maxVCPUs {
                throw Untranslatable(
                    path: "/domain/cpu/numa/cell/@cpus", reason: .noSuchVCPU(vcpu, count: maxVCPUs))
            }
            var node = LibxlVNodeInfo()
            node.memory = cell.memory
            node.vcpus = vcpus
            node.physicalNode = hasEnoughNodes ? place : 0
            node.distances = cells.map { cell.distances[$0.id] ?? ($0.id == cell.id ? 10 : 20) }
            vnumaNodes.append(node)
        }
    }
}

extension DomainDefinition {
    /// What of the processor has no effect.
    var processorNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ path: String, _ reason: TranslationNotice.Reason) {
            notices.append(TranslationNotice(path: "/domain/cpu/\(path)", reason: reason))
        }
        if processor.mode == .custom { note("@mode", .always("a guest has the host's processor")) }
        if processor.mode == .hostPassthrough, operatingSystem.guestType != .pv {
            for feature in processor.features where feature.policy == .optional {
                note("feature[@name='\(feature.name)']", .always("a guest has what the host has"))
            }
        } else {
            for feature in processor.features {
                note("feature[@name='\(feature.name)']", .onlyWith("mode='host-passthrough' and an hvm or pvh guest"))
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
