/// How a guest runs on Xen. Source: libxl's `libxl_domain_type`.
public enum GuestType: String, Hashable, Sendable, Codable, CaseIterable {
    /// Paravirtualised.
    case pv
    /// Hardware-assisted without a device model.
    case pvh
    /// Fully virtualised, with a device model.
    case hvm
}
