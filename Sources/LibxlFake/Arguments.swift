import LibxlAPI
import XenUnits

/// The arguments of a call, by name, as they are recorded.
struct NoArguments: Encodable {}

struct DomainArguments: Encodable {
    let domid: DomainID
}

struct TriggerArguments: Encodable {
    let domid: DomainID
    let trigger: LibxlTrigger
}

struct CreateArguments: Encodable {
    let config: LibxlDomainConfig
}

struct NICArguments: Encodable {
    let domid: DomainID
    let nic: LibxlDeviceNIC
}

struct DiskArguments: Encodable {
    let domid: DomainID
    let disk: LibxlDeviceDisk
}

struct DeviceArguments: Encodable {
    let domid: DomainID
    let device: LibxlDevice

    private enum CodingKeys: String, CodingKey {
        case domid, device
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(domid, forKey: .domid)
        switch device {
        case .pci(let pci): try values.encode(pci, forKey: .device)
        case .usbController(let controller): try values.encode(controller, forKey: .device)
        case .usbDevice(let usb): try values.encode(usb, forKey: .device)
        case .p9(let p9): try values.encode(p9, forKey: .device)
        case .vtpm(let vtpm): try values.encode(vtpm, forKey: .device)
        case .vdispl(let display): try values.encode(display, forKey: .device)
        case .vsnd(let sound): try values.encode(sound, forKey: .device)
        case .vkb(let keyboard): try values.encode(keyboard, forKey: .device)
        case .vfb(let framebuffer): try values.encode(framebuffer, forKey: .device)
        }
    }
}

struct PathArguments: Encodable {
    let path: String
}

struct NetworkArguments: Encodable {
    let device: String
    var state: LinkState?
}
