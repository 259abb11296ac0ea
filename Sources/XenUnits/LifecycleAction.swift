/// What becomes of a domain when its guest powers off, reboots or crashes.
///
/// The raw value is libxl's name of it. Source: `/domain/on_poweroff` and its siblings, libxl's
/// `libxl_action_on_shutdown`.
public enum LifecycleAction: String, Hashable, Sendable, Codable, CaseIterable {
    case destroy
    case restart
    /// Restart under another name, the old domain kept.
    case restartRename = "restart_rename"
    /// Keep the dead domain for inspection.
    case preserve
    /// Dump the guest's memory, then destroy.
    case coredumpDestroy = "coredump_destroy"
    /// Dump the guest's memory, then restart.
    case coredumpRestart = "coredump_restart"
}
