import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What of the machine is switched on or off. Source: `/domain/features`.
    ///
    /// Unlike in libvirt's driver, what the document does not name is left to libxl, whose default is on.
    mutating func setFeatures(_ definition: DomainDefinition, _ guestType: GuestType) throws(Untranslatable) {
        let features = definition.features
        acpi = features.acpi
        apic = features.apic
        if guestType == .hvm {
            hvm.pae = features.pae
            hvm.viridian = features.viridian
            hvm.viridianEnable = try features.hyperV.map(Self.enlightenments) ?? []
        } else if features.pae == false {
            // The other guests always have it: naming it says nothing, and it cannot be taken away.
            throw Untranslatable(path: "/domain/features/pae", reason: .notForGuestType(guestType, only: [.hvm]))
        }
        if features.e820Host != nil { try guestType.require([.pv], at: "/domain/features/xen/e820_host") }
        pv.e820Host = features.e820Host
    }

    private static func enlightenments(
        of features: HyperVFeatures
    ) throws(Untranslatable) -> [LibxlViridianEnlightenment] {
        guard features.mode == .custom else { return LibxlViridianEnlightenment.allCases }
        // libvirt's rule: these two whenever anything is named.
        var enabled: Set<LibxlViridianEnlightenment> = [.base, .crashCtl]
        for feature in HyperVFeature.allCases where features.states[feature] == true {
            enabled.formUnion(try enlightenments(of: feature))
        }
        return enabled.sorted { $0.rawValue < $1.rawValue }
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

extension Features {
    /// What has no effect on a guest of `guestType`.
    func translationNotices(_ guestType: GuestType) -> [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ path: String, _ reason: TranslationNotice.Reason) {
            notices.append(TranslationNotice(path: "/domain/features/\(path)", reason: reason))
        }
        if guestType == .pv {
            if acpi != nil { note("acpi", .onlyForGuestType([.hvm, .pvh])) }
            if apic != nil { note("apic", .onlyForGuestType([.hvm, .pvh])) }
        }
        guard guestType == .hvm else {
            if viridian != nil { note("viridian", .onlyForGuestType([.hvm])) }
            if hyperV != nil { note("hyperv", .onlyForGuestType([.hvm])) }
            return notices
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
