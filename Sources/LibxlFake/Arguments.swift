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

struct PathArguments: Encodable {
    let path: String
}

struct NetworkArguments: Encodable {
    let device: String
    var state: LinkState?
}
