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

/// How late timer interrupts are made up for. The raw value is libxl's word. Source: `libxl_timer_mode`.
public enum TimerMode: String, Hashable, Sendable, Codable, CaseIterable {
    case delayForMissedTicks = "delay_for_missed_ticks"
    case noDelayForMissedTicks = "no_delay_for_missed_ticks"
    case noMissedTicksPending = "no_missed_ticks_pending"
    case oneMissedTickPending = "one_missed_tick_pending"
}

/// Who may use several views of a guest's memory. The raw value is libxl's word. Source: `libxl_altp2m_mode`.
public enum AlternativeViews: String, Hashable, Sendable, Codable, CaseIterable {
    case disabled
    case mixed
    case external
    case limited
}

/// Which of Xen's device models. The raw value is libxl's word. Source: `libxl_device_model_version`.
public enum DeviceModelVersion: String, Hashable, Sendable, Codable, CaseIterable {
    case qemuXenTraditional = "qemu_xen_traditional"
    case qemuXen = "qemu_xen"
}
