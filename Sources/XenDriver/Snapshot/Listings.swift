import LibxlAPI
public import XenModel
public import XenUnits

/// A domain in a list.
public struct DomainListing: Hashable, Sendable {
    /// nil if it does not run.
    public var domid: DomainID?
    /// A foreign domain's name may break our own rules for names.
    public var name: String
    public var uuid: DomainUUID
    public var state: DomainState
    /// Whether it has a persistent definition.
    public var isPersistent: Bool
    /// Whether another toolstack made it; Domain-0 is not foreign.
    public var isForeign: Bool
    /// Whether it is started with the host.
    public var isAutostarted = false
    public var reason = DomainStateReason.unknown
    /// When it is started anew, if it is held off for rebooting in a loop; nil if it is not.
    public var heldOff: HeldOffRestart?
    /// What keeps a dying domain in the hypervisor: sentences. Empty for any other.
    public var holders: [String] = []
    /// What people call it, where its definition says.
    public var title: String?
    /// What a command has begun and not ended; nil if there is nothing.
    public var unfinished: UnfinishedChange?
}

/// A restart that waits, because the domain was started too often in too short a time.
public struct HeldOffRestart: Hashable, Sendable {
    /// Until the service starts the domain.
    public var wait: Duration
    /// How many restarts came one upon the other, that one among them.
    public var restarts: Int

    /// A restart that waits for `wait`, the last of so many in a row.
    public init(wait: Duration, restarts: Int) {
        self.wait = wait
        self.restarts = restarts
    }
}

/// A change that is under way, or was interrupted and is completed or undone by the next one.
public struct UnfinishedChange: Hashable, Sendable, CustomStringConvertible {
    public var kind: ChangeKind
    /// The device that it is on, as messages name it; nil if it is on the whole domain.
    public var device: String?

    /// Such as `attach of interface 'ua-new'`.
    public var description: String { kind.rawValue + (device.map { " of \($0)" } ?? "") }
}

/// What a domain does, in virsh's words (the raw value).
public enum DomainState: String, Hashable, Sendable, CaseIterable {
    case noState = "no state"
    case running
    case idle
    case paused
    case inShutdown = "in shutdown"
    case shutOff = "shut off"
    case crashed
    case dying
}

/// How a domain came to its state: virsh's words (the raw value), and for a guest that has ended, libxl's.
public enum DomainStateReason: String, Hashable, Sendable, CaseIterable {
    case unknown
    /// Running since its start.
    case booted
    /// Running again.
    case unpaused
    /// Paused because somebody asked for it.
    case user
    /// Paused because it is being started.
    case startingUp = "starting up"
    case poweroff
    case reboot
    case suspend
    case watchdog
    case softReset = "soft reset"
    /// Its guest has ended and is to be started anew, later.
    case heldOff = "restart held off"
    /// Running without the QEMU that it was started with.
    case deviceModelDied = "device model died"
}

/// Everything of `dominfo`.
public struct DomainSummary: Hashable, Sendable {
    public var listing: DomainListing
    public var guestType: GuestType
    public var vcpus: UInt32
    /// nil if it does not run.
    public var cpuTimeNanoseconds: UInt64?
    public var maximumMemory: Kibibytes
    public var usedMemory: Kibibytes
}

/// A device of a domain, as `device-list` shows it.
public struct DeviceListing: Hashable, Sendable {
    /// The user's name of it, or the generated one of a live device; nil for a foreign device, and for an unnamed one
    /// of a domain that does not run.
    public var alias: DeviceAlias?
    public var deviceClass: DeviceClass
    /// What a user who gave no alias knows the device by: target or MAC.
    public var familiarName: String
    /// nil in a domain that does not run.
    public var identity: DeviceIdentity?
    /// nil in a domain that does not run.
    public var backendDomainID: DomainID?
    /// The backend domain's name, where it is known.
    public var backendDomainName: String?
    public var state: DeviceState
}

/// Where a device stands between our books and Xen.
public enum DeviceState: String, Hashable, Sendable, CaseIterable {
    /// In our books and in Xen.
    case bound
    /// Being plugged by a command that runs or was killed.
    case attaching
    /// Being unplugged by a command that runs or was killed, or waiting for the guest to let go.
    case detaching
    /// In Xen, and plugged by somebody else.
    case foreign
    /// In our books, and gone from Xen.
    case missing
    /// Made with the domain: it can be neither unplugged nor identified in Xen.
    case builtIn = "built-in"
    /// Of a domain that does not run.
    case defined
}

/// A NIC, as `domiflist` shows it.
public struct InterfaceListing: Hashable, Sendable {
    public var alias: DeviceAlias?
    /// The host's name of its end; nil until it is known.
    public var target: String?
    public var kind: InterfaceKind
    /// The bridge, if there is one.
    public var source: String?
    public var model: String?
    public var mac: MACAddress
    /// As the definition wants it.
    public var link = LinkState.up
}

/// A disk, as `domblklist` shows it.
public struct DiskListing: Hashable, Sendable {
    public var alias: DeviceAlias?
    public var kind: DiskSourceKind
    public var device: DiskDevice
    public var target: String
    /// nil in a drive without a medium.
    public var source: String?
}
