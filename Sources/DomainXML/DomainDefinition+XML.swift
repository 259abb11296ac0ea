import LibXML
package import XenModel
package import XenUnits

// `/domain`.
extension DomainDefinition {
    /// Reads a domain document.
    ///
    /// What this driver does not support is left out, each with a notice that says where it stood; with
    /// `options.isStrict` that is an error.
    package static func parse(
        _ document: [UInt8], options: ReaderOptions
    ) throws(DomainXMLError) -> Parsed<DomainDefinition> {
        try DocumentReading.read(document, roots: ["domain"], options: options) { reader throws(DomainXMLError) in
            try read(reader)
        }
    }

    /// The most bytes that a document may have for the reader.
    package static var largestDocument: Int { XMLElement.maximumSize }

    /// The definition as a document, laid out as virsh does, with a newline at the end; as that of the running domain
    /// `domid` if one is given.
    package func xml(domid: DomainID? = nil) -> String {
        var domain = XMLElement("domain")
        domain.set("type", hypervisor)
        domain.set("id", domid?.description)
        domain.add("name", text: name.text)
        domain.add("uuid", text: uuid.description)
        domain.add("genid", text: generationID?.description)
        domain.add("title", text: title)
        domain.add("description", text: description)
        if let metadata { domain.content.append(.markup(metadata)) }
        domain.add(memory.element("memory"))
        domain.add(currentMemory.element("currentMemory"))
        domain.add(vcpus.element)
        domain.add(vcpus.individualElement)
        domain.add(cpuTuning.element)
        domain.add("bootloader", text: operatingSystem.bootloader)
        domain.add("bootloader_args", text: operatingSystem.bootloaderArguments)
        domain.add(operatingSystem.element)
        domain.add(features.element)
        domain.add(processor.element)
        domain.add(clock.element)
        domain.add("on_poweroff", text: onPoweroff.word)
        domain.add("on_reboot", text: onReboot.word)
        domain.add("on_crash", text: onCrash.word)
        domain.add(powerManagement.element)
        domain.add(devicesElement)
        for label in securityLabels { domain.add(label.element) }
        writeArguments(to: &domain)
        domain.add(xen.element(with: features))
        return domain.declaringXenkeeper().formatted()
    }

    private static func read(_ reader: ElementReader) throws(DomainXMLError) -> DomainDefinition {
        let name = try reader.child("name") { reader throws(DomainXMLError) in try readName(reader) }
        guard let name else { throw reader.error(.missing("name")) }
        let memory = try readMemory(reader)
        var definition = DomainDefinition(
            name: name, uuid: try readUUID(reader), memory: memory.maximum,
            operatingSystem: try OperatingSystem.read(in: reader))
        definition.hypervisor = try reader.requiredPlain("type")
        // The number of a domain that ran when its document was printed; a definition has none.
        _ = reader.attribute("id")
        definition.generationID = try readGenerationID(reader)
        definition.currentMemory = memory.current
        try definition.readTexts(reader)
        if let features = try reader.child("features", Features.read) { definition.features = features }
        try definition.readProcessors(reader)
        if let clock = try reader.child("clock", Clock.read) { definition.clock = clock }
        if let action = try LifecycleAction.read("on_poweroff", in: reader) { definition.onPoweroff = action }
        if let action = try LifecycleAction.read("on_reboot", in: reader) { definition.onReboot = action }
        if let action = try LifecycleAction.read("on_crash", in: reader) { definition.onCrash = action }
        if let states = try reader.child("pm", PowerManagement.read) { definition.powerManagement = states }
        definition.securityLabels = try reader.children("seclabel", SecurityLabel.read)
        definition.deviceModelArguments = try readArguments(in: reader)
        try reader.child("devices") { reader throws(DomainXMLError) in try definition.readDevices(reader) }
        return definition
    }

    /// Reads the processors, and all that says something of one of them.
    private mutating func readProcessors(_ domain: ElementReader) throws(DomainXMLError) {
        vcpus = try VirtualCPUs.read(in: domain)
        let maximum = vcpus.maximum
        let tuning = try domain.child("cputune") { reader throws(DomainXMLError) in
            try CPUTuning.read(reader, vcpus: maximum)
        }
        if let tuning { cpuTuning = tuning }
        let processor = try domain.child("cpu") { reader throws(DomainXMLError) in
            try Processor.read(reader, vcpus: maximum)
        }
        if let processor { self.processor = processor }
        let options = try domain.child(xenkeeper: "options") { reader throws(DomainXMLError) in
            try XenOptions.read(reader, vcpus: maximum, features: &features)
        }
        if let options { xen = options }
    }

    private static func readName(_ reader: ElementReader) throws(DomainXMLError) -> DomainName {
        do throws(DomainNameError) {
            return try DomainName(reader.text())
        } catch {
            throw reader.error(.badName(error))
        }
    }

    private static func readUUID(_ domain: ElementReader) throws(DomainXMLError) -> DomainUUID {
        let written = try domain.child("uuid") { reader throws(DomainXMLError) in
            let text = reader.text()
            guard let uuid = DomainUUID(text.trimmed) else { throw reader.error(.badUUID(text)) }
            return uuid
        }
        if let written { return written }
        guard domain.options.form == .inactive else { throw domain.error(.missing("uuid")) }
        return DomainUUID.random()
    }

    /// The number by which Windows tells a copy; an empty element stands for one drawn at random.
    private static func readGenerationID(_ domain: ElementReader) throws(DomainXMLError) -> DomainUUID? {
        try domain.child("genid") { reader throws(DomainXMLError) in
            let text = reader.text().trimmed
            if text.isEmpty, reader.options.form == .inactive { return DomainUUID.random() }
            guard let number = DomainUUID(text) else { throw reader.error(.badUUID(text)) }
            return number
        }
    }

    private mutating func readTexts(_ domain: ElementReader) throws(DomainXMLError) {
        title = try domain.child("title") { reader throws(DomainXMLError) in
            let text = reader.text()
            guard !text.contains(where: \.isNewline) else { throw reader.error(.titleWithNewline) }
            return text
        }
        description = try domain.child("description") { reader throws(DomainXMLError) in reader.text() }
        if title?.isEmpty == true { title = nil }
        if description?.isEmpty == true { description = nil }
        metadata = try domain.child("metadata") { reader throws(DomainXMLError) in
            reader.readAll()
            // What is printed declares these by itself; they say nothing of metadata that has nothing in them.
            let declarations = domain.element.declarations.filter {
                !Self.ownNamespaces.contains($0.uri) || reader.element.borrows($0)
            }
            return reader.element.inheriting(declarations).verbatim()
        }
    }

    private static let ownNamespaces = [XenkeeperNamespace.uri, CommandLineNamespace.uri]
}

extension XMLElement {
    /// Whether a name in the element needs the `declaration` of an ancestor.
    fileprivate func borrows(_ declaration: XMLNamespace) -> Bool {
        guard !declarations.contains(where: { $0.prefix == declaration.prefix }) else { return false }
        return prefix == declaration.prefix && namespace == declaration.uri
            || attributes.contains { $0.prefix == declaration.prefix && $0.namespace == declaration.uri }
            || children.contains { $0.borrows(declaration) }
    }
}
