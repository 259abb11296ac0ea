public import XenUnits

/// Everything that libxl is told to build a domain from. Source: `libxl_domain_config`.
///
/// The JSON is libxl's own (`libxl_domain_config_to_json`), members with their default value left out.
public struct LibxlDomainConfig: Hashable, Sendable {
    /// `c_info`.
    public var createInfo: LibxlDomainCreateInfo
    /// `b_info`.
    public var buildInfo: LibxlDomainBuildInfo
    public var disks: [LibxlDeviceDisk]
    public var nics: [LibxlDeviceNIC]
    /// `on_poweroff`.
    public var onPoweroff: LifecycleAction
    /// `on_reboot`.
    public var onReboot: LifecycleAction
    /// `on_crash`.
    public var onCrash: LifecycleAction

    /// A domain without devices that is destroyed however it ends.
    public init(createInfo: LibxlDomainCreateInfo, buildInfo: LibxlDomainBuildInfo) {
        self.createInfo = createInfo
        self.buildInfo = buildInfo
        disks = []
        nics = []
        onPoweroff = .destroy
        onReboot = .destroy
        onCrash = .destroy
    }
}

/// What the hypervisor needs to make an empty domain. Source: `libxl_domain_create_info`.
public struct LibxlDomainCreateInfo: Hashable, Sendable {
    public var type: GuestType
    public var hap: Bool?
    public var name: String
    public var uuid: DomainUUID
    public var passthrough: LibxlPassthrough?

    /// A domain of this type and name, with everything else left to libxl.
    public init(type: GuestType, name: String, uuid: DomainUUID) {
        self.type = type
        self.name = name
        self.uuid = uuid
    }
}

/// How the IOMMU is set up for a guest. The raw value is libxl's name. Source: `libxl_passthrough`.
public enum LibxlPassthrough: String, Hashable, Sendable, Codable, CaseIterable {
    case disabled
    case enabled
    case syncPT = "sync_pt"
    case sharePT = "share_pt"
}

/// What is built into the domain: processors, memory, kernel. Source: `libxl_domain_build_info`.
///
/// The members of `type.pv` and `type.hvm` that we fill lie flat here; the JSON nests them as libxl does.
public struct LibxlDomainBuildInfo: Hashable, Sendable {
    /// `max_vcpus`.
    public var maxVCPUs: UInt32
    /// The numbers of the vCPUs that are on line at start. `avail_vcpus`.
    public var availableVCPUs: [UInt32]
    /// A multiple of 1024. `max_memkb`.
    public var maxMemory: Kibibytes
    /// A multiple of 1024. `target_memkb`.
    public var targetMemory: Kibibytes
    /// `localtime`.
    public var localtime: Bool?
    /// In seconds. `rtc_timeoffset`.
    public var rtcTimeOffset: Int32
    public var kernel: String?
    public var ramdisk: String?
    public var cmdline: String?
    /// For pvh at the top, for pv in `type.pv`.
    public var bootloader: String?
    /// `bootloader_args`.
    public var bootloaderArguments: [String]
    public var acpi: Bool?
    public var apic: Bool?
    /// `type.hvm.pae`.
    public var pae: Bool?
    /// Letters of `a c d n`, in order. `type.hvm.boot`.
    public var boot: String?
    /// `type.pv.e820_host`.
    public var e820Host: Bool?
    /// `type.hvm.nographic`: no display at all, which is how an hvm guest is built until graphics are supported.
    public var nographic: Bool?

    /// Processors and memory, with everything else left to libxl.
    public init(maxVCPUs: UInt32, availableVCPUs: [UInt32], maxMemory: Kibibytes, targetMemory: Kibibytes) {
        self.maxVCPUs = maxVCPUs
        self.availableVCPUs = availableVCPUs
        self.maxMemory = maxMemory
        self.targetMemory = targetMemory
        rtcTimeOffset = 0
        bootloaderArguments = []
    }
}
