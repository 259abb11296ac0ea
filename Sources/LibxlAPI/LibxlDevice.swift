public import XenUnits

/// A device of a kind that libxl plugs in one and the same way. NICs and disks have calls of their own.
public enum LibxlDevice: Hashable, Sendable, Codable {
    case pci(LibxlDevicePCI)
    case usbController(LibxlDeviceUSBCtrl)
    case usbDevice(LibxlDeviceUSBDev)
    case p9(LibxlDeviceP9)
    case vtpm(LibxlDeviceVTPM)
    case vdispl(LibxlDeviceVDispl)
    case vsnd(LibxlDeviceVSnd)
    case vkb(LibxlDeviceVKB)
    case vfb(LibxlDeviceVFB)

    /// A kind of device. The raw value is the word in libxl's function names: `libxl_device_WORD_add`.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case pci
        case usbController = "usbctrl"
        case usbDevice = "usbdev"
        case p9, vtpm, vdispl, vsnd, vkb, vfb

        /// The word for it in xenstore's paths; a USB device is a part of its controller there.
        public var xenstoreKind: String {
            switch self {
            case .pci, .vtpm, .vdispl, .vsnd, .vfb: rawValue
            case .usbController, .usbDevice: "vusb"
            case .p9: "9pfs"
            case .vkb: "vkbd"
            }
        }
        /// Whether libxl can plug one into a live domain; a 9pfs folder comes with its domain only.
        public var canBeAdded: Bool { self != .p9 }
        /// Whether libxl can take one away without asking the guest; a USB device has one way only.
        public var canBeDestroyed: Bool { self != .usbDevice }
        /// Whether libxl can list those of a domain.
        public var canBeListed: Bool { self != .p9 && self != .vfb }
    }

    public var kind: Kind {
        switch self {
        case .pci: .pci
        case .usbController: .usbController
        case .usbDevice: .usbDevice
        case .p9: .p9
        case .vtpm: .vtpm
        case .vdispl: .vdispl
        case .vsnd: .vsnd
        case .vkb: .vkb
        case .vfb: .vfb
        }
    }

    /// What it is called in Xen; nil for a USB device whose place is left to libxl, and for numbers that are no PCI
    /// address.
    public var identity: DeviceIdentity? {
        switch self {
        case .pci(let pci): pci.host.map { .pci(host: $0) }
        case .usbController(let controller): .usbController(devid: controller.devid)
        case .usbDevice(let device):
            device.port > 0 ? device.controller.map { .usbDevice(controller: $0, port: device.port) } : nil
        case .p9(let p9): .p9(devid: p9.devid)
        case .vtpm(let vtpm): .vtpm(devid: vtpm.devid)
        case .vdispl(let display): .vdispl(devid: display.devid)
        case .vsnd(let sound): .vsnd(devid: sound.devid)
        case .vkb(let keyboard): .vkb(devid: keyboard.devid)
        case .vfb(let framebuffer): .vfb(devid: framebuffer.devid)
        }
    }

    /// Whether it says enough to be removed or destroyed: a USB controller must have its type, as libxl lists it. Source:
    /// `libxl__device_from_usbctrl`, which ends the process where there is none.
    public var canBeRemoved: Bool {
        if case .usbController(let controller) = self { controller.type != .auto } else { true }
    }

    /// Who serves it; Domain-0 for host devices.
    public var backendDomainID: DomainID {
        switch self {
        case .pci, .usbDevice: .domain0
        case .usbController(let controller): controller.backendDomainID
        case .p9(let p9): p9.backendDomainID
        case .vtpm(let vtpm): vtpm.backendDomainID
        case .vdispl(let display): display.backendDomainID
        case .vsnd(let sound): sound.backendDomainID
        case .vkb(let keyboard): keyboard.backendDomainID
        case .vfb(let framebuffer): framebuffer.backendDomainID
        }
    }
}

extension LibxlDevicePCI {
    /// Where it is on the host; nil for numbers that are no address.
    public var host: PCIAddress? {
        UInt16(exactly: domain).flatMap { PCIAddress(domain: $0, bus: bus, slot: device, function: function) }
    }
}
