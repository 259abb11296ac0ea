public import XenUnits

/// A request about a device that exists: which one is meant, and what it should be.
///
/// Source: the document of virsh's `detach-device` and `update-device`, or their `--alias`.
public struct DeviceRequest: Hashable, Sendable {
    /// Which device is meant.
    public var criteria: DeviceCriteria
    /// What the document says the device should be; nil when the request only names it. Detach ignores it.
    public var wish: DeviceWish?

    /// A request for the device that `criteria` names.
    public init(criteria: DeviceCriteria, wish: DeviceWish? = nil) {
        self.criteria = criteria
        self.wish = wish
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
    /// A disk's `target/@dev`, or a NIC's that Xen did not generate.
    public var target: String?
    /// A disk's `source/@file` or `@dev`.
    public var source: String?
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
        alias == nil && mac == nil && address == nil && target == nil && source == nil && identity == nil
    }
}

/// What an update wants a device to be: everything that the document says beside the criteria.
public enum DeviceWish: Hashable, Sendable {
    case disk(DiskWish)
    case interface(InterfaceWish)
}

/// What an update wants a NIC to be. Nil is "not said" for `kind`, `bridge`, `model` and `backendDomain`, which then
/// stay; for the rest it is the element's default, as in virsh.
public struct InterfaceWish: Hashable, Sendable {
    public var kind: InterfaceKind?
    public var bridge: String?
    public var model: String?
    public var backendDomain: String?
    public var script: String?
    public var ipAddresses: [String]
    public var outboundAverage: KibibytesPerSecond?
    public var mtu: UInt32?
    public var link: LinkState?

    /// Nothing said.
    public init() {
        ipAddresses = []
    }
}

/// What an update wants a disk to be. Nil is "not said".
public struct DiskWish: Hashable, Sendable {
    public var device: DiskDevice?
    public var sourceKind: DiskSourceKind?
    public var driverName: String?
    public var driverType: String?
    public var bus: String?
    public var backendDomain: String?
    public var isReadOnly: Bool
    public var isShareable: Bool

    /// Nothing said.
    public init() {
        isReadOnly = false
        isShareable = false
    }
}
