import XenModel
import XenUnits

extension XLField {
    private static let options = "/domain/xenkeeper:options"
    private static let hvm: [GuestType] = [.hvm]
    /// The guests that the hypervisor gives page tables of their own.
    private static let shadowed: [GuestType] = [.hvm, .pvh]
    private static let pv: [GuestType] = [.pv]

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
        .text("pool", \.xen.pool, options + "/pool/@name"),
        .number("cpu_weight", \.cpuTuning.shares, "/domain/cputune/shares", in: 1...65535),
        .number("cap", \.xen.scheduler.cap, options + "/scheduler/@cap", in: 0...UInt32(Int32.max)),
        .number("period", \.xen.scheduler.period, options + "/scheduler/@period", in: 0...UInt32(Int32.max)),
        .flag("extratime", \.xen.scheduler.extratime, options + "/scheduler/@extratime"),
        .flag("pae", \.features.pae, "/domain/features/pae", hvm),
        .flag("acpi", \.features.acpi, "/domain/features/acpi"),
        .flag("apic", \.features.apic, "/domain/features/apic", hvm),
        .flag("hap", \.features.hap, "/domain/features/hap", shadowed),
        .flag("acpi_s3", \.powerManagement.suspendToMemory, "/domain/pm/suspend-to-mem", hvm),
        .flag("acpi_s4", \.powerManagement.suspendToDisk, "/domain/pm/suspend-to-disk", hvm),
        .flag("acpi_laptop_slate", \.xen.acpiLaptopSlate, options + "/machine/@acpiLaptopSlate", hvm),
        .flag("nx", \.xen.nx, options + "/machine/@nx", hvm),
        .flag("nestedhvm", \.xen.nestedHVM, options + "/machine/@nestedHVM", shadowed),
        .word("altp2m", \.xen.alternativeViews, options + "/altp2m/@mode", numbered: true, shadowed),
        .flag("vpmu", \.xen.vpmu, options + "/machine/@vpmu"),
        .flag("msr_relaxed", \.xen.msrRelaxed, options + "/machine/@msrRelaxed"),
        .flag("xen_platform_pci", \.xen.xenPlatformPCI, options + "/machine/@xenPlatformPCI", hvm),
        .flag("vkb_device", \.xen.vkbDevice, options + "/machine/@vkbDevice", hvm),
        .word("vendor_device", \.xen.vendorDevice, options + "/machine/@vendorDevice", hvm),
        .word("hdtype", \.xen.diskController, options + "/machine/@hdtype", hvm),
        .word("timer_mode", \.xen.timerMode, options + "/timer/@mode", numbered: true, shadowed),
        .flag("vpt_align", \.xen.alignTimers, options + "/timer/@align", hvm),
        .word(
            "passthrough", \.features.passthrough, "/domain/features/xen/passthrough",
            [
                ("default", nil), ("disabled", .disabled), ("enabled", .enabled), ("sync_pt", .syncPageTables),
                ("share_pt", .sharePageTables),
            ]),
        .flag("nomigrate", \.xen.isMigrationDisabled, options + "/migration/@disabled"),
        .flag("driver_domain", \.xen.driverDomain, options + "/driverDomain/@enabled"),
        .number(
            "max_maptrack_frames", \.xen.maxMaptrackFrames, options + "/grants/@maxMaptrackFrames",
            in: 0...UInt32(Int32.max)),
        .number("max_grant_version", \.xen.maxGrantVersion, options + "/grants/@maxVersion", in: 1...2),
        .mebibytes("shadow_memory", \.xen.shadowMemory, options + "/memory/@shadow", guests: shadowed),
        .mebibytes("mmio_hole", \.xen.mmioHole, options + "/memory/@mmioHole", in: 256...3840, guests: hvm),
        .text("smbios_firmware", \.xen.smbiosFirmware, options + "/smbios/@path", hvm),
        .word("on_watchdog", \.xen.onWatchdog, options + "/onWatchdog", actions.map { ($0.0, Optional($0.1)) }),
        .word("on_soft_reset", \.xen.onSoftReset, options + "/onSoftReset", softResets),
        .text("init_seclabel", \.xen.initialLabel, options + "/security/@initialLabel"),
        .text(
            "device_model_stubdomain_seclabel", \.xen.deviceModelLabel, options + "/security/@deviceModelLabel"),
    ]

    /// The keys of the device model that say one thing each.
    static let deviceModel: [XLField] = [
        .text("device_model_override", \.emulator, "/domain/devices/emulator"),
        .word(
            "device_model_version", \.xen.deviceModel.version, options + "/deviceModel/@version",
            [("qemu-xen", .qemuXen), ("qemu-xen-traditional", .qemuXenTraditional)]),
        .flag(
            "device_model_stubdomain_override", \.xen.deviceModel.isStubdomain,
            options + "/deviceModel/@stubdomain", hvm),
        .text("device_model_user", \.xen.deviceModel.user, options + "/deviceModel/@user"),
        .flag("dm_restrict", \.xen.deviceModel.isRestricted, options + "/deviceModel/@restrict"),
        .text(
            "stubdomain_kernel", \.xen.deviceModel.stubdomainKernel, options + "/deviceModel/@stubdomainKernel",
            hvm),
        .text(
            "stubdomain_ramdisk", \.xen.deviceModel.stubdomainRamdisk, options + "/deviceModel/@stubdomainRamdisk",
            hvm),
        .text(
            "stubdomain_cmdline", \.xen.deviceModel.stubdomainCommandLine,
            options + "/deviceModel/@stubdomainCmdline", hvm),
        .mebibytes(
            "stubdomain_memory", \.xen.deviceModel.stubdomainMemory, options + "/deviceModel/@stubdomainMemory",
            guests: hvm),
        .texts("device_model_args", \.deviceModelArguments, "/domain/xen:commandline"),
        .texts("device_model_args_pv", \.xen.deviceModel.pvArguments, options + "/deviceModel/pvArg", pv),
        .texts("device_model_args_hvm", \.xen.deviceModel.hvmArguments, options + "/deviceModel/hvmArg", hvm),
    ]

    /// The keys of xl's that not every file's reading asks for. Where nothing has asked for one, a definition has no place
    /// for it; a key that is not here is none of xl's.
    static let otherKeys: Set<String> = [
        "slice", "latency", "oos", "device_tree", "xend_suspend_evtchn_compat", "vmtrace_buf_kb", "pvcalls", "dtdev",
        "vkb", "tee", "gic_version", "vuart", "mca_caps", "vif2", "vncviewer", "device_model", "sve", "nr_spis",
        "virtio", "llc_colors", "bootloader_restrict", "bootloader_user", "assisted_xapic", "assisted_x2apic",
    ]
}
