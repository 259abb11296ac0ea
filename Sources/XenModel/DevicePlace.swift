public import XenUnits

/// What no two devices of a domain can both be, or both have: the one list for documents and for requests.
public enum DevicePlace: Hashable, Sendable {
    /// A PCI device of the host, be it a `hostdev` or a NIC of that type.
    case pci(PCIAddress)
    /// A place of the host's USB.
    case usb(HostUSBDevice.Place)
    /// The number that a disk's target stands for.
    case vdev(BlockDeviceNumber)
    /// Of a disk whose target is no vdev.
    case target(String)
    /// A filesystem's tag.
    case tag(String)
    case controller(ControllerPlace)
    case character(CharacterDeviceKind)
    case mac(MACAddress)
    case memballoon
    case tpm(DomainUUID)
    /// Where the guest sees the device.
    case address(GuestAddress)

    /// Whether a document with two of them is refused. The others are for a request to mind that adds a device: documents
    /// have them, so that it can be said of each of the devices which one is meant.
    public var isRequired: Bool {
        switch self {
        case .pci, .usb, .vdev, .target, .tag, .controller, .character: true
        case .mac, .memballoon, .tpm, .address: false
        }
    }
}

extension Device {
    /// What no other device of its domain may be or have, what says most first.
    package var places: [DevicePlace] {
        var places = [place].compactMap { $0 }
        if case .interface(let interface) = self, place != .mac(interface.mac) { places.append(.mac(interface.mac)) }
        if let address = address?.exclusive(for: self) { places.append(.address(address)) }
        return places
    }

    /// What tells the device from the others of its domain; nil for one of which there may be any number.
    package var place: DevicePlace? { model.uniquePlace }

    /// Which device of the host it is.
    package var hostDevice: HostDeviceSource? { model.hostDevice }
}

extension HostDeviceSource {
    /// Where on the host the device is; nil for a USB device that is known by its vendor and product alone, of which a
    /// domain may have several.
    public var place: DevicePlace? {
        switch self {
        case .pci(let device): .pci(device.address)
        case .usb(let device): device.place.map(DevicePlace.usb)
        }
    }
}

extension GuestAddress {
    /// The address in the one form that all texts of it have, if no other device of the guest can have it.
    fileprivate func exclusive(for device: Device) -> GuestAddress? {
        let names: [String]
        switch type {
        case "pci": names = ["domain", "bus", "slot", "function"]
        case "drive": names = ["controller", "bus", "target", "unit"]
        case "usb": names = ["bus", "port"]
        case "virtio-serial": names = ["controller", "bus", "port"]
        default: return nil
        }
        guard fields.keys.contains(where: names.contains) else { return nil }
        var canonical: [String: String] = [:]
        for name in names {
            let text = fields[name] ?? "0"
            canonical[name] = Self.number(text).map { "\($0)" } ?? text
        }
        // Each kind of controller counts its drives anew.
        if type == "drive", case .disk(let disk) = device {
            canonical["of"] = disk.bus ?? String(disk.target.prefix(2))
        }
        return GuestAddress(type: type, fields: canonical)
    }
}
