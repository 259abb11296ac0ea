import XenDriver
import XenModel
import XenUnits

extension Table {
    /// `device-list`'s table.
    init(devices: [DeviceListing]) {
        headings = ["Alias", "Class", "Device", "Identity", "Backend", "State"]
        rows = devices.map { device in
            [
                device.alias?.description ?? Table.none, device.deviceClass.rawValue, device.familiarName,
                device.identity?.description ?? Table.none,
                device.backendDomainName ?? device.backendDomainID?.description ?? Table.none,
                device.state.rawValue,
            ]
        }
    }

    /// `domiflist`'s table.
    init(interfaces: [InterfaceListing]) {
        headings = ["Interface", "Type", "Source", "Model", "MAC"]
        rows = interfaces.map { nic in
            [
                nic.target ?? Table.none, nic.kind.rawValue, nic.source ?? Table.none, nic.model ?? Table.none,
                nic.mac.description,
            ]
        }
    }

    /// `domblklist`'s table; with `details` the disks' type and device come first.
    init(disks: [DiskListing], details: Bool) {
        headings = (details ? ["Type", "Device"] : []) + ["Target", "Source"]
        rows = disks.map { disk in
            (details ? [disk.kind.rawValue, disk.device.rawValue] : []) + [disk.target, disk.source ?? Table.none]
        }
    }
}

/// A device in `device-list --json`.
struct DeviceRecord: Encodable, Hashable, Sendable {
    /// The user's alias or the generated one; null if it has none.
    let alias: Nullable<String>
    /// The element's name: `disk`, `interface`, `hostdev` …
    let `class`: String
    /// A disk's target, a NIC's MAC address, where a host device is.
    let device: String
    /// What `--identity` takes, such as `vif/1`; null in a domain that does not run.
    let identity: Nullable<String>
    /// The domain that serves it; null in a domain that does not run.
    let backendDomainID: Nullable<UInt32>
    /// null where it is not known.
    let backendDomainName: Nullable<String>
    /// `bound`, `attaching`, `detaching`, `foreign`, `missing`, `built-in` or `defined`.
    let state: String

    /// The record of a listed device.
    init(_ device: DeviceListing) {
        alias = Nullable(device.alias?.description)
        `class` = device.deviceClass.rawValue
        self.device = device.familiarName
        identity = Nullable(device.identity?.description)
        backendDomainID = Nullable(device.backendDomainID?.rawValue)
        backendDomainName = Nullable(device.backendDomainName)
        state = device.state.rawValue
    }
}

/// A NIC in `domiflist --json`.
struct InterfaceRecord: Encodable, Hashable, Sendable {
    let alias: Nullable<String>
    /// The host's name of its end; null until it is known.
    let interface: Nullable<String>
    /// `bridge` or `ethernet`.
    let type: String
    /// The bridge; null if there is none.
    let source: Nullable<String>
    let model: Nullable<String>
    let mac: String

    /// The record of a listed NIC.
    init(_ nic: InterfaceListing) {
        alias = Nullable(nic.alias?.description)
        interface = Nullable(nic.target)
        type = nic.kind.rawValue
        source = Nullable(nic.source)
        model = Nullable(nic.model)
        mac = nic.mac.description
    }
}

/// A disk in `domblklist --json`.
struct DiskRecord: Encodable, Hashable, Sendable {
    let alias: Nullable<String>
    /// `file` or `block`.
    let type: String
    /// `disk` or `cdrom`.
    let device: String
    let target: String
    /// null in a drive without a medium.
    let source: Nullable<String>

    /// The record of a listed disk.
    init(_ disk: DiskListing) {
        alias = Nullable(disk.alias?.description)
        type = disk.kind.rawValue
        device = disk.device.rawValue
        target = disk.target
        source = Nullable(disk.source)
    }
}
