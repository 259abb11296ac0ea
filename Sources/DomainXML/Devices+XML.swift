import LibXML
import XenModel
import XenUnits

// `/domain/devices`.
extension DomainDefinition {
    mutating func readDevices(_ reader: ElementReader) throws(DomainXMLError) {
        try DeviceAlias.checkAll(in: reader)
        var targets: [DiskKey: (target: String, path: String)] = [:]
        let disks = try reader.children("disk") { reader throws(DomainXMLError) -> Disk? in
            guard let disk = try Disk.read(reader) else { return nil }
            let key = DiskKey(disk)
            if let first = targets[key] {
                let problem = DomainXMLProblem.duplicateTarget(
                    disk.target, first: first.target, firstPath: first.path)
                throw reader.error(problem, at: "target/@dev")
            }
            targets[key] = (disk.target, reader.path)
            return disk
        }
        let interfaces = try reader.children("interface") { reader throws(DomainXMLError) in
            try Interface.read(reader)
        }
        self.disks = disks.compactMap(\.self)
        self.interfaces = interfaces.compactMap(\.self)
    }

    var devicesElement: XMLElement {
        XMLElement("devices", content: devices.map { .element($0.element) })
    }
}

/// What two disks of a domain cannot share: the number that the target stands for, or the target if it stands for none.
private enum DiskKey: Hashable {
    case number(BlockDeviceNumber)
    case text(String)

    init(_ disk: Disk) {
        self = disk.vdev.map(DiskKey.number) ?? .text(disk.target)
    }
}
