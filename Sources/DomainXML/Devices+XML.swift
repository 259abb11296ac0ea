import LibXML
import XenModel
import XenUnits

// `/domain/devices`.
extension DomainDefinition {
    mutating func readDevices(_ reader: ElementReader) throws(DomainXMLError) {
        try DeviceAlias.checkAll(in: reader)
        emulator = try reader.plainText(child: "emulator")
        var targets: [DiskKey: (target: String, path: String)] = [:]
        devices = try reader.children(
            where: { Device.isDevice($0) },
            { reader throws(DomainXMLError) in
                let device = try Device.read(reader)
                guard case .disk(let disk) = device else { return device }
                let key = DiskKey(disk)
                if let first = targets[key] {
                    let problem = DomainXMLProblem.duplicateTarget(
                        disk.target, first: first.target, firstPath: first.path)
                    throw reader.error(problem, at: "target/@dev")
                }
                targets[key] = (disk.target, reader.path)
                return device
            })
    }

    var devicesElement: XMLElement {
        var element = XMLElement("devices")
        element.add("emulator", text: emulator)
        for device in devices { element.add(device.element) }
        return element
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
