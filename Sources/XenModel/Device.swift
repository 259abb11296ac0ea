package import XenUnits

/// What every device of a definition has, whatever its class.
package struct DeviceHandle: Hashable, Sendable {
    /// `alias/@name`.
    package var alias: DeviceAlias?
    /// Where the guest sees it. `address`.
    package var address: GuestAddress?

    /// What is called so, and is seen there.
    package init(alias: DeviceAlias? = nil, address: GuestAddress? = nil) {
        self.alias = alias
        self.address = address
    }
}

/// A device of one class, or of a few that are alike.
///
/// What is to be known of every class here is a requirement of this; what another module has to know, of a protocol of
/// that module which the same types conform to.
package protocol DeviceModel: Hashable, Sendable {
    /// The classes whose elements describe such devices.
    static var classes: [DeviceClass] { get }
    /// Whether its document says where the guest sees it.
    static var hasAddress: Bool { get }

    /// What it has like every device.
    var handle: DeviceHandle { get set }

    /// It as a device of any class.
    var asDevice: Device { get }

    var deviceClass: DeviceClass { get }

    /// What a user who gave no alias knows it by.
    var familiarName: String { get }

    /// The name of the domain that serves it; nil is Domain-0, or that nobody serves it.
    var server: String? { get }

    /// What tells it from the others of its domain; nil for one of which there may be any number.
    var uniquePlace: DevicePlace? { get }

    /// Which device of the host it is.
    var hostDevice: HostDeviceSource? { get }
}

extension DeviceModel {
    package static var hasAddress: Bool { true }
    package var deviceClass: DeviceClass { Self.classes[0] }
    package var server: String? { nil }
    package var uniquePlace: DevicePlace? { nil }
    package var hostDevice: HostDeviceSource? { nil }

    /// `alias/@name`.
    package var alias: DeviceAlias? {
        get { handle.alias }
        set { handle.alias = newValue }
    }

    /// `address`.
    package var address: GuestAddress? {
        get { handle.address }
        set { handle.address = newValue }
    }
}

/// One device of a definition, of any class.
package enum Device: Hashable, Sendable {
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
    case dtdev(DeviceTreeDevice)
    /// One that is not passed to Xen.
    case opaque(OpaqueDevice)

    /// Every kind that there is. The other modules have no lists of their own.
    package static let models: [any DeviceModel.Type] = [
        Disk.self, Controller.self, Filesystem.self, Interface.self, CharacterDevice.self, Input.self, Graphics.self,
        Sound.self, Video.self, HostDevice.self, MemoryBalloon.self, VirtualTPM.self, VirtualDisplay.self,
        VirtualSound.self, DeviceTreeDevice.self, OpaqueDevice.self,
    ]

    /// The device as one of its class, for what is the same for all classes.
    package var model: any DeviceModel { ask(ModelItself()) }

    package var deviceClass: DeviceClass { ask(ModelClass()) }

    private func ask<Question: ModelQuestion>(_ question: Question) -> Question.Answer {
        switch self {
        case .disk(let device): question.answer(device)
        case .controller(let device): question.answer(device)
        case .filesystem(let device): question.answer(device)
        case .interface(let device): question.answer(device)
        case .character(let device): question.answer(device)
        case .input(let device): question.answer(device)
        case .graphics(let device): question.answer(device)
        case .sound(let device): question.answer(device)
        case .video(let device): question.answer(device)
        case .hostdev(let device): question.answer(device)
        case .memballoon(let device): question.answer(device)
        case .vtpm(let device): question.answer(device)
        case .vdispl(let device): question.answer(device)
        case .vsnd(let device): question.answer(device)
        case .dtdev(let device): question.answer(device)
        case .opaque(let device): question.answer(device)
        }
    }

    /// What it has like every device.
    package var handle: DeviceHandle {
        get { ask(ModelHandle()) }
        set {
            var model = model
            model.handle = newValue
            self = model.asDevice
        }
    }

    /// `alias/@name`.
    package var alias: DeviceAlias? {
        get { handle.alias }
        set { handle.alias = newValue }
    }

    /// `address`: where the guest sees it.
    package var address: GuestAddress? {
        get { handle.address }
        set { handle.address = newValue }
    }

    /// The name of the domain that serves the device; nil is Domain-0, or a device that nobody serves.
    package var backendDomain: String? { model.server }

    /// What a user who gave no alias knows the device by: a disk's target, a NIC's MAC address, a host device's place.
    package var familiarName: String { model.familiarName }
}

/// Something to be known of a device of any class; what is asked often is answered without a copy of the whole device.
private protocol ModelQuestion {
    associatedtype Answer

    func answer(_ model: some DeviceModel) -> Answer
}

private struct ModelItself: ModelQuestion {
    func answer(_ model: some DeviceModel) -> any DeviceModel { model }
}

private struct ModelClass: ModelQuestion {
    func answer(_ model: some DeviceModel) -> DeviceClass { model.deviceClass }
}

private struct ModelHandle: ModelQuestion {
    func answer(_ model: some DeviceModel) -> DeviceHandle { model.handle }
}

extension DomainDefinition {
    /// The disks among the devices, in their order.
    package var disks: [Disk] {
        get { devices.compactMap { if case .disk(let device) = $0 { device } else { nil } } }
        set { replace(.disk, by: newValue.map(Device.disk)) }
    }

    /// The NICs among the devices, in their order.
    package var interfaces: [Interface] {
        get { devices.compactMap { if case .interface(let device) = $0 { device } else { nil } } }
        set { replace(.interface, by: newValue.map(Device.interface)) }
    }

    /// The controllers among the devices, in their order.
    package var controllers: [Controller] {
        devices.compactMap { if case .controller(let device) = $0 { device } else { nil } }
    }

    /// The ports, consoles or channels among the devices, in their order.
    package func characterDevices(_ deviceClass: DeviceClass) -> [CharacterDevice] {
        devices.compactMap {
            if case .character(let device) = $0, device.kind.deviceClass == deviceClass { device } else { nil }
        }
    }

    /// The displays among the devices, in their order.
    package var graphics: [Graphics] {
        devices.compactMap { if case .graphics(let device) = $0 { device } else { nil } }
    }

    /// The video cards among the devices, in their order.
    package var videos: [Video] {
        devices.compactMap { if case .video(let device) = $0 { device } else { nil } }
    }

    /// The devices of the host among the devices, in their order.
    package var hostDevices: [HostDevice] {
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
