package import XenUnits

/// A disk, CD-ROM or floppy drive of a domain. Source: `/domain/devices/disk`.
package struct Disk: Hashable, Sendable {
    /// What the guest takes it for. `@device`.
    package var device: DiskDevice
    /// Where its bytes are. `@type` and `source`.
    package var source: DiskSource
    /// Which service of the host serves it: `qemu`, `phy`, `tap`, `tap2`, `file`; nil leaves it to libxl. `driver/@name`.
    package var driverName: String?
    /// How the bytes are laid out: `raw`, `qcow2` …; nil is raw. `driver/@type`.
    package var driverType: String?
    /// Whether what the guest discards is given back; nil leaves it to libxl. `driver/@discard`.
    package var discard: DiskDiscard?
    /// Where the guest sees it: a `vdev` such as `xvda` or `hdc`, as written. `target/@dev`.
    package var target: String
    /// The bus that the document names; description only. `target/@bus`.
    package var bus: String?
    /// `readonly`; a CD-ROM is read-only without it.
    package var isReadOnly: Bool
    /// Whether several domains may write to it at once. `shareable`.
    package var isShareable: Bool
    /// Whether changes are thrown away when the domain ends; kept, but libxl cannot express it. `transient`.
    package var isTransient: Bool
    /// The name of the domain that serves the disk; nil is Domain-0. `backenddomain/@name`.
    package var backendDomain: String?
    /// The host's script that makes the disk ready, in Xen's script directory or an absolute path; nil is Xen's default.
    /// `xenkeeper:script/@path`.
    package var script: String?
    /// Whether the source is safe to be opened past the host's page cache; nil leaves it to libxl.
    /// `xenkeeper:options/@directIOSafe`.
    package var directIOSafe: Bool?
    /// Whether the medium is shown to the guest as one that can be taken out; nil is libvirt's, yes.
    /// `xenkeeper:options/@removable`.
    package var removable: Bool?
    /// Its place in the order in which the guest is booted from its devices, from 1. `boot/@order`.
    package var bootOrder: UInt32?
    package var handle: DeviceHandle

    /// A writable disk on `source` that the guest sees at `target`, and nothing else said.
    package init(device: DiskDevice = .disk, source: DiskSource, target: String, alias: DeviceAlias? = nil) {
        self.device = device
        self.source = source
        self.target = target
        handle = DeviceHandle(alias: alias)
        isReadOnly = device == .cdrom
        isShareable = false
        isTransient = false
    }

    /// Whether the guest may write to it.
    package var isWritable: Bool { !isReadOnly && device != .cdrom }

    /// The number that the target stands for; nil where it is no vdev (`vda`, say).
    package var vdev: BlockDeviceNumber? { BlockDeviceNumber(vdev: target) }
}

extension Disk: DeviceModel {
    package static var classes: [DeviceClass] { [.disk] }
    package var asDevice: Device { .disk(self) }
    package var familiarName: String { target }
    package var server: String? { backendDomain }
    package var uniquePlace: DevicePlace? { vdev.map(DevicePlace.vdev) ?? .target(target) }
}

/// What a guest takes a disk for. Source: `/domain/devices/disk/@device`.
public enum DiskDevice: String, Hashable, Sendable, CaseIterable {
    case disk
    case cdrom
    case floppy
}

/// What becomes of blocks that the guest discards. Source: `/domain/devices/disk/driver/@discard`.
package enum DiskDiscard: String, Hashable, Sendable, CaseIterable {
    case unmap
    case ignore
}

/// Where a disk's bytes are. Source: `/domain/devices/disk/@type` and `source`.
package struct DiskSource: Hashable, Sendable {
    /// `@type`.
    package var kind: DiskSourceKind
    /// An absolute path on the backend's host; nil in a drive without a medium, and for a network disk.
    package var path: String?
    /// Where a network disk is; nil for the other kinds. `source`.
    package var network: NetworkDiskSource?

    /// A source of `kind` at `path`.
    package init(kind: DiskSourceKind, path: String?) {
        self.kind = kind
        self.path = path
    }

    /// A disk that is served over the network.
    package init(network: NetworkDiskSource) {
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
package struct NetworkDiskSource: Hashable, Sendable {
    /// `rbd`, or another protocol, which is kept but which libxl cannot express. `@protocol`.
    package var networkProtocol: String
    /// For rbd the pool and the image, `POOL/IMAGE`. `@name`.
    package var name: String?
    /// In document order. `host`.
    package var hosts: [NetworkDiskHost]
    /// Whom to be there. `../auth/@username`, or `auth/@username`.
    package var user: String?
    /// Which of the secrets of the connection's keeps the key: its UUID or usage. `auth/secret`.
    package var secret: NetworkDiskSecret?
    /// A file of the host that says the rest. `config/@file`.
    package var configurationFile: String?
    /// `snapshot/@name`.
    package var snapshot: String?
    /// Whether nothing is said of how to authenticate, so that Ceph's configuration on the backend's host decides; else
    /// a disk without a user says that it does not. `../xenkeeper:options/@authentication='configured'`.
    package var authenticatesAsConfigured: Bool

    /// A disk of this name and nothing else said.
    package init(networkProtocol: String, name: String?) {
        self.networkProtocol = networkProtocol
        self.name = name
        hosts = []
        authenticatesAsConfigured = false
    }
}

/// One server of a network disk. Source: `/domain/devices/disk/source/host`.
package struct NetworkDiskHost: Hashable, Sendable {
    /// A host's name or address; IPv6 without brackets. `@name`.
    package var name: String
    /// `@port`.
    package var port: UInt16?

    /// The server `name` at `port`.
    package init(name: String, port: UInt16? = nil) {
        self.name = name
        self.port = port
    }
}

/// How a network disk's key is found. Source: `/domain/devices/disk/auth/secret`.
package enum NetworkDiskSecret: Hashable, Sendable {
    case uuid(DomainUUID)
    case usage(String)
}
