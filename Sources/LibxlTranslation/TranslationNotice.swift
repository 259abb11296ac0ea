public import XenUnits

/// Something in a definition that has no effect on the domain, and that libvirt's driver leaves out without a word.
///
/// It is kept as description. Names, addresses and what else never was meant for the hypervisor get no notice.
public struct TranslationNotice: Hashable, Sendable, CustomStringConvertible {
    /// Where in the document it is: the XPath of an element or attribute, without positions.
    public let path: String
    /// What the user knows the device by; nil outside of devices.
    public let device: String?
    /// Why it has no effect.
    public let reason: Reason

    /// A notice of what stands at `path`, in `device` if it belongs to one.
    public init(path: String, device: String? = nil, reason: Reason) {
        self.path = path
        self.device = device
        self.reason = reason
    }

    public var description: String {
        let place = device.map { "\(path) of '\($0)'" } ?? path
        return "\(place) has no effect: \(reason)"
    }

    /// Why something has no effect.
    public enum Reason: Hashable, Sendable {
        /// There is no such device, or no such part of one.
        case unknownToXen
        /// It means something to other guests only.
        case onlyForGuestType([GuestType])
        /// There can be one, and an earlier one is it.
        case onlyTheFirst
        /// It is so in any case, whatever the document says.
        case always(String)
        /// A disk that the emulated machine has no place for.
        case notEmulated
        /// Something else that the document does not say would be needed.
        case onlyWith(String)
    }
}

extension TranslationNotice.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownToXen: "Xen cannot express it"
        case .onlyForGuestType(let types):
            "it is for \(types.map(\.rawValue).joined(separator: " and ")) guests only"
        case .onlyTheFirst: "Xen takes only the first"
        case .always(let what): "\(what) in any case"
        case .notEmulated:
            "an emulated machine shows its first four disks (hda to hdd, xvda to xvdd) alone; the guest's firmware will"
                + " not see it, nor boot from it"
        case .onlyWith(let what): "it needs \(what)"
        }
    }
}
