import XenModel
import XenUnits

extension Device {
    /// Every device of a file.
    static func readAll(_ reader: XLReader) throws(XLConfigError) -> [Device] {
        var devices = try Disk.readAll(reader).map(Device.disk)
        devices += try Controller.readAll(reader).map(Device.controller)
        devices += try Filesystem.readAll(reader).map(Device.filesystem)
        devices += try Interface.readAll(reader).map(Device.interface)
        devices += try CharacterDevice.readAll(reader).map(Device.character)
        let usb = try USBDevices.read(reader)
        devices += usb.inputs.map(Device.input)
        devices += try Graphics.readAll(reader).map(Device.graphics)
        devices += try Sound.readAll(reader).map(Device.sound)
        if let video = try Video.read(reader) { devices.append(.video(video)) }
        devices += try HostDevice.readAll(reader).map(Device.hostdev)
        devices += usb.hostDevices.map(Device.hostdev)
        devices += try VirtualTPM.readAll(reader).map(Device.vtpm)
        devices += try VirtualDisplay.readAll(reader).map(Device.vdispl)
        devices += try VirtualSound.readAll(reader).map(Device.vsnd)
        return devices
    }

    /// Says `devices`, each key with all of its devices, and nothing of how their user calls them.
    static func write(_ devices: [Device], to writer: XLWriter) throws(XLConfigError) {
        var lists = XLDeviceLists()
        var counts: [DeviceClass: Int] = [:]
        for device in devices {
            let number = counts[device.deviceClass, default: 0] + 1
            counts[device.deviceClass] = number
            let path = "/domain/devices/\(device.documentName)[\(number)]"
            writer.omit("\(path)/\(DomainDefinition.nameElement)", if: device.alias != nil)
            switch device {
            case .disk(let disk):
                if let text = try disk.text(path, writer) { lists.disks.append(text) }
            case .controller(let controller): controller.write(path, &lists, writer)
            case .filesystem(let filesystem): lists.p9s.append(try filesystem.text(path, writer))
            case .interface(let interface):
                if let text = try interface.text(path, writer) { lists.vifs.append(text) }
            case .character(let character): try character.write(path, &lists, writer)
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

extension DomainDefinition {
    /// Where a document has what its user calls a device.
    static let nameElement = "alias/@name"
}

/// The devices of a definition by the keys that say them.
struct XLDeviceLists {
    var disks: [String] = []
    var vifs: [String] = []
    var p9s: [String] = []
    var serials: [UInt32: String] = [:]
    var channels: [String] = []
    var usbDevices: [String] = []
    var usbControllers: [String] = []
    var usbHostDevices: [String] = []
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
        writer.set("disk", texts: disks, path: "\(path)/disk")
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
        Video.write(videos, to: writer)
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
