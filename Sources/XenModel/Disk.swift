public import XenUnits

/// A disk or CD-ROM drive of a domain. Source: `/domain/devices/disk`.
public struct Disk: Hashable, Sendable {
    /// What the guest takes it for. `@device`.
    public var device: DiskDevice
    /// Where its bytes are. `@type` and `source`.
    public var source: DiskSource
    /// Which service of the host serves it: `qemu`, `phy`, `tap`, `tap2`, `file`; nil leaves it to libxl. `driver/@name`.
    public var driverName: String?
    /// How the bytes are laid out: `raw`, `qcow2` …; nil is raw. `driver/@type`.
    public var driverType: String?
    /// Where the guest sees it: a `vdev` such as `xvda` or `hdc`, as written. `target/@dev`.
    public var target: String
    /// The bus that the document names; description only. `target/@bus`.
    public var bus: String?
    /// `readonly`; a CD-ROM is read-only without it.
    public var isReadOnly: Bool
    /// Whether several domains may write to it at once. `shareable`.
    public var isShareable: Bool
    /// The name of the domain that serves the disk; nil is Domain-0. `backenddomain/@name`.
    public var backendDomain: String?
    /// `alias/@name`.
    public var alias: DeviceAlias?
    /// `address`.
    public var address: GuestAddress?

    /// A writable disk on `source` that the guest sees at `target`, and nothing else said.
    public init(device: DiskDevice = .disk, source: DiskSource, target: String, alias: DeviceAlias? = nil) {
        self.device = device
        self.source = source
        self.target = target
        self.alias = alias
        isReadOnly = device == .cdrom
        isShareable = false
    }

    /// Whether the guest may write to it.
    public var isWritable: Bool { !isReadOnly && device != .cdrom }

    /// The number that the target stands for; nil where it is no vdev (`vda`, say).
    public var vdev: BlockDeviceNumber? { BlockDeviceNumber(vdev: target) }
}

/// What a guest takes a disk for. Source: `/domain/devices/disk/@device`.
public enum DiskDevice: String, Hashable, Sendable, CaseIterable {
    case disk
    case cdrom
}

/// Where a disk's bytes are. Source: `/domain/devices/disk/@type`, `source/@file`, `source/@dev`.
public struct DiskSource: Hashable, Sendable {
    /// `@type`.
    public var kind: DiskSourceKind
    /// An absolute path on the backend's host; nil in a CD-ROM drive without a medium.
    public var path: String?

    /// A source of `kind` at `path`.
    public init(kind: DiskSourceKind, path: String?) {
        self.kind = kind
        self.path = path
    }
}

/// The kinds of disk source that this driver knows. Source: `/domain/devices/disk/@type`.
public enum DiskSourceKind: String, Hashable, Sendable, CaseIterable {
    case file
    case block
}
