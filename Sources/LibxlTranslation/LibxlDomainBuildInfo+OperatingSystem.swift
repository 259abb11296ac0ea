import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What boots, and by what. Source: `/domain/os`, `/domain/bootloader`, `/domain/bootloader_args`.
    mutating func setBoot(
        _ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        let system = definition.operatingSystem
        kernel = system.kernel
        ramdisk = system.initrd
        cmdline = system.commandLine
        for table in system.acpiTables where table.type != "slic" {
            obstacles.note(
                Untranslatable(path: "/domain/os/acpi/table/@type", reason: .unsupported(.acpiTable, table.type)))
        }
        obstacles.noting { () throws(Untranslatable) in try setBootloaderArguments(system) }
        switch system.guestType {
        case .pv:
            // libvirt's default: without a kernel of the host, one is looked for in the guest's disk.
            bootloader = system.bootloader ?? (system.kernel == nil ? "pygrub" : nil)
        case .pvh:
            bootloader = system.bootloader
            // libxl does not refuse such a guest but ends the calling process, in the middle of the creation. Source:
            // `libxl__build_dom`, "PVH should always have a set kernel"; Xen's shim runs one too.
            if system.kernel == nil, system.bootloader == nil {
                obstacles.note(Untranslatable(path: "/domain/os", reason: .pvhWithoutKernel))
            }
        case .hvm:
            obstacles.noting { () throws(Untranslatable) in try setFirmware(system, context) }
            hvm.boot = obstacles.noting { () throws(Untranslatable) in try definition.bootLetters() }
        }
    }

    private mutating func setBootloaderArguments(_ system: OperatingSystem) throws(Untranslatable) {
        guard let text = system.bootloaderArguments else { return }
        guard let arguments = ArgumentText.split(text) else {
            throw Untranslatable(path: "/domain/bootloader_args", reason: .unclosedQuote(text))
        }
        bootloaderArguments = arguments
    }

    private mutating func setFirmware(
        _ system: OperatingSystem, _ context: TranslationContext
    ) throws(Untranslatable) {
        let loader = system.loader
        if system.firmwareFeatures.contains(where: { $0.name == .secureBoot && $0.isEnabled }) {
            throw Untranslatable(path: "/domain/os/firmware/feature", reason: .secureBoot)
        }
        if loader?.isSecure == true {
            throw Untranslatable(path: "/domain/os/loader/@secure", reason: .secureBoot)
        }
        if let format = loader?.format, format != "raw" {
            throw Untranslatable(path: "/domain/os/loader/@format", reason: .unsupported(.loaderFormat, format))
        }
        if system.firmware == .efi {
            hvm.bios = .ovmf
            hvm.systemFirmware = loader?.path ?? context.firmware
        } else if let loader, loader.type == .pflash {
            guard system.firmware == nil else {
                throw Untranslatable(path: "/domain/os/loader/@type", reason: .conflict(with: "firmware='bios'"))
            }
            hvm.bios = .ovmf
            hvm.systemFirmware = loader.path ?? context.firmware
        } else {
            if system.firmware == .bios { hvm.bios = .seabios }
            // The documents of libvirt's users name libxl's own, where it lay on the host that they were written on.
            if let loader, let path = loader.path, !loader.isHVMLoader { hvm.firmware = path }
        }
    }
}

extension BootDevice {
    /// libxl's letter for the device. Source: `libxl_domain_build_info.u.hvm.boot`.
    var letter: Character {
        switch self {
        case .floppy: "a"
        case .hardDisk: "c"
        case .cdrom: "d"
        case .network: "n"
        }
    }
}
