package import XenUnits

/// A keyboard, mouse or tablet of a domain. Source: `/domain/devices/input`.
package struct Input: Hashable, Sendable {
    /// `@type`.
    package var type: InputType
    /// `@bus`; nil is `ps2` for hvm, or `usb` for a tablet, and `xen` otherwise.
    package var bus: InputBus?
    package var handle: DeviceHandle

    /// A device of this type on this bus.
    package init(type: InputType, bus: InputBus? = nil, alias: DeviceAlias? = nil) {
        self.type = type
        self.bus = bus
        handle = DeviceHandle(alias: alias)
    }

    /// Whether an hvm guest has it on a USB controller. libvirt's rule: a tablet is, unless its bus is named.
    package var isUSB: Bool { bus.map { $0 == .usb } ?? (type == .tablet) }
}

extension Input: DeviceModel {
    package static var classes: [DeviceClass] { [.input] }
    package var asDevice: Device { .input(self) }
    package var familiarName: String { type.rawValue }
}

/// The kinds of input device. Source: `/domain/devices/input/@type`.
package enum InputType: String, Hashable, Sendable, CaseIterable {
    case mouse
    case keyboard
    case tablet
}

/// What an input device is plugged into. Only `usb` says something to libxl. Source: `/domain/devices/input/@bus`.
package enum InputBus: String, Hashable, Sendable, CaseIterable {
    case ps2
    case usb
    case xen
}

/// A sound card of a domain. Source: `/domain/devices/sound`.
package struct Sound: Hashable, Sendable {
    /// `@model`.
    package var model: SoundModel
    package var handle: DeviceHandle

    /// A card of this model.
    package init(model: SoundModel, alias: DeviceAlias? = nil) {
        self.model = model
        handle = DeviceHandle(alias: alias)
    }
}

extension Sound: DeviceModel {
    package static var classes: [DeviceClass] { [.sound] }
    package var asDevice: Device { .sound(self) }
    package var familiarName: String { model.rawValue }
}

/// The models of sound card that Xen's device model has. Source: `/domain/devices/sound/@model`.
package enum SoundModel: String, Hashable, Sendable, CaseIterable {
    case sb16
    case es1370
    case ac97
    case ich6
}

/// What devices of a domain are plugged into. Source: `/domain/devices/controller`.
package struct Controller: Hashable, Sendable {
    /// `@type`.
    package var type: ControllerType
    /// Counted from 0 within the type. `@index`.
    package var index: UInt32
    /// For usb `qusb1` or `qusb2` say something to libxl; else description. `@model`.
    package var model: String?
    /// For usb, 1 to 31; nil is as many as one of its type has. `@ports`.
    package var ports: UInt32?
    /// For usb, what it is to Xen; nil is what `model` says. `xenkeeper:usb/@type`.
    package var usbType: USBControllerType?
    /// For usb, the version of USB, 1 to 3; nil is what `model` says. `xenkeeper:usb/@version`.
    package var usbVersion: UInt32?
    /// For xenbus: how many grant table frames the guest may have. `@maxGrantFrames`.
    package var maxGrantFrames: UInt32?
    /// For xenbus: how many event channels the guest may have. `@maxEventChannels`.
    package var maxEventChannels: UInt32?
    /// The name of the domain that serves a usb controller; nil is Domain-0. `xenkeeper:backenddomain/@name`.
    package var backendDomain: String?
    package var handle: DeviceHandle

    /// The controller `index` of `type`.
    package init(type: ControllerType, index: UInt32, alias: DeviceAlias? = nil) {
        self.type = type
        self.index = index
        handle = DeviceHandle(alias: alias)
    }

    /// Which controller it is.
    package var place: ControllerPlace { ControllerPlace(type: type, index: index) }
}

extension Controller: DeviceModel {
    package static var classes: [DeviceClass] { [.controller] }
    package var asDevice: Device { .controller(self) }
    package var familiarName: String { "\(type.rawValue) \(index)" }
    package var server: String? { backendDomain }
    package var uniquePlace: DevicePlace? { .controller(place) }
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
package struct Filesystem: Hashable, Sendable {
    /// An absolute path of the host. `source/@dir`.
    package var source: String
    /// The tag by which the guest mounts it. `target/@dir`.
    package var target: String
    /// How the guest's owners and modes are kept in the host; nil is passthrough. `@accessmode`.
    package var accessMode: FilesystemAccessMode?
    /// `readonly`; kept, but libxl cannot express it.
    package var isReadOnly: Bool
    /// The name of the domain that serves it; nil is Domain-0. `xenkeeper:backenddomain/@name`.
    package var backendDomain: String?
    package var handle: DeviceHandle

    /// The directory `source`, under the tag `target`.
    package init(source: String, target: String, alias: DeviceAlias? = nil) {
        self.source = source
        self.target = target
        handle = DeviceHandle(alias: alias)
        isReadOnly = false
    }
}

extension Filesystem: DeviceModel {
    package static var classes: [DeviceClass] { [.filesystem] }
    package var asDevice: Device { .filesystem(self) }
    package var familiarName: String { target }
    package var server: String? { backendDomain }
    package var uniquePlace: DevicePlace? { .tag(target) }
}

/// How a guest's owners and modes are kept in the host. Source: `/domain/devices/filesystem/@accessmode`.
package enum FilesystemAccessMode: String, Hashable, Sendable, CaseIterable {
    case passthrough
    case mapped
    case squash
}

/// The device through which a guest's memory is taken and given back. Source: `/domain/devices/memballoon`.
package struct MemoryBalloon: Hashable, Sendable {
    /// `@model`.
    package var model: MemoryBalloonModel
    package var handle: DeviceHandle

    /// A balloon of this model.
    package init(model: MemoryBalloonModel, alias: DeviceAlias? = nil) {
        self.model = model
        handle = DeviceHandle(alias: alias)
    }
}

extension MemoryBalloon: DeviceModel {
    package static var classes: [DeviceClass] { [.memballoon] }
    package var asDevice: Device { .memballoon(self) }
    package var familiarName: String { model.rawValue }
    package var uniquePlace: DevicePlace? { .memballoon }
}

/// The models of balloon; libxl has a word for `xen` alone, and that one always is there. Source:
/// `/domain/devices/memballoon/@model`.
package enum MemoryBalloonModel: String, Hashable, Sendable, CaseIterable {
    case xen
    case virtio
    case virtioTransitional = "virtio-transitional"
    case virtioNonTransitional = "virtio-non-transitional"
    case none
}
