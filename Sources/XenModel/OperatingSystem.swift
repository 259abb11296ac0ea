package import XenUnits

/// What boots in a guest, and how. Source: `/domain/os`, `/domain/bootloader`, `/domain/bootloader_args`.
package struct OperatingSystem: Hashable, Sendable {
    /// `/domain/os/type`: `linux` or `xen` is pv, `xenpvh` pvh, `hvm` hvm.
    package var guestType: GuestType
    /// The processor's architecture, as written. `/domain/os/type/@arch`.
    package var architecture: String?
    /// The machine, as written; description only. `/domain/os/type/@machine`.
    package var machine: String?
    /// `/domain/os/@firmware`.
    package var firmware: Firmware?
    /// What the firmware must have, or must not, in document order. `/domain/os/firmware/feature`.
    package var firmwareFeatures: [FirmwareFeature]
    /// `/domain/os/loader`.
    package var loader: Loader?
    /// A file of the host. `/domain/os/kernel`.
    package var kernel: String?
    /// A file of the host. `/domain/os/initrd`.
    package var initrd: String?
    /// `/domain/os/cmdline`.
    package var commandLine: String?
    /// The program of the host that finds a kernel inside the guest's disk. `/domain/bootloader`.
    package var bootloader: String?
    /// Its arguments, separated by white space. `/domain/bootloader_args`.
    package var bootloaderArguments: String?
    /// For hvm, in order; empty is the hard disk. `/domain/os/boot/@dev`.
    package var bootDevices: [BootDevice]
    /// Files of the host that are added to the guest's ACPI tables; libxl takes one. `/domain/os/acpi/table`.
    package var acpiTables: [ACPITable]

    /// A guest of `guestType` with nothing else said.
    package init(guestType: GuestType) {
        self.guestType = guestType
        firmwareFeatures = []
        bootDevices = []
        acpiTables = []
    }
}

/// A firmware by description. Source: `/domain/os/@firmware`.
package enum Firmware: String, Hashable, Sendable, CaseIterable {
    case bios
    case efi
}

/// Something that a firmware must have, or must not. Source: `/domain/os/firmware/feature`.
package struct FirmwareFeature: Hashable, Sendable {
    /// `@name`.
    package var name: Name
    /// `@enabled`.
    package var isEnabled: Bool

    /// The feature `name`, wanted or not.
    package init(_ name: Name, isEnabled: Bool) {
        self.name = name
        self.isEnabled = isEnabled
    }

    /// The raw value is libvirt's word.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        /// Whether keys are enrolled, so that only signed programs boot.
        case enrolledKeys = "enrolled-keys"
        /// Whether it can refuse programs that are not signed; Xen has no such firmware.
        case secureBoot = "secure-boot"
    }
}

/// A file of the host that is the guest's firmware. Source: `/domain/os/loader`.
package struct Loader: Hashable, Sendable {
    /// Its text; nil lets the driver choose.
    package var path: String?
    /// `@type`.
    package var type: LoaderType?
    /// `@readonly`.
    package var isReadOnly: Bool?
    /// `@secure`; kept, but Xen has no secure boot.
    package var isSecure: Bool?
    /// `@format`; Xen takes `raw` alone.
    package var format: String?

    /// The file at `path`.
    package init(path: String?, type: LoaderType? = nil) {
        self.path = path
        self.type = type
    }
}

/// What a firmware looks like to the guest. Source: `/domain/os/loader/@type`.
package enum LoaderType: String, Hashable, Sendable, CaseIterable {
    case rom
    case pflash
}

/// A table of the guest's ACPI. Source: `/domain/os/acpi/table`.
package struct ACPITable: Hashable, Sendable {
    /// `slic`, or another, which is kept but which libxl cannot express. `@type`.
    package var type: String
    /// A file of the host.
    package var path: String

    /// The table of `type` that is in the file `path`.
    package init(type: String, path: String) {
        self.type = type
        self.path = path
    }
}

/// What an hvm guest may boot from. The raw value is libvirt's word. Source: `/domain/os/boot/@dev`.
package enum BootDevice: String, Hashable, Sendable, CaseIterable {
    case floppy = "fd"
    case hardDisk = "hd"
    case cdrom
    case network
}

/// How a guest's image is labelled for Xen's security module. Source: `/domain/seclabel`.
package struct SecurityLabel: Hashable, Sendable {
    /// `static`, `dynamic` or `none`. `@type`.
    package var type: String
    /// `@model`.
    package var model: String?
    /// `@relabel`.
    package var relabel: Bool?
    /// A context such as `system_u:system_r:domU_t`. `label`.
    package var label: String?

    /// A label of `type`.
    package init(type: String, label: String? = nil) {
        self.type = type
        self.label = label
    }
}

/// Which of a guest's sleeping states its firmware offers. Each nil leaves it to libxl. Source: `/domain/pm`.
package struct PowerManagement: Hashable, Sendable {
    /// `suspend-to-mem/@enabled`.
    package var suspendToMemory: Bool?
    /// `suspend-to-disk/@enabled`.
    package var suspendToDisk: Bool?

    /// Nothing said.
    package init() {}
}

extension Loader {
    /// Whether it is the one that libxl takes by itself, wherever it lay on the host that the document was written on.
    package var isHVMLoader: Bool {
        path?.split(separator: "/").last == "hvmloader"
    }
}
