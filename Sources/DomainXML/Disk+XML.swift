import LibXML
import XenModel
import XenUnits

// `/domain/devices/disk`.
extension Disk {
    /// Reads a complete disk; nil if this driver knows nothing of its type or device, the whole of it then left out.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Disk? {
        // libvirt's defaults.
        let type = reader.attribute("type") ?? DiskSourceKind.file.rawValue
        let device = reader.attribute("device") ?? DiskDevice.disk.rawValue
        guard let kind = DiskSourceKind(rawValue: type), let device = DiskDevice(rawValue: device) else {
            return nil
        }
        let path = try path(kind, reader)
        guard path != nil || device == .cdrom else { throw reader.error(.missing("source/@\(kind.sourceAttribute)")) }
        guard let target = try target(reader) else { throw reader.error(.missing("target/@dev")) }

        var disk = Disk(device: device, source: DiskSource(kind: kind, path: path), target: target.name)
        disk.bus = target.bus
        let driver = try driver(reader)
        disk.driverName = driver?.name
        disk.driverType = driver?.type
        let isReadOnly = try reader.flag("readonly")
        disk.isReadOnly = isReadOnly || device == .cdrom
        disk.isShareable = try reader.flag("shareable")
        disk.backendDomain = try Interface.backendDomain(reader)
        disk.alias = try DeviceAlias.read(in: reader)
        disk.address = try GuestAddress.read(in: reader)
        return disk
    }

    // The parts that a complete disk and a request about one have in common.

    static func path(_ kind: DiskSourceKind, _ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.child("source") { reader throws(DomainXMLError) -> String? in
            guard reader.attribute(kind.sourceAttribute) != "" else { return nil }
            return try reader.plainAttribute(kind.sourceAttribute)
        } ?? nil
    }

    static func target(_ reader: ElementReader) throws(DomainXMLError) -> (name: String, bus: String?)? {
        try reader.child("target") { reader throws(DomainXMLError) in
            (try reader.requiredPlain("dev"), try reader.plainAttribute("bus"))
        }
    }

    static func driver(_ reader: ElementReader) throws(DomainXMLError) -> (name: String?, type: String?)? {
        try reader.child("driver") { reader throws(DomainXMLError) in
            (try reader.plainAttribute("name"), try reader.plainAttribute("type"))
        }
    }

    var element: XMLElement {
        var element = XMLElement("disk")
        element.set("type", source.kind.rawValue)
        element.set("device", device.rawValue)
        if driverName != nil || driverType != nil {
            element.add("driver", ["name": driverName, "type": driverType])
        }
        element.add("source", only: source.kind.sourceAttribute, source.path)
        element.add("backenddomain", only: "name", backendDomain)
        element.add("target", ["dev": target, "bus": bus])
        if isReadOnly { element.add("readonly") }
        if isShareable { element.add("shareable") }
        element.add(alias?.element)
        element.add(address?.element)
        return element
    }
}

extension DiskSourceKind {
    /// The attribute of `source` that holds the path.
    var sourceAttribute: String {
        switch self {
        case .network: "name"
        case .file: "file"
        case .block: "dev"
        }
    }
}
