import LibxlAPI
import XenUnits

extension LibxlDomainConfig {
    /// Whether libxl prepares the domain for devices of the host: it must before it has one. Source:
    /// `libxl__domain_config_setdefault`.
    var isPreparedForPassthrough: Bool {
        createInfo.passthrough.map { $0 != .disabled } ?? !pcidevs.isEmpty
    }

    /// The devices of a kind, in the configuration's order.
    func devices(_ kind: LibxlDevice.Kind) -> [LibxlDevice] {
        switch kind {
        case .pci: pcidevs.map(LibxlDevice.pci)
        case .usbController: usbctrls.map(LibxlDevice.usbController)
        case .usbDevice: usbdevs.map(LibxlDevice.usbDevice)
        case .p9: p9s.map(LibxlDevice.p9)
        case .vtpm: vtpms.map(LibxlDevice.vtpm)
        case .vdispl: vdispls.map(LibxlDevice.vdispl)
        case .vsnd: vsnds.map(LibxlDevice.vsnd)
        case .vkb: vkbs.map(LibxlDevice.vkb)
        case .vfb: vfbs.map(LibxlDevice.vfb)
        }
    }

    /// Forgets the device of this identity; nothing if there is none.
    mutating func forget(_ identity: DeviceIdentity) {
        pcidevs.removeAll { LibxlDevice.pci($0).identity == identity }
        usbctrls.removeAll { LibxlDevice.usbController($0).identity == identity }
        usbdevs.removeAll { LibxlDevice.usbDevice($0).identity == identity }
        p9s.removeAll { LibxlDevice.p9($0).identity == identity }
        vtpms.removeAll { LibxlDevice.vtpm($0).identity == identity }
        vdispls.removeAll { LibxlDevice.vdispl($0).identity == identity }
        vsnds.removeAll { LibxlDevice.vsnd($0).identity == identity }
        vkbs.removeAll { LibxlDevice.vkb($0).identity == identity }
        vfbs.removeAll { LibxlDevice.vfb($0).identity == identity }
        if case .usbController(let devid) = identity { usbdevs.removeAll { $0.controller == devid } }
    }

    /// Keeps a device in the place of the one of its identity.
    mutating func keep(_ device: LibxlDevice) {
        if let identity = device.identity {
            // The controller's devices stay when it is only written anew.
            let kept = usbdevs
            forget(identity)
            if case .usbController = identity { usbdevs = kept }
        }
        switch device {
        case .pci(let pci): pcidevs.append(pci)
        case .usbController(let controller): usbctrls.append(controller)
        case .usbDevice(let usb): usbdevs.append(usb)
        case .p9(let p9): p9s.append(p9)
        case .vtpm(let vtpm): vtpms.append(vtpm)
        case .vdispl(let display): vdispls.append(display)
        case .vsnd(let sound): vsnds.append(sound)
        case .vkb(let keyboard): vkbs.append(keyboard)
        case .vfb(let framebuffer): vfbs.append(framebuffer)
        }
    }
}
