import XenModel
import XenUnits

extension Device {
    /// Every device of a file; what is the device model's alone goes to `definition`.
    static func readAll(
        _ reader: XLReader, into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Device] {
        var devices = try Disk.readAll(reader).map(Device.disk)
        devices += try Controller.readAll(reader).map(Device.controller)
        devices += try Filesystem.readAll(reader).map(Device.filesystem)
        devices += try Interface.readAll(reader).map(Device.interface)
        devices += try CharacterDevice.readAll(reader).map(Device.character)
        let usb = try USBDevices.read(reader)
        devices += usb.inputs.map(Device.input)
        definition.xen.deviceModel.usbDevices = usb.words
        let graphics = try Graphics.readAll(reader)
        devices += graphics.map(Device.graphics)
        devices += try Sound.readAll(reader).map(Device.sound)
        if let video = try Video.read(reader, hasDisplay: !graphics.isEmpty) { devices.append(.video(video)) }
        devices += try HostDevice.readAll(reader).map(Device.hostdev)
        devices += try VirtualTPM.readAll(reader).map(Device.vtpm)
        devices += try VirtualDisplay.readAll(reader).map(Device.vdispl)
        devices += try VirtualSound.readAll(reader).map(Device.vsnd)
        return devices
    }

    /// Says the devices of `definition`, each key with all of its devices, and nothing of how their user calls them.
    static func write(of definition: DomainDefinition, to writer: XLWriter) throws(XLConfigError) {
        let devices = definition.devices
        var lists = XLDeviceLists()
        lists.usbPlacements = definition.usbPlacements.reversed()
        let serialPorts = writer.guestType == .hvm ? definition.serialPorts : []
        var counts: [DeviceClass: Int] = [:]
        for device in devices {
            let number = counts[device.deviceClass, default: 0] + 1
            counts[device.deviceClass] = number
            let path = "/domain/devices/\(device.documentName)[\(number)]"
            writer.omit("\(path)/\(DomainDefinition.nameElement)", if: device.alias != nil)
            switch device {
            case .disk(let disk):
                lists.disks.append(try disk.text(path, writer))
            case .controller(let controller): controller.write(path, &lists, writer)
            case .filesystem(let filesystem): lists.p9s.append(try filesystem.text(path, writer))
            case .interface(let interface):
                if case .hostdev(let card) = interface.source {
                    writer.omit("\(path)/mac")
                    writer.omit("\(path)/@managed", if: interface.isManaged)
                    lists.pcis.append(card.text(isManaged: false))
                } else if let text = try interface.text(path, writer) {
                    lists.vifs.append(text)
                }
            case .character(let character):
                try character.write(path, &lists, isSerialPort: serialPorts.contains(character), writer)
            case .input(let input): input.write(path, &lists, writer)
            case .graphics(let graphics): lists.graphics.append((path, graphics))
            case .sound(let sound): lists.sounds.append((path, sound))
            case .video(let video): lists.videos.append((path, video))
            case .hostdev(let hostdev): hostdev.write(path, &lists, writer)
            case .memballoon(let balloon): writer.omit(path, if: balloon.model != .xen)
            case .vtpm(let tpm): lists.vtpms.append(try tpm.text(path, writer))
            case .vdispl(let display): lists.vdispls.append(try display.text(path, writer))
            case .vsnd(let sound): lists.vsnds.append(try sound.value(path, writer))
            case .opaque: writer.omit(path)
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

    /// The element that a document has for it.
    private var documentName: String {
        switch deviceClass {
        case .vtpm, .vdispl, .vsnd: "xenkeeper:\(deviceClass.rawValue)"
        default: deviceClass.rawValue
        }
    }
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
    var channels: [String] = []
    var usbDevices: [String] = []
    var usbControllers: [String] = []
    var usbHostDevices: [String] = []
    /// Where the next of the host's USB devices come to, the last one first.
    var usbPlacements: [USBPlacement] = []
    var pcis: [String] = []
    var vtpms: [String] = []
    var vdispls: [String] = []
    var vsnds: [XLValue] = []
    var maxGrantFrames: UInt32?
    var maxEventChannels: UInt32?
    var graphics: [(path: String, device: Graphics)] = []
    var sounds: [(path: String, device: Sound)] = []
    var videos: [(path: String, device: Video)] = []

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
        writer.set("vtpm", texts: vtpms, path: "\(path)/xenkeeper:vtpm")
        writer.set("vdispl", texts: vdispls, path: "\(path)/xenkeeper:vdispl")
        writer.set("vsnd", vsnds.isEmpty ? nil : XLValue(.list(vsnds)), path: "\(path)/xenkeeper:vsnd")
    }

    private func writeSerials(to writer: XLWriter) {
        guard let last = serials.keys.max() else { return }
        let texts = (0...last).map { serials[$0] ?? CharacterDevice.none }
        let value: XLValue = texts.count == 1 ? .string(texts[0]) : .strings(texts)
        writer.set("serial", value, path: "/domain/devices/serial", for: [.hvm])
    }
}
