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
        bootloader = try reader.plain("bootloader")
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
        writer.set(
            "bootloader", try writer.text(bootloader, key: "bootloader", path: "/domain/bootloader"), path: "")
        if let bootloaderArguments {
            let path = "/domain/bootloader_args"
            let words = try writer.plain(bootloaderArguments.words, key: "bootloader_args", path: path)
            writer.set("bootloader_args", texts: words, path: path)
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
        let letters = bootDevices.compactMap { device in Self.bootLetters.first { $0.device == device }?.letter }
        if guestType == .hvm {
            writer.set(
                "boot", .string(letters.isEmpty ? "c" : letters.map { String($0) }.joined()), path: "/domain/os/boot")
        } else {
            writer.omit("/domain/os/boot", if: !letters.isEmpty)
        }
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
        guard let item = reader.item("bootloader_args") else { return }
        var arguments: [String] = []
        for argument in try item.itemsOrSelf() {
            let text = try argument.safe()
            if item.isList, text.words != [text] {
                argument.note(.unsupportedPart(text))
            } else {
                arguments += text.words
            }
        }
        bootloaderArguments = arguments.isEmpty ? nil : arguments.joined(separator: " ")
    }

    private mutating func readBootDevices(_ reader: XLReader) throws(XLConfigError) {
        guard let item = reader.item("boot") else {
            // libxl's order, which is another than that of a document without one.
            bootDevices = [.hardDisk, .cdrom, .floppy]
            return
        }
        let text = try item.plain()
        for scalar in text.unicodeScalars {
            bootDevices.append(
                try item.word(String(scalar), Self.bootLetters.map { (String($0.letter), $0.device) }))
        }
    }

    /// What a hvm guest begins with: `bios`, `bios_path_override`, `firmware` and `firmware_override`.
    private mutating func readFirmware(_ reader: XLReader) throws(XLConfigError) {
        let named = reader.item("firmware")
        let bios = reader.item("bios")
        let path = reader.item("bios_path_override")
        var name = try bios?.word(["seabios", "rombios", "ovmf"].map { ($0, $0) })
        var image = try reader.plain("firmware_override")
        if let named {
            let text = try named.plain()
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
        if let image, !Self.isStock(image) { loader = Loader(path: image, type: .rom) }
        guard let path else { return }
        let override = try path.plain()
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
        if let item = reader.item("firmware") {
            _ = try item.word(["pvgrub32", "pvgrub64"].map { ($0, $0) })
            item.note(.unsupported)
        }
        for key in ["bios", "bios_path_override", "firmware_override", "boot"] { _ = reader.item(key, for: [.hvm]) }
    }

    private func writeFirmware(to writer: XLWriter) throws(XLConfigError) {
        let path = "/domain/os/loader"
        var name = firmware.map { $0 == .efi ? "ovmf" : "bios" }
        if let loader {
            writer.omit("\(path)/@secure", if: loader.isSecure == true)
            writer.omit("\(path)/@format", if: loader.format != nil && loader.format != "raw")
            writer.omit("\(path)/@readonly", if: loader.type == .pflash && loader.isReadOnly == false)
            if loader.type == .pflash {
                name = "ovmf"
                writer.set(
                    "bios_path_override", try writer.text(loader.path, key: "bios_path_override", path: path),
                    path: path, for: [.hvm])
            } else if let image = loader.path, !Self.isStock(image) {
                writer.set(
                    "firmware_override", try writer.text(image, key: "firmware_override", path: path), path: path,
                    for: [.hvm])
            }
        }
        let key = name == "bios" ? "firmware" : "bios"
        writer.set(key, name.map { .string($0) }, path: "/domain/os/@firmware", for: [.hvm])
    }

    /// Whether the file is the firmware that libxl would take by itself.
    private static func isStock(_ path: String) -> Bool {
        path.without(prefix: "/usr/lib/xen") != nil && path.parts(at: "/").last == "hvmloader"
    }
}
