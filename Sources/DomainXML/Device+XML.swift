import LibXML
public import XenModel
import XenUnits

extension Device {
    /// Reads the document of one complete device, as attach takes it.
    public static func parse(
        _ document: [UInt8], options: ReaderOptions
    ) throws(DomainXMLError) -> Parsed<Device> {
        let roots = DeviceClass.allCases.map(\.rawValue)
        return try DocumentReading.read(document, roots: roots, options: options) { reader throws(DomainXMLError) in
            try read(reader)
        }
    }

    /// Whether the element is a device's.
    static func isDevice(_ element: XMLElement) -> Bool {
        element.namespace == nil && DeviceClass(rawValue: element.name) != nil
    }

    /// Reads a complete device, of whatever class; one that Xen has no word for is kept as it is.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Device {
        guard let deviceClass = DeviceClass(rawValue: reader.element.name) else {
            let known = DeviceClass.allCases.map(\.rawValue)
            throw reader.error(.unexpectedRoot(found: reader.element.name, expected: known))
        }
        let known: Device? =
            switch deviceClass {
            case .disk: try Disk.read(reader).map(Device.disk)
            case .interface: try Interface.read(reader).map(Device.interface)
            default: nil
            }
        if let known { return known }
        return .opaque(try OpaqueDevice.read(reader, deviceClass))
    }

    /// The device as a document of its own, laid out as virsh does, with a newline at the end.
    public func xml() -> String {
        element.declaringXenkeeper().formatted()
    }

    var element: XMLElement {
        switch self {
        case .disk(let disk): disk.element
        case .interface(let interface): interface.element
        case .opaque(let device): device.xmlElement
        case .controller, .filesystem, .character, .input, .graphics, .sound, .video, .hostdev, .memballoon, .vtpm,
            .vdispl, .vsnd:
            XMLElement(deviceClass.rawValue)
        }
    }
}
