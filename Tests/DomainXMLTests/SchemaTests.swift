import DomainXML
import LibXML
import Testing
import XenModel
import XenUnits

@Suite(
    "What is printed is valid by libvirt's schema, our own elements aside",
    .enabled(if: Schema.isInstalled, "libvirt's schema or xmllint is not installed"))
struct SchemaTests {
    @Test("for documents that hold everything")
    func fixtures() async throws {
        let names = ["everything-domain", "everything-devices", "everything-hvm", "reported"]
        let documents = try names.map { name in
            try Self.print(DomainDefinition.parse(fixture(name), options: inactive).value)
        }
        for (name, faults) in zip(names, try await Schema.faults(in: documents)) { #expect(faults == [], "\(name)") }
    }

    @Test("for any definition that libvirt has words for", arguments: DocumentForm.allCases)
    func definitions(form: DocumentForm) async throws {
        let documents = try (0..<100 as Range<UInt64>).map { seed in
            var generator = DefinitionGenerator(seed: seed, isLive: form == .live, isOrdinary: true)
            return try Self.print(generator.definition().inWordsOfTheSchema(), form: form)
        }
        for (seed, faults) in try await Schema.faults(in: documents).enumerated() {
            #expect(faults == [], "seed \(seed)")
        }
    }

    @Test("which finds what is not valid")
    func invalid() async throws {
        let document = try Self.print(parseDomain(domainDocument()).value)
        let faults = try await Schema.faults(in: [
            document, document.replacing("<name>", with: "<unheard/><name>"),
            document.replacing("type='xen'", with: "type='none'"),
        ])
        #expect(faults.map(\.isEmpty) == [true, false, false])
    }

    /// What is printed of the definition, but for the exceptions and our own elements.
    private static func print(_ definition: DomainDefinition, form: DocumentForm = .inactive) throws -> String {
        let text = definition.withoutExceptions().xml(domid: form == .live ? DomainID(rawValue: 3) : nil)
        return try XMLElement.parse(Array(text.utf8)).withoutOwnElements().formatted()
    }
}

extension DomainDefinition {
    /// The definition without that which we print and the schema of libvirt 9.0 does not let through.
    fileprivate func withoutExceptions() -> DomainDefinition {
        var domain = self
        // The schema wants a policy of every feature; libvirt's parser takes `require` for one that has none.
        for index in domain.processor.features.indices where domain.processor.features[index].policy == nil {
            domain.processor.features[index].policy = .require
        }
        // Newer than 9.0: tables of other types than slic, a loader's format, and two of Hyper-V's enlightenments.
        domain.operatingSystem.acpiTables.removeAll { $0.type != "slic" }
        domain.operatingSystem.loader?.format = nil
        domain.features.hyperV?.states[.emsrBitmap] = nil
        domain.features.hyperV?.states[.xmmInput] = nil
        domain.devices = domain.devices.map { $0.withoutExceptions() }
        return domain
    }

    /// The definition without combinations that are drawn at random and that libvirt cannot express.
    fileprivate func inWordsOfTheSchema() -> DomainDefinition {
        var domain = self
        switch operatingSystem.guestType {
        case .hvm: domain.operatingSystem.machine = "xenfv"
        case .pv: domain.operatingSystem.machine = "xenpv"
        case .pvh: domain.operatingSystem.machine = "xenpvh"
        }
        if operatingSystem.guestType != .hvm {
            domain.operatingSystem.firmware = nil
            domain.operatingSystem.firmwareFeatures = []
            domain.operatingSystem.loader = nil
            domain.operatingSystem.bootDevices = []
            domain.operatingSystem.acpiTables = []
        }
        let usual: [LifecycleAction] = [.destroy, .restart, .preserve, .restartRename]
        if !usual.contains(onPoweroff) { domain.onPoweroff = .destroy }
        if !usual.contains(onReboot) { domain.onReboot = .restart }
        domain.features.hyperV?.mode = .custom
        domain.clock.timers = clock.timers.map { $0.inWordsOfTheSchema() }
        domain.securityLabels = securityLabels.map { label in
            var label = label
            if label.type != "static" { label.relabel = nil }
            if label.type == "none" { label.label = nil }
            return label
        }
        domain.devices = devices.map { $0.inWordsOfTheSchema() }
        return domain
    }
}

extension Timer {
    fileprivate func inWordsOfTheSchema() -> Timer {
        var timer = self
        if name != .tsc { (timer.frequency, timer.mode) = (nil, nil) }
        if [.kvmclock, .hypervclock].contains(name) { timer.tickPolicy = nil }
        return timer
    }
}

extension Device {
    fileprivate func withoutExceptions() -> Device {
        switch self {
        case .graphics(var display):
            // libvirt gives displays an alias and prints it.
            display.alias = nil
            return .graphics(display)
        case .interface(var interface):
            // The schema has this for a bridge and a network alone, libvirt's parser for any NIC.
            if interface.source.kind == .ethernet { interface.virtualPort = nil }
            // The schema has this for a `hostdev` alone; what libvirt reads of a NIC's source is the same.
            if case .hostdev(var device) = interface.source {
                device.permissive = nil
                interface.source = .hostdev(device)
            }
            return .interface(interface)
        default: return self
        }
    }

    fileprivate func inWordsOfTheSchema() -> Device {
        switch self {
        case .controller(var controller) where controller.type == .pci:
            controller.model = "pci-bridge"
            return .controller(controller)
        case .controller(var controller) where controller.type != .usb:
            controller.model = nil
            return .controller(controller)
        case .disk(var disk):
            if disk.source.path == nil, disk.source.network == nil { disk.source.kind = .file }
            disk.source.network = disk.source.network?.inWordsOfTheSchema()
            return .disk(disk)
        default: return self
        }
    }
}

extension NetworkDiskSource {
    fileprivate func inWordsOfTheSchema() -> NetworkDiskSource {
        var source = self
        if snapshot != nil { source.snapshot = "monday" }
        source.user = networkProtocol != "nbd" && secret != nil ? "admin" : nil
        if case .usage = secret { source.secret = .usage("loft") }
        guard networkProtocol != "rbd" else { return source }
        (source.snapshot, source.configurationFile) = (nil, nil)
        source.hosts = [hosts.first ?? NetworkDiskHost(name: "storage")]
        source.name = name ?? "disk"
        return source
    }
}

extension XMLElement {
    /// The element without what is in our namespace; metadata is other people's and stays.
    fileprivate func withoutOwnElements() -> XMLElement {
        let uri = "urn:xenkeeper:domain:1"
        var element = self
        element.declarations.removeAll { $0.uri == uri }
        element.content = content.compactMap { node in
            guard case .element(let child) = node, child.name != "metadata" else { return node }
            return child.namespace == uri ? nil : .element(child.withoutOwnElements())
        }
        return element
    }
}
