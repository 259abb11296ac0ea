public import XenUnits

/// A disk, CD-ROM or floppy drive of a domain. Source: `/domain/devices/disk`.
public struct Disk: Hashable, Sendable {
    /// What the guest takes it for. `@device`.
    public var device: DiskDevice
    /// Where its bytes are. `@type` and `source`.
    public var source: DiskSource
    /// Which service of the host serves it: `qemu`, `phy`, `tap`, `tap2`, `file`; nil leaves it to libxl. `driver/@name`.
    public var driverName: String?
    /// How the bytes are laid out: `raw`, `qcow2` …; nil is raw. `driver/@type`.
    public var driverType: String?
    /// Whether what the guest discards is given back; nil leaves it to libxl. `driver/@discard`.
    public var discard: DiskDiscard?
    /// Where the guest sees it: a `vdev` such as `xvda` or `hdc`, as written. `target/@dev`.
    public var target: String
    /// The bus that the document names; description only. `target/@bus`.
    public var bus: String?
    /// `readonly`; a CD-ROM is read-only without it.
    public var isReadOnly: Bool
    /// Whether several domains may write to it at once. `shareable`.
    public var isShareable: Bool
    /// Whether changes are thrown away when the domain ends; kept, but libxl cannot express it. `transient`.
    public var isTransient: Bool
    /// The name of the domain that serves the disk; nil is Domain-0. `backenddomain/@name`.
    public var backendDomain: String?
    /// The host's script that makes the disk ready, in Xen's script directory or an absolute path; nil is Xen's default.
    /// `xenkeeper:script/@path`.
    public var script: String?
    /// Whether the source is safe to be opened past the host's page cache; nil leaves it to libxl.
    /// `xenkeeper:options/@directIOSafe`.
    public var directIOSafe: Bool?
    /// Whether the medium is shown to the guest as one that can be taken out; nil is libvirt's, yes.
    /// `xenkeeper:options/@removable`.
    public var removable: Bool?
    /// Its place in the order in which the guest is booted from its devices, from 1. `boot/@order`.
    public var bootOrder: UInt32?
    public var handle: DeviceHandle

    /// A writable disk on `source` that the guest sees at `target`, and nothing else said.
    public init(device: DiskDevice = .disk, source: DiskSource, target: String, alias: DeviceAlias? = nil) {
        self.device = device
        self.source = source
        self.target = target
        handle = DeviceHandle(alias: alias)
        isReadOnly = device == .cdrom
        isShareable = false
        isTransient = false
    }

    /// Whether the guest may write to it.
    public var isWritable: Bool { !isReadOnly && device != .cdrom }

    /// The number that the target stands for; nil where it is no vdev (`vda`, say).
    public var vdev: BlockDeviceNumber? { BlockDeviceNumber(vdev: target) }
}

extension Disk: DeviceModel {
    public static var classes: [DeviceClass] { [.disk] }
    public var asDevice: Device { .disk(self) }
    public var familiarName: String { target }
    public var server: String? { backendDomain }
    public var uniquePlace: DevicePlace? { vdev.map(DevicePlace.vdev) ?? .target(target) }
}

/// What a guest takes a disk for. Source: `/domain/devices/disk/@device`.
public enum DiskDevice: String, Hashable, Sendable, CaseIterable {
    case disk
    case cdrom
    case floppy
}

/// What becomes of blocks that the guest discards. Source: `/domain/devices/disk/driver/@discard`.
public enum DiskDiscard: String, Hashable, Sendable, CaseIterable {
    case unmap
    case ignore
}

/// Where a disk's bytes are. Source: `/domain/devices/disk/@type` and `source`.
public struct DiskSource: Hashable, Sendable {
    /// `@type`.
    public var kind: DiskSourceKind
    /// An absolute path on the backend's host; nil in a drive without a medium, and for a network disk.
    public var path: String?
    /// Where a network disk is; nil for the other kinds. `source`.
    public var network: NetworkDiskSource?

    /// A source of `kind` at `path`.
    public init(kind: DiskSourceKind, path: String?) {
        self.kind = kind
        self.path = path
    }

    /// A disk that is served over the network.
    public init(network: NetworkDiskSource) {
        kind = .network
        self.network = network
    }
}

/// The kinds of disk source that this driver knows. Source: `/domain/devices/disk/@type`.
public enum DiskSourceKind: String, Hashable, Sendable, CaseIterable {
    case file
    case block
    case network
}

/// A disk that is served over the network. Source: `/domain/devices/disk[@type='network']/source`.
public struct NetworkDiskSource: Hashable, Sendable {
    /// `rbd`, or another protocol, which is kept but which libxl cannot express. `@protocol`.
    public var networkProtocol: String
    /// For rbd the pool and the image, `POOL/IMAGE`. `@name`.
    public var name: String?
    /// In document order. `host`.
    public var hosts: [NetworkDiskHost]
    /// Whom to be there. `../auth/@username`, or `auth/@username`.
    public var user: String?
    /// Which of the secrets of the connection's keeps the key: its UUID or usage. `auth/secret`.
    public var secret: NetworkDiskSecret?
    /// A file of the host that says the rest. `config/@file`.
    public var configurationFile: String?
    /// `snapshot/@name`.
    public var snapshot: String?
    /// Whether nothing is said of how to authenticate, so that Ceph's configuration on the backend's host decides; else
    /// a disk without a user says that it does not. `../xenkeeper:options/@authentication='configured'`.
    public var authenticatesAsConfigured: Bool

    /// A disk of this name and nothing else said.
    public init(networkProtocol: String, name: String?) {
        self.networkProtocol = networkProtocol
        self.name = name
        hosts = []
        authenticatesAsConfigured = false
    }
}

/// One server of a network disk. Source: `/domain/devices/disk/source/host`.
public struct NetworkDiskHost: Hashable, Sendable {
    /// A host's name or address; IPv6 without brackets. `@name`.
    public var name: String
    /// `@port`.
    public var port: UInt16?

    /// The server `name` at `port`.
    public init(name: String, port: UInt16? = nil) {
        self.name = name
        self.port = port
    }
}

/// How a network disk's key is found. Source: `/domain/devices/disk/auth/secret`.
public enum NetworkDiskSecret: Hashable, Sendable {
    case uuid(DomainUUID)
    case usage(String)
}
