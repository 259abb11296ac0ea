/// Who may use several views of a guest's memory. The raw value is libxl's word. Source: `libxl_altp2m_mode`.
public enum AlternativeViews: String, Hashable, Sendable, Codable, CaseIterable {
    case disabled
    case mixed
    case external
    case limited
}
