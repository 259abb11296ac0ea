import XenModel
import XenUnits

/// What of the host one running domain alone can have, or several that share it: disks and host devices.
extension Driver {
    /// Settles domains that do not run any more and still have what `devices` need in their books.
    func release(_ devices: [Device], for uuid: DomainUUID) async throws(DriverError) {
        let paths = Set(devices.compactMap(\.disk?.source.path))
        let places = Set(devices.compactMap(\.hostPlace))
        guard !paths.isEmpty || !places.isEmpty else { return }
        try await settleDead { status in
            status.uuid != uuid
                && status.takenDevices.contains { device in
                    device.disk?.source.path.map(paths.contains) ?? device.hostPlace.map(places.contains) ?? false
                }
        }
    }

    /// Refuses disks that another running domain of ours has, unless both only read or both share, and devices of the
    /// host that another one has.
    func requireFree(_ devices: [Device], for uuid: DomainUUID) throws(DriverError) {
        let disks = devices.compactMap(\.disk)
        let places = Set(devices.compactMap(\.hostPlace))
        guard !disks.isEmpty || !places.isEmpty else { return }
        for other in try reading({ () throws(StateError) in try store.statusUUIDs() }) where other != uuid {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(other) }) else {
                continue
            }
            let taken = status.takenDevices
            if let clash = taken.first(where: { $0.hostPlace.map(places.contains) ?? false }) {
                throw .hostDeviceInUse(
                    device: clash.hostDevice?.description ?? clash.familiarName, by: status.name.text)
            }
            for disk in disks {
                guard let path = disk.source.path,
                    let clash = taken.compactMap(\.disk).first(where: {
                        $0.source.path == path && $0.backendDomain == disk.backendDomain
                    }),
                    disk.isWritable || clash.isWritable, !(disk.isShareable && clash.isShareable)
                else { continue }
                throw .diskInUse(path: path, by: status.name.text)
            }
        }
    }
}

extension DomainStatus {
    /// The devices that the domain has, or is about to have.
    var takenDevices: [Device] {
        definition.value.devices + [plan?.target?.device.value].compactMap { $0 }
    }
}

extension Device {
    fileprivate var disk: Disk? {
        if case .disk(let disk) = self { disk } else { nil }
    }

    /// Where on the host it is; nil for what is no device of the host's.
    fileprivate var hostPlace: DevicePlace? { hostDevice?.place }
}
