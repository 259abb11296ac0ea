public import XenUnits

/// A device of any kind that libxl plugs, unplugs or lists.
public enum LibxlDevice: Hashable, Sendable, Codable {
    case nic(LibxlDeviceNIC)
    case disk(LibxlDeviceDisk)
    case pci(LibxlDevicePCI)
    case usbController(LibxlDeviceUSBCtrl)
    case usbDevice(LibxlDeviceUSBDev)
    case p9(LibxlDeviceP9)
    case vtpm(LibxlDeviceVTPM)
    case vdispl(LibxlDeviceVDispl)
    case vsnd(LibxlDeviceVSnd)
    case vkb(LibxlDeviceVKB)
    case vfb(LibxlDeviceVFB)

    /// Its structure, for what is the same for all kinds.
    public var structure: any LibxlDeviceStructure {
        switch self {
        case .nic(let nic): nic
        case .disk(let disk): disk
        case .pci(let pci): pci
        case .usbController(let controller): controller
        case .usbDevice(let device): device
        case .p9(let p9): p9
        case .vtpm(let vtpm): vtpm
        case .vdispl(let display): display
        case .vsnd(let sound): sound
        case .vkb(let keyboard): keyboard
        case .vfb(let framebuffer): framebuffer
        }
    }

    public var kind: Kind { type(of: structure).kind }

    /// What it is called in Xen; nil for a USB device whose place is left to libxl, for numbers that are no PCI address,
    /// and for a disk whose vdev is none.
    public var identity: DeviceIdentity? { structure.identity }

    /// Who serves it; Domain-0 for host devices.
    public var backendDomainID: DomainID { served?.backendDomainID ?? .domain0 }

    /// Who serves it, by name; nil if it is given by number.
    public var backendDomainName: String? { served?.backendDomainName }

    /// The same device, served by the domain `backend`; the host's own devices are always Domain-0's.
    public func served(by backend: DomainID) -> LibxlDevice {
        guard var served else { return self }
        (served.backendDomainID, served.backendDomainName) = (backend, nil)
        return served.asDevice
    }

    private var served: (any LibxlServedDevice)? { structure as? any LibxlServedDevice }

    /// Whether it says enough to be removed or destroyed: a USB controller must have its type, as libxl lists it. Source:
    /// `libxl__device_from_usbctrl`, which ends the process where there is none.
    public var canBeRemoved: Bool {
        if case .usbController(let controller) = self { controller.type != .auto } else { true }
    }

    /// The NIC that it is; nil for any other device.
    public var nic: LibxlDeviceNIC? { if case .nic(let nic) = self { nic } else { nil } }

    /// The disk that it is; nil for any other device.
    public var disk: LibxlDeviceDisk? { if case .disk(let disk) = self { disk } else { nil } }
}

/// The structure of a kind of device, as libxl is given it and lists it.
public protocol LibxlDeviceStructure: LibxlConfigElement {
    static var kind: LibxlDevice.Kind { get }
    /// It as one of all kinds.
    var asDevice: LibxlDevice { get }
    /// See `LibxlDevice.identity`.
    var identity: DeviceIdentity? { get }
}

extension LibxlDeviceStructure {
    public static var listName: String { kind.listName }
}

/// The structure of a device that any domain may serve.
package protocol LibxlServedDevice: LibxlDeviceStructure {
    /// Who serves it. `backend_domid`.
    var backendDomainID: DomainID { get set }
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    var backendDomainName: String? { get set }
}

extension LibxlDevice {
    /// A kind of device. The raw value is the word in libxl's function names: `libxl_device_WORD_add`.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case nic, disk, pci
        case usbController = "usbctrl"
        case usbDevice = "usbdev"
        case p9, vtpm, vdispl, vsnd, vkb, vfb
    }

    /// What libxl does with a device of any kind.
    public enum Verb: String, Hashable, Sendable, CaseIterable {
        case add, remove, destroy, list
    }
}

extension LibxlDevice.Kind {
    /// The structure of this kind.
    public var structure: any LibxlDeviceStructure.Type {
        switch self {
        case .nic: LibxlDeviceNIC.self
        case .disk: LibxlDeviceDisk.self
        case .pci: LibxlDevicePCI.self
        case .usbController: LibxlDeviceUSBCtrl.self
        case .usbDevice: LibxlDeviceUSBDev.self
        case .p9: LibxlDeviceP9.self
        case .vtpm: LibxlDeviceVTPM.self
        case .vdispl: LibxlDeviceVDispl.self
        case .vsnd: LibxlDeviceVSnd.self
        case .vkb: LibxlDeviceVKB.self
        case .vfb: LibxlDeviceVFB.self
        }
    }

    /// The name of libxl's function. A disk is removed by the one that takes nothing away by force.
    public func function(_ verb: LibxlDevice.Verb) -> String {
        "libxl_device_\(rawValue)_\(word(verb))"
    }

    /// The last word of that name.
    package func word(_ verb: LibxlDevice.Verb) -> String {
        self == .disk && verb == .remove ? "safe_remove" : verb.rawValue
    }

    /// The name of the member of libxl's domain configuration that lists those of the kind.
    public var listName: String { rawValue + (self == .pci ? "devs" : "s") }

    /// The word for it in xenstore's paths; a USB device is a part of its controller there.
    public var xenstoreKind: String {
        switch self {
        case .nic: "vif"
        case .disk: "vbd"
        case .usbController, .usbDevice: "vusb"
        case .p9: "9pfs"
        case .vkb: "vkbd"
        default: rawValue
        }
    }
    /// Whether libxl can plug one into a live domain; a 9pfs directory comes with its domain only.
    public var canBeAdded: Bool { self != .p9 }
    /// Whether libxl can take one away without asking the guest; a USB device has one way only.
    public var canBeDestroyed: Bool { self != .usbDevice }
    /// Whether a hotplug script readies one, unless QEMU serves it.
    public var hasHotplugScript: Bool { self == .nic || self == .disk }
    /// Whether libxl can list those of a domain.
    public var canBeListed: Bool { self != .p9 && self != .vfb }
}

extension LibxlDomainConfig {
    /// The devices of a kind, in the configuration's order.
    public func devices(_ kind: LibxlDevice.Kind) -> [LibxlDevice] {
        func devices<Structure: LibxlDeviceStructure>(_: Structure.Type) -> [LibxlDevice] {
            self[keyPath: Structure.list].map(\.asDevice)
        }
        return devices(kind.structure)
    }

    /// Adds a device behind those of its kind.
    public mutating func append(_ device: LibxlDevice) {
        func append<Structure: LibxlDeviceStructure>(_ structure: Structure) {
            self[keyPath: Structure.list].append(structure)
        }
        append(device.structure)
    }
}
