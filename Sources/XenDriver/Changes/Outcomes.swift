public import XenModel
public import XenUnits

/// A change that was made, and what the user should know of it.
public struct DomainOutcome: Hashable, Sendable {
    public var name: DomainName
    public var uuid: DomainUUID
    /// The domain's id after the change; nil if it does not run.
    public var domid: DomainID?
    /// What is to be known beside it, in order.
    public var warnings: [DriverNotice]
}

/// A device that was changed, and how.
public struct DeviceOutcome: Hashable, Sendable {
    /// The device's name in the live definition, or the persistent one if only that was changed; nil for a device
    /// without one in a persistent definition.
    public var alias: DeviceAlias?
    /// What a device that was attached is known by beside its name: a disk's target, a NIC's MAC address.
    public var familiarName: String?
    /// How the live device was changed; nil if only the persistent definition was.
    public var live: LiveChange?
    /// What an update changed in the persistent definition, by the names of the elements; nil if that was not for it.
    public var definition: [String]?
    /// What is to be known beside it, in order.
    public var warnings: [DriverNotice]
}

/// What was done to a live device.
public enum LiveChange: Hashable, Sendable {
    case plugged
    /// It was there, and is ours from now on.
    case adopted
    /// The guest let go of it.
    case unplugged
    /// Taken away without the guest's consent.
    case removedByForce
    /// Changed while it stayed plugged; the names of the elements that changed.
    case changedInPlace([String])
    /// Unplugged and plugged again under the same identity; the names of the elements that changed.
    case replugged([String])
    /// It already was as the document says.
    case unchanged
}
