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

struct ResetArguments: Encodable {
    let domid: DomainID
    let config: LibxlDomainConfig
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
        try values.encode(device.structure, forKey: .device)
    }
}

struct PathArguments: Encodable {
    let path: String
}

struct NetworkArguments: Encodable {
    let device: String
    var state: LinkState?
}

struct DumpArguments: Encodable {
    let domid: DomainID
    let path: String
}

struct PreserveArguments: Encodable {
    let domid: DomainID
    let name: String
    let suffix: String
    let uuid: DomainUUID
}
