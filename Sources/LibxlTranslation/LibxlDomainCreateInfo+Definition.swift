import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainCreateInfo {
    /// What libxl is told to make the empty domain from.
    init(_ definition: DomainDefinition) throws(Untranslatable) {
        let guestType = definition.operatingSystem.guestType
        self.init(type: guestType, name: definition.name.text, uuid: definition.uuid)
        hap = try Self.hap(definition.features, guestType)
        passthrough = definition.features.passthrough.map(LibxlPassthrough.init)
        ssidLabel = definition.staticLabel
        poolName = definition.xen.pool
        driverDomain = definition.xen.driverDomain
    }

    private static func hap(_ features: Features, _ guestType: GuestType) throws(Untranslatable) -> Bool? {
        guard guestType == .pv else { return features.hap }
        // A pv guest never has it, so that only asking for it is wrong.
        guard features.hap != true else {
            throw Untranslatable(
                path: "/domain/features/hap", reason: .notForGuestType(guestType, only: [.hvm, .pvh]))
        }
        return nil
    }
}

extension DomainDefinition {
    /// The label that the domain is made with; libvirt's rule: the first one, if it is static.
    var staticLabel: String? {
        guard let first = securityLabels.first, first.type == "static" else { return nil }
        return first.label
    }
}

extension LibxlPassthrough {
    fileprivate init(_ mode: PassthroughMode) {
        switch mode {
        case .disabled: self = .disabled
        case .enabled: self = .enabled
        case .syncPageTables: self = .syncPT
        case .sharePageTables: self = .sharePT
        }
    }
}
