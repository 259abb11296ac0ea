import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// A device that can come and go while its guest runs, as libxl is given it.
enum SentDevice: Hashable, Sendable, Codable {
    case nic(LibxlDeviceNIC)
    /// With the number that its `vdev` stands for.
    case disk(LibxlDeviceDisk, number: BlockDeviceNumber)
    /// Of a kind that libxl plugs in one and the same way, with its place in Xen.
    case other(LibxlDevice, identity: DeviceIdentity)

    /// The kinds of `other` that a user can see come and go.
    static let otherKinds: [LibxlDevice.Kind] = [.pci, .usbController, .usbDevice, .vtpm, .vdispl, .vsnd]

    /// Nil for a disk whose vdev is none, which libxl would refuse as well.
    init?(_ disk: LibxlDeviceDisk) {
        guard let number = disk.number else { return nil }
        self = .disk(disk, number: number)
    }

    /// Nil for a device whose place is left to libxl.
    init?(_ device: LibxlDevice) {
        guard let identity = device.identity else { return nil }
        self = .other(device, identity: identity)
    }

    var identity: DeviceIdentity {
        switch self {
        case .nic(let nic): .nic(devid: nic.devid)
        case .disk(_, let number): .disk(vdev: number)
        case .other(_, let identity): identity
        }
    }

    var backendDomainID: DomainID {
        get {
            switch self {
            case .nic(let nic): nic.backendDomainID
            case .disk(let disk, _): disk.backendDomainID
            case .other(let device, _): device.backendDomainID
            }
        }
        set {
            switch self {
            case .nic(var nic):
                nic.backendDomainID = newValue
                nic.backendDomainName = nil
                self = .nic(nic)
            case .disk(var disk, let number):
                disk.backendDomainID = newValue
                disk.backendDomainName = nil
                self = .disk(disk, number: number)
            case .other(let device, let identity):
                self = .other(device.served(by: newValue), identity: identity)
            }
        }
    }

    /// Whether libxl's list shows this very device in `listed`, which has the same identity.
    func isSameDevice(as listed: SentDevice) -> Bool {
        switch (self, listed) {
        case (.nic(let nic), .nic(let listed)): nic.isSameDevice(as: listed)
        case (.disk(let disk, _), .disk(let listed, _)): disk.isSameDevice(as: listed)
        case (.other(let device, _), .other(let listed, _)): device.isSameDevice(as: listed)
        case (.nic, _), (.disk, _), (.other, _): false
        }
    }
}

extension SentDevice {
    /// What libxl is told of `device`, which comes to a guest that runs; nil for one that can only come with its domain.
    ///
    /// `place` is where it goes, for a device whose document does not say that.
    init?(
        _ device: Device, at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) {
        let devid = place?.devid ?? DeviceID(rawValue: 0)
        switch device {
        case .interface(let interface):
            if case .hostdev(let source) = interface.source {
                self.init(.pci(try LibxlDevicePCI(source, of: interface, guestType: guestType)))
            } else {
                self = .nic(
                    try LibxlDeviceNIC(interface, devid: devid, guestType: guestType, plug: .hot, context: context))
            }
        case .disk(let disk):
            let sent = try LibxlDeviceDisk(disk, guestType: guestType, plug: .hot, context: context)
            guard sent.number != nil else {
                throw Untranslatable(
                    path: "/domain/devices/disk/target/@dev", device: sent.vdev, reason: .notAVdev(target: sent.vdev))
            }
            self.init(sent)
        case .hostdev(let hostDevice):
            switch hostDevice.source {
            case .pci(let source): self.init(.pci(try LibxlDevicePCI(source, hostDevice, guestType: guestType)))
            case .usb(let source):
                guard case .usbDevice(let controller, let port) = place else { return nil }
                self.init(
                    .usbDevice(try LibxlDeviceUSBDev(source, controller: controller, port: port, context: context)))
            }
        case .controller(let controller) where controller.type == .usb:
            self.init(.usbController(try LibxlDeviceUSBCtrl(controller, plug: .hot)))
        case .vtpm(let tpm): self.init(.vtpm(LibxlDeviceVTPM(tpm, devid: devid)))
        case .vdispl(let display): self.init(.vdispl(LibxlDeviceVDispl(display, devid: devid)))
        case .vsnd(let sound): self.init(.vsnd(try LibxlDeviceVSnd(sound, devid: devid)))
        case .controller, .filesystem, .character, .input, .graphics, .sound, .video, .memballoon, .opaque: return nil
        }
    }
}

/// The devices of a config that can come and go while its guest runs, in the order in which libxl is told of them.
struct SentDevices: Sendable {
    private var disks: ArraySlice<LibxlDeviceDisk>
    private var nics: ArraySlice<LibxlDeviceNIC>
    private var pcidevs: ArraySlice<LibxlDevicePCI>
    private var usbctrls: ArraySlice<LibxlDeviceUSBCtrl>
    private var usbdevs: ArraySlice<LibxlDeviceUSBDev>
    private var vtpms: ArraySlice<LibxlDeviceVTPM>
    private var vdispls: ArraySlice<LibxlDeviceVDispl>
    private var vsnds: ArraySlice<LibxlDeviceVSnd>

    init(_ config: LibxlDomainConfig) {
        disks = config.disks[...]
        nics = config.nics[...]
        pcidevs = config.pcidevs[...]
        usbctrls = config.usbctrls[...]
        usbdevs = config.usbdevs[...]
        vtpms = config.vtpms[...]
        vdispls = config.vdispls[...]
        vsnds = config.vsnds[...]
    }

    /// What libxl is told of `device`, the next of its kind in the definition; nil for one that comes and goes with
    /// its domain.
    mutating func next(_ device: Device) -> SentDevice? {
        switch device {
        case .disk: disks.popFirst().flatMap(SentDevice.init)
        case .interface(let interface):
            if interface.source.kind == .hostdev { nextPCI() } else { nics.popFirst().map(SentDevice.nic) }
        case .hostdev(let device):
            switch device.source {
            case .pci: nextPCI()
            case .usb: usbdevs.popFirst().flatMap { SentDevice(.usbDevice($0)) }
            }
        case .controller(let controller) where controller.type == .usb:
            usbctrls.popFirst().flatMap { SentDevice(.usbController($0)) }
        case .vtpm: vtpms.popFirst().flatMap { SentDevice(.vtpm($0)) }
        case .vdispl: vdispls.popFirst().flatMap { SentDevice(.vdispl($0)) }
        case .vsnd: vsnds.popFirst().flatMap { SentDevice(.vsnd($0)) }
        case .controller, .filesystem, .character, .input, .graphics, .sound, .video, .memballoon, .opaque: nil
        }
    }

    private mutating func nextPCI() -> SentDevice? {
        pcidevs.popFirst().flatMap { SentDevice(.pci($0)) }
    }
}

extension LibxlDevice {
    /// The same device, served by the domain `backend`; the host's own devices are always Domain-0's.
    fileprivate func served(by backend: DomainID) -> LibxlDevice {
        switch self {
        case .pci, .usbDevice: return self
        case .usbController(var controller):
            (controller.backendDomainID, controller.backendDomainName) = (backend, nil)
            return .usbController(controller)
        case .p9(var folder):
            (folder.backendDomainID, folder.backendDomainName) = (backend, nil)
            return .p9(folder)
        case .vtpm(var tpm):
            (tpm.backendDomainID, tpm.backendDomainName) = (backend, nil)
            return .vtpm(tpm)
        case .vdispl(var display):
            (display.backendDomainID, display.backendDomainName) = (backend, nil)
            return .vdispl(display)
        case .vsnd(var sound):
            (sound.backendDomainID, sound.backendDomainName) = (backend, nil)
            return .vsnd(sound)
        case .vkb(var keyboard):
            (keyboard.backendDomainID, keyboard.backendDomainName) = (backend, nil)
            return .vkb(keyboard)
        case .vfb(var framebuffer):
            (framebuffer.backendDomainID, framebuffer.backendDomainName) = (backend, nil)
            return .vfb(framebuffer)
        }
    }

    /// Whether libxl's list shows this very device in `listed`, which has the same identity; the list says little of
    /// most kinds.
    fileprivate func isSameDevice(as listed: LibxlDevice) -> Bool {
        switch (self, listed) {
        case (.usbDevice(let device), .usbDevice(let listed)):
            device.hostBus == listed.hostBus && device.hostAddress == listed.hostAddress
        case (.vtpm(let tpm), .vtpm(let listed)): tpm.uuid == .zero || tpm.uuid == listed.uuid
        default: kind == listed.kind
        }
    }
}
