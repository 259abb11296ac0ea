import XenModel
import XenUnits

// kernel, ramdisk, cmdline, root, extra, bootloader, boot, bios and the like.
extension OperatingSystem {
    private static let bootLetters: [(letter: Unicode.Scalar, device: BootDevice)] = [
        ("a", .floppy), ("c", .hardDisk), ("d", .cdrom), ("n", .network),
    ]
    private static let efiNames = ["uefi", "ovmf"]

    mutating func read(_ reader: XLReader) throws(XLConfigError) {
        if let item = reader.item("kernel") {
            kernel = try item.plain()
            // xl takes a hvm guest's hvmloader for the firmware that it used to be said to be, and ignores it.
            if guestType == .hvm, kernel?.parts(at: "/").last == "hvmloader" {
                kernel = nil
                item.note(.ineffective(because: "type"))
            }
        }
        initrd = try reader.plain("ramdisk")
        try readCommandLine(reader)
        bootloader = try reader.plain("bootloader", for: [.pv, .pvh])
        try readBootloaderArguments(reader)
        if let path = try reader.plain("acpi_firmware", for: [.hvm]) {
            acpiTables = [ACPITable(type: "slic", path: path)]
        }
        if guestType == .hvm {
            try readFirmware(reader)
            try readBootDevices(reader)
        } else {
            try readGuestFirmware(reader)
        }
    }

    func write(to writer: XLWriter) throws(XLConfigError) {
        writer.omit("/domain/os/type/@arch", if: architecture != nil && architecture != "x86_64")
        writer.set("kernel", try writer.text(kernel, key: "kernel", path: "/domain/os/kernel"), path: "")
        writer.set("ramdisk", try writer.text(initrd, key: "ramdisk", path: "/domain/os/initrd"), path: "")
        writer.set("cmdline", try writer.text(commandLine, key: "cmdline", path: "/domain/os/cmdline"), path: "")
        // Without a kernel of the host a pv guest's is looked for in its disk, which xl does not do by itself.
        let bootloader = bootloader ?? (guestType == .pv && kernel == nil ? "pygrub" : nil)
        writer.set(
            "bootloader", try writer.text(bootloader, key: "bootloader", path: "/domain/bootloader"),
            path: "/domain/bootloader", for: [.pv, .pvh])
        if let bootloaderArguments {
            let path = "/domain/bootloader_args"
            // With a quote that does not close it is no start's either.
            let split = ArgumentText.split(bootloaderArguments) ?? bootloaderArguments.words
            let words = try writer.plain(split, key: "bootloader_args", path: path)
            writer.set("bootloader_args", texts: words, path: path, for: [.pv, .pvh])
        }
        for (position, table) in acpiTables.enumerated() {
            let path = "/domain/os/acpi/table[\(position + 1)]"
            guard position == 0, table.type == "slic" else {
                writer.omit(path)
                continue
            }
            writer.set(
                "acpi_firmware", try writer.text(table.path, key: "acpi_firmware", path: path), path: path, for: [.hvm])
        }
        try writeFirmware(to: writer)
    }

    /// Says what the guest boots from, in the order of `devices` where they have one.
    func writeBootOrder(of devices: [Device], to writer: XLWriter) {
        let candidates = devices.bootCandidates
        guard guestType == .hvm else {
            writer.omit("/domain/os/boot", if: !bootDevices.isEmpty)
            for candidate in candidates where candidate.order != nil { writer.omit(candidate.path) }
            return
        }
        var kinds = bootDevices
        let ordered = candidates.filter { $0.order != nil }.sorted { ($0.order ?? 0) < ($1.order ?? 0) }
        for candidate in ordered {
            // A letter means the first device of its kind.
            let isMeant = candidates.first { $0.device == candidate.device }?.path == candidate.path
            if isMeant, bootDevices.isEmpty { kinds.append(candidate.device) } else { writer.omit(candidate.path) }
        }
        let letters = kinds.compactMap { kind in Self.bootLetters.first { $0.device == kind }?.letter }
        let text = letters.isEmpty ? "c" : letters.map { String($0) }.joined()
        writer.set("boot", .string(text), path: "/domain/os/boot")
    }

    private mutating func readCommandLine(_ reader: XLReader) throws(XLConfigError) {
        let whole = reader.item("cmdline")
        let root = reader.item("root")
        let extra = reader.item("extra")
        let rootText = try root?.safe()
        let extraText = try extra?.safe()
        if let whole {
            commandLine = try whole.safe()
            root?.note(.ineffective(because: "cmdline"))
            extra?.note(.ineffective(because: "cmdline"))
        } else {
            let words = [rootText.map { "root=\($0)" }, extraText].compactMap { $0 }
            commandLine = words.isEmpty ? nil : words.joined(separator: " ")
        }
        if commandLine?.isEmpty == true { commandLine = nil }
    }

    private mutating func readBootloaderArguments(_ reader: XLReader) throws(XLConfigError) {
        guard let item = reader.item("bootloader_args", for: [.pv, .pvh]) else { return }
        var arguments: [String] = []
        for argument in try item.itemsOrSelf() {
            let text = try argument.safe()
            arguments += item.isList ? [text] : text.words
        }
        bootloaderArguments = arguments.isEmpty ? nil : ArgumentText.join(arguments)
    }

    private mutating func readBootDevices(_ reader: XLReader) throws(XLConfigError) {
        let item = reader.item("boot")
        for scalar in try item?.safe().unicodeScalars ?? String().unicodeScalars {
            if let device = Self.bootLetters.first(where: { $0.letter == scalar })?.device {
                bootDevices.append(device)
            } else {
                // QEMU takes other letters as well, for devices that Xen's guests do not have.
                item?.note(.unsupportedPart(String(scalar)))
            }
        }
        // libxl's order, which is another than that of a document without one.
        if bootDevices.isEmpty { bootDevices = [.hardDisk, .cdrom, .floppy] }
    }

    /// What a hvm guest begins with: `bios`, `bios_path_override`, `firmware` and `firmware_override`.
    private mutating func readFirmware(_ reader: XLReader) throws(XLConfigError) {
        let named = reader.item("firmware")
        let bios = reader.item("bios")
        let path = reader.item("bios_path_override")
        var name = try bios?.word(["seabios", "rombios", "ovmf"].map { ($0, $0) })
        var image = try reader.plain("firmware_override")
        if let named, let text = try named.plain() {
            // It is read last, so it decides.
            if ["seabios", "rombios", "bios"].contains(text) || Self.efiNames.contains(text) {
                if text != "bios" {
                    bios?.note(.ineffective(because: "firmware"))
                    name = text
                } else if name == nil {
                    name = text
                }
            } else {
                image = text
            }
        }
        if let name {
            firmware = Self.efiNames.contains(name) ? .efi : .bios
            if name == "rombios" { (bios ?? named)?.note(.unsupportedPart(name)) }
        }
        if let image, !Loader(path: image, type: .rom).isHVMLoader { loader = Loader(path: image, type: .rom) }
        guard let path, let override = try path.plain() else { return }
        guard firmware == .efi, loader == nil else {
            path.note(.unsupported)
            return
        }
        firmware = nil
        loader = Loader(path: override, type: .pflash)
        loader?.isReadOnly = true
    }

    /// `firmware` of a guest without one: the name of a boot loader that runs in it.
    private func readGuestFirmware(_ reader: XLReader) throws(XLConfigError) {
        if let item = reader.item("firmware"), try item.plain() != nil {
            _ = try item.word(["pvgrub32", "pvgrub64"].map { ($0, $0) })
            item.note(.unsupported)
        }
        for key in ["bios", "bios_path_override", "firmware_override", "boot"] { _ = reader.item(key, for: [.hvm]) }
    }

    private func writeFirmware(to writer: XLWriter) throws(XLConfigError) {
        writer.omit("/domain/os/firmware", if: !firmwareFeatures.isEmpty)
        let path = "/domain/os/loader"
        let isEFI = firmware == .efi || loader?.type == .pflash
        if let loader {
            writer.omit("\(path)/@secure", if: loader.isSecure == true)
            writer.omit("\(path)/@format", if: loader.format != nil && loader.format != "raw")
            writer.omit("\(path)/@readonly", if: loader.type == .pflash && loader.isReadOnly == false)
            let key = isEFI ? "bios_path_override" : "firmware_override"
            if isEFI || !loader.isHVMLoader {
                writer.set(key, try writer.text(loader.path, key: key, path: path), path: path, for: [.hvm])
            }
        }
        let name = isEFI ? "ovmf" : firmware == .bios ? "seabios" : nil
        writer.set("bios", name.map { .string($0) }, path: "/domain/os/@firmware", for: [.hvm])
    }
}
