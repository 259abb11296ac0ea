/// How strictly memory that firmware reserved for a device is kept. The raw value is libxl's word. Source:
/// `libxl_rdm_reserve_policy`.
public enum ReservedMemoryPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case strict
    case relaxed
}
