import LibXML
import XenModel
import XenUnits

// `/domain/os`, `/domain/bootloader`, `/domain/bootloader_args`.
extension OperatingSystem {
    static func read(in domain: ElementReader) throws(DomainXMLError) -> OperatingSystem {
        let bootloader = try domain.plainText(child: "bootloader")
        let arguments = try domain.child("bootloader_args") { reader throws(DomainXMLError) in reader.text() }
        let read = try domain.child("os") { reader throws(DomainXMLError) in
            try readElement(reader, hasBootloader: bootloader != nil)
        }
        guard var system = read ?? defaultSystem(hasBootloader: bootloader != nil) else {
            throw domain.error(.missing("os/type"))
        }
        system.bootloader = bootloader
        system.bootloaderArguments = arguments.flatMap { $0.isEmpty ? nil : $0 }
        return system
    }

    private static func readElement(
        _ reader: ElementReader, hasBootloader: Bool
    ) throws(DomainXMLError) -> OperatingSystem {
        let typed = try reader.child("type") { reader throws(DomainXMLError) in try readType(reader) }
        guard var system = typed ?? defaultSystem(hasBootloader: hasBootloader) else {
            throw reader.error(.missing("type"))
        }
        system.firmware = try reader.word("firmware")
        system.firmwareFeatures =
            try reader.child("firmware") { reader throws(DomainXMLError) in
                var names = FirstPlaces<String>()
                return try reader.children("feature") { reader throws(DomainXMLError) in
                    let feature = try FirmwareFeature.read(reader)
                    try names.take(feature.name.rawValue, at: "@name", in: reader)
                    return feature
                }
            } ?? []
        system.loader = try reader.child("loader", Loader.read)
        system.kernel = try reader.plainText(child: "kernel")
        system.initrd = try reader.plainText(child: "initrd")
        let commandLine = try reader.child("cmdline") { reader throws(DomainXMLError) in reader.text() }
        system.commandLine = commandLine.flatMap { $0.isEmpty ? nil : $0 }
        system.acpiTables =
            try reader.child("acpi") { reader throws(DomainXMLError) in
                try reader.children("table", ACPITable.read)
            } ?? []
        let isHVM = system.guestType == .hvm
        system.bootDevices = try reader.children("boot") { reader throws(DomainXMLError) -> BootDevice? in
            // Of other guests libvirt reads none; that it has no effect is the translation's to say.
            let isKnown = BootDevice(rawValue: reader.element.attribute("dev") ?? "") != nil
            guard isHVM || isKnown else {
                reader.leaveOut()
                return nil
            }
            guard let device = try reader.word("dev", of: BootDevice.self) else { throw reader.missing("dev") }
            return device
        }.compactMap(\.self)
        return system
    }

    private static func readType(_ reader: ElementReader) throws(DomainXMLError) -> OperatingSystem {
        let word = reader.text()
        guard let type = types.first(where: { $0.word == word })?.type else {
            throw reader.error(.unknownWord(word, known: types.map(\.word)))
        }
        var system = OperatingSystem(guestType: type)
        system.architecture = try reader.plainAttribute("arch")
        system.machine = try reader.plainAttribute("machine")
        return system
    }

    /// A guest with a bootloader needs no type: only paravirtualised ones have one.
    private static func defaultSystem(hasBootloader: Bool) -> OperatingSystem? {
        hasBootloader ? OperatingSystem(guestType: .pv) : nil
    }

    /// The words for the types; the first of a type is the one that is written.
    private static let types: [(word: String, type: GuestType)] = [
        ("linux", .pv), ("xen", .pv), ("xenpvh", .pvh), ("hvm", .hvm),
    ]

    var element: XMLElement {
        var element = XMLElement("os")
        element.set("firmware", firmware?.rawValue)
        let word = Self.types.first { $0.type == guestType }?.word
        element.add("type", text: word, ["arch": architecture, "machine": machine])
        var firmware = XMLElement("firmware")
        for feature in firmwareFeatures {
            firmware.add("feature", ["enabled": feature.isEnabled.yesOrNo, "name": feature.name.rawValue])
        }
        if !firmware.content.isEmpty { element.add(firmware) }
        element.add(loader?.element)
        element.add("kernel", text: kernel)
        element.add("initrd", text: initrd)
        element.add("cmdline", text: commandLine)
        var acpi = XMLElement("acpi")
        for table in acpiTables { acpi.add("table", text: table.path, ["type": table.type]) }
        if !acpi.content.isEmpty { element.add(acpi) }
        for device in bootDevices { element.add("boot", ["dev": device.rawValue]) }
        return element
    }
}

extension Loader {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> Loader {
        var loader = Loader(path: try reader.plainText(), type: try reader.word("type"))
        loader.isReadOnly = try reader.yesOrNo("readonly")
        loader.isSecure = try reader.yesOrNo("secure")
        loader.format = try reader.plainAttribute("format")
        return loader
    }

    fileprivate var element: XMLElement {
        var element = XMLElement("loader", content: path.map { [.text($0)] } ?? [])
        element.set("readonly", isReadOnly?.yesOrNo)
        element.set("secure", isSecure?.yesOrNo)
        element.set("type", type?.rawValue)
        element.set("format", format)
        return element
    }
}

extension FirmwareFeature {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> FirmwareFeature {
        guard let isEnabled = try reader.yesOrNo("enabled") else { throw reader.missing("enabled") }
        return FirmwareFeature(try reader.requiredWord("name"), isEnabled: isEnabled)
    }
}

extension ACPITable {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> ACPITable {
        let type = try reader.requiredPlain("type")
        guard let path = try reader.plainText() else { throw reader.error(.empty) }
        return ACPITable(type: type, path: path)
    }
}
