import DomainXML
import Glibc
import LibxlAPI
import Logging
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
            if try await isLive(domid, uuid) {
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

    /// Whether Xen still has the domain `domid` under our UUID, and it is not dying.
    func isLive(_ domid: DomainID, _ uuid: DomainUUID) async throws(DriverError) -> Bool {
        do throws(LibxlError) {
            let info = try await host.libxl.domainInfo(domid)
            return info.uuid == uuid && !info.dying
        } catch {
            if error.code == .domainNotFound { return false }
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
        if status.plan?.kind == .start {
            try await undoStart(status, name: domain.name)
            domain.warnings.append("domain '\(domain.name)': undid a start that was interrupted")
            return nil
        }
        guard let domid = status.domid, try await isLive(domid, status.uuid) else {
            try forget(status)
            domain.warnings.append("domain '\(domain.name)' no longer runs")
            return nil
        }
        return LiveDomain(domid: domid, status: status)
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

    // MARK: Plans

    /// Completes or undoes a plan; returns whether it made a staged definition the persistent one.
    private func settle(
        _ plan: Plan, _ live: inout LiveDomain, _ domain: inout LockedDomain, givesUpReplacing: Bool
    ) async throws(DriverError) -> Bool {
        guard let target = plan.target else {
            try drop(plan, &live)
            return false
        }
        let device = try parse(target, domain: domain.name)
        let subject = "domain '\(domain.name)': \(device.title)"
        switch plan.kind {
        case .start: return false
        case .add:
            let isThere = try await settleAdd(target, plan, live)
            domain.warnings.append(
                isThere
                    ? "\(subject): finished the attach that was interrupted"
                    : "\(subject): undid an attach that was interrupted")
            guard isThere, let new = target.new else { break }
            try await restoreLink(of: device, new, in: live)
            try finish(plan, try await bind(device, target, new, in: live.domid), &live)
            return plan.stages
        case .remove:
            guard try await settleRemove(target, device, &live, &domain) else { return false }
            domain.warnings.append("\(subject): finished the detach that was interrupted")
            domain.lost.append(device)
            live.status.remove(target.key)
            try complete(plan, &live)
            return plan.stages
        case .replace:
            return try await settleReplace(plan, target, device, &live, &domain, givesUpReplacing: givesUpReplacing)
        case .link:
            guard case .interface(let interface) = device, case .nic(let nic)? = target.new,
                try await presence(of: .nic(nic), as: target.identity, in: inventory(of: live.domid)).isOurs
            else { break }
            try await setLink(interface.link ?? .up, of: device, nic, in: live)
            domain.warnings.append("\(subject): finished the update that was interrupted")
            try finish(plan, try await bind(device, target, .nic(nic), in: live.domid), &live)
            return plan.stages
        }
        try drop(plan, &live)
        return false
    }

    /// Whether an interrupted add is to be kept; else whatever it left is gone.
    private func settleAdd(_ target: Plan.Target, _ plan: Plan, _ live: LiveDomain) async throws(DriverError) -> Bool {
        guard let new = target.new else { return false }
        switch try await presenceAfterScript(new, target, plan, live) {
        case .different: return false
        case .absent:
            await forgetInLibxl(new, live)
            return false
        case .ours(.connected, _): return true
        case .ours(.incomplete, _), .ours(.leaving, _):
            try await takeAwayOrThrow(new, target, live, phase: "undoing the attach")
            return false
        }
    }

    /// Whether an interrupted removal is complete; a disk that its guest holds on to is marked and left to it.
    private func settleRemove(
        _ target: Plan.Target, _ device: Device, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        guard let old = target.old else { return true }
        let presence = try await presence(of: old, as: target.identity, in: inventory(of: live.domid))
        guard case .ours(_, let backend) = presence else {
            if presence == .absent { await forgetInLibxl(old, live) }
            return true
        }
        do throws(LibxlError) {
            _ = try await unplug(old, backend: backend, from: live, force: target.isForced)
            return true
        } catch {
            let failure = await failure(error, of: device, target.identity, in: live, phase: "detach")
            guard error.isRefusal, !target.isForced, let plan = live.status.plan,
                let binding = live.status.bindings.first(where: { $0.key == target.key })
            else { throw .operation(failure) }
            try leaveToGuest(plan, binding, &live)
            domain.warnings.append(
                "\(DriverError.guestHoldsDisk(device: device.title, domain: domain.name, failure: error))")
            return false
        }
    }

    /// Takes a device that has no nodes out of libxl's stored configuration, where a killed call may have left it.
    ///
    /// Nothing depends on its success: libxl goes by xenstore where the two differ.
    private func forgetInLibxl(_ sent: LibxlDevice, _ live: LiveDomain) async {
        guard let error = await takeAway(sent, from: live) else { return }
        logger.debug("libxl's stored configuration of domain \(live.domid) may list a device that is gone: \(error)")
    }

    private func settleReplace(
        _ plan: Plan, _ target: Plan.Target, _ device: Device, _ live: inout LiveDomain,
        _ domain: inout LockedDomain, givesUpReplacing: Bool
    ) async throws(DriverError) -> Bool {
        guard let new = target.new, let old = target.old else {
            try drop(plan, &live)
            return false
        }
        let subject = "domain '\(domain.name)': \(device.title)"
        var expected = target.stage == .unplugged ? new : old
        var found = try await presenceAfterScript(expected, target, plan, live)
        if found == .different, target.stage == .undoing {
            // Not the old one: then it may be what could not be taken away of the new one.
            expected = new
            found = try await presence(of: new, as: target.identity, in: inventory(of: live.domid))
            if case .ours(_, let backend) = found { found = .ours(.incomplete, backend: backend) }
        }
        switch found {
        case .ours(.connected, _) where target.stage == .unplugged:
            try await restoreLink(of: device, new, in: live)
            domain.warnings.append("\(subject): finished the update that was interrupted")
            try finish(plan, try await bind(device, target, new, in: live.domid), &live)
            return plan.stages
        case .ours(.connected, _):
            if target.stage == .undoing, let formerDevice = former(target, live) {
                try await restoreLink(of: formerDevice, old, in: live)
            }
        case .different:
            // Somebody else's device: the binding is found missing next.
            try drop(plan, &live)
            return false
        case .ours(.incomplete, _), .ours(.leaving, _):
            try await takeAwayOrThrow(expected, target, live, phase: "undoing the update")
            fallthrough
        case .absent:
            do throws(DriverError) {
                try await putBack(old, target, &live)
            } catch {
                guard givesUpReplacing else {
                    throw .unsettled(device: device.title, domain: domain.name, reason: "\(error)")
                }
                domain.warnings.append("\(subject) is unplugged: it could not be put back (\(error))")
                try drop(plan, &live)
                return false
            }
        }
        domain.warnings.append("\(subject): undid an update that was interrupted")
        try drop(plan, &live)
        return false
    }

    /// Plugs the old value of a replaced device again.
    func putBack(_ old: LibxlDevice, _ target: Plan.Target, _ live: inout LiveDomain) async throws(DriverError) {
        guard let device = former(target, live) else { return }
        live.status.plan?.target?.stage = .undoing
        live.status.plan?.begun = Uptime.now
        try write(live.status, step: "undo planned")
        _ = try await plug(old, as: device, for: target, into: live, phase: "putting back")
    }

    /// The device of a plan as it was before.
    private func former(_ target: Plan.Target, _ live: LiveDomain) -> Device? {
        live.status.bindings.first { $0.key == target.key }.flatMap(live.status.device)
    }

    private func takeAwayOrThrow(_ sent: LibxlDevice, _ target: Plan.Target, _ live: LiveDomain, phase: String)
        async throws(DriverError)
    {
        guard let error = await takeAway(sent, from: live) else { return }
        throw .operation(OperationFailure(domain: live.name, device: target.key, phase: phase, error: error))
    }

    /// What is there once a hotplug script that may still run has ended, or libxl's limit for it has passed.
    private func presenceAfterScript(_ sent: LibxlDevice, _ target: Plan.Target, _ plan: Plan, _ live: LiveDomain)
        async throws(DriverError) -> Presence
    {
        var found = try await presence(of: sent, as: target.identity, in: inventory(of: live.domid))
        guard case .ours(.incomplete, let backend?) = found else { return found }
        let elapsed = Uptime.now - plan.begun
        // A negative time means that the host was booted anew since.
        let left = elapsed < 0 ? .zero : settings.scriptLimit - .seconds(elapsed)
        guard left > .zero, try await !scriptHasFailed(backend) else { return found }
        let limit = ContinuousClock.now.advanced(by: left)
        try await waitForChanges(below: backend.path, until: limit) { () throws(DriverError) in
            found = try await presence(of: sent, as: target.identity, in: inventory(of: live.domid))
            guard case .ours(.incomplete, _) = found else { return true }
            return try await scriptHasFailed(backend)
        }
        return found
    }

    private func scriptHasFailed(_ backend: XenstoreBackendPath) async throws(DriverError) -> Bool {
        try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(backend.path.appending("hotplug-status")) == "error"
        }
    }

    /// Asks `isDone` at each change below `path`, until it says yes or the time is over.
    private func waitForChanges(
        below path: XenstorePath, until limit: ContinuousClock.Instant,
        _ isDone: () async throws(DriverError) -> Bool
    ) async throws(DriverError) {
        let (signals, source) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let watcher = Task { [xenstore = host.xenstore] in
            for await _ in xenstore.watch(path) { source.yield() }
        }
        let timer = Task {
            // Cancelled when the wait ends early; either way the stream is finished.
            try? await Task.sleep(until: limit, clock: .continuous)
            source.finish()
        }
        defer {
            watcher.cancel()
            timer.cancel()
        }
        for await _ in signals where try await isDone() { return }
    }

    // MARK: Ends of plans

    /// A plugged device as it goes into the books.
    struct Bound: Hashable, Sendable {
        var binding: Binding
        var device: Device
    }

    /// What Xen made of a device that was plugged: its backend, and the driver of a disk that left it open.
    func bind(_ device: Device, _ target: Plan.Target, _ sent: LibxlDevice, in domid: DomainID)
        async throws(DriverError) -> Bound
    {
        let backend = try await backend(of: target.identity, in: domid)
        let binding = Binding(
            key: target.key, identity: target.identity, backendDomainID: backend?.backendDomainID, sent: sent)
        return Bound(binding: binding, device: try await completed(device, of: binding, in: domid))
    }

    /// Takes a plugged device into the live definition, with its binding, and ends the plan.
    func finish(_ plan: Plan, _ bound: Bound, _ live: inout LiveDomain) throws(DriverError) {
        let key = bound.binding.key
        if let index = live.status.bindings.firstIndex(where: { $0.key == key }) {
            live.status.bindings[index] = bound.binding
            live.status.definition.value.devices = live.status.definition.value.devices.map {
                $0.alias?.description == key ? bound.device : $0
            }
        } else {
            live.status.bindings.append(bound.binding)
            live.status.definition.value.devices.append(bound.device)
        }
        try complete(plan, &live)
    }

    /// Commits what is staged, clears the plan and writes the status: the end of a change that was done.
    ///
    /// The status is written out beforehand, so that a full disk is met while nothing is committed yet.
    func complete(_ plan: Plan, _ live: inout LiveDomain) throws(DriverError) {
        var status = live.status
        status.plan = nil
        try reading { () throws(StateError) in
            let prepared = try store.prepare(status)
            if plan.stages { try store.commitStaged(status.name) }
            try store.commit(prepared, for: status.uuid)
        }
        live.status = status
        steps.reached("driver: plan completed")
    }

    /// Clears a plan whose change was undone or never begun.
    func drop(_ plan: Plan, _ live: inout LiveDomain) throws(DriverError) {
        let name = live.status.name
        if plan.stages { try reading { () throws(StateError) in try store.dropStaged(name) } }
        live.status.plan = nil
        try write(live.status, step: "plan dropped")
    }

    func parse(_ target: Plan.Target, domain: String) throws(DriverError) -> Device {
        do throws(DomainXMLError) {
            return try Device.parse(Array(target.device.utf8), options: StateStore.ownDocuments).value
        } catch {
            throw .document(error)
        }
    }

    /// The device with what libxl chose for it, where the user left that open: a disk's driver.
    func completed(_ device: Device, of binding: Binding, in domid: DomainID) async throws(DriverError) -> Device {
        guard case .disk(var disk) = device, disk.driverName == nil, case .disk(let number) = binding.identity else {
            return device
        }
        disk.driverName = try await inventory(of: domid).disk(number)?.backend.driverName
        return .disk(disk)
    }

    // MARK: Missing devices

    /// Takes the devices that are gone from Xen out of the live definition.
    private func dropMissing(_ live: inout LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) {
        let inventory = try await inventory(of: live.domid)
        var isChanged = false
        for binding in live.status.bindings {
            var presence = try await presence(of: binding.sent, as: binding.identity, in: inventory)
            if case .ours(.leaving, let backend?) = presence, try await hasClosed(backend) {
                // The guest has let go since; what is left are nodes that only a removal takes away.
                if await takeAway(binding.sent, from: live) == nil { presence = .absent }
            }
            if let pending = binding.pendingDetach, pending.isPersistent, !presence.isOurs {
                try removeFromPersistent(binding, &live, &domain)
            }
            guard !presence.isOurs else { continue }
            if let device = live.status.device(binding) {
                domain.lost.append(device)
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
        persistent.devices.removeAll { criteria.mismatches(with: $0).isEmpty }
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

extension DiskBackend {
    /// What a document calls it. Source: `/domain/devices/disk/driver/@name`.
    var driverName: String? {
        switch self {
        case .phy: "phy"
        case .tap: "tap"
        case .qdisk: "qemu"
        case .unknown: nil
        }
    }
}

/// Time since the host booted, which separate processes agree on and a changed wall clock does not move.
enum Uptime {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
