public import XenUnits

/// A request about a device that exists: which one is meant, and what it should be.
///
/// Source: the document of virsh's `detach-device` and `update-device`, or their `--alias`.
package struct DeviceRequest: Hashable, Sendable {
    /// Which device is meant.
    package var criteria: DeviceCriteria
    /// What the document says the device should be; nil when the request only names it. Detach ignores it.
    package var requested: RequestedDevice?

    /// A request for the device that `criteria` names.
    package init(criteria: DeviceCriteria, requested: RequestedDevice? = nil) {
        self.criteria = criteria
        self.requested = requested
    }
}

/// What a request names a device by. Every one that is given must hold of one and the same device.
public struct DeviceCriteria: Hashable, Sendable {
    /// The class of device; nil is any, as in a request by alias alone.
    public var deviceClass: DeviceClass?
    /// `alias/@name`.
    public var alias: DeviceAlias?
    /// `interface/mac/@address`, if the request wrote one.
    public var mac: MACAddress?
    /// `address`.
    public var address: GuestAddress?
    /// A disk's `target/@dev`, a NIC's that Xen did not generate, or a filesystem's `target/@dir`.
    public var target: String?
    /// A disk's `source/@file` or `@dev`, or a filesystem's `source/@dir`.
    public var source: String?
    /// A host device's `source`, or that of a NIC which is one: where it is, and nothing of how it is handed out. A USB
    /// device that is named by place and by vendor and product must have both.
    public var hostDevice: HostDeviceSource?
    /// A controller's `@type` and `@index`.
    public var controller: ControllerPlace?
    /// What the guest sees of a port, console or channel: its `target`, if that says a port or a name.
    public var character: CharacterDeviceKind?
    /// The whole element of a device that Xen cannot express, where nothing else names it.
    public var opaque: OpaqueElement?
    /// What the device is in Xen; no document says it.
    public var identity: DeviceIdentity?

    /// Criteria of `deviceClass` that name nothing yet.
    public init(deviceClass: DeviceClass? = nil) {
        self.deviceClass = deviceClass
    }

    /// The criterion that the device has this alias.
    public init(alias: DeviceAlias) {
        self.alias = alias
    }

    /// Whether nothing is named, so that no device can be meant.
    public var isEmpty: Bool {
        alias == nil && mac == nil && address == nil && target == nil && source == nil && hostDevice == nil
            && controller == nil && character == nil && opaque == nil && identity == nil
    }
}

/// Which controller of a domain. Source: `/domain/devices/controller/@type` and `@index`.
public struct ControllerPlace: Hashable, Sendable, CustomStringConvertible {
    public var type: ControllerType
    public var index: UInt32

    /// The controller `index` of `type`.
    public init(type: ControllerType, index: UInt32) {
        self.type = type
        self.index = index
    }

    public var description: String { "\(type.rawValue) \(index)" }
}

/// What an update wants a device to be: everything that the document says beside the criteria.
package enum RequestedDevice: Hashable, Sendable {
    case disk(RequestedDisk)
    case interface(RequestedInterface)
}

/// What an update wants a disk to be. Nil is "not said".
package struct RequestedDisk: Hashable, Sendable {
    package var device: DiskDevice?
    package var sourceKind: DiskSourceKind?
    /// What the medium of a drive should be; nil is none, as in an ejection.
    package var source: DiskSource?
    package var driverName: String?
    package var driverType: String?
    package var bus: String?
    package var backendDomain: String?
    package var isReadOnly: Bool
    package var isShareable: Bool
    package var isTransient: Bool
    package var discard: DiskDiscard?
    package var script: String?
    package var directIOSafe: Bool?
    package var removable: Bool?
    package var bootOrder: UInt32?

    /// Nothing said.
    package init() {
        isReadOnly = false
        isShareable = false
        isTransient = false
    }
}
