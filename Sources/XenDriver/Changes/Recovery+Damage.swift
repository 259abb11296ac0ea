import LibxlAPI
import SystemPackage
import XenModel
import XenUnits

/// Making a status anew where its file is damaged.
extension Driver {
    /// The status of a domain; a damaged one is set aside and rebuilt, with a warning that says what was recovered.
    func loadStatus(_ domain: inout LockedDomain) async throws(DriverError) -> DomainStatus? {
        let uuid = domain.uuid
        switch try reading({ () throws(StateError) in try store.status(uuid) }) {
        case nil: return try await rebuildLostStatus(&domain)
        case .sound(let status): return status
        case .newer(let path, let version):
            throw .state(StateError(.read, path, .newer(version: version, known: DomainStatus.version)))
        case .damaged(let path, let reason):
            let infos = try await domainsInXen()
            let running = try await running(uuid, among: infos)
            var rebuilt: RebuiltStatus?
            if let info = running {
                rebuilt = try await rebuiltStatus(uuid: uuid, domid: info.domid, from: domain.persistent)
            }
            let aside = try reading { () throws(StateError) in try store.setStatusAside(uuid) }
            if let rebuilt { try write(rebuilt.status, step: .statusRebuilt) }
            let repair =
                rebuilt.map { StatusRepair.rebuilt($0.devices) } ?? (running == nil ? .notRunning : .noDefinition)
            domain.report(.statusDamaged(path, reason: reason, movedTo: aside, repair))
            return rebuilt?.status
        }
    }

    /// The status of a domain that has no file although we made it: of one whose `run` was wiped.
    private func rebuildLostStatus(_ domain: inout LockedDomain) async throws(DriverError) -> DomainStatus? {
        guard domain.persistent != nil else { return nil }
        let uuid = domain.uuid
        let infos = try await domainsInXen()
        guard let info = try await running(uuid, among: infos), try await isMarked(info.domid),
            let rebuilt = try await rebuiltStatus(uuid: uuid, domid: info.domid, from: domain.persistent)
        else { return nil }
        try write(rebuilt.status, step: .statusRebuilt)
        domain.report(.statusLost(info.domid, rebuilt.devices))
        return rebuilt.status
    }

    /// The one domain that runs under a UUID, beside those that are kept under it; nil if there is none, or several.
    func running(
        _ uuid: DomainUUID, among infos: [LibxlDomainInfo]
    ) async throws(DriverError) -> LibxlDomainInfo? {
        let kept = try await keptBeside(uuid, among: infos)
        let running = infos.filter { [kept] in $0.uuid == uuid && !$0.dying && !kept.contains($0.domid) }
        return running.count == 1 ? running.first : nil
    }

    /// What libxl writes into xenstore, below the domain's own path, for each domain that we start. It goes with the
    /// domain and tells ours from others' when our files are gone. Source: libxl's `xsdata`.
    static let mark = "xenkeeper"

    /// Whether we started the domain.
    func isMarked(_ domid: DomainID) async throws(DriverError) -> Bool {
        try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(XenstorePath("/local/domain/\(domid)/\(Self.mark)")) != nil
        }
    }

    /// A status made of the persistent definition and what Xen has: devices whose vdev, or MAC unique on both sides,
    /// matches are bound, everything else in Xen is foreign. What comes and goes with its domain alone is there, as the
    /// definition has it. Nil without a definition.
    func rebuiltStatus(uuid: DomainUUID, domid: DomainID, from persistent: DomainDefinition?)
        async throws(DriverError) -> RebuiltStatus?
    {
        guard var definition = persistent else { return nil }
        let inventory = try await inventory(of: domid)
        var status = DomainStatus(
            uuid: uuid, domid: domid, definition: LiveDefinition(definition), bindings: [], nextGenerated: [:])
        var foreign = Set(inventory.identities)
        var vncPort = try await displayPort(of: domid)
        var devices: [Device] = []
        for var device in definition.devices {
            guard let sent = device.driven.counterpart(in: inventory, of: definition) else {
                guard device.driven.libxlKind == nil else { continue }
                if case .graphics(var graphics) = device, graphics.kind == .vnc, graphics.port == nil {
                    graphics.port = vncPort
                    graphics.autoport = true
                    vncPort = nil
                    device = .graphics(graphics)
                }
                status.name(&device)
                devices.append(device)
                continue
            }
            let identity = sent.identity
            foreign.remove(identity)
            status.name(&device)
            devices.append(device)
            let backend = try await backend(of: identity, in: domid)
            status.bindings.append(
                Binding(
                    key: device.alias?.description ?? "", identity: identity,
                    backendDomainID: backend?.backendDomainID, sent: sent))
        }
        definition.devices = devices
        status.definition = LiveDefinition(definition)
        return RebuiltStatus(
            status: status, foreign: foreign.sorted { ($0.xenstoreKind, $0.devid) < ($1.xenstoreKind, $1.devid) })
    }
}

/// A status that was made anew.
struct RebuiltStatus: Sendable {
    var status: DomainStatus
    /// The devices that Xen has and that are nobody's of ours now.
    var foreign: [DeviceIdentity]

    /// What the user is to know of it.
    var devices: RebuiltDevices { RebuiltDevices(recovered: status.bindings.map(\.key), foreign: foreign) }
}
