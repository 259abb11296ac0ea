package import XenUnits

/// What libxl can do for a domain and libvirt cannot express. Each nil leaves it to libxl.
///
/// Source: `/domain/xenkeeper:options`, in the namespace `urn:xenkeeper:domain:1`; each member says which child of it,
/// and the member of libxl's `libxl_domain_build_info` that it becomes.
package struct XenOptions: Hashable, Sendable {
    /// How a guest's late timer interrupts are made up for. `timer/@mode`; `timer_mode`.
    package var timerMode: TimerMode?
    /// Whether all timers of a guest tick together. `timer/@align`; `vpt_align`.
    package var alignTimers: Bool?
    /// Whether the guest may run several views of its memory. `altp2m/@mode`; `altp2m`.
    package var alternativeViews: AlternativeViews?
    /// Whether pages can be marked as no code. `machine/@nx`; `type.hvm.nx`.
    package var nx: Bool?
    /// Whether the guest may run guests of its own. `machine/@nestedHVM`; `nested_hvm`.
    package var nestedHVM: Bool?
    /// `machine/@vpmu`; `vpmu`.
    package var vpmu: Bool?
    /// `machine/@msrRelaxed`; `arch_x86.msr_relaxed`.
    package var msrRelaxed: Bool?
    /// `machine/@acpiLaptopSlate`; `type.hvm.acpi_laptop_slate`.
    package var acpiLaptopSlate: Bool?
    /// Whether Xen's PCI device is there, by which emulated devices are taken away. `machine/@xenPlatformPCI`;
    /// `type.hvm.xen_platform_pci`.
    package var xenPlatformPCI: Bool?
    /// `machine/@vkbDevice`; `type.hvm.vkb_device`.
    package var vkbDevice: Bool?
    /// Whose drivers Windows' update finds for it. `machine/@vendorDevice`; `type.hvm.vendor_device`.
    package var vendorDevice: VendorDevice?
    /// What emulated disks hang on. `machine/@hdtype`; `type.hvm.hdtype`.
    package var diskController: DiskControllerType?
    /// `machine/@usbVersion`, 1 to 3; `type.hvm.usbversion`.
    package var usbVersion: UInt32?
    /// The hole below 4 GiB for devices' memory. `memory/@mmioHole` in MiB; `type.hvm.mmio_hole_memkb`.
    package var mmioHole: Kibibytes?
    /// `memory/@shadow` in MiB; `shadow_memkb`.
    package var shadowMemory: Kibibytes?
    /// `memory/@claim`; `claim_mode`.
    package var claimMemory: Bool?
    /// `grants/@maxMaptrackFrames`; `max_maptrack_frames`.
    package var maxMaptrackFrames: UInt32?
    /// `grants/@maxVersion`, 1 or 2; `max_grant_version`.
    package var maxGrantVersion: UInt32?
    /// A graphics card of the host that becomes the guest's. `graphicsPassthrough/@kind`; `type.hvm.gfx_passthru`.
    package var graphicsPassthrough: GraphicsPassthrough?
    /// How memory that firmware reserved for devices is kept. `reservedMemory`; `type.hvm.rdm`.
    package var reservedMemory: ReservedMemory?
    /// `deviceModel`.
    package var deviceModel: DeviceModelOptions
    /// `scheduler`.
    package var scheduler: SchedulerOptions
    /// Where processors should run if they can, in document order, each processor once. `softPin`;
    /// `vcpu_soft_affinity`.
    package var softPins: [VCPUPin]
    /// The pool of the host's processors that the domain belongs to. `pool/@name`; `c_info.pool_name`.
    package var pool: String?
    /// Whether it serves devices to other domains. `driverDomain/@enabled`; `c_info.driver_domain`.
    package var driverDomain: Bool?
    /// `migration/@disabled`; `disable_migrate`.
    package var isMigrationDisabled: Bool?
    /// `numaPlacement/@enabled`; `numa_placement`.
    package var numaPlacement: Bool?
    /// Ports of the host's processor that the guest may use, in document order. `ioports/@first`, `@count`; `ioports`.
    package var ioPorts: [IOPortRange]
    /// Interrupts of the host that the guest gets, in document order. `irq/@number`; `irqs`.
    package var irqs: [UInt32]
    /// Memory of the host's devices that the guest may use, in document order. `iomem`; `iomem`.
    package var ioMemory: [IOMemoryRange]
    /// A file of tables for the guest's SMBIOS. `smbios/@path`; `type.hvm.smbios_firmware`.
    package var smbiosFirmware: String?
    /// `pvshim`; `type.pvh.pvshim`.
    package var pvShim: PVShim?
    /// What is done when the guest's watchdog ends it. `onWatchdog`; `on_watchdog`.
    package var onWatchdog: LifecycleAction?
    /// What is done when the guest asks for a fresh start of itself. `onSoftReset`; `on_soft_reset`.
    package var onSoftReset: SoftResetAction?
    /// Whether nothing is paravirtual in the guest's first disk's numbering: the first device number that hot-plugged
    /// disks of the toolstack's own get. `blockDevices/@first`; `blkdev_start`.
    package var firstBlockDevice: String?
    /// The label of the device model's own domain, for Xen's security module. `security/@deviceModelLabel`;
    /// `device_model_ssid_label`.
    package var deviceModelLabel: String?
    /// The label that the domain has while it is built; with it, the one of `/domain/seclabel` is what it gets once that
    /// is done, as `exec_ssid_label`. `security/@initialLabel`; `ssid_label`.
    package var initialLabel: String?

    /// Nothing said.
    package init() {
        deviceModel = DeviceModelOptions()
        scheduler = SchedulerOptions()
        softPins = []
        ioPorts = []
        irqs = []
        ioMemory = []
    }
}

/// Whose device Windows' update finds. The raw value is libxl's word. Source: `libxl_vendor_device`.
package enum VendorDevice: String, Hashable, Sendable, CaseIterable {
    case none
    case xenserver
}

/// A graphics card of the host that becomes the guest's first. Source: `libxl_gfx_passthru_kind`.
package enum GraphicsPassthrough: String, Hashable, Sendable, CaseIterable {
    /// libxl looks which it is.
    case automatic = "default"
    case igd
}

/// How memory that firmware reserved for devices is kept. Source: `libxl_rdm_reserve`.
package struct ReservedMemory: Hashable, Sendable {
    /// Whether all of the host's is kept, whichever devices the guest has. `@strategy='host'`.
    package var isWholeHost: Bool
    /// `@policy`.
    package var policy: ReservedMemoryPolicy?
    /// Where the lowest may begin. `@boundary` in MiB; `rdm_mem_boundary_memkb`.
    package var boundary: Kibibytes?

    /// As `policy` says, for the guest's own devices unless `isWholeHost`.
    package init(isWholeHost: Bool, policy: ReservedMemoryPolicy?, boundary: Kibibytes? = nil) {
        self.isWholeHost = isWholeHost
        self.policy = policy
        self.boundary = boundary
    }
}

/// How the program that emulates devices is run. Source: `/domain/xenkeeper:options/deviceModel`.
package struct DeviceModelOptions: Hashable, Sendable {
    /// `@version`; `device_model_version`.
    package var version: DeviceModelVersion?
    /// Whether it runs in a domain of its own. `@stubdomain`; `device_model_stubdomain`.
    package var isStubdomain: Bool?
    /// `@stubdomainMemory` in MiB; `stubdomain_memkb`.
    package var stubdomainMemory: Kibibytes?
    /// `@stubdomainKernel`; `stubdomain_kernel`.
    package var stubdomainKernel: String?
    /// `@stubdomainRamdisk`; `stubdomain_ramdisk`.
    package var stubdomainRamdisk: String?
    /// `@stubdomainCmdline`; `stubdomain_cmdline`.
    package var stubdomainCommandLine: String?
    /// A user of the host. `@user`; `device_model_user`.
    package var user: String?
    /// Whether it gives up what it does not need. `@restrict`; `dm_restrict`.
    package var isRestricted: Bool?
    /// Arguments for guests of any type, of pv and of hvm guests alone. `arg`, `pvArg`, `hvmArg`; `extra_pv`,
    /// `extra_hvm`. Those for any type stand in `/domain/xen:commandline`.
    package var pvArguments: [String]
    package var hvmArguments: [String]
    /// Emulated USB devices in the device model's own words, such as `host:090c:1000`, in document order; they come and
    /// go with their domain. `usbDevice/@name`; `type.hvm.usbdevice_list`.
    package var usbDevices: [String]

    /// Nothing said.
    package init() {
        pvArguments = []
        hvmArguments = []
        usbDevices = []
    }
}

/// What Xen's schedulers take beside a weight. Source: `libxl_domain_sched_params`.
package struct SchedulerOptions: Hashable, Sendable {
    /// In percent of one processor; 0 is no limit. `@cap`.
    package var cap: UInt32?
    /// In microseconds, for rtds. `@period`.
    package var period: UInt32?
    /// In microseconds, for rtds. `@budget`.
    package var budget: UInt32?
    /// For rtds. `@extratime`.
    package var extratime: Bool?

    /// Nothing said.
    package init() {}
}

/// Ports of the host's processor. Source: `libxl_ioport_range`.
package struct IOPortRange: Hashable, Sendable {
    package var first: UInt32
    package var count: UInt32

    /// `count` ports from `first` on.
    package init(first: UInt32, count: UInt32) {
        self.first = first
        self.count = count
    }
}

/// Memory of the host's devices, in pages of 4 KiB. Source: `libxl_iomem_range`.
package struct IOMemoryRange: Hashable, Sendable {
    /// The host's first page. `@start`.
    package var start: UInt64
    /// How many pages. `@count`.
    package var count: UInt64
    /// Where the guest sees the first; nil is the same place. `@guestStart`.
    package var guestStart: UInt64?

    /// `count` pages from `start` on.
    package init(start: UInt64, count: UInt64, guestStart: UInt64? = nil) {
        self.start = start
        self.count = count
        self.guestStart = guestStart
    }
}

/// A Xen inside a pvh guest that runs a pv kernel. Source: `libxl_domain_build_info.u.pvh`.
package struct PVShim: Hashable, Sendable {
    /// `@enabled`; `pvshim`.
    package var isEnabled: Bool
    /// `@path`; `pvshim_path`.
    package var path: String?
    /// `@cmdline`; `pvshim_cmdline`.
    package var commandLine: String?
    /// `@extra`; `pvshim_extra`.
    package var extra: String?

    /// A shim with everything else left to libxl.
    package init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }
}
