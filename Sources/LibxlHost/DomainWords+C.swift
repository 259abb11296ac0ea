#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlScheduler {
    var cValue: libxl_scheduler {
        switch self {
        case .sedf: LIBXL_SCHEDULER_SEDF
        case .credit: LIBXL_SCHEDULER_CREDIT
        case .credit2: LIBXL_SCHEDULER_CREDIT2
        case .arinc653: LIBXL_SCHEDULER_ARINC653
        case .rtds: LIBXL_SCHEDULER_RTDS
        case .null: LIBXL_SCHEDULER_NULL
        }
    }
}

extension LibxlBIOSType {
    var cValue: libxl_bios_type {
        switch self {
        case .rombios: LIBXL_BIOS_TYPE_ROMBIOS
        case .seabios: LIBXL_BIOS_TYPE_SEABIOS
        case .ovmf: LIBXL_BIOS_TYPE_OVMF
        }
    }
}

extension DiskControllerType {
    var cValue: libxl_hdtype {
        switch self {
        case .ide: LIBXL_HDTYPE_IDE
        case .ahci: LIBXL_HDTYPE_AHCI
        }
    }
}

extension LibxlVGAInterfaceType {
    var cValue: libxl_vga_interface_type {
        switch self {
        case .cirrus: LIBXL_VGA_INTERFACE_TYPE_CIRRUS
        case .std: LIBXL_VGA_INTERFACE_TYPE_STD
        case .none: LIBXL_VGA_INTERFACE_TYPE_NONE
        case .qxl: LIBXL_VGA_INTERFACE_TYPE_QXL
        }
    }
}

extension LibxlGfxPassthroughKind {
    var cValue: libxl_gfx_passthru_kind {
        switch self {
        case .igd: LIBXL_GFX_PASSTHRU_KIND_IGD
        }
    }
}

extension LibxlVendorDevice {
    var cValue: libxl_vendor_device {
        switch self {
        case .xenserver: LIBXL_VENDOR_DEVICE_XENSERVER
        }
    }
}

extension LibxlRDMReserveStrategy {
    var cValue: libxl_rdm_reserve_strategy {
        switch self {
        case .ignore: LIBXL_RDM_RESERVE_STRATEGY_IGNORE
        case .host: LIBXL_RDM_RESERVE_STRATEGY_HOST
        }
    }
}

extension LibxlTSCMode {
    var cValue: libxl_tsc_mode {
        switch self {
        case .alwaysEmulate: LIBXL_TSC_MODE_ALWAYS_EMULATE
        case .native: LIBXL_TSC_MODE_NATIVE
        case .nativeParavirt: LIBXL_TSC_MODE_NATIVE_PARAVIRT
        }
    }
}

extension DeviceModelVersion {
    var cValue: libxl_device_model_version {
        switch self {
        case .qemuXenTraditional: LIBXL_DEVICE_MODEL_VERSION_QEMU_XEN_TRADITIONAL
        case .qemuXen: LIBXL_DEVICE_MODEL_VERSION_QEMU_XEN
        }
    }
}

extension TimerMode {
    var cValue: libxl_timer_mode {
        switch self {
        case .delayForMissedTicks: LIBXL_TIMER_MODE_DELAY_FOR_MISSED_TICKS
        case .noDelayForMissedTicks: LIBXL_TIMER_MODE_NO_DELAY_FOR_MISSED_TICKS
        case .noMissedTicksPending: LIBXL_TIMER_MODE_NO_MISSED_TICKS_PENDING
        case .oneMissedTickPending: LIBXL_TIMER_MODE_ONE_MISSED_TICK_PENDING
        }
    }
}

extension AlternativeViews {
    var cValue: libxl_altp2m_mode {
        switch self {
        case .disabled: LIBXL_ALTP2M_MODE_DISABLED
        case .mixed: LIBXL_ALTP2M_MODE_MIXED
        case .external: LIBXL_ALTP2M_MODE_EXTERNAL
        case .limited: LIBXL_ALTP2M_MODE_LIMITED
        }
    }
}
#endif
