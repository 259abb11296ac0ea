#if Xen
import CLibxl
import LibxlAPI
import XenUnits

// libxl's enumerations as ours and back. Back is nil for a word that we do not have.

extension GuestType {
    var cValue: libxl_domain_type {
        switch self {
        case .pv: LIBXL_DOMAIN_TYPE_PV
        case .pvh: LIBXL_DOMAIN_TYPE_PVH
        case .hvm: LIBXL_DOMAIN_TYPE_HVM
        }
    }

    init?(_ value: libxl_domain_type) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}

extension PassthroughMode {
    var cValue: libxl_passthrough {
        switch self {
        case .disabled: LIBXL_PASSTHROUGH_DISABLED
        case .enabled: LIBXL_PASSTHROUGH_ENABLED
        case .syncPageTables: LIBXL_PASSTHROUGH_SYNC_PT
        case .sharePageTables: LIBXL_PASSTHROUGH_SHARE_PT
        }
    }
}

extension LifecycleAction {
    var cValue: libxl_action_on_shutdown {
        switch self {
        case .destroy: LIBXL_ACTION_ON_SHUTDOWN_DESTROY
        case .restart: LIBXL_ACTION_ON_SHUTDOWN_RESTART
        case .restartRename: LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME
        case .preserve: LIBXL_ACTION_ON_SHUTDOWN_PRESERVE
        case .coredumpDestroy: LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY
        case .coredumpRestart: LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART
        }
    }
}

extension SoftResetAction {
    var cValue: libxl_action_on_shutdown {
        switch self {
        case .destroy: LIBXL_ACTION_ON_SHUTDOWN_DESTROY
        case .restart: LIBXL_ACTION_ON_SHUTDOWN_RESTART
        case .restartRename: LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME
        case .preserve: LIBXL_ACTION_ON_SHUTDOWN_PRESERVE
        case .coredumpDestroy: LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY
        case .coredumpRestart: LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART
        case .softReset: LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET
        }
    }
}

extension LibxlNICType {
    var cValue: libxl_nic_type {
        switch self {
        case .unknown: LIBXL_NIC_TYPE_UNKNOWN
        case .vifIOEmu: LIBXL_NIC_TYPE_VIF_IOEMU
        case .vif: LIBXL_NIC_TYPE_VIF
        }
    }

    init?(_ value: libxl_nic_type) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}

extension DiskBackend {
    var cValue: libxl_disk_backend {
        switch self {
        case .unknown: LIBXL_DISK_BACKEND_UNKNOWN
        case .phy: LIBXL_DISK_BACKEND_PHY
        case .tap: LIBXL_DISK_BACKEND_TAP
        case .qdisk: LIBXL_DISK_BACKEND_QDISK
        }
    }

    init?(_ value: libxl_disk_backend) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}

extension DiskFormat {
    var cValue: libxl_disk_format {
        switch self {
        case .unknown: LIBXL_DISK_FORMAT_UNKNOWN
        case .qcow: LIBXL_DISK_FORMAT_QCOW
        case .qcow2: LIBXL_DISK_FORMAT_QCOW2
        case .vhd: LIBXL_DISK_FORMAT_VHD
        case .raw: LIBXL_DISK_FORMAT_RAW
        case .empty: LIBXL_DISK_FORMAT_EMPTY
        case .qed: LIBXL_DISK_FORMAT_QED
        }
    }

    init?(_ value: libxl_disk_format) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}

extension LibxlTrigger {
    var cValue: libxl_trigger {
        switch self {
        case .power: LIBXL_TRIGGER_POWER
        }
    }
}

extension LibxlShutdownReason {
    var cValue: libxl_shutdown_reason {
        switch self {
        case .unknown: LIBXL_SHUTDOWN_REASON_UNKNOWN
        case .poweroff: LIBXL_SHUTDOWN_REASON_POWEROFF
        case .reboot: LIBXL_SHUTDOWN_REASON_REBOOT
        case .suspend: LIBXL_SHUTDOWN_REASON_SUSPEND
        case .crash: LIBXL_SHUTDOWN_REASON_CRASH
        case .watchdog: LIBXL_SHUTDOWN_REASON_WATCHDOG
        case .softReset: LIBXL_SHUTDOWN_REASON_SOFT_RESET
        }
    }

    init?(_ value: libxl_shutdown_reason) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}
#endif
