/// What emulated disks hang on. The raw value is libxl's word. Source: `libxl_hdtype`.
public enum DiskControllerType: String, Hashable, Sendable, Codable, CaseIterable {
    case ide
    case ahci
}
