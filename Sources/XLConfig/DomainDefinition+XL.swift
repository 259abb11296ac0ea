package import XenModel
import XenUnits

extension DomainDefinition {
    /// Reads a domain out of an xl.cfg.
    ///
    /// Says what xl would tell libxl: where xl's default is another than that of a domain document, the definition
    /// says it. What a definition has no place for is in the notices, by key and line; a value that cannot be is an error.
    package static func read(
        _ configuration: XLConfiguration, draws: XLDraws = .system
    ) throws(XLConfigError) -> XLReading {
        let reader = try XLReader(configuration, draws: draws)
        let memory = try readMemory(reader)
        var definition = DomainDefinition(
            name: try readName(reader), uuid: try readUUID(reader), memory: memory.maximum,
            operatingSystem: OperatingSystem(guestType: reader.guestType))
        definition.currentMemory = memory.current
        for field in XLField.platform { try field.read(reader, into: &definition) }
        for field in XLField.deviceModel { try field.read(reader, into: &definition) }
        try definition.operatingSystem.read(reader)
        definition.vcpus = try VirtualCPUs.read(reader)
        try definition.readAffinity(reader)
        try definition.readProcessor(reader)
        try definition.readFeatures(reader)
        definition.clock = try Clock.read(reader)
        try definition.readActions(reader)
        try definition.readHostResources(reader)
        definition.devices = try Device.readAll(reader, into: &definition)
        try definition.readMemoryMap(reader)
        return XLReading(definition: definition, notices: reader.finish())
    }

    /// The definition as an xl.cfg. No alias is in it.
    ///
    /// Says to libxl what the definition does, as far as xl.cfg can express it; what it cannot is in the notices, by path.
    /// A text that xl would misread in any writing is an error.
    package func xlConfiguration() throws(XLConfigError) -> XLWriting {
        let writer = XLWriter(operatingSystem.guestType)
        writer.omit("/domain/@type", if: hypervisor != Self.xen)
        writer.set("name", try writer.text(name.text, key: "name", path: "/domain/name"), path: "/domain/name")
        writer.set("uuid", .string(uuid.description), path: "/domain/uuid")
        writer.set("type", .string(operatingSystem.guestType.rawValue), path: "/domain/os/type")
        writer.omit("/domain/title", if: title != nil)
        writer.omit("/domain/description", if: description != nil)
        writer.omit("/domain/metadata", if: metadata != nil)
        writer.set("maxmem", writer.mebibytes(memory, path: "/domain/memory"), path: "/domain/memory")
        writer.set(
            "memory", writer.mebibytes(currentMemory, path: "/domain/currentMemory"), path: "/domain/currentMemory")
        vcpus.write(to: writer)
        writeAffinity(to: writer)
        try operatingSystem.write(to: writer)
        operatingSystem.writeBootOrder(of: devices, to: writer)
        var written = self
        // libvirt's rule: the guest learns of its nodes from ACPI.
        if writer.guestType == .hvm, !processor.numaCells.isEmpty { written.features.acpi = true }
        for field in XLField.platform { try field.write(written, to: writer) }
        writer.set("e820_host", features.e820Host.map { .flag($0) }, path: "/domain/features/xen/e820_host", for: [.pv])
        writeProcessor(to: writer)
        try writeFeatures(to: writer)
        clock.write(to: writer)
        writeActions(to: writer)
        try writeSecurity(to: writer)
        try writeHostResources(to: writer)
        for field in XLField.deviceModel { try field.write(self, to: writer) }
        try Device.write(of: withUSBControllers, to: writer)
        // xl sets it for a pv guest with PCI devices, whatever the file says.
        if operatingSystem.guestType == .pv, writer.configuration["pci"] != nil, features.e820Host != true {
            writer.omit("/domain/features/xen/e820_host", features.e820Host == nil ? .other("on") : .leftOut)
        }
        return XLWriting(configuration: writer.configuration, notices: writer.notices)
    }

    private static func readName(_ reader: XLReader) throws(XLConfigError) -> DomainName {
        guard let item = reader.item("name") else { throw reader.missing("name") }
        do throws(DomainNameError) {
            return try DomainName(item.value.text ?? "")
        } catch {
            throw item.error(item.isList ? .notText : .badName(error))
        }
    }

    private static func readUUID(_ reader: XLReader) throws(XLConfigError) -> DomainUUID {
        guard let item = reader.item("uuid") else { return reader.draws.uuid() }
        return try item.uuid(try item.text())
    }

    /// What libxl gives a domain of which nobody says how much. Source: `libxl__domain_build_info_setdefault`.
    private static let usualMemory = Kibibytes(32 * 1024)

    /// The most memory and that at start. Without one of the keys it is the other; without both, what the NUMA nodes
    /// have, or else libxl's default.
    private static func readMemory(
        _ reader: XLReader
    ) throws(XLConfigError) -> (maximum: Kibibytes, current: Kibibytes) {
        let target = reader.item("memory")
        let current = try target?.mebibytes(1...(1 << 44) - 1)
        let most = reader.item("maxmem")
        var maximum = try most?.mebibytes(1...(1 << 44) - 1)
        if let sum = try NUMACell.memory(reader) {
            if let most, let maximum, maximum != sum {
                throw most.error(.nodesDiffer(sum: sum.count / 1024, maximum: maximum.count / 1024))
            }
            maximum = sum
        }
        guard let maximum = maximum ?? current else {
            reader.note(.assumed("\(usualMemory.count / 1024) MiB"), key: "memory", line: 0)
            return (usualMemory, usualMemory)
        }
        if let target, let current, current > maximum {
            throw target.error(.aboveMaximum(current.count / 1024, maximum: maximum.count / 1024))
        }
        return (maximum, current ?? maximum)
    }

    /// `e820_host`, which xl sets for a pv guest with PCI devices whatever the file says.
    private mutating func readMemoryMap(_ reader: XLReader) throws(XLConfigError) {
        let item = reader.item("e820_host", for: [.pv])
        features.e820Host = try item?.flag()
        guard reader.guestType == .pv, let pci = reader.item("pci"), try !pci.items().isEmpty else { return }
        if features.e820Host == false { item?.note(.ineffective(because: "pci")) }
        features.e820Host = true
    }

    private mutating func readActions(_ reader: XLReader) throws(XLConfigError) {
        if let action = try Self.readAction("on_poweroff", reader) { onPoweroff = action }
        if let action = try Self.readAction("on_reboot", reader) { onReboot = action }
        if let action = try Self.readAction("on_crash", reader) { onCrash = action }
    }

    private static func readAction(_ key: String, _ reader: XLReader) throws(XLConfigError) -> LifecycleAction? {
        guard let item = reader.item(key) else { return nil }
        let softReset = "soft-reset"
        let words = XLField.actions.map { ($0.0, Optional($0.1)) } + [(softReset, nil)]
        let action = try item.word(words)
        if action == nil { item.note(.unsupportedPart(softReset)) }
        return action
    }

    private func writeActions(to writer: XLWriter) {
        for (key, action) in [("on_poweroff", onPoweroff), ("on_reboot", onReboot), ("on_crash", onCrash)] {
            let word = XLField.actions.first { $0.1 == action }?.0
            writer.set(key, word.map { .string($0) }, path: "/domain/\(key)")
        }
    }

    private func writeSecurity(to writer: XLWriter) throws(XLConfigError) {
        let path = "/domain/seclabel"
        guard let first = securityLabels.first else { return }
        writer.omit("\(path)[2]", if: securityLabels.count > 1)
        let isPlain = first.type == "static" && first.model == nil && first.relabel == nil
        writer.omit(path, if: !isPlain || first.label == nil)
        writer.set("seclabel", try writer.text(first.label, key: "seclabel", path: path), path: path)
    }
}
