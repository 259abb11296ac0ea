import LibxlAPI
import Logging
import XenModel
import XenUnits

/// What of the host one running domain alone can have, or several that share it: disks, host devices, ports, names of
/// network devices.
extension Driver {
    /// Recovers domains that do not run any more and still have in their records what `devices` need.
    func release(_ devices: [Device], for uuid: DomainUUID, _ call: Call) async throws(DriverError) {
        let keys = devices.claimKeys
        guard !keys.isEmpty else { return }
        try await recoverEnded(call) { status in
            status.uuid != uuid && status.claims.contains { keys.contains($0.key) }
        }
    }

    /// Refuses devices that need what another running domain has, or what xenstore showed of others.
    func requireFree(
        _ devices: [Device], for uuid: DomainUUID, _ guestType: GuestType, besides others: [ForeignClaim]
    ) async throws(DriverError) {
        guard devices.contains(where: { !$0.claims(guestType).isEmpty }) else { return }
        let keys = devices.claimKeys
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
        // The type of a holder's guest is not known: an HVM guest needs the most, the name of an emulated NIC's end as
        // well.
        for holder in holders { try require(holder.devices.flatMap { $0.claims(.hvm) }, of: holder.name) }
        for other in others { try require([other.claim], of: other.holder) }
    }

    /// What running domains have that none of our records knows, as far as `devices` need it. Other toolstacks hold no
    /// lock of ours, so that this can be asked for before one is taken.
    ///
    /// Xenstore is asked about a domain only where libxl has changed its devices since it was asked last, or where the
    /// answer was that it has something of these. `known` are the domains, where they have just been listed.
    func foreignClaims(
        for devices: [Device], of uuid: DomainUUID? = nil, among known: [LibxlDomainInfo]? = nil
    ) async throws(DriverError) -> [ForeignClaim] {
        let keys = devices.claimKeys
        guard !keys.isEmpty else { return [] }
        let wanted = ClaimHashes(keys)
        let all = if let known { known } else { try await domainsInXen() }
        var besides: Set<DomainID> = [.domain0]
        if let uuid { besides.formUnion(try await keptBeside(uuid, among: all)) }
        let infos = all.filter { [besides] in !besides.contains($0.domid) && !$0.dying }
        // Before xenstore is asked: what changes meanwhile has another mark.
        let marks = await host.libxl.configurationMarks(of: infos)
        let (digests, shown) = try reading { () throws(StateError) in (try store.digests(), try store.shownDomains()) }
        var found: [ForeignClaim] = []
        var news: [ShownDomain] = []
        for (info, mark) in zip(infos, marks) {
            let ours = digests.place(of: info.uuid).flatMap { digests.rows[$0].isOurs(info.domid) ? $0 : nil }
            let place = shown.firstPlace { $0.domid >= info.domid }
            if place < shown.count, shown[place].isOf(info, mark: mark),
                shown[place].covers(
                    besides: ours.flatMap { digests.rows[$0].digest?.devices }, withDisplay: ours == nil),
                !shown[place].claims.mayMeet(wanted)
            {
                continue
            }
            let digest = ours.flatMap { digests.rows[$0].digest }
            let answer = try await claims(of: info.domid, besides: digest?.devices, withDisplay: digest == nil)
            if let mark {
                news.append(
                    ShownDomain(
                        domid: info.domid, uuid: info.uuid, mark: mark, devices: XenDevices(answer.devices),
                        claimants: XenDevices(answer.claimants), showsDisplay: digest == nil,
                        claims: ClaimHashes(Set(answer.claims.map(\.key)))))
            }
            guard !answer.claims.isEmpty else { continue }
            let holder = try await name(of: info.domid) ?? "\(info.domid)"
            found += answer.claims.map { ForeignClaim(holder: holder, claim: $0) }
        }
        keep(news, among: infos)
        return found
    }

    /// Keeps what xenstore showed. Where that cannot be done it is asked again.
    private func keep(_ news: [ShownDomain], among infos: [LibxlDomainInfo]) {
        guard !news.isEmpty else { return }
        do throws(StateError) {
            try store.keepShown(news, among: infos.map(\.domid))
        } catch {
            logger.here.debug("what xenstore showed of \(news.count) domains is not kept: \(error)")
        }
    }

    /// What xenstore shows of a domain's disks and NICs: all of them, and what of the host those have that are not
    /// `known`.
    private func claims(
        of domid: DomainID, besides known: XenDevices?, withDisplay: Bool
    ) async throws(DriverError) -> (devices: [DeviceIdentity], claimants: [DeviceIdentity], claims: [HostClaim]) {
        let known = known?.words ?? []
        return try await xenstore { () throws(XenstoreError) in
            var claims: [HostClaim] = []
            var devices: [DeviceIdentity] = []
            var claimants: [DeviceIdentity] = []
            for text in try await host.xenstore.list(.libxlDevices(kind: "vbd", of: domid)) ?? [] {
                guard let number = Int32(text).map(BlockDeviceNumber.init(rawValue:)) else { continue }
                devices.append(.disk(vdev: number))
                guard !known.contains("vbd/\(number.rawValue)") else { continue }
                claimants.append(.disk(vdev: number))
                let record = XenstorePath.libxlDevices(kind: "vbd", of: domid).appending(text)
                let nodes = try await host.xenstore.read(["backend", "params", "mode"].map(record.appending))
                guard let backend = nodes[0].flatMap(XenstoreBackendPath.init), backend.backendDomainID == .domain0,
                    var source = nodes[1], !source.isEmpty
                else { continue }
                // The format stands before the source of a disk of QEMU's.
                if backend.kind == Self.qemuBackendKind, let colon = source.firstIndex(of: ":") {
                    source = String(source[source.index(after: colon)...])
                }
                let use = HostClaim.Use.disk(isWritable: nodes[2] != "r", isShareable: false)
                claims += HostClaim.disk(source, servedBy: nil, use, "vbd/\(text)")
            }
            for text in try await host.xenstore.list(.libxlDevices(kind: "vif", of: domid)) ?? [] {
                guard let devid = Int32(text).map(DeviceID.init(rawValue:)) else { continue }
                devices.append(.nic(devid: devid))
                guard !known.contains("vif/\(devid.rawValue)") else { continue }
                claimants.append(.nic(devid: devid))
                let record = XenstorePath.libxlDevices(kind: "vif", of: domid).appending(text)
                guard let name = try await host.xenstore.read(record.appending("vifname")), !name.isEmpty else {
                    continue
                }
                claims.append(
                    HostClaim(
                        key: .link(Array(name.utf8)), use: .alone, name: name, device: "vif/\(text)"))
            }
            guard withDisplay else { return (devices, claimants, claims) }
            // Where QEMU says what it listens on.
            let console = XenstorePath("/local/domain/\(domid)/console")
            let display = try await host.xenstore.read(["vnc-port", "vnc-listen"].map(console.appending))
            if let port = display[0].flatMap({ UInt16($0) }) {
                claims.append(
                    HostClaim(
                        key: .port(port), use: .listener(address: display[1]), name: "\(port)", device: "vnc"))
            }
            return (devices, claimants, claims)
        }
    }

    /// Why devices of a definition cannot be had at this moment, as a warning; nil if they can.
    func warning(of devices: [Device], of definition: DomainDefinition) async -> DriverNotice? {
        do throws(DriverError) {
            let guestType = definition.operatingSystem.guestType
            let keys = devices.claimKeys
            guard !keys.isEmpty else { return nil }
            let infos = try await domainsInXen()
            let foreign = try await foreignClaims(for: devices, among: infos)
            try requireFree(
                devices, guestType,
                among: try await holders(besides: definition.uuid, of: keys, among: infos),
                besides: foreign.filter { $0.holder != definition.name.text })
            return nil
        } catch {
            return .definition(.cannotStartNow(error), domain: definition.name.text)
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
