import LibXML
package import XenModel
import XenUnits

extension DeviceRequest {
    /// Reads the document of a request about a device that exists, as detach and update take it.
    ///
    /// It may be as short as `<interface type='bridge'><alias name='ua-b'/></interface>`, or what dumpxml printed about
    /// the device: nothing in it is needed. Aliases are criteria, generated ones too; a host-side name that begins with
    /// `vif` is none, for Xen made it. A device that Xen cannot express is named by its whole element, where it has
    /// neither alias nor address. The class of the device is always among the criteria, and for a disk or NIC that Xen
    /// can have the request always says what the device should be; another device cannot be updated, so that the
    /// rest of its document is ignored.
    package static func parse(
        _ document: [UInt8], options: ReaderOptions
    ) throws(DomainXMLError) -> Parsed<DeviceRequest> {
        try DocumentReading.read(
            document, roots: Device.roots, isRoot: { Device.deviceClass(of: $0) != nil }, options: options
        ) { reader throws(DomainXMLError) in
            try read(reader)
        }
    }

    private static func read(_ reader: ElementReader) throws(DomainXMLError) -> DeviceRequest {
        let deviceClass = Device.deviceClass(of: reader.element)
        var criteria = DeviceCriteria(deviceClass: deviceClass)
        criteria.alias = try DeviceAlias.readCriterion(in: reader)
        criteria.address = try GuestAddress.read(in: reader)
        if let opaque = opaque(reader) {
            // Of what is in it nothing is known, so that it names the device only as a whole.
            if criteria.isEmpty { criteria.opaque = opaque.element }
            reader.readAll()
            return DeviceRequest(criteria: criteria)
        }
        var requested: RequestedDevice?
        switch deviceClass {
        case .disk: requested = .disk(try disk(reader, &criteria))
        case .interface: requested = .interface(try interface(reader, &criteria))
        case .controller: criteria.controller = try controller(reader)
        case .filesystem:
            criteria.source = try Filesystem.source(reader)
            criteria.target = try Filesystem.target(reader)
        case .hostdev: criteria.hostDevice = try hostDevice(reader)
        case .serial, .parallel, .console, .channel: criteria.character = try character(reader, deviceClass)
        default: break
        }
        if requested == nil { reader.readAll() }
        return DeviceRequest(criteria: criteria, requested: requested)
    }

    /// The device, if the document is a complete one of a device that Xen cannot express.
    private static func opaque(_ reader: ElementReader) -> OpaqueDevice? {
        // What a definition's interface without a type is, a request about one leaves open.
        guard reader.element.name != "interface" || reader.element.attribute("type") != nil else { return nil }
        let device: Device
        do throws(DomainXMLError) {
            device = try ElementReader.read(
                reader.element, of: DocumentReading(reader.document.options)
            ) { reader throws(DomainXMLError) in try Device.read(reader) }
        } catch {
            // A request need not be complete; what is wrong with this one is found where it is read as a request.
            return nil
        }
        if case .opaque(let device) = device { return device }
        return nil
    }

    private static func disk(
        _ reader: ElementReader, _ criteria: inout DeviceCriteria
    ) throws(DomainXMLError) -> RequestedDisk {
        var requested = RequestedDisk()
        requested.device = reader.knownWord("device")
        requested.sourceKind = reader.knownWord("type")
        requested.source = try diskSource(requested.sourceKind, reader)
        criteria.source = requested.source?.path
        let target = try Disk.target(reader)
        criteria.target = target?.name
        requested.bus = target?.bus
        let driver = try Disk.driver(reader)
        requested.driverName = driver?.name
        requested.driverType = driver?.type
        requested.discard = driver?.discard
        requested.backendDomain = try Interface.backendDomain(reader)
        requested.isReadOnly = try reader.flag("readonly")
        requested.isShareable = try reader.flag("shareable")
        requested.isTransient = try reader.flag("transient")
        requested.script = try Disk.script(reader)
        let options = try Disk.options(reader, ofNetwork: requested.source?.network != nil)
        requested.source?.network?.authenticatesAsConfigured = options?.authenticatesAsConfigured ?? false
        requested.directIOSafe = options?.directIOSafe
        requested.removable = options?.removable
        requested.bootOrder = try reader.bootOrder()
        return requested
    }

    /// The source of a disk whose document may leave its type out; nil for none.
    private static func diskSource(
        _ kind: DiskSourceKind?, _ reader: ElementReader
    ) throws(DomainXMLError) -> DiskSource? {
        let written = reader.element.children.first { $0.name == "source" && $0.namespace == nil }
        guard let written else { return nil }
        let said = DiskSourceKind.allCases.first { written.attribute($0.sourceAttribute).map { !$0.isEmpty } ?? false }
        guard let kind = kind ?? said else { return nil }
        let source = try DiskSource.read(kind, in: reader)
        return source.isEmpty ? nil : source
    }

    /// Reads a request about an interface, complete or not.
    static func interface(_ reader: ElementReader) throws(DomainXMLError) -> RequestedInterface {
        var criteria = DeviceCriteria(deviceClass: .interface)
        return try interface(reader, &criteria)
    }

    private static func interface(
        _ reader: ElementReader, _ criteria: inout DeviceCriteria
    ) throws(DomainXMLError) -> RequestedInterface {
        criteria.mac = try Interface.writtenMAC(reader)
        criteria.target = try Interface.target(reader, notesGenerated: false)
        var requested = RequestedInterface()
        requested.kind = reader.knownWord("type")
        if requested.kind == .hostdev {
            criteria.hostDevice = try HostPCIDevice.read(in: reader).map { .pci(HostPCIDevice(address: $0.address)) }
            // Whether it is given back says nothing of which it is.
            _ = reader.attribute("managed")
        } else {
            let source = try reader.child("source") { reader throws(DomainXMLError) in
                (try reader.plainAttribute("bridge"), try reader.plainAttribute("network"))
            }
            requested.bridge = source?.0
            requested.network = source?.1
        }
        try requested.interface.readParts(reader)
        return requested
    }

    private static func controller(_ reader: ElementReader) throws(DomainXMLError) -> ControllerPlace? {
        guard reader.element.attribute("type") != nil, let type = try Controller.type(reader),
            let index = try Controller.index(reader)
        else { return nil }
        return ControllerPlace(type: type, index: index)
    }

    private static func hostDevice(_ reader: ElementReader) throws(DomainXMLError) -> HostDeviceSource? {
        guard reader.element.attribute("type") != nil, reader.element.children.contains(where: { $0.name == "source" })
        else { return nil }
        return switch try HostDeviceSource.read(in: reader) {
        case nil: nil
        case .pci(let device): .pci(HostPCIDevice(address: device.address))
        case .usb(let device): .usb(device)
        }
    }

    /// What a port, console or channel is for the guest, where that says which it is.
    private static func character(
        _ reader: ElementReader, _ deviceClass: DeviceClass?
    ) throws(DomainXMLError) -> CharacterDeviceKind? {
        try reader.child("target") { reader throws(DomainXMLError) -> CharacterDeviceKind? in
            let type = reader.attribute("type")
            if deviceClass == .channel {
                let name = try reader.plainAttribute("name")
                return name.map { .channel(name: $0) }
            }
            let port = try reader.port()
            // What else there may be, such as a NIC's model, says nothing of which it is.
            reader.readAll()
            guard let port else { return nil }
            switch deviceClass {
            case .serial: return .serial(port: port)
            case .parallel: return .parallel(port: port)
            default:
                guard let type = type.flatMap(ConsoleTargetType.init(rawValue:)) else { return nil }
                return .console(ConsoleTarget(type: type, port: port))
            }
        } ?? nil
    }
}

extension ElementReader {
    /// The attribute as one of the words of `Word`; nil for another word, which is then reported.
    fileprivate func knownWord<Word: RawRepresentable>(_ name: String) -> Word? where Word.RawValue == String {
        guard let text = element.attribute(name), let word = Word(rawValue: text) else { return nil }
        _ = attribute(name)
        return word
    }
}
