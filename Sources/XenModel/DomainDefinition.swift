public import XenUnits

/// What a domain should be: the content of a `<domain type='xen'>` document.
///
/// A definition is inert. It holds no handle, opens no file, and says nothing about whether the domain runs.
public struct DomainDefinition: Hashable, Sendable {
    /// The hypervisor that the document is for; only `xen` can be defined here. `/domain/@type`.
    public var hypervisor: String
    public var name: DomainName
    public var uuid: DomainUUID
    /// One line for people. `/domain/title`.
    public var title: String?
    /// Any text for people. `/domain/description`.
    public var description: String?
    /// The whole `/domain/metadata` element as XML text, kept as it is and never read.
    public var metadata: String?
    /// The most memory the guest may have, as written. `/domain/memory`.
    public var memory: Kibibytes
    /// The memory it starts with, at most `memory`. `/domain/currentMemory`.
    public var currentMemory: Kibibytes
    public var vcpus: VirtualCPUs
    public var operatingSystem: OperatingSystem
    public var features: Features
    public var clock: Clock
    /// `/domain/on_poweroff`; absent is destroy.
    public var onPoweroff: LifecycleAction
    /// `/domain/on_reboot`; absent is restart.
    public var onReboot: LifecycleAction
    /// `/domain/on_crash`; absent is destroy.
    public var onCrash: LifecycleAction
    /// In document order, which is the order libxl attaches them. `/domain/devices/disk`.
    public var disks: [Disk]
    /// In document order, which gives each its devid at start. `/domain/devices/interface`.
    public var interfaces: [Interface]

    /// A Xen domain with `memory`, one vCPU, no device and everything else at its default.
    public init(name: DomainName, uuid: DomainUUID, memory: Kibibytes, operatingSystem: OperatingSystem) {
        hypervisor = Self.xen
        self.name = name
        self.uuid = uuid
        self.memory = memory
        currentMemory = memory
        vcpus = VirtualCPUs(maximum: 1, current: 1)
        self.operatingSystem = operatingSystem
        features = Features()
        clock = .utc
        onPoweroff = .destroy
        onReboot = .restart
        onCrash = .destroy
        disks = []
        interfaces = []
    }

    /// The `/domain/@type` of a Xen domain.
    public static let xen = "xen"
}

/// How many virtual processors a guest has. Source: `/domain/vcpu` and `@current`.
public struct VirtualCPUs: Hashable, Sendable {
    /// At least 1.
    public var maximum: UInt32
    /// How many are on line at start: 1 to `maximum`.
    public var current: UInt32

    /// `current` of `maximum` processors.
    public init(maximum: UInt32, current: UInt32) {
        self.maximum = maximum
        self.current = current
    }
}

/// What boots in a guest, and how. Source: `/domain/os`, `/domain/bootloader`, `/domain/bootloader_args`.
public struct OperatingSystem: Hashable, Sendable {
    /// `/domain/os/type`: `linux` or `xen` is pv, `xenpvh` pvh, `hvm` hvm.
    public var guestType: GuestType
    /// The processor's architecture, as written. `/domain/os/type/@arch`.
    public var architecture: String?
    /// The machine, as written; description only. `/domain/os/type/@machine`.
    public var machine: String?
    /// A file of the host. `/domain/os/kernel`.
    public var kernel: String?
    /// A file of the host. `/domain/os/initrd`.
    public var initrd: String?
    /// `/domain/os/cmdline`.
    public var commandLine: String?
    /// The program of the host that finds a kernel inside the guest's disk. `/domain/bootloader`.
    public var bootloader: String?
    /// Its arguments, separated by white space. `/domain/bootloader_args`.
    public var bootloaderArguments: String?
    /// For hvm, in order; empty is the hard disk. `/domain/os/boot/@dev`.
    public var bootDevices: [BootDevice]

    /// A guest of `guestType` with nothing else said.
    public init(guestType: GuestType) {
        self.guestType = guestType
        bootDevices = []
    }
}

/// What an hvm guest may boot from. The raw value is libvirt's word. Source: `/domain/os/boot/@dev`.
public enum BootDevice: String, Hashable, Sendable, CaseIterable {
    case floppy = "fd"
    case hardDisk = "hd"
    case cdrom
    case network
}

/// What of the machine is switched on or off. Each nil leaves it to libxl. Source: `/domain/features`.
public struct Features: Hashable, Sendable {
    /// True by the element's presence. `acpi`.
    public var acpi: Bool?
    /// True by the element's presence. `apic`.
    public var apic: Bool?
    /// True by the element's presence. `pae`.
    public var pae: Bool?
    /// `hap`, `hap/@state`.
    public var hap: Bool?
    /// `xen/e820_host/@state`.
    public var e820Host: Bool?
    /// `xen/passthrough`.
    public var passthrough: PassthroughMode?

    /// Nothing said.
    public init() {}
}

/// How a guest is prepared for devices of the host. Source: `/domain/features/xen/passthrough/@state` and `@mode`.
public enum PassthroughMode: Hashable, Sendable, CaseIterable {
    /// `state='off'`.
    case disabled
    /// `state='on'` without a mode.
    case enabled
    /// `state='on' mode='sync_pt'`.
    case syncPageTables
    /// `state='on' mode='share_pt'`.
    case sharePageTables
}

/// What a guest's clock starts from. Source: `/domain/clock/@offset`.
public enum Clock: Hashable, Sendable {
    case utc
    case localtime
    /// `adjustment` seconds from `basis`.
    case variable(adjustment: Int32, basis: ClockBasis)
    /// Kept, but libxl has no word for it. `@timezone`.
    case timezone(String)
}

/// What a variable clock is counted from. Source: `/domain/clock/@basis`.
public enum ClockBasis: String, Hashable, Sendable, CaseIterable {
    case utc
    case localtime
}
