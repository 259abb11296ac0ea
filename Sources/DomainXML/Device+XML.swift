import LibXML
public import XenModel
import XenUnits

extension Device {
    /// Reads the document of one complete device, as attach takes it.
    ///
    /// A controller without an index, and a port without a number, is number 0: the document alone does not say which is
    /// free.
    public static func parse(
        _ document: [UInt8], options: ReaderOptions
    ) throws(DomainXMLError) -> Parsed<Device> {
        try DocumentReading.read(
            document, roots: roots, isRoot: { deviceClass(of: $0) != nil }, options: options
        ) { reader throws(DomainXMLError) in
            try read(reader)
        }
    }

    /// What the root of a device's document can be called, as people write it.
    static var roots: [String] {
        DeviceClass.allCases.map { $0.isXenkeeper ? "\(XenkeeperNamespace.prefix):\($0.rawValue)" : $0.rawValue }
    }

    /// The class of the device that the element describes; nil if it is no device.
    static func deviceClass(of element: XMLElement) -> DeviceClass? {
        guard element.namespace == nil || element.namespace == XenkeeperNamespace.uri,
            let deviceClass = DeviceClass(rawValue: element.name),
            deviceClass.isXenkeeper == (element.namespace != nil)
        else { return nil }
        return deviceClass
    }

    /// Reads a complete device, of whatever class; one that Xen has no word for is kept as it is.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Device {
        guard let deviceClass = deviceClass(of: reader.element) else {
            throw reader.error(.unexpectedRoot(found: reader.element.qualifiedName, expected: roots))
        }
        if let known = try readKnown(reader, deviceClass) { return known }
        return .opaque(try OpaqueDevice.read(reader, deviceClass))
    }

    /// Nil for a device that Xen has no word for.
    private static func readKnown(
        _ reader: ElementReader, _ deviceClass: DeviceClass
    ) throws(DomainXMLError) -> Device? {
        switch deviceClass {
        case .disk: try Disk.read(reader).map(Device.disk)
        case .controller: try Controller.read(reader).map(Device.controller)
        case .filesystem: try Filesystem.read(reader).map(Device.filesystem)
        case .interface: try Interface.read(reader).map(Device.interface)
        case .serial, .parallel, .console, .channel:
            try CharacterDevice.read(reader, deviceClass).map(Device.character)
        case .input: try Input.read(reader).map(Device.input)
        case .graphics: try Graphics.read(reader).map(Device.graphics)
        case .sound: try Sound.read(reader).map(Device.sound)
        case .video: try Video.read(reader).map(Device.video)
        case .hostdev: try HostDevice.read(reader).map(Device.hostdev)
        case .memballoon: .memballoon(try MemoryBalloon.read(reader))
        case .vtpm: .vtpm(try VirtualTPM.read(reader))
        case .vdispl: .vdispl(try VirtualDisplay.read(reader))
        case .vsnd: .vsnd(try VirtualSound.read(reader))
        case .lease, .smartcard, .tpm, .audio, .redirdev, .hub, .watchdog, .rng, .nvram, .panic, .shmem, .memory,
            .iommu, .vsock, .crypto, .pstore:
            nil
        }
    }

    /// The device as a document of its own, laid out as virsh does, with a newline at the end.
    public func xml() -> String {
        element.declaringXenkeeper().formatted()
    }

    var element: XMLElement {
        switch self {
        case .disk(let device): device.element
        case .controller(let device): device.element
        case .filesystem(let device): device.element
        case .interface(let device): device.element
        case .character(let device): device.element
        case .input(let device): device.element
        case .graphics(let device): device.element
        case .sound(let device): device.element
        case .video(let device): device.element
        case .hostdev(let device): device.element
        case .memballoon(let device): device.element
        case .vtpm(let device): device.element
        case .vdispl(let device): device.element
        case .vsnd(let device): device.element
        case .opaque(let device): device.xmlElement
        }
    }
}

extension DeviceClass {
    /// Whether devices of the class are elements of our namespace, for libvirt has none for them.
    fileprivate var isXenkeeper: Bool {
        switch self {
        case .vtpm, .vdispl, .vsnd: true
        default: false
        }
    }
}

extension Device {
    /// This device of `document` with the number that it would have behind `others` in the document of their domain, if
    /// `document` says none: a controller the lowest that is free, a port the one after the highest, a console the next.
    public func numbered(in document: [UInt8], besides others: [Device]) -> Device {
        guard let root = try? XMLElement.parse(document) else { return self }
        switch self {
        case .controller(var controller) where ["", nil].contains(root.attribute("index")):
            let taken = Set(
                others.compactMap {
                    if case .controller(let other) = $0, other.type == controller.type { other.index } else { nil }
                })
            controller.index = (0...UInt32(taken.count)).first { !taken.contains($0) } ?? 0
            return .controller(controller)
        case .character(var device) where !root.children.contains(where: \.saysPort):
            let ports = others.compactMap { other -> UInt32? in
                guard case .character(let other) = other, other.kind.deviceClass == device.kind.deviceClass else {
                    return nil
                }
                return other.kind.port
            }
            device.kind.port = ports.max().map { $0 < CharacterDevice.ports.upperBound ? $0 + 1 : $0 } ?? 0
            return .character(device)
        default: return self
        }
    }
}
