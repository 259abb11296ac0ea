import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What of the machine is switched on or off. Source: `/domain/features`.
    ///
    /// Unlike in libvirt's driver, what the document does not name is left to libxl, whose default is on.
    mutating func setFeatures(_ definition: DomainDefinition, _ obstacles: inout Obstacles) {
        let features = definition.features
        acpi = features.acpi
        apic = features.apic
        hvm.pae = features.pae
        hvm.viridian = features.viridian
        hvm.viridianEnable = features.hyperV.map { Self.enlightenments(of: $0, &obstacles) } ?? []
        if let hyperV = features.hyperV, hyperV.mode != .custom || features.viridian == true {
            hvm.viridianDisable = Self.refused(in: hyperV, &obstacles)
            hvm.viridianEnable.removeAll(where: hvm.viridianDisable.contains)
        }
        pv.e820Host = features.e820Host ?? definition.hostMapByDefault
    }

    private static func enlightenments(
        of features: HyperVFeatures, _ obstacles: inout Obstacles
    ) -> [LibxlViridianEnlightenment] {
        guard features.mode == .custom else { return LibxlViridianEnlightenment.allCases }
        // libvirt's rule: these two whenever anything is named.
        var enabled: Set<LibxlViridianEnlightenment> = [.base, .crashCtl]
        for feature in HyperVFeature.allCases where features.states[feature] == true {
            let meant = obstacles.noting { () throws(Untranslatable) in try enlightenments(of: feature) }
            enabled.formUnion(meant ?? [])
        }
        return enabled.sorted { $0.rawValue < $1.rawValue }
    }

    /// What is switched off of all that a guest has if nothing is said of it.
    private static func refused(
        in features: HyperVFeatures, _ obstacles: inout Obstacles
    ) -> [LibxlViridianEnlightenment] {
        var refused: Set<LibxlViridianEnlightenment> = []
        for feature in HyperVFeature.allCases where features.states[feature] == false {
            switch feature {
            // Said in a notice.
            case .relaxed, .vpindex: break
            case .stimer: refused.insert(.stimer)
            default:
                let meant = obstacles.noting { () throws(Untranslatable) in try enlightenments(of: feature) }
                refused.formUnion(meant ?? [])
            }
        }
        return refused.sorted { $0.rawValue < $1.rawValue }
    }

    private static func enlightenments(
        of feature: HyperVFeature
    ) throws(Untranslatable) -> [LibxlViridianEnlightenment] {
        switch feature {
        case .relaxed, .vpindex: [.base]
        case .synic: [.synic]
        case .stimer: [.stimer, .synic, .timeRefCount, .referenceTSC]
        case .vapic: [.apicAssist]
        case .frequencies: [.freq]
        case .tlbflush: [.hcallRemoteTLBFlush]
        case .ipi: [.hcallIPI]
        // Said in a notice.
        case .spinlocks, .vendorID, .stimerDirect: []
        case .runtime, .reset, .reenlightenment, .evmcs, .avic, .emsrBitmap, .xmmInput:
            throw Untranslatable(
                path: "/domain/features/hyperv/\(feature.rawValue)",
                reason: .unsupported(.hyperVFeature, feature.rawValue))
        }
    }
}

extension DomainDefinition {
    /// xl's rule: a pv guest that is given a PCI device sees the host's map of memory, without which it has no room for
    /// the device's own. Nil leaves it to libxl.
    fileprivate var hostMapByDefault: Bool? {
        guard operatingSystem.guestType == .pv else { return nil }
        let hasPCI = devices.contains { device in
            switch device {
            case .hostdev(let device): if case .pci = device.source { true } else { false }
            case .interface(let interface): interface.source.kind == .hostdev
            default: false
            }
        }
        return hasPCI ? true : nil
    }
}

extension Features {
    /// What has no effect on a guest that what is left of them is for.
    var translationNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ path: String, _ reason: TranslationNotice.Reason) {
            notices.append(TranslationNotice(path: "/domain/features/\(path)", reason: reason))
        }
        guard let hyperV else { return notices }
        for feature in [HyperVFeature.relaxed, .vpindex] where hyperV.states[feature] == false {
            note("hyperv/\(feature.rawValue)/@state", .always("on with any of them"))
        }
        if hyperV.states[.spinlocks] == true { note("hyperv/spinlocks", .unknownToXen) }
        if hyperV.states[.vendorID] == true { note("hyperv/vendor_id", .unknownToXen) }
        if hyperV.states[.stimerDirect] == true { note("hyperv/stimer/direct", .unknownToXen) }
        return notices
    }
}
