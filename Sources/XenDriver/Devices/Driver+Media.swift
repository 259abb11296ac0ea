import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// Changing the medium of a CD-ROM drive while its guest runs.
extension Driver {
    /// Gives a drive the source of `new`, or takes its medium out where that has none. A failure puts the old medium
    /// back.
    func changeMedium(
        of binding: Binding, to new: Disk, in domain: LiveDomain, staging definition: DomainDefinition?
    ) async throws(DriverError) {
        var live = domain
        guard case .disk(let before) = binding.sent.device else { return }
        let device = Device.disk(new)
        let context = try translationContext(for: device)
        let medium = try translating(live.name) { () throws(Untranslatable) in
            try LibxlDeviceDisk(medium: new, guestType: live.guestType, context: context).served(like: before)
        }
        let change = Change(.mediumChange, [.insert(MediumStep(device, old: before, new: medium))])
        try await claiming(device, in: live) { () throws(DriverError) in
            try begin(change, staging: definition, &live)
        }
        _ = try await carryOut(&live, from: domain.status)
    }
}
