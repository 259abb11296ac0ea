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
