public import XenUnits

/// A keyboard, mouse or tablet of a domain. Source: `/domain/devices/input`.
public struct Input: Hashable, Sendable {
    /// `@type`.
    public var type: InputType
    /// `@bus`; nil is `ps2` for hvm, or `usb` for a tablet, and `xen` otherwise.
    public var bus: InputBus?
    public var handle: DeviceHandle

    /// A device of this type on this bus.
    public init(type: InputType, bus: InputBus? = nil, alias: DeviceAlias? = nil) {
        self.type = type
        self.bus = bus
        handle = DeviceHandle(alias: alias)
    }

    /// Whether an hvm guest has it on a USB controller. libvirt's rule: a tablet is, unless its bus is named.
    package var isUSB: Bool { bus.map { $0 == .usb } ?? (type == .tablet) }
}

extension Input: DeviceModel {
    public static var classes: [DeviceClass] { [.input] }
    public var asDevice: Device { .input(self) }
    public var familiarName: String { type.rawValue }
}

/// The kinds of input device. Source: `/domain/devices/input/@type`.
public enum InputType: String, Hashable, Sendable, CaseIterable {
    case mouse
    case keyboard
    case tablet
}

/// What an input device is plugged into. Only `usb` says something to libxl. Source: `/domain/devices/input/@bus`.
public enum InputBus: String, Hashable, Sendable, CaseIterable {
    case ps2
    case usb
    case xen
}

/// A sound card of a domain. Source: `/domain/devices/sound`.
public struct Sound: Hashable, Sendable {
    /// `@model`.
    public var model: SoundModel
    public var handle: DeviceHandle

    /// A card of this model.
    public init(model: SoundModel, alias: DeviceAlias? = nil) {
        self.model = model
        handle = DeviceHandle(alias: alias)
    }
}

extension Sound: DeviceModel {
    public static var classes: [DeviceClass] { [.sound] }
    public var asDevice: Device { .sound(self) }
    public var familiarName: String { model.rawValue }
}

/// The models of sound card that Xen's device model has. Source: `/domain/devices/sound/@model`.
public enum SoundModel: String, Hashable, Sendable, CaseIterable {
    case sb16
    case es1370
    case ac97
    case ich6
}

/// What devices of a domain are plugged into. Source: `/domain/devices/controller`.
public struct Controller: Hashable, Sendable {
    /// `@type`.
    public var type: ControllerType
    /// Counted from 0 within the type. `@index`.
    public var index: UInt32
    /// For usb `qusb1` or `qusb2` say something to libxl; else description. `@model`.
    public var model: String?
    /// For usb, 1 to 31; nil is as many as one of its type has. `@ports`.
    public var ports: UInt32?
    /// For usb, what it is to Xen; nil is what `model` says. `xenkeeper:usb/@type`.
    public var usbType: USBControllerType?
    /// For usb, the version of USB, 1 to 3; nil is what `model` says. `xenkeeper:usb/@version`.
    public var usbVersion: UInt32?
    /// For xenbus: how many grant table frames the guest may have. `@maxGrantFrames`.
    public var maxGrantFrames: UInt32?
    /// For xenbus: how many event channels the guest may have. `@maxEventChannels`.
    public var maxEventChannels: UInt32?
    /// The name of the domain that serves a usb controller; nil is Domain-0. `xenkeeper:backenddomain/@name`.
    public var backendDomain: String?
    public var handle: DeviceHandle

    /// The controller `index` of `type`.
    public init(type: ControllerType, index: UInt32, alias: DeviceAlias? = nil) {
        self.type = type
        self.index = index
        handle = DeviceHandle(alias: alias)
    }

    /// Which controller it is.
    public var place: ControllerPlace { ControllerPlace(type: type, index: index) }
}

extension Controller: DeviceModel {
    public static var classes: [DeviceClass] { [.controller] }
    public var asDevice: Device { .controller(self) }
    public var familiarName: String { "\(type.rawValue) \(index)" }
    public var server: String? { backendDomain }
    public var uniquePlace: DevicePlace? { .controller(place) }
}

/// The kinds of controller. Only `usb` and `xenbus` say something to libxl. Source: `/domain/devices/controller/@type`.
public enum ControllerType: String, Hashable, Sendable, CaseIterable {
    case ide
    case fdc
    case scsi
    case sata
    case usb
    case pci
    case xenbus
    case ccid
    case virtioSerial = "virtio-serial"
    case isa
}

/// A directory of the host that the guest can mount. Source: `/domain/devices/filesystem[@type='mount']`.
public struct Filesystem: Hashable, Sendable {
    /// An absolute path of the host. `source/@dir`.
    public var source: String
    /// The tag by which the guest mounts it. `target/@dir`.
    public var target: String
    /// How the guest's owners and modes are kept in the host; nil is passthrough. `@accessmode`.
    public var accessMode: FilesystemAccessMode?
    /// `readonly`; kept, but libxl cannot express it.
    public var isReadOnly: Bool
    /// The name of the domain that serves it; nil is Domain-0. `xenkeeper:backenddomain/@name`.
    public var backendDomain: String?
    public var handle: DeviceHandle

    /// The directory `source`, under the tag `target`.
    public init(source: String, target: String, alias: DeviceAlias? = nil) {
        self.source = source
        self.target = target
        handle = DeviceHandle(alias: alias)
        isReadOnly = false
    }
}

extension Filesystem: DeviceModel {
    public static var classes: [DeviceClass] { [.filesystem] }
    public var asDevice: Device { .filesystem(self) }
    public var familiarName: String { target }
    public var server: String? { backendDomain }
    public var uniquePlace: DevicePlace? { .tag(target) }
}

/// How a guest's owners and modes are kept in the host. Source: `/domain/devices/filesystem/@accessmode`.
public enum FilesystemAccessMode: String, Hashable, Sendable, CaseIterable {
    case passthrough
    case mapped
    case squash
}

/// The device through which a guest's memory is taken and given back. Source: `/domain/devices/memballoon`.
public struct MemoryBalloon: Hashable, Sendable {
    /// `@model`.
    public var model: MemoryBalloonModel
    public var handle: DeviceHandle

    /// A balloon of this model.
    public init(model: MemoryBalloonModel, alias: DeviceAlias? = nil) {
        self.model = model
        handle = DeviceHandle(alias: alias)
    }
}

extension MemoryBalloon: DeviceModel {
    public static var classes: [DeviceClass] { [.memballoon] }
    public var asDevice: Device { .memballoon(self) }
    public var familiarName: String { model.rawValue }
    public var uniquePlace: DevicePlace? { .memballoon }
}

/// The models of balloon; libxl has a word for `xen` alone, and that one always is there. Source:
/// `/domain/devices/memballoon/@model`.
public enum MemoryBalloonModel: String, Hashable, Sendable, CaseIterable {
    case xen
    case virtio
    case virtioTransitional = "virtio-transitional"
    case virtioNonTransitional = "virtio-non-transitional"
    case none
}
