import LibXML
import XenModel
import XenUnits

// `/domain/devices`.
extension DomainDefinition {
    mutating func readDevices(_ reader: ElementReader) throws(DomainXMLError) {
        try DeviceAlias.checkAll(in: reader)
        reader.document.guestType = operatingSystem.guestType
        emulator = try reader.plainText(child: "emulator")
        var readers: [ElementReader] = []
        var read = try reader.children(where: { Device.deviceClass(of: $0) != nil }) { reader throws(DomainXMLError) in
            readers.append(reader)
            return try Device.read(reader)
        }
        Self.number(&read, readers)
        try Self.checkUniqueness(read, readers)
        try Self.choosePrimary(&read, readers)
        devices = read
    }

    /// Gives those devices a number that say none, as libvirt does: a controller the lowest that is free, a serial or
    /// parallel port the one after the highest before it, a console its place among the consoles.
    private static func number(_ devices: inout [Device], _ readers: [ElementReader]) {
        var indexes: [ControllerType: Set<UInt32>] = [:]
        for position in devices.indices {
            guard case .controller(let controller) = devices[position],
                readers[position].element.attribute("index") != nil
            else { continue }
            indexes[controller.type, default: []].insert(controller.index)
        }
        var lowestFree: [ControllerType: UInt32] = [:]
        var nextPorts: [DeviceClass: UInt32] = [:]
        for position in devices.indices {
            switch devices[position] {
            case .controller(var controller):
                guard readers[position].element.attribute("index") == nil else { continue }
                var index = lowestFree[controller.type] ?? 0
                while indexes[controller.type]?.contains(index) == true { index += 1 }
                lowestFree[controller.type] = index + 1
                controller.index = index
                devices[position] = .controller(controller)
            case .character(var device):
                let deviceClass = device.kind.deviceClass
                let next = nextPorts[deviceClass] ?? 0
                if !readers[position].saysPort { device.kind.port = next }
                guard let port = device.kind.port else { continue }
                nextPorts[deviceClass] = deviceClass == .console ? next + 1 : max(next, port + 1)
                devices[position] = .character(device)
            default: continue
            }
        }
    }

    private static func checkUniqueness(_ devices: [Device], _ readers: [ElementReader]) throws(DomainXMLError) {
        var first: [DeviceKey: Int] = [:]
        first.reserveCapacity(devices.count)
        for position in devices.indices {
            guard let key = DeviceKey(devices[position]) else { continue }
            guard let earlier = first[key] else {
                first[key] = position
                continue
            }
            let device = devices[position]
            let name = device.familiarName
            let firstPath = readers[earlier].path
            let problem: DomainXMLProblem =
                device.deviceClass == .disk
                ? .duplicateTarget(name, first: devices[earlier].familiarName, firstPath: firstPath)
                : .duplicateDevice(name, firstPath: firstPath)
            throw readers[position].error(problem, at: key.place)
        }
    }

    /// The first card is the primary one unless another is said to be; two cannot be.
    private static func choosePrimary(
        _ devices: inout [Device], _ readers: [ElementReader]
    ) throws(DomainXMLError) {
        var firstCard: Int?
        var primary: Int?
        for position in devices.indices {
            guard case .video(let video) = devices[position] else { continue }
            if firstCard == nil { firstCard = position }
            guard video.isPrimary == true else { continue }
            if let primary {
                let line = readers[primary].element.line
                throw readers[position].error(.repeated(firstLine: line), at: "model/@primary")
            }
            primary = position
        }
        guard primary == nil, let firstCard, case .video(var video) = devices[firstCard] else { return }
        video.isPrimary = true
        devices[firstCard] = .video(video)
    }

    var devicesElement: XMLElement {
        var element = XMLElement("devices")
        element.add("emulator", text: emulator)
        for device in devices { element.add(device.element) }
        return element
    }
}

extension ElementReader {
    /// Whether a port or console says its number.
    fileprivate var saysPort: Bool {
        element.children.contains { $0.name == "target" && $0.attribute("port") != nil }
    }
}

extension CharacterDeviceKind {
    /// The number of a port or console; nil for a channel, which has none.
    fileprivate var port: UInt32? {
        get {
            switch self {
            case .serial(let port), .parallel(let port): port
            case .console(let target): target.port
            case .channel: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self {
            case .serial: self = .serial(port: newValue)
            case .parallel: self = .parallel(port: newValue)
            case .console(let target): self = .console(ConsoleTarget(type: target.type, port: newValue))
            case .channel: break
            }
        }
    }
}

/// What two devices of a domain cannot share.
private enum DeviceKey: Hashable {
    /// The number that a disk's target stands for.
    case disk(BlockDeviceNumber)
    /// A disk's target that stands for no number.
    case target(String)
    case controller(ControllerPlace)
    case filesystem(String)
    case character(CharacterDeviceKind)
    case pci(PCIAddress)
    case usbPlace(HostUSBDevice.Place)
    case usbMake(HostUSBDevice.Make)

    /// Nil for a device that shares nothing with others.
    init?(_ device: Device) {
        switch device {
        case .disk(let disk): self = disk.vdev.map(DeviceKey.disk) ?? .target(disk.target)
        case .controller(let controller): self = .controller(controller.place)
        case .filesystem(let filesystem): self = .filesystem(filesystem.target)
        case .character(let device):
            guard device.kind != .channel(name: nil) else { return nil }
            self = .character(device.kind)
        case .interface(let interface):
            guard case .hostdev(let device) = interface.source else { return nil }
            self = .pci(device.address)
        case .hostdev(let device):
            switch device.source {
            case .pci(let device): self = .pci(device.address)
            case .usb(let device):
                guard let key = device.place.map(DeviceKey.usbPlace) ?? device.make.map(DeviceKey.usbMake) else {
                    return nil
                }
                self = key
            }
        default: return nil
        }
    }

    /// Where in the device's element it stands.
    var place: String {
        switch self {
        case .disk, .target: "target/@dev"
        case .controller: "@index"
        case .filesystem: "target/@dir"
        case .character(.channel): "target/@name"
        case .character: "target/@port"
        case .pci, .usbPlace: "source/address"
        case .usbMake: "source/product"
        }
    }
}
