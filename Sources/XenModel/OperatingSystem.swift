public import XenUnits

/// What boots in a guest, and how. Source: `/domain/os`, `/domain/bootloader`, `/domain/bootloader_args`.
public struct OperatingSystem: Hashable, Sendable {
    /// `/domain/os/type`: `linux` or `xen` is pv, `xenpvh` pvh, `hvm` hvm.
    public var guestType: GuestType
    /// The processor's architecture, as written. `/domain/os/type/@arch`.
    public var architecture: String?
    /// The machine, as written; description only. `/domain/os/type/@machine`.
    public var machine: String?
    /// `/domain/os/@firmware`.
    public var firmware: Firmware?
    /// What the firmware must have, or must not, in document order. `/domain/os/firmware/feature`.
    public var firmwareFeatures: [FirmwareFeature]
    /// `/domain/os/loader`.
    public var loader: Loader?
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
    /// Files of the host that are added to the guest's ACPI tables; libxl takes one. `/domain/os/acpi/table`.
    public var acpiTables: [ACPITable]

    /// A guest of `guestType` with nothing else said.
    public init(guestType: GuestType) {
        self.guestType = guestType
        firmwareFeatures = []
        bootDevices = []
        acpiTables = []
    }
}

/// A firmware by description. Source: `/domain/os/@firmware`.
public enum Firmware: String, Hashable, Sendable, CaseIterable {
    case bios
    case efi
}

/// Something that a firmware must have, or must not. Source: `/domain/os/firmware/feature`.
public struct FirmwareFeature: Hashable, Sendable {
    /// `@name`.
    public var name: Name
    /// `@enabled`.
    public var isEnabled: Bool

    /// The feature `name`, wanted or not.
    public init(_ name: Name, isEnabled: Bool) {
        self.name = name
        self.isEnabled = isEnabled
    }

    /// The raw value is libvirt's word.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        /// Whether keys are enrolled, so that only signed programs boot.
        case enrolledKeys = "enrolled-keys"
        /// Whether it can refuse programs that are not signed; Xen has no such firmware.
        case secureBoot = "secure-boot"
    }
}

/// A file of the host that is the guest's firmware. Source: `/domain/os/loader`.
public struct Loader: Hashable, Sendable {
    /// Its text; nil lets the driver choose.
    public var path: String?
    /// `@type`.
    public var type: LoaderType?
    /// `@readonly`.
    public var isReadOnly: Bool?
    /// `@secure`; kept, but Xen has no secure boot.
    public var isSecure: Bool?
    /// `@format`; Xen takes `raw` alone.
    public var format: String?

    /// The file at `path`.
    public init(path: String?, type: LoaderType? = nil) {
        self.path = path
        self.type = type
    }
}

/// What a firmware looks like to the guest. Source: `/domain/os/loader/@type`.
public enum LoaderType: String, Hashable, Sendable, CaseIterable {
    case rom
    case pflash
}

/// A table of the guest's ACPI. Source: `/domain/os/acpi/table`.
public struct ACPITable: Hashable, Sendable {
    /// `slic`, or another, which is kept but which libxl cannot express. `@type`.
    public var type: String
    /// A file of the host.
    public var path: String

    /// The table of `type` that is in the file `path`.
    public init(type: String, path: String) {
        self.type = type
        self.path = path
    }
}

/// What an hvm guest may boot from. The raw value is libvirt's word. Source: `/domain/os/boot/@dev`.
public enum BootDevice: String, Hashable, Sendable, CaseIterable {
    case floppy = "fd"
    case hardDisk = "hd"
    case cdrom
    case network
}

/// How a guest's image is labelled for Xen's security module. Source: `/domain/seclabel`.
public struct SecurityLabel: Hashable, Sendable {
    /// `static`, `dynamic` or `none`. `@type`.
    public var type: String
    /// `@model`.
    public var model: String?
    /// `@relabel`.
    public var relabel: Bool?
    /// A context such as `system_u:system_r:domU_t`. `label`.
    public var label: String?

    /// A label of `type`.
    public init(type: String, label: String? = nil) {
        self.type = type
        self.label = label
    }
}

/// Which of a guest's sleeping states its firmware offers. Each nil leaves it to libxl. Source: `/domain/pm`.
public struct PowerManagement: Hashable, Sendable {
    /// `suspend-to-mem/@enabled`.
    public var suspendToMemory: Bool?
    /// `suspend-to-disk/@enabled`.
    public var suspendToDisk: Bool?

    /// Nothing said.
    public init() {}
}

extension Loader {
    /// Whether it is the one that libxl takes by itself, wherever it lay on the host that the document was written on.
    public var isHVMLoader: Bool {
        path?.split(separator: "/").last == "hvmloader"
    }
}
