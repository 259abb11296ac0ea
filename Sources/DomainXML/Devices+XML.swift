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
                readers[position].saysIndex
            else { continue }
            indexes[controller.type, default: []].insert(controller.index)
        }
        var lowestFree: [ControllerType: UInt32] = [:]
        var nextPorts: [DeviceClass: UInt32] = [:]
        for position in devices.indices {
            switch devices[position] {
            case .controller(var controller):
                guard !readers[position].saysIndex else { continue }
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
        var first: [DevicePlace: Int] = [:]
        first.reserveCapacity(devices.count)
        for position in devices.indices {
            for place in devices[position].places where place.isRequired {
                guard let earlier = first[place] else {
                    first[place] = position
                    continue
                }
                let firstPath = readers[earlier].path
                let name = devices[position].familiarName
                let problem: DomainXMLProblem =
                    switch place {
                    case .vdev, .target:
                        .duplicateTarget(name, first: devices[earlier].familiarName, firstPath: firstPath)
                    case .pci(let address): .duplicateDevice(address.description, firstPath: firstPath)
                    default: .duplicateDevice(name, firstPath: firstPath)
                    }
                throw readers[position].error(problem, at: place.pathInDevice)
            }
        }
    }

    /// One video card is the primary one; two cannot be.
    private static func choosePrimary(
        _ devices: inout [Device], _ readers: [ElementReader]
    ) throws(DomainXMLError) {
        var primary: Int?
        for position in devices.indices {
            guard case .video(let video) = devices[position], video.isPrimary == true else { continue }
            if let primary {
                let line = readers[primary].element.line
                throw readers[position].error(.repeated(firstLine: line), at: "model/@primary")
            }
            primary = position
        }
        devices.choosePrimaryVideo()
    }

    var devicesElement: XMLElement {
        var element = XMLElement("devices")
        element.add("emulator", text: emulator)
        for device in devices { element.add(device.element) }
        return element
    }
}

extension ElementReader {
    /// Whether a controller says its number.
    fileprivate var saysIndex: Bool { !["", nil].contains(element.attribute("index")) }

    /// Whether a port or console says its number.
    fileprivate var saysPort: Bool { element.children.contains(where: \.saysPort) }
}

extension CharacterDeviceKind {
    /// The number of a port or console; nil for a channel, which has none.
    var port: UInt32? {
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

extension DevicePlace {
    /// Where in the device's element it stands.
    fileprivate var pathInDevice: String {
        switch self {
        case .vdev, .target: "target/@dev"
        case .controller: "@index"
        case .tag: "target/@dir"
        case .character(.channel): "target/@name"
        case .character: "target/@port"
        case .pci, .usb: "source/address"
        case .mac: "mac/@address"
        case .memballoon: "@model"
        case .tpm: "@uuid"
        case .address: "address"
        }
    }
}
