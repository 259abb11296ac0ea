/// How a guest is prepared for devices of the host. The raw value is libxl's word. Source:
/// `/domain/features/xen/passthrough/@state` and `@mode`, `libxl_passthrough`.
public enum PassthroughMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// `state='off'`.
    case disabled
    /// `state='on'` without a mode.
    case enabled
    /// `state='on' mode='sync_pt'`.
    case syncPageTables = "sync_pt"
    /// `state='on' mode='share_pt'`.
    case sharePageTables = "share_pt"
}
