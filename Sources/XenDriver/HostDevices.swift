import XenModel
import XenUnits

/// Devices of the host, each of which one running domain can have.
extension Driver {
    /// Settles domains that do not run any more and still have one of the definition's devices in their books.
    func releaseHostDevices(of definition: DomainDefinition) async throws(DriverError) {
        let wanted = Set(definition.hostPlaces.map(\.place))
        guard !wanted.isEmpty else { return }
        try await settleDead { status in
            status.uuid != definition.uuid
                && status.definition.value.hostPlaces.contains { wanted.contains($0.place) }
        }
    }

    /// Refuses devices of the host that another running domain of ours has.
    func requireFreeHostDevices(of definition: DomainDefinition) throws(DriverError) {
        let wanted = Set(definition.hostPlaces.map(\.place))
        guard !wanted.isEmpty else { return }
        for other in try reading({ () throws(StateError) in try store.statusUUIDs() }) where other != definition.uuid {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(other) }),
                let clash = status.definition.value.hostPlaces.first(where: { wanted.contains($0.place) })
            else { continue }
            throw .hostDeviceInUse(device: clash.name, by: status.name.text)
        }
    }
}

/// Where on the host a device is. One that is known by its make alone is none of these, for there may be several.
private enum HostPlace: Hashable {
    case pci(PCIAddress)
    case usb(HostUSBDevice.Place)
}

extension DomainDefinition {
    fileprivate var hostPlaces: [(place: HostPlace, name: String)] {
        devices.compactMap { device in
            guard let source = device.hostDevice else { return nil }
            let place: HostPlace? =
                switch source {
                case .pci(let device): .pci(device.address)
                case .usb(let device): device.place.map(HostPlace.usb)
                }
            return place.map { ($0, "\(source)") }
        }
    }
}
