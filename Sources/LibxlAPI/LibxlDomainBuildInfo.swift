public import XenUnits

/// What is built into the domain: processors, memory, kernel. Source: `libxl_domain_build_info`.
///
/// Of `hvm`, `pv` and `pvh` only the one for the guest's type is passed to libxl.
public struct LibxlDomainBuildInfo: Hashable, Sendable {
    /// `max_vcpus`.
    public var maxVCPUs: UInt32
    /// The numbers of the vCPUs that are on line at start. `avail_vcpus`.
    public var availableVCPUs: [UInt32]
    /// The host's processors that all vCPUs are held to; none is any.
    public var cpumap: [UInt32] = []
    /// The host's NUMA nodes that memory comes from; none is any.
    public var nodemap: [UInt32] = []
    /// For each vCPU the host's processors that it is held to, none of them empty. `vcpu_hard_affinity`.
    public var vcpuHardAffinity: [[UInt32]] = []
    /// For each vCPU the host's processors that it prefers, none of them empty. `vcpu_soft_affinity`.
    public var vcpuSoftAffinity: [[UInt32]] = []
    /// Let libxl choose nodes; refused by libxl along with soft affinity. `numa_placement`.
    public var numaPlacement: Bool?
    /// `tsc_mode`.
    public var tscMode: LibxlTSCMode?
    /// A multiple of 1024. `max_memkb`.
    public var maxMemory: Kibibytes
    /// A multiple of 1024. `target_memkb`.
    public var targetMemory: Kibibytes
    /// `video_memkb`.
    public var videoMemory: Kibibytes?
    /// `shadow_memkb`.
    public var shadowMemory: Kibibytes?
    /// `iommu_memkb`.
    public var iommuMemory: Kibibytes?
    /// In seconds. `rtc_timeoffset`.
    public var rtcTimeOffset: Int32 = 0
    /// The security label once it is built; `execSSIDLabel` by name. `exec_ssidref`.
    public var execSSIDRef: UInt32 = 0
    /// `exec_ssid_label`.
    public var execSSIDLabel: String?
    public var localtime: Bool?
    /// `disable_migrate`.
    public var disableMigrate: Bool?
    /// What the guest reads of its processor.
    public var cpuid: [LibxlCPUIDPolicy] = []
    /// The first vdev that libxl gives by itself. `blkdev_start`.
    public var blkdevStart: String?
    /// `vnuma_nodes`.
    public var vnumaNodes: [LibxlVNodeInfo] = []
    /// `max_grant_frames`.
    public var maxGrantFrames: UInt32?
    /// `max_maptrack_frames`.
    public var maxMaptrackFrames: UInt32?
    /// `max_grant_version`.
    public var maxGrantVersion: UInt32?
    /// `device_model_version`.
    public var deviceModelVersion: DeviceModelVersion?
    /// `device_model_stubdomain`.
    public var deviceModelStubdomain: Bool?
    /// `stubdomain_memkb`.
    public var stubdomainMemory: Kibibytes?
    /// `stubdomain_kernel`.
    public var stubdomainKernel: String?
    /// `stubdomain_cmdline`.
    public var stubdomainCommandLine: String?
    /// `stubdomain_ramdisk`.
    public var stubdomainRamdisk: String?
    /// The program's path. `device_model`.
    public var deviceModel: String?
    /// `device_model_ssidref`.
    public var deviceModelSSIDRef: UInt32 = 0
    /// `device_model_ssid_label`.
    public var deviceModelSSIDLabel: String?
    /// Who the device model runs as. `device_model_user`.
    public var deviceModelUser: String?
    /// Arguments for the device model of any type of guest.
    public var extra: [String] = []
    /// `extra_pv`.
    public var extraPV: [String] = []
    /// `extra_hvm`.
    public var extraHVM: [String] = []
    /// `sched_params`.
    public var schedParams: LibxlDomainSchedParams = LibxlDomainSchedParams()
    public var ioports: [LibxlIOPortRange] = []
    public var irqs: [UInt32] = []
    public var iomem: [LibxlIOMemRange] = []
    /// Reserve the memory before it is built. `claim_mode`.
    public var claimMode: Bool?
    /// The most that it may have; 0 is libxl's 1023. `event_channels`.
    public var eventChannels: UInt32 = 0
    public var kernel: String?
    public var cmdline: String?
    public var ramdisk: String?
    public var acpi: Bool?
    /// For pvh at the top, for pv in `type.pv`.
    public var bootloader: String?
    /// `bootloader_args`.
    public var bootloaderArguments: [String] = []
    /// `timer_mode`.
    public var timerMode: TimerMode?
    /// `nested_hvm`.
    public var nestedHVM: Bool?
    public var apic: Bool?
    /// Run the device model with as few rights as it can do with. `dm_restrict`.
    public var dmRestrict: Bool?
    /// `msr_relaxed`.
    public var msrRelaxed: Bool?
    public var altp2m: AlternativeViews = .disabled
    /// In KiB. `vmtrace_buf_kb`.
    public var vmtraceBuffer: Int32 = 0
    public var vpmu: Bool?
    /// `type.hvm`.
    public var hvm = LibxlHVMInfo()
    /// `type.pv`.
    public var pv = LibxlPVInfo()
    /// `type.pvh`.
    public var pvh = LibxlPVHInfo()

    /// Processors and memory, with everything else left to libxl.
    public init(maxVCPUs: UInt32, availableVCPUs: [UInt32], maxMemory: Kibibytes, targetMemory: Kibibytes) {
        self.maxVCPUs = maxVCPUs
        self.availableVCPUs = availableVCPUs
        self.maxMemory = maxMemory
        self.targetMemory = targetMemory
    }
}

/// How a guest's time-stamp counter is kept. The raw value is libxl's name. Source: `libxl_tsc_mode`.
public enum LibxlTSCMode: String, Hashable, Sendable, Codable, CaseIterable {
    case alwaysEmulate = "always_emulate"
    case native
    case nativeParavirt = "native_paravirt"
}
