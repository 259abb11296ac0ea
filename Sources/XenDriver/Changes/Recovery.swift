import DomainXML
import Glibc
import LibxlAPI
import SystemPackage
import XenModel
import XenUnits

/// Completing or undoing what an earlier command left: the only code that ends another command's change.
///
/// Run by the holder of the domain's lock alone, at the start of each change. What Xen has wins over what we remember.
/// What libxl or the kernel will not do is given up with a warning: none stands in the way of another one.
extension Driver {
    /// Completes or undoes what a command that was interrupted left of a domain, as the next change would, and does
    /// nothing else. Returns what there was to do; throws if something of it cannot be done.
    public func recover(
        _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> [DriverNotice] {
        try await FileThreads.run { () throws(DriverError) in
            try await withDomain(domain, options, foreign: true, mayEnd: true) { (domain) throws(DriverError) in
                if let halfStarted = domain.halfStarted { throw .halfStarted(domain: domain.name, halfStarted) }
                return domain.warnings
            }
        }
    }

    /// Completes or undoes what a command that was interrupted left of a domain, and reads what there is of it.
    func recoverDomain(
        _ uuid: DomainUUID, name: String, _ call: Call, recovery: Recovery = .required
    ) async throws(DriverError) -> LockedDomain {
        var domain = LockedDomain(name: name, uuid: uuid, call: call, warnings: [], lost: [])
        try await recoverStops(&domain)
        let records = try reading { () throws(StateError) in try store.definitions(named: [name], of: [uuid]) }
        domain.warnings += records.problems
        domain.persistent = records.definitions.first { $0.uuid == uuid }
        if domain.persistent == nil { domain.unreadable = records.unreadable(name: name, uuid: uuid) }
        let status = try await loadStatus(&domain)
        if let status, status.isForeign == true, let domid = status.domid, try await liveInfo(domid, uuid) != nil {
            // Another toolstack's domain under this UUID: its change is for whoever is to change that one.
            return domain
        }
        if status?.change?.stages != true {
            // Staged by a command that was killed before it could commit it or begin its change.
            try reading { () throws(StateError) in try store.dropStaged(uuid) }
        }
        guard let status, var live = try await liveDomain(status, &domain) else { return domain }
        try await recover(&live, &domain, recovery) { (live, domain) throws(DriverError) in
            if try await recoverChange(&live, &domain) {
                domain.persistent =
                    try reading { () throws(StateError) in try store.definitions(of: [uuid]) }.definitions
                    .first { $0.uuid == uuid }
            }
            try await dropMissing(&live, &domain)
        }
        domain.live = live
        return domain
    }

    /// Runs `body`; where the change needs no more than the domain itself, what it cannot do is left to another one.
    func recover(
        _ live: inout LiveDomain, _ domain: inout LockedDomain, _ recovery: Recovery,
        _ body: (inout LiveDomain, inout LockedDomain) async throws(DriverError) -> Void
    ) async throws(DriverError) {
        do throws(DriverError) {
            try await body(&live, &domain)
        } catch {
            guard recovery == .attempted else { throw error }
            live.recoveredInventory = nil
            domain.report(.postponed(error))
        }
    }

    // MARK: Stops and starts

    private func recoverStops(_ domain: inout LockedDomain) async throws(DriverError) {
        let uuid = domain.uuid
        let requests = try reading { () throws(StateError) in try store.stops(of: uuid) }
        for domid in requests {
            if try await liveInfo(domid, uuid) != nil {
                let time = domain.call.deadline - clock.now
                do throws(LibxlError) {
                    try await host.libxl.destroyDomain(domid, deadline: domain.call.deadline)
                } catch  where error.code != .domainNotFound {
                    let failure = OperationFailure(domain: domain.name, phase: "destroy", error: error)
                    guard !isCutOff(domain.call, begunWith: time) else { throw .operation(failure) }
                    domain.report(.destroyAbandoned(domid, error))
                    try reading { () throws(StateError) in try store.withdrawStop(uuid, domid) }
                    continue
                } catch {}
                domain.report(.destroyFinished(domid))
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
            if status.change?.stages == true { try store.dropStaged(status.uuid) }
            try store.removeStatus(status.uuid)
        }
        steps.reached(.statusRemoved)
    }

    /// The running domain that `status` is about; nil, and the status gone, if it runs no more.
    private func liveDomain(_ status: DomainStatus, _ domain: inout LockedDomain) async throws(DriverError)
        -> LiveDomain?
    {
        if status.change?.kind == .restart { return try await finishRestart(of: status, &domain) }
        if status.change?.kind == .start {
            do throws(DriverError) {
                try await undoStart(status, name: domain.name, domain.call)
                domain.report(.startUndone)
            } catch {
                guard case .operation(let failure) = error, !Task.isCancelled else { throw error }
                domain.halfStarted = failure
                domain.report(.unfinished(.halfStarted(domain: domain.name, failure)))
            }
            return nil
        }
        guard let domid = status.domid, let info = try await liveInfo(domid, status.uuid) else {
            try forget(status)
            domain.report(.ended)
            return nil
        }
        let live = LiveDomain(domid: domid, status: status, call: domain.call, ended: info.ending)
        return try await endIfMeant(live, &domain)
    }

    /// Destroys what an unfinished start made, and forgets it.
    func undoStart(_ status: DomainStatus, name: String, _ call: Call) async throws(DriverError) {
        try await destroyStarted(status, name: name, call)
        try forget(status)
    }

    /// Destroys what an unfinished start made, or the domain that a restart is to follow.
    func destroyStarted(_ status: DomainStatus, name: String, _ call: Call) async throws(DriverError) {
        let infos = try await domainsInXen()
        for info in infos where info.uuid == status.uuid && !info.dying {
            let isOurs =
                if let domid = status.domid { info.domid == domid } else {
                    status.mayHaveStarted(info, name: try await self.name(of: info.domid))
                }
            guard isOurs else { continue }
            do throws(LibxlError) {
                try await host.libxl.destroyDomain(info.domid, deadline: call.deadline)
            } catch {
                guard error.code == .domainNotFound else {
                    throw .operation(OperationFailure(domain: name, phase: "undoing the start", error: error))
                }
            }
        }
    }

    // MARK: Missing devices

    /// Takes the devices that are gone from Xen out of the live definition.
    private func dropMissing(_ live: inout LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) {
        let inventory = try await inventory(of: live.domid, knowing: live.status.bindings)
        live.recoveredInventory = inventory
        var isChanged = false
        for binding in live.status.bindings {
            var presence = try await presence(of: binding.sent, in: inventory)
            if case .ours(.leaving, let backend?) = presence, try await hasClosed(backend) {
                // The guest has let go since; what is left are nodes that only a removal takes away.
                if await takeAway(binding.sent, from: live) == nil { presence = .absent }
                live.recoveredInventory = nil
            }
            if let pending = binding.pendingDetach, pending.isPersistent, !presence.isOurs {
                try removeFromPersistent(binding, live.status, &domain)
            }
            guard !presence.isOurs else { continue }
            if let device = live.status.device(binding) {
                domain.lost.append(Candidate(device, binding, in: live.domid).gone)
                domain.report(.gone(device: device.title))
            }
            live.status.remove(binding.key)
            isChanged = true
        }
        if isChanged { try write(live.status, step: .missingDropped) }
    }

    /// Completes a refused detach of both definitions, now that the guest has let go.
    func removeFromPersistent(_ binding: Binding, _ status: DomainStatus, _ domain: inout LockedDomain)
        throws(DriverError)
    {
        guard let device = status.device(binding), var persistent = domain.persistent else { return }
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
