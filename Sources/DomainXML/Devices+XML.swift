import LibXML
import XenModel
import XenUnits

// `/domain/devices`.
extension DomainDefinition {
    mutating func readDevices(_ reader: ElementReader) throws(DomainXMLError) {
        try DeviceAlias.checkAll(in: reader)
        reader.document.guestType = operatingSystem.guestType
        emulator = try reader.plainText(child: "emulator")
        var read = try reader.children(
            where: { Device.deviceClass(of: $0) != nil },
            { reader throws(DomainXMLError) in (device: try Device.read(reader), reader: reader) })
        Self.number(&read)
        try Self.checkUniqueness(read)
        try Self.choosePrimary(&read)
        devices = read.map(\.device)
    }

    /// Gives those devices a number that say none, as libvirt does: a controller the lowest that is free, a serial or
    /// parallel port the one after the highest before it, a console its place among the consoles.
    private static func number(_ read: inout [(device: Device, reader: ElementReader)]) {
        var indexes: [ControllerType: Set<UInt32>] = [:]
        for (device, reader) in read {
            guard case .controller(let controller) = device, reader.element.attribute("index") != nil else { continue }
            indexes[controller.type, default: []].insert(controller.index)
        }
        var lowestFree: [ControllerType: UInt32] = [:]
        var nextPorts: [DeviceClass: UInt32] = [:]
        for position in read.indices {
            switch read[position].device {
            case .controller(var controller):
                guard read[position].reader.element.attribute("index") == nil else { continue }
                var index = lowestFree[controller.type] ?? 0
                while indexes[controller.type]?.contains(index) == true { index += 1 }
                lowestFree[controller.type] = index + 1
                controller.index = index
                read[position].device = .controller(controller)
            case .character(var device):
                let deviceClass = device.kind.deviceClass
                let next = nextPorts[deviceClass] ?? 0
                if !read[position].reader.saysPort { device.kind.port = next }
                guard let port = device.kind.port else { continue }
                nextPorts[deviceClass] = deviceClass == .console ? next + 1 : max(next, port + 1)
                read[position].device = .character(device)
            default: continue
            }
        }
    }

    private static func checkUniqueness(
        _ read: [(device: Device, reader: ElementReader)]
    ) throws(DomainXMLError) {
        var first: [DeviceKey: (name: String, reader: ElementReader)] = [:]
        for (device, reader) in read {
            guard let key = DeviceKey(device) else { continue }
            if let earlier = first[key] {
                let name = device.familiarName
                let firstPath = earlier.reader.path
                let isDisk = device.deviceClass == .disk
                let problem: DomainXMLProblem =
                    isDisk
                    ? .duplicateTarget(name, first: earlier.name, firstPath: firstPath)
                    : .duplicateDevice(name, firstPath: firstPath)
                throw reader.error(problem, at: key.place)
            }
            first[key] = (device.familiarName, reader)
        }
    }

    /// The first card is the primary one unless another is said to be; two cannot be.
    private static func choosePrimary(
        _ read: inout [(device: Device, reader: ElementReader)]
    ) throws(DomainXMLError) {
        var firstCard: Int?
        var primary: Int?
        for position in read.indices {
            guard case .video(let video) = read[position].device else { continue }
            if firstCard == nil { firstCard = position }
            guard video.isPrimary == true else { continue }
            if let primary {
                let line = read[primary].reader.element.line
                throw read[position].reader.error(.repeated(firstLine: line), at: "model/@primary")
            }
            primary = position
        }
        guard primary == nil, let firstCard, case .video(var video) = read[firstCard].device else { return }
        video.isPrimary = true
        read[firstCard].device = .video(video)
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
