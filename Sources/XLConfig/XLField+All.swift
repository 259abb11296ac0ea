import XenModel
import XenUnits

extension XLField {
    /// What xl calls an end of a domain.
    static let actions: [(String, LifecycleAction)] = LifecycleAction.allCases.map {
        ($0 == .restartRename ? "rename-restart" : String($0.rawValue.map { $0 == "_" ? "-" : $0 }), $0)
    }

    /// What xl calls what becomes of a guest that asks for a fresh start.
    private static let softResets: [(String, SoftResetAction?)] = SoftResetAction.allCases.map { action in
        (actions.first { $0.1.rawValue == action.rawValue }?.0 ?? "soft-reset", action)
    }

    /// The keys that say one thing each, in the order in which a file is written.
    static let platform: [XLField] = [
        .text("pool", \.xen.pool),
        .number("cpu_weight", \.cpuTuning.shares, in: 1...65535),
        .number("cap", \.xen.scheduler.cap, in: 0...UInt32(Int32.max)),
        .number("period", \.xen.scheduler.period, in: 0...UInt32(Int32.max)),
        .flag("extratime", \.xen.scheduler.extratime),
        .flag("pae", \.features.pae),
        .flag("acpi", \.features.acpi, for: GuestType.allCases),
        .flag("apic", \.features.apic, for: GuestType.hvmAlone),
        .flag("hap", \.features.hap),
        .flag("acpi_s3", \.powerManagement.suspendToMemory),
        .flag("acpi_s4", \.powerManagement.suspendToDisk),
        .flag("acpi_laptop_slate", \.xen.acpiLaptopSlate),
        .flag("nx", \.xen.nx),
        .flag("nestedhvm", \.xen.nestedHVM),
        .word("altp2m", \.xen.alternativeViews, numbered: true),
        .flag("vpmu", \.xen.vpmu),
        .flag("msr_relaxed", \.xen.msrRelaxed),
        .flag("xen_platform_pci", \.xen.xenPlatformPCI),
        .flag("vkb_device", \.xen.vkbDevice),
        .word("vendor_device", \.xen.vendorDevice),
        .word("hdtype", \.xen.diskController),
        .word("timer_mode", \.xen.timerMode, numbered: true),
        .flag("vpt_align", \.xen.alignTimers),
        .word(
            "passthrough", \.features.passthrough,
            [
                ("default", nil), ("disabled", .disabled), ("enabled", .enabled), ("sync_pt", .syncPageTables),
                ("share_pt", .sharePageTables),
            ]),
        .flag("nomigrate", \.xen.isMigrationDisabled),
        .flag("driver_domain", \.xen.driverDomain),
        .number("max_maptrack_frames", \.xen.maxMaptrackFrames, in: 0...UInt32(Int32.max)),
        .number("max_grant_version", \.xen.maxGrantVersion, in: 1...2),
        .mebibytes("shadow_memory", \.xen.shadowMemory),
        .mebibytes("mmio_hole", \.xen.mmioHole, in: 256...3840),
        .text("smbios_firmware", \.xen.smbiosFirmware),
        .word("on_watchdog", \.xen.onWatchdog, actions.map { ($0.0, Optional($0.1)) }),
        .word("on_soft_reset", \.xen.onSoftReset, softResets),
        .text("init_seclabel", \.xen.initialLabel),
        .text("device_model_stubdomain_seclabel", \.xen.deviceModelLabel),
    ]

    /// The keys of the device model that say one thing each.
    static let deviceModel: [XLField] = [
        .text("device_model_override", \.emulator),
        .word(
            "device_model_version", \.xen.deviceModel.version,
            [("qemu-xen", .qemuXen), ("qemu-xen-traditional", .qemuXenTraditional)]),
        .flag("device_model_stubdomain_override", \.xen.deviceModel.isStubdomain),
        .text("device_model_user", \.xen.deviceModel.user),
        .flag("dm_restrict", \.xen.deviceModel.isRestricted),
        .text("stubdomain_kernel", \.xen.deviceModel.stubdomainKernel),
        .text("stubdomain_ramdisk", \.xen.deviceModel.stubdomainRamdisk),
        .text("stubdomain_cmdline", \.xen.deviceModel.stubdomainCommandLine),
        .mebibytes("stubdomain_memory", \.xen.deviceModel.stubdomainMemory),
        .texts("device_model_args", \.deviceModelArguments),
        .texts("device_model_args_pv", \.xen.deviceModel.pvArguments),
        .texts("device_model_args_hvm", \.xen.deviceModel.hvmArguments),
    ]

    /// The keys of xl's that not every file's reading asks for. Where nothing has asked for one, a definition has no place
    /// for it; a key that is not here is none of xl's.
    static let otherKeys: Set<String> = [
        "slice", "latency", "oos", "device_tree", "xend_suspend_evtchn_compat", "vmtrace_buf_kb", "pvcalls", "dtdev",
        "vkb", "tee", "gic_version", "vuart", "mca_caps", "vif2", "vncviewer", "device_model", "sve", "nr_spis",
        "virtio", "llc_colors", "bootloader_restrict", "bootloader_user", "assisted_xapic", "assisted_x2apic",
    ]
}
