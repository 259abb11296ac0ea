public import XenUnits

/// One device of a definition, of any class.
public enum Device: Hashable, Sendable {
    case disk(Disk)
    case controller(Controller)
    case filesystem(Filesystem)
    case interface(Interface)
    /// A serial or parallel port, a console or a channel.
    case character(CharacterDevice)
    case input(Input)
    case graphics(Graphics)
    case sound(Sound)
    case video(Video)
    case hostdev(HostDevice)
    case memballoon(MemoryBalloon)
    case vtpm(VirtualTPM)
    case vdispl(VirtualDisplay)
    case vsnd(VirtualSound)
    /// One that Xen is told nothing of.
    case opaque(OpaqueDevice)

    public var deviceClass: DeviceClass {
        switch self {
        case .disk: .disk
        case .controller: .controller
        case .filesystem: .filesystem
        case .interface: .interface
        case .character(let device): device.kind.deviceClass
        case .input: .input
        case .graphics: .graphics
        case .sound: .sound
        case .video: .video
        case .hostdev: .hostdev
        case .memballoon: .memballoon
        case .vtpm: .vtpm
        case .vdispl: .vdispl
        case .vsnd: .vsnd
        case .opaque(let device): device.deviceClass
        }
    }

    /// `alias/@name`.
    public var alias: DeviceAlias? {
        get { handles.alias }
        set { handles.alias = newValue }
    }

    /// `address`: where the guest sees it.
    public var address: GuestAddress? {
        get { handles.address }
        set { handles.address = newValue }
    }

    /// The name of the domain that serves the device; nil is Domain-0, or a device that nobody serves.
    public var backendDomain: String? {
        switch self {
        case .disk(let device): device.backendDomain
        case .controller(let device): device.backendDomain
        case .filesystem(let device): device.backendDomain
        case .interface(let device): device.backendDomain
        case .vtpm(let device): device.backendDomain
        case .vdispl(let device): device.backendDomain
        case .vsnd(let device): device.backendDomain
        case .character, .input, .graphics, .sound, .video, .hostdev, .memballoon, .opaque: nil
        }
    }

    /// What every class has in common.
    private var handles: (alias: DeviceAlias?, address: GuestAddress?) {
        get {
            switch self {
            case .disk(let device): (device.alias, device.address)
            case .controller(let device): (device.alias, device.address)
            case .filesystem(let device): (device.alias, device.address)
            case .interface(let device): (device.alias, device.address)
            case .character(let device): (device.alias, device.address)
            case .input(let device): (device.alias, device.address)
            case .graphics(let device): (device.alias, nil)
            case .sound(let device): (device.alias, device.address)
            case .video(let device): (device.alias, device.address)
            case .hostdev(let device): (device.alias, device.address)
            case .memballoon(let device): (device.alias, device.address)
            case .vtpm(let device): (device.alias, nil)
            case .vdispl(let device): (device.alias, nil)
            case .vsnd(let device): (device.alias, nil)
            case .opaque(let device): (device.alias, device.address)
            }
        }
        set {
            switch self {
            case .disk(var device):
                (device.alias, device.address) = newValue
                self = .disk(device)
            case .controller(var device):
                (device.alias, device.address) = newValue
                self = .controller(device)
            case .filesystem(var device):
                (device.alias, device.address) = newValue
                self = .filesystem(device)
            case .interface(var device):
                (device.alias, device.address) = newValue
                self = .interface(device)
            case .character(var device):
                (device.alias, device.address) = newValue
                self = .character(device)
            case .input(var device):
                (device.alias, device.address) = newValue
                self = .input(device)
            case .graphics(var device):
                device.alias = newValue.alias
                self = .graphics(device)
            case .sound(var device):
                (device.alias, device.address) = newValue
                self = .sound(device)
            case .video(var device):
                (device.alias, device.address) = newValue
                self = .video(device)
            case .hostdev(var device):
                (device.alias, device.address) = newValue
                self = .hostdev(device)
            case .memballoon(var device):
                (device.alias, device.address) = newValue
                self = .memballoon(device)
            case .vtpm(var device):
                device.alias = newValue.alias
                self = .vtpm(device)
            case .vdispl(var device):
                device.alias = newValue.alias
                self = .vdispl(device)
            case .vsnd(var device):
                device.alias = newValue.alias
                self = .vsnd(device)
            case .opaque(var device):
                (device.alias, device.address) = newValue
                self = .opaque(device)
            }
        }
    }

    /// What a user who gave no alias knows the device by: a disk's target, a NIC's MAC address, a host device's place.
    public var familiarName: String {
        switch self {
        case .disk(let device): device.target
        case .controller(let device): "\(device.type.rawValue) \(device.index)"
        case .filesystem(let device): device.target
        case .interface(let device): device.mac.description
        case .character(let device): device.familiarName
        case .input(let device): device.type.rawValue
        case .graphics(let device): device.kind.rawValue
        case .sound(let device): device.model.rawValue
        case .video(let device): device.model.rawValue
        case .hostdev(let device): device.source.description
        case .memballoon(let device): device.model.rawValue
        case .vtpm(let device): device.uuid?.description ?? device.backendDomain
        case .vdispl(let device): device.connectors.first?.id ?? "vdispl"
        case .vsnd(let device): device.shortName ?? "vsnd"
        case .opaque(let device): device.element.attributes.first?.value ?? device.deviceClass.rawValue
        }
    }
}

extension DomainDefinition {
    /// The disks among the devices, in their order.
    public var disks: [Disk] {
        get { devices.compactMap { if case .disk(let device) = $0 { device } else { nil } } }
        set { replace(.disk, by: newValue.map(Device.disk)) }
    }

    /// The NICs among the devices, in their order.
    public var interfaces: [Interface] {
        get { devices.compactMap { if case .interface(let device) = $0 { device } else { nil } } }
        set { replace(.interface, by: newValue.map(Device.interface)) }
    }

    /// The controllers among the devices, in their order.
    public var controllers: [Controller] {
        devices.compactMap { if case .controller(let device) = $0 { device } else { nil } }
    }

    /// The ports, consoles or channels among the devices, in their order.
    public func characterDevices(_ deviceClass: DeviceClass) -> [CharacterDevice] {
        devices.compactMap {
            if case .character(let device) = $0, device.kind.deviceClass == deviceClass { device } else { nil }
        }
    }

    /// The displays among the devices, in their order.
    public var graphics: [Graphics] {
        devices.compactMap { if case .graphics(let device) = $0 { device } else { nil } }
    }

    /// The video cards among the devices, in their order.
    public var videos: [Video] {
        devices.compactMap { if case .video(let device) = $0 { device } else { nil } }
    }

    /// The devices of the host among the devices, in their order.
    public var hostDevices: [HostDevice] {
        devices.compactMap { if case .hostdev(let device) = $0 { device } else { nil } }
    }

    private mutating func replace(_ deviceClass: DeviceClass, by replacement: [Device]) {
        devices =
            devices.filter { device in
                if case .opaque = device { return true }
                return device.deviceClass != deviceClass
            } + replacement
    }
}
