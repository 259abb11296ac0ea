import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What boots, and by what. Source: `/domain/os`, `/domain/bootloader`, `/domain/bootloader_args`.
    mutating func setBoot(_ definition: DomainDefinition, _ context: TranslationContext) throws(Untranslatable) {
        let system = definition.operatingSystem
        kernel = system.kernel
        ramdisk = system.initrd
        cmdline = system.commandLine
        for table in system.acpiTables where table.type != "slic" {
            throw Untranslatable(path: "/domain/os/acpi/table/@type", reason: .unsupported(.acpiTable, table.type))
        }
        switch system.guestType {
        case .pv:
            // libvirt's default: without a kernel of the host, one is looked for in the guest's disk.
            bootloader = system.bootloader ?? (system.kernel == nil ? "pygrub" : nil)
            try setBootloaderArguments(system)
        case .pvh:
            bootloader = system.bootloader
            try setBootloaderArguments(system)
        case .hvm:
            try refuseBootloader(system)
            try setFirmware(system, context)
            hvm.boot = try definition.bootLetters()
        }
        if system.guestType != .hvm, !system.bootDevices.isEmpty {
            throw Untranslatable(
                path: "/domain/os/boot", reason: .notForGuestType(system.guestType, only: [.hvm]))
        }
    }

    private mutating func setBootloaderArguments(_ system: OperatingSystem) throws(Untranslatable) {
        guard let text = system.bootloaderArguments else { return }
        guard let arguments = ArgumentSplitter.split(text) else {
            throw Untranslatable(path: "/domain/bootloader_args", reason: .unclosedQuote(text))
        }
        bootloaderArguments = arguments
    }

    private func refuseBootloader(_ system: OperatingSystem) throws(Untranslatable) {
        let given = [
            ("/domain/bootloader", system.bootloader), ("/domain/bootloader_args", system.bootloaderArguments),
        ]
        for (path, value) in given where value != nil {
            throw Untranslatable(path: path, reason: .notForGuestType(system.guestType, only: [.pv, .pvh]))
        }
    }

    private mutating func setFirmware(
        _ system: OperatingSystem, _ context: TranslationContext
    ) throws(Untranslatable) {
        let loader = system.loader
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
            if let path = loader?.path, !loader.isHVMLoader { hvm.firmware = path }
        }
    }
}

extension Loader? {
    /// Whether it is the one that libxl takes by itself.
    var isHVMLoader: Bool {
        guard let path = self?.path else { return false }
        return path.split(separator: "/").last == "hvmloader"
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
