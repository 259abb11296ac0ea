import LibXML
package import XenModel
import XenUnits

extension Device {
    /// Reads the document of one complete device, as attach takes it.
    ///
    /// A controller without an index, and a port without a number, is number 0: the document alone does not say which is
    /// free.
    package static func parse(
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
        DeviceClass.allCases.map(\.qualifiedName)
    }

    /// The class of the device that the element describes; nil if it is no device.
    static func deviceClass(of element: XMLElement) -> DeviceClass? {
        guard element.namespace == nil || element.namespace == XenkeeperNamespace.uri,
            let deviceClass = DeviceClass(rawValue: element.name),
            deviceClass.isOurs == (element.namespace != nil)
        else { return nil }
        return deviceClass
    }

    /// Reads a complete device, of whatever class; one that Xen cannot express is kept as it is.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Device {
        guard let deviceClass = deviceClass(of: reader.element) else {
            throw reader.error(.unexpectedRoot(found: reader.element.qualifiedName, expected: roots))
        }
        if var known = try elements[deviceClass]?.read(reader)?.asDevice {
            known.handle = try DeviceHandle.read(in: reader, hasAddress: type(of: known.model).hasAddress)
            return known
        }
        return .opaque(try OpaqueDevice.read(reader, deviceClass))
    }

    /// What reads the elements of each class; a class that is not there is one that Xen cannot express.
    private static let elements = Dictionary(
        uniqueKeysWithValues: models.compactMap { $0 as? any DeviceElement.Type }
            .flatMap { type in type.classes.map { ($0, type) } })

    /// The device as a document of its own, laid out as virsh does, with a newline at the end.
    package func xml() -> String {
        element.declaringXenkeeper().formatted()
    }

    var element: XMLElement {
        guard let described = model as? any DeviceElement else {
            preconditionFailure("\(type(of: model)) has no element")
        }
        var element = described.bareElement
        element.add(handle.alias?.element)
        element.add(handle.address?.element)
        return element
    }
}

/// A kind of device as documents have it.
protocol DeviceElement: DeviceModel {
    /// Reads a complete device but for its alias and address; nil if Xen cannot express what its
    /// element says.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Self?

    /// Its element but for these.
    var bareElement: XMLElement { get }
}

extension DeviceHandle {
    /// What the element of a complete device says of its alias and address.
    static func read(in device: ElementReader, hasAddress: Bool = true) throws(DomainXMLError) -> DeviceHandle {
        DeviceHandle(
            alias: try DeviceAlias.read(in: device), address: hasAddress ? try GuestAddress.read(in: device) : nil)
    }
}

extension Device {
    /// This device of `document` with the number that it would have behind `others` in the document of their domain, if
    /// `document` says none: a controller the lowest that is free, a port the one after the highest, a console the next.
    package func numbered(in document: [UInt8], besides others: [Device]) -> Device {
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
