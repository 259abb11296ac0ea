import LibxlAPI
import Logging
import XenModel
import XenUnits

/// A domain, and what of the host it has or may have.
struct Holder: Sendable {
    var name: String
    /// Its disks, and the host's devices that it has, among others.
    var devices: [Device]
    /// The ports of its displays.
    var ports: Set<UInt16>

    init(name: String, devices: [Device]) {
        self.name = name
        self.devices = devices
        ports = Set(
            devices.flatMap { device in
                guard case .graphics(let graphics) = device else { return [UInt16]() }
                return [graphics.port, graphics.spice.tlsPort].compactMap(\.self)
            })
    }

    /// One of which nothing matters but its ports.
    init(ports: Set<UInt16>) {
        self.init(name: "", devices: [])
        self.ports = ports
    }
}

extension Driver {
    /// Every domain but `uuid` that has, or is about to have, something of the host; those that have nothing of `keys`
    /// may be without their devices. Holders of the host's lock may rely on it.
    ///
    /// What a sound status says is what its domain has. Of any other that runs - one of ours whose status is damaged or
    /// gone, or another toolstack's - both count, what Xen has of it and what the definition of its UUID says: what
    /// cannot be seen is taken.
    func holders(
        besides uuid: DomainUUID?, of keys: Set<HostClaim.Key>, among listed: [LibxlDomainInfo]? = nil
    ) async throws(DriverError) -> [Holder] {
        var holders: [Holder] = []
        var known: [DomainID] = []
        var starting: [DomainUUID] = []
        let wanted = ClaimHashes(keys)
        let digests = try reading { () throws(StateError) in try store.digests() }
        for place in digests.rows.indices where digests.rows[place].uuid != uuid {
            let owner = digests.rows[place].uuid
            let isForeign: Bool
            let domid: DomainID?
            if digests.rows[place].hasNothing(of: wanted) {
                guard let digest = digests.rows[place].digest else { continue }
                (isForeign, domid) = (digest.isForeign, digest.domid)
                if !digest.ports.isEmpty { holders.append(Holder(ports: digest.ports)) }
            } else {
                guard let status = loadStatus(of: owner) else { continue }
                (isForeign, domid) = (status.isForeign == true, status.domid)
                holders.append(Holder(name: status.name.text, devices: status.takenDevices))
            }
            guard !isForeign else { continue }
            if let domid { known.append(domid) } else { starting.append(owner) }
        }
        let infos = if let listed { listed } else { try await domainsInXen() }
        let (ours, beingMade) = (SortedSet(known), SortedSet(starting))
        let others = infos.filter {
            $0.domid != .domain0 && $0.uuid != uuid && !$0.dying && !ours.contains($0.domid)
                && !beingMade.contains($0.uuid)
        }
        guard !others.isEmpty else { return holders }
        let definitions = try reading { () throws(StateError) in try store.definitions(of: others.map(\.uuid)) }
            .definitions
        for info in others {
            let name = try await name(of: info.domid) ?? "\(info.domid)"
            let definition = definitions.first { $0.uuid == info.uuid }
            var holder = Holder(
                name: name, devices: try await devicesInXen(of: info.domid) + (definition?.devices ?? []))
            if let port = try await displayPort(of: info.domid) { holder.ports.insert(port) }
            holders.append(holder)
        }
        return holders
    }

    /// The status of a domain; nil if there is none that can be believed.
    private func loadStatus(of uuid: DomainUUID) -> DomainStatus? {
        do throws(StateError) {
            if case .sound(let status) = try store.status(uuid) { return status }
        } catch {
            logger.here.debug("the status of a domain cannot be read: \(error)", metadata: ["uuid": "\(uuid)"])
        }
        return nil
    }

    /// The devices of a domain as far as libxl's lists tell of them.
    private func devicesInXen(of domid: DomainID) async throws(DriverError) -> [Device] {
        let inventory: Inventory
        do throws(DriverError) {
            inventory = try await self.inventory(of: domid)
        } catch {
            // It may have ended meanwhile; one that has not is not passed over.
            if case .operation(let failure) = error, failure.error.code == .domainNotFound { return [] }
            throw error
        }
        var devices: [Device] = []
        for listed in inventory.devices.map(\.device) {
            if let device = try await described(listed) { devices.append(device) }
        }
        return devices
    }

    /// The port of a domain's VNC display, which libxl writes down when QEMU has it; nil for none.
    /// Source: libxl's `device_model_postconfig_vnc`.
    func displayPort(of domid: DomainID) async throws(DriverError) -> UInt16? {
        try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(XenstorePath("/local/domain/\(domid)/console/vnc-port")).flatMap { UInt16($0) }
        }
    }
}
