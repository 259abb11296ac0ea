import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// Devices that Xen has and no binding knows, made into values that a change can be about.
extension Driver {
    /// The devices of a domain that are nobody's of ours, in Xen's order.
    func foreignDevices(of live: LiveDomain) async throws(DriverError) -> [Candidate] {
        let inventory = try await initialInventory(of: live)
        let known = Set(live.status.bindings.map(\.identity))
        var found: [Candidate] = []
        for device in inventory.devices where !known.contains(device.identity) {
            if let device = try await foreignDevice(device, in: live.domid, guestType: live.guestType) {
                found.append(device)
            }
        }
        return found
    }

    /// What Xen says of a device that it lists, as a document would; nil if no document could.
    func foreignDevice(_ listed: PlacedDevice, in domid: DomainID, guestType: GuestType) async throws(DriverError)
        -> Candidate?
    {
        let nodes = try await unlistedNodes(of: listed, in: domid)
        let sent = PlacedDevice(listed.device.completed(by: nodes), identity: listed.identity)
        guard var device = try await described(sent.device) else { return nil }
        let guest = ListedGuest(domid: domid, guestType: guestType)
        let unread = try await sent.device.listed?.supplement(&device, of: guest, by: self) ?? []
        let backend = try await backend(of: sent.identity, in: domid)
        let binding = Binding(
            key: "", identity: sent.identity, backendDomainID: backend?.backendDomainID, sent: sent)
        var candidate = Candidate(device, binding, in: domid)
        candidate.unread = unread
        return candidate
    }

    /// What xenstore has of a device and libxl does not list.
    private func unlistedNodes(of listed: PlacedDevice, in domid: DomainID) async throws(DriverError) -> DeviceNodes {
        let names = listed.device.unlistedNodes
        guard !names.record.isEmpty || !names.frontend.isEmpty else { return DeviceNodes() }
        let record = XenstorePath.libxlDevice(listed.identity, of: domid)
        let frontend = XenstorePath.frontend(listed.identity, of: domid)
        return try await xenstore { () throws(XenstoreError) in
            let values = try await host.xenstore.read(
                names.record.map(record.appending) + names.frontend.map(frontend.appending))
            func found(_ names: [String], _ values: some Sequence<String?>) -> [String: String] {
                Dictionary(
                    uniqueKeysWithValues: zip(names, values).compactMap { name, value in value.map { (name, $0) } })
            }
            return DeviceNodes(
                record: found(names.record, values),
                frontend: found(names.frontend, values.dropFirst(names.record.count)))
        }
    }

    /// A device as far as libxl tells, as a document would have it; nil if no document could.
    func described(_ listed: LibxlDevice) async throws(DriverError) -> Device? {
        let backend = listed.backendDomainID
        return Device(listed, backendDomain: backend == .domain0 ? nil : try await name(of: backend) ?? "\(backend)")
    }

    /// Throws unless what Xen says of a foreign device can be written down: names in xenstore follow no rule of ours.
    func requireReadable(_ candidate: Candidate, in domain: LockedDomain) throws(DriverError) {
        guard candidate.binding?.isForeign == true else { return }
        let document = Array(candidate.device.xml().utf8)
        let again: Device
        do throws(DomainXMLError) {
            again = try Device.parse(document, options: StateStore.ownDocuments).value
        } catch {
            throw .unreadable(device: candidate.title, domain: domain.name, reason: "\(error)")
        }
        guard again == candidate.device else {
            throw .unreadable(
                device: candidate.title, domain: domain.name, reason: "a name in it has characters that XML has not")
        }
    }
}
