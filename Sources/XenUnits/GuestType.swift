/// How a guest runs on Xen. Source: libxl's `libxl_domain_type`.
public enum GuestType: String, Hashable, Sendable, Codable, CaseIterable {
    /// Paravirtualised.
    case pv
    /// Hardware-assisted without a device model.
    case pvh
    /// Fully virtualised, with a device model.
    case hvm
}

extension GuestType {
    /// The types that a member may be for, in the order in which messages name them.
    package static let hvmAlone: [GuestType] = [.hvm]
    package static let translated: [GuestType] = [.hvm, .pvh]
    package static let paravirtual: [GuestType] = [.pv, .pvh]
    package static let every: [GuestType] = [.hvm, .pv, .pvh]
}
