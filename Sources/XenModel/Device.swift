public import XenUnits

/// One device of a definition, of any class.
public enum Device: Hashable, Sendable {
    case disk(Disk)
    case interface(Interface)

    public var deviceClass: DeviceClass {
        switch self {
        case .disk: .disk
        case .interface: .interface
        }
    }

    public var alias: DeviceAlias? {
        get {
            switch self {
            case .disk(let disk): disk.alias
            case .interface(let interface): interface.alias
            }
        }
        set {
            switch self {
            case .disk(var disk):
                disk.alias = newValue
                self = .disk(disk)
            case .interface(var interface):
                interface.alias = newValue
                self = .interface(interface)
            }
        }
    }

    /// What a user who gave no alias knows the device by: a disk's target, a NIC's MAC address.
    public var familiarName: String {
        switch self {
        case .disk(let disk): disk.target
        case .interface(let interface): interface.mac.description
        }
    }
}

extension DomainDefinition {
    /// Every device, disks first, each class in document order.
    public var devices: [Device] {
        get { disks.map(Device.disk) + interfaces.map(Device.interface) }
        set {
            disks = newValue.compactMap { if case .disk(let disk) = $0 { disk } else { nil } }
            interfaces = newValue.compactMap { if case .interface(let interface) = $0 { interface } else { nil } }
        }
    }
}
