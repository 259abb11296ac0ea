import LibxlAPI
import XenModel
import XenUnits

/// What of the host one running domain alone can have, or several that share it: disks, host devices, ports, names of
/// network devices.
extension Driver {
    /// Recovers domains that do not run any more and still have in their records what `devices` need.
    func release(_ devices: [Device], for uuid: DomainUUID, _ call: Call) async throws(DriverError) {
        let keys = Set(devices.flatMap { $0.claims(.hvm) }.map(\.key))
        guard !keys.isEmpty else { return }
        try await settleDead(call) { status in
            status.uuid != uuid && status.claims.contains { keys.contains($0.key) }
        }
    }

    /// Refuses devices that need what another running domain has, or what xenstore showed of others.
    func requireFree(
        _ devices: [Device], for uuid: DomainUUID, _ guestType: GuestType, besides others: [ForeignClaim]
    ) async throws(DriverError) {
        guard devices.contains(where: { !$0.claims(guestType).isEmpty }) else { return }
        let keys = Set(devices.flatMap { $0.claims(.hvm) }.map(\.key))
        try requireFree(devices, guestType, among: try await holders(besides: uuid, of: keys), besides: others)
    }

    /// The same where it is known what others have.
    func requireFree(
        _ devices: [Device], _ guestType: GuestType, among holders: [Holder], besides others: [ForeignClaim]
    ) throws(DriverError) {
        let wanted = Dictionary(grouping: devices.flatMap { $0.claims(guestType) }, by: \.key)
        guard !wanted.isEmpty else { return }
        func require(_ claims: [HostClaim], of holder: String) throws(DriverError) {
            for claim in claims {
                guard let clash = wanted[claim.key]?.first(where: { $0.excludes(claim) }) else { continue }
                throw clash.refusal(heldBy: holder)
            }
        }
        // Of which type a holder's guest is is not known; the name of an emulated card's end is kept for it.
        for holder in holders { try require(holder.devices.flatMap { $0.claims(.hvm) }, of: holder.name) }
        for other in others { try require([other.claim], of: other.holder) }
    }

    /// What running domains have that none of our records knows, as far as `devices` may need it. Other toolstacks hold no
    /// lock of ours, so that this can be asked for before one is taken.
    func foreignClaims(for devices: [Device]) async throws(DriverError) -> [ForeignClaim] {
        guard devices.contains(where: { !$0.claims(.hvm).isEmpty }) else { return [] }
        let infos = try await libxl("list the domains") { () throws(LibxlError) in
            try await host.libxl.listDomains()
        }
        var found: [ForeignClaim] = []
        for info in infos where info.domid != .domain0 && !info.dying {
            var known: Set<DeviceIdentity> = []
            var isOurs = false
            if let digest = try reading({ () throws(StateError) in try store.digest(info.uuid) }) {
                if !digest.isForeign, digest.domid == nil || digest.domid == info.domid {
                    known = digest.identities
                    isOurs = true
                }
            } else if case .sound(let status) = try reading({ () throws(StateError) in try store.status(info.uuid) }),
                status.isForeign != true, status.domid == nil || status.domid == info.domid
            {
                known = Set(status.bindings.map(\.identity))
                isOurs = true
            }
            let claims = try await claims(of: info.domid, besides: known, withDisplay: !isOurs)
            guard !claims.isEmpty else { continue }
            let holder = try await name(of: info.domid) ?? "\(info.domid)"
            found += claims.map { ForeignClaim(holder: holder, claim: $0) }
        }
        return found
    }

    private func claims(
        of domid: DomainID, besides known: Set<DeviceIdentity>, withDisplay: Bool
    ) async throws(DriverError) -> [HostClaim] {
        try await xenstore { () throws(XenstoreError) in
            var claims: [HostClaim] = []
            for text in try await host.xenstore.list(.libxlDevices(kind: "vbd", of: domid)) ?? [] {
                guard let number = Int32(text).map(BlockDeviceNumber.init(rawValue:)),
                    !known.contains(.disk(vdev: number))
                else { continue }
                let record = XenstorePath.libxlDevices(kind: "vbd", of: domid).appending(text)
                let nodes = try await host.xenstore.read(["backend", "params", "mode"].map(record.appending))
                guard let backend = nodes[0].flatMap(XenstoreBackendPath.init), backend.backendDomainID == .domain0,
                    var source = nodes[1], !source.isEmpty
                else { continue }
                // QEMU is told the format before the source.
                if backend.kind == Self.qemuBackendKind, let colon = source.firstIndex(of: ":") {
                    source = String(source[source.index(after: colon)...])
                }
                let use = HostClaim.Use.disk(isWritable: nodes[2] != "r", isShareable: false)
                claims += HostClaim.disk(source, servedBy: nil, use, "vbd/\(text)")
            }
            for text in try await host.xenstore.list(.libxlDevices(kind: "vif", of: domid)) ?? [] {
                guard let devid = Int32(text).map(DeviceID.init(rawValue:)), !known.contains(.nic(devid: devid)) else {
                    continue
                }
                let record = XenstorePath.libxlDevices(kind: "vif", of: domid).appending(text)
                guard let name = try await host.xenstore.read(record.appending("vifname")), !name.isEmpty else {
                    continue
                }
                claims.append(
                    HostClaim(
                        key: .link(Array(name.utf8)), use: .alone, name: name, device: "vif/\(text)"))
            }
            guard withDisplay else { return claims }
            // Where QEMU says what it listens on.
            let console = XenstorePath("/local/domain/\(domid)/console")
            let display = try await host.xenstore.read(["vnc-port", "vnc-listen"].map(console.appending))
            if let port = display[0].flatMap({ UInt16($0) }) {
                claims.append(
                    HostClaim(
                        key: .port(port), use: .listener(address: display[1]), name: "\(port)", device: "vnc"))
            }
            return claims
        }
    }

    /// Why devices of a definition cannot be had at this moment, as a warning; nil if they can.
    func warning(of devices: [Device], of definition: DomainDefinition) async -> String? {
        do throws(DriverError) {
            try await requireFree(
                devices, for: definition.uuid, definition.operatingSystem.guestType,
                besides: try await foreignClaims(for: devices).filter { $0.holder != definition.name.text })
            return nil
        } catch {
            return "domain '\(definition.name)' cannot be started now: \(error)"
        }
    }
}

/// What a domain has that none of our records knows.
struct ForeignClaim: Hashable {
    /// The domain's name.
    var holder: String
    var claim: HostClaim
}

extension HostClaim {
    /// The error that says who has it.
    fileprivate func refusal(heldBy holder: String) -> DriverError {
        switch (key, use) {
        case (_, .disk): .diskInUse(path: name, by: holder)
        case (.device, _): .hostDeviceInUse(device: name, by: holder)
        default: .claimed(what: what, for: device, by: holder)
        }
    }
}
