import XenModel
import XenUnits

extension Device {
    /// Every device of a file; what is the device model's alone goes to `definition`.
    static func readAll(
        _ reader: XLReader, into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Device] {
        var devices: [Device] = []
        for kind in models.compactMap({ $0 as? any XLDevice.Type }) {
            devices += try kind.readAll(reader, behind: devices, into: &definition).map { $0.asDevice }
        }
        return devices
    }

    /// Says the devices of `definition`, each key with all of its devices, and nothing of how their user calls them.
    static func write(of definition: DomainDefinition, to writer: XLWriter) throws(XLConfigError) {
        let devices = definition.devices
        var lists = XLDeviceLists()
        lists.usbPlacements = definition.usbPlacements.reversed()
        lists.serialPorts = writer.guestType == .hvm ? definition.serialPorts : []
        var counts: [DeviceClass: Int] = [:]
        for device in devices {
            let number = counts[device.deviceClass, default: 0] + 1
            counts[device.deviceClass] = number
            let path = "/domain/devices/\(device.deviceClass.qualifiedName)[\(number)]"
            writer.omit("\(path)/\(DomainDefinition.nameElement)", if: device.alias != nil)
            if let device = device.model as? any XLDevice {
                try device.write(path, &lists, writer)
            } else {
                writer.omit(path)
            }
        }
        // As a start tells libxl of them, whose bootloader looks into the first.
        lists.disks = definition.disks.bootloadersOrder.map { lists.disks[$0] }
        lists.usbDevices += definition.xen.deviceModel.usbDevices
        let isUnsaid = devices.contains { device in
            if case .disk(let disk) = device { disk.device != .cdrom && disk.removable == nil } else { false }
        }
        if isUnsaid { writer.omit("/domain/devices/disk/xenkeeper:options/@removable", .other("no")) }
        try lists.write(to: writer)
    }
}

/// A kind of device as xl.cfg has it. One that does not conform cannot be written there.
protocol XLDevice: DeviceModel {
    /// Those of a file, `devices` being read already; what is the device model's alone goes to `definition`.
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Self]

    /// Says the device, which a document has at `path`, or notes what cannot be said.
    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError)
}

/// A device that a guest may boot from.
struct BootCandidate {
    let device: BootDevice
    /// `boot/@order`, and where a document has it.
    let order: UInt32?
    let path: String
}

extension [Device] {
    /// All that could be booted from, by kind and in document order.
    var bootCandidates: [BootCandidate] {
        var disks = 0
        var interfaces = 0
        return compactMap { device in
            switch device {
            case .disk(let disk):
                disks += 1
                return BootCandidate(
                    device: disk.device == .cdrom ? .cdrom : .hardDisk, order: disk.bootOrder,
                    path: "/domain/devices/disk[\(disks)]/boot/@order")
            case .interface(let interface):
                interfaces += 1
                return BootCandidate(
                    device: .network, order: interface.bootOrder,
                    path: "/domain/devices/interface[\(interfaces)]/boot/@order")
            default: return nil
            }
        }
    }
}

extension DomainDefinition {
    /// Where a document has what its user calls a device.
    static let nameElement = "alias/@name"
}

/// The devices of a definition by the keys that say them.
struct XLDeviceLists {
    /// One for each disk; nil for one that cannot be said.
    var disks: [String?] = []
    var vifs: [String] = []
    var p9s: [String] = []
    var serials: [UInt32: String] = [:]
    /// The ports that xl has, which may be consoles of the document's.
    var serialPorts: [CharacterDevice] = []
    var channels: [String] = []
    var usbDevices: [String] = []
    var usbControllers: [String] = []
    var usbHostDevices: [String] = []
    /// Where the next of the host's USB devices come to, the last one first.
    var usbPlacements: [USBPlacement] = []
    var pcis: [String] = []
    /// Of the kinds that have a key each and nothing else, in document order.
    private var others: [(key: String, path: String, values: [XLValue])] = []
    var maxGrantFrames: UInt32?
    var maxEventChannels: UInt32?
    var graphics: [(path: String, device: Graphics)] = []
    var sounds: [(path: String, device: Sound)] = []
    var videos: [(path: String, device: Video)] = []

    /// Adds to the list of `key` what says the device at `path`.
    mutating func add(_ value: XLValue, to key: String, path: String) {
        if let place = others.firstIndex(where: { $0.key == key }) {
            others[place].values.append(value)
        } else {
            others.append((key, path, [value]))
        }
    }

    fileprivate func write(to writer: XLWriter) throws(XLConfigError) {
        let path = "/domain/devices"
        writer.set("disk", texts: disks.compactMap(\.self), path: "\(path)/disk")
        writer.set("max_grant_frames", maxGrantFrames.map { .number($0) }, path: "\(path)/controller")
        writer.set("max_event_channels", maxEventChannels.map { .number($0) }, path: "\(path)/controller")
        writer.set("usbctrl", texts: usbControllers, path: "\(path)/controller")
        writer.set("p9", texts: p9s, path: "\(path)/filesystem")
        writer.set("vif", texts: vifs, path: "\(path)/interface")
        writeSerials(to: writer)
        writer.set("channel", texts: channels, path: "\(path)/channel")
        if !usbDevices.isEmpty {
            writer.set("usb", .flag(true), path: "\(path)/input", for: [.hvm])
            writer.set("usbdevice", texts: usbDevices, path: "\(path)/input", for: [.hvm])
        }
        try Graphics.write(graphics, to: writer)
        Sound.write(sounds, to: writer)
        Video.write(videos, hasDisplay: !graphics.isEmpty, to: writer)
        writer.set("pci", texts: pcis, path: "\(path)/hostdev")
        writer.set("usbdev", texts: usbHostDevices, path: "\(path)/hostdev")
        for (key, path, values) in others { writer.set(key, XLValue(.list(values)), path: path) }
    }

    private func writeSerials(to writer: XLWriter) {
        guard let last = serials.keys.max() else { return }
        let texts = (0...last).map { serials[$0] ?? CharacterDevice.none }
        let value: XLValue = texts.count == 1 ? .string(texts[0]) : .strings(texts)
        writer.set("serial", value, path: "/domain/devices/serial", for: [.hvm])
    }
}
