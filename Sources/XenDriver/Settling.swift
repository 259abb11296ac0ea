import DomainXML
import Glibc
import LibxlAPI
import SystemPackage
import XenModel
import XenUnits

/// Completing or undoing what an earlier command left: the only code that ends another command's plan.
///
/// Run by the holder of the domain's lock alone, at the start of each change. What Xen has wins over what we remember.
extension Driver {
    func settled(_ uuid: DomainUUID, name: String, givesUpReplacing: Bool = false) async throws(DriverError)
        -> LockedDomain
    {
        var domain = LockedDomain(name: name, uuid: uuid, warnings: [], lost: [])
        try await settleStops(&domain)
        let (definitions, problems) = try reading { () throws(StateError) in try store.allDefinitions() }
        domain.warnings += problems
        domain.persistent = definitions.first { $0.uuid == uuid }
        let status = try await soundStatus(&domain)
        if let status, status.isForeign == true, let domid = status.domid, try await liveInfo(domid, uuid) != nil {
            // Another toolstack's domain under this UUID: its plan is for whoever is told to change that one.
            return domain
        }
        if status?.plan?.stages != true {
            // Staged by a command that was killed before it could commit it or plan to.
            for name in Set([status?.name, domain.persistent?.name].compactMap { $0 }) {
                try reading { () throws(StateError) in try store.dropStaged(name) }
            }
        }
        guard let status, var live = try await liveDomain(status, &domain) else { return domain }
        if let plan = live.status.plan {
            let wasCommitted = try await settle(plan, &live, &domain, givesUpReplacing: givesUpReplacing)
            if wasCommitted {
                domain.persistent =
                    try reading { () throws(StateError) in try store.allDefinitions() }.definitions
                    .first { $0.uuid == uuid }
            }
        }
        try await dropMissing(&live, &domain)
        domain.live = live
        return domain
    }

    // MARK: Stops and starts

    private func settleStops(_ domain: inout LockedDomain) async throws(DriverError) {
        let uuid = domain.uuid
        let requests = try reading { () throws(StateError) in try store.stopRequests(uuid) }
        for domid in requests {
            if try await liveInfo(domid, uuid) != nil {
                do throws(LibxlError) {
                    try await host.libxl.destroyDomain(domid, deadline: deadline)
                } catch  where error.code != .domainNotFound {
                    throw .operation(OperationFailure(domain: domain.name, phase: "destroy", error: error))
                } catch {}
                domain.warnings.append(
                    "domain '\(domain.name)' (id \(domid)): finished the destroy that was interrupted")
            }
            // The status goes last: it is what a transient domain's leftovers are found by.
            try reading { () throws(StateError) in try store.withdrawStop(uuid, domid) }
            if case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }),
                status.domid == domid
            {
                try forget(status)
            }
        }
    }

    /// The domain `domid`, if Xen still has it under our UUID and it is not dying.
    func liveInfo(_ domid: DomainID, _ uuid: DomainUUID) async throws(DriverError) -> LibxlDomainInfo? {
        do throws(LibxlError) {
            let info = try await host.libxl.domainInfo(domid)
            return info.uuid == uuid && !info.dying ? info : nil
        } catch {
            if error.code == .domainNotFound { return nil }
            throw .operation(OperationFailure(domain: "\(uuid)", phase: "look-up", error: error))
        }
    }

    /// Drops the status of a domain that is no more, and what it had staged.
    func forget(_ status: DomainStatus) throws(DriverError) {
        try reading { () throws(StateError) in
            if status.plan?.stages == true { try store.dropStaged(status.name) }
            try store.removeStatus(status.uuid)
        }
        steps.reached("driver: status removed")
    }

    /// The running domain that `status` is about; nil, and the status gone, if it runs no more.
    private func liveDomain(_ status: DomainStatus, _ domain: inout LockedDomain) async throws(DriverError)
        -> LiveDomain?
    {
        if status.plan?.work == .start {
            try await undoStart(status, name: domain.name)
            domain.warnings.append("domain '\(domain.name)': undid a start that was interrupted")
            return nil
        }
        guard let domid = status.domid, let info = try await liveInfo(domid, status.uuid) else {
            try forget(status)
            domain.warnings.append("domain '\(domain.name)' no longer runs")
            return nil
        }
        let live = LiveDomain(domid: domid, status: status, ended: info.ending)
        return try await remains(live, &domain) ? live : nil
    }

    /// Destroys what an unfinished start made, and forgets it.
    func undoStart(_ status: DomainStatus, name: String) async throws(DriverError) {
        let infos = try await libxl("list the domains") { () throws(LibxlError) in
            try await host.libxl.listDomains()
        }
        for info in infos where info.uuid == status.uuid && !info.dying {
            let isOurs =
                if let domid = status.domid { info.domid == domid } else {
                    status.mayHaveStarted(info, name: try await self.name(of: info.domid))
                }
            guard isOurs else { continue }
            do throws(LibxlError) {
                try await host.libxl.destroyDomain(info.domid, deadline: deadline)
            } catch {
                guard error.code == .domainNotFound else {
                    throw .operation(OperationFailure(domain: name, phase: "undoing the start", error: error))
                }
            }
        }
        try forget(status)
    }

    // MARK: Missing devices

    /// Takes the devices that are gone from Xen out of the live definition.
    private func dropMissing(_ live: inout LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) {
        let inventory = try await inventory(of: live.domid, knowing: live.status.bindings)
        live.settledInventory = inventory
        var isChanged = false
        for binding in live.status.bindings {
            var presence = try await presence(of: binding.sent, in: inventory)
            if case .ours(.leaving, let backend?) = presence, try await hasClosed(backend) {
                // The guest has let go since; what is left are nodes that only a removal takes away.
                if await takeAway(binding.sent, from: live) == nil { presence = .absent }
                live.settledInventory = nil
            }
            if let pending = binding.pendingDetach, pending.isPersistent, !presence.isOurs {
                try removeFromPersistent(binding, &live, &domain)
            }
            guard !presence.isOurs else { continue }
            if let device = live.status.device(binding) {
                domain.lost.append(Candidate(device, binding, in: live.domid).gone)
                domain.warnings.append(
                    "domain '\(domain.name)': \(device.title) is gone from Xen and was taken out of the live definition"
                )
            }
            live.status.remove(binding.key)
            isChanged = true
        }
        if isChanged { try write(live.status, step: "missing devices dropped") }
    }

    /// Completes a refused detach of both definitions, now that the guest has let go.
    private func removeFromPersistent(_ binding: Binding, _ live: inout LiveDomain, _ domain: inout LockedDomain)
        throws(DriverError)
    {
        guard let device = live.status.device(binding), var persistent = domain.persistent else { return }
        let criteria = DeviceCriteria(deviceClass: device.deviceClass).counterpart(of: device)
        persistent.devices.removeAll { criteria.mismatches(with: Candidate($0)).isEmpty }
        try replacePersistent(persistent)
        domain.persistent = persistent
    }

    private func hasClosed(_ backend: XenstoreBackendPath) async throws(DriverError) -> Bool {
        try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(backend.path.appending("state")).flatMap(Int.init)
                == XenbusState.closed.rawValue
        }
    }
}
