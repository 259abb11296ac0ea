/// What a device is called in Xen, and the only thing by which one is removed or changed.
///
/// Never −1, never a name of the user's. Source: design of libxl's `device_remove` calls, which take
/// (domid, backend domid, devid); a PCI device goes by its host address, a USB device by its place.
public enum DeviceIdentity: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A NIC, by libxl's `devid`.
    case nic(devid: DeviceID)
    /// A disk, by the number that its `vdev` stands for.
    case disk(vdev: BlockDeviceNumber)
    /// A PCI device, by where it is on the host. All of a domain share one device of xenstore's.
    case pci(host: PCIAddress)
    /// A USB controller, by libxl's `devid`.
    case usbController(devid: DeviceID)
    /// A USB device, by its controller and the port there, from 1.
    case usbDevice(controller: DeviceID, port: Int32)
    /// A directory shared over 9pfs, by libxl's `devid`.
    case p9(devid: DeviceID)
    /// A virtual TPM, by libxl's `devid`.
    case vtpm(devid: DeviceID)
    /// A paravirtual display, by libxl's `devid`.
    case vdispl(devid: DeviceID)
    /// A paravirtual sound card, by libxl's `devid`.
    case vsnd(devid: DeviceID)
    /// A paravirtual keyboard and pointer, by libxl's `devid`.
    case vkb(devid: DeviceID)
    /// A paravirtual framebuffer, by libxl's `devid`.
    case vfb(devid: DeviceID)

    /// The class of the device.
    public var deviceClass: DeviceClass { facts.deviceClass }

    /// The number in the xenstore paths of the device, or of what it is a part of: 0 for a PCI device, the controller's
    /// for a USB device.
    public var devid: DeviceID { facts.devid }

    /// The word between domain and number in xenstore paths: `vif`, `vbd`, `vusb` … Source: libxl's
    /// `libxl__device_kind`.
    public var xenstoreKind: String { facts.xenstoreKind }

    /// Whether it is a part of a device of xenstore's, which may be there without it.
    public var isPart: Bool {
        switch self {
        case .pci, .usbDevice: true
        default: false
        }
    }

    /// What is so of each kind.
    private var facts: (deviceClass: DeviceClass, xenstoreKind: String, devid: DeviceID) {
        switch self {
        case .nic(let devid): (.interface, "vif", devid)
        case .disk(let number): (.disk, "vbd", number.deviceID)
        case .pci: (.hostdev, "pci", DeviceID(rawValue: 0))
        case .usbController(let devid): (.controller, "vusb", devid)
        case .usbDevice(let controller, _): (.hostdev, "vusb", controller)
        case .p9(let devid): (.filesystem, "9pfs", devid)
        case .vtpm(let devid): (.vtpm, "vtpm", devid)
        case .vdispl(let devid): (.vdispl, "vdispl", devid)
        case .vsnd(let devid): (.vsnd, "vsnd", devid)
        case .vkb(let devid): (.input, "vkbd", devid)
        case .vfb(let devid): (.graphics, "vfb", devid)
        }
    }

    /// The end of the device's path in xenstore: `vif/0`, `vbd/51712`; `pci/0000:03:00.0` and `vusb/0/1` for what has
    /// none of its own.
    public var description: String {
        switch self {
        case .pci(let host): "\(xenstoreKind)/\(host)"
        case .usbDevice(let controller, let port): "\(xenstoreKind)/\(controller)/\(port)"
        default: "\(xenstoreKind)/\(devid)"
        }
    }

    /// Reads what `description` writes; nil for any other text.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return nil }
        if parts[0] == "pci" {
            guard let host = PCIAddress(String(parts[1])) else { return nil }
            self = .pci(host: host)
        } else {
            guard let number = Int32(parts[1]), number >= 0 else { return nil }
            let devid = DeviceID(rawValue: number)
            switch parts[0] {
            case "vif": self = .nic(devid: devid)
            case "vbd": self = .disk(vdev: BlockDeviceNumber(rawValue: number))
            case "vusb" where parts.count == 3:
                guard let port = Int32(parts[2]), port > 0 else { return nil }
                self = .usbDevice(controller: devid, port: port)
            case "vusb": self = .usbController(devid: devid)
            case "9pfs": self = .p9(devid: devid)
            case "vtpm": self = .vtpm(devid: devid)
            case "vdispl": self = .vdispl(devid: devid)
            case "vsnd": self = .vsnd(devid: devid)
            case "vkbd": self = .vkb(devid: devid)
            case "vfb": self = .vfb(devid: devid)
            default: return nil
            }
        }
        guard description == text else { return nil }
    }
}
