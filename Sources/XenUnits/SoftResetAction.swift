/// What is done when a guest asks for a fresh start of itself. The raw value is libxl's word. Source:
/// `libxl_action_on_shutdown`.
public enum SoftResetAction: String, Hashable, Sendable, Codable, CaseIterable {
    case destroy
    case restart
    case restartRename = "restart_rename"
    case preserve
    case coredumpDestroy = "coredump_destroy"
    case coredumpRestart = "coredump_restart"
    /// The domain is kept, and the guest's next kernel begins in it with its memory as it is.
    case softReset = "soft_reset"
}
