import LibXML
public import XenModel
import XenUnits

extension Device {
    /// Reads the document of one complete device, as attach takes it: a `disk` or an `interface`.
    ///
    /// A type of device that this driver does not support is an error.
    public static func parse(
        _ document: [UInt8], options: ReaderOptions
    ) throws(DomainXMLError) -> Parsed<Device> {
        let roots = DeviceClass.allCases.map(\.rawValue)
        return try DocumentReading.read(document, roots: roots, options: options) { reader throws(DomainXMLError) in
            if reader.element.name == DeviceClass.disk.rawValue {
                guard let disk = try Disk.read(reader) else { throw reader.unsupportedDisk() }
                return .disk(disk)
            }
            guard let interface = try Interface.read(reader) else { throw reader.unsupportedInterface() }
            return .interface(interface)
        }
    }

    /// The device as a document of its own, laid out as virsh does, with a newline at the end.
    public func xml() -> String {
        element.formatted()
    }

    var element: XMLElement {
        switch self {
        case .disk(let disk): disk.element
        case .interface(let interface): interface.element
        }
    }
}

extension ElementReader {
    fileprivate func unsupportedDisk() -> DomainXMLError {
        if let type = attribute("type"), DiskSourceKind(rawValue: type) == nil {
            let known = DiskSourceKind.allCases.map(\.rawValue)
            return error(.unsupportedDevice(value: type, known: known), at: "@type")
        }
        let known = DiskDevice.allCases.map(\.rawValue)
        return error(.unsupportedDevice(value: attribute("device") ?? "", known: known), at: "@device")
    }

    fileprivate func unsupportedInterface() -> DomainXMLError {
        let known = InterfaceKind.allCases.map(\.rawValue)
        return error(.unsupportedDevice(value: attribute("type") ?? "", known: known), at: "@type")
    }
}
