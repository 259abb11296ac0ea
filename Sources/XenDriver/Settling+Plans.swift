import DomainXML
import Glibc
import LibxlAPI
import Logging
import XenModel
import XenUnits

/// Completing or undoing one plan.
extension Driver {
    /// Completes or undoes the plan of `live`; returns whether it made a staged definition the persistent one.
    func settle(_ plan: Plan, _ live: inout LiveDomain, _ domain: inout LockedDomain, givesUpReplacing: Bool)
        async throws(DriverError) -> Bool
    {
        let isDone: Bool
        switch plan.work {
        case .start:
            // Undone before this; a domain in the middle of its start is never taken for a live one.
            return false
        case .add(let target, let new):
            isDone = try await settleAdd(target, new, &live, &domain)
        case .remove(let target, let old, let isForced):
            guard let hasGone = try await settleRemove(target, old, isForced: isForced, &live, &domain) else {
                return false
            }
            isDone = hasGone
        case .replace(let replacement):
            isDone = try await settle(replacement, &live, &domain, givesUp: givesUpReplacing)
        case .link(let target, let nic):
            isDone = try await settleLink(target, nic, &live, &domain)
        case .medium(let target, let old, let new):
            isDone = try await settleMedium(target, old, new, &live, &domain)
        case .adopt(let target, let found):
            isDone = try await settleAdoption(target, found, &live, &domain)
        }
        if !isDone { try drop(&live) }
        return isDone && plan.stages
    }

    private func settleAdd(
        _ target: Plan.Target, _ new: SentDevice, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        let device = target.device.value
        let presence = try await presenceAfterScript(new, live)
        if case .ours(.connected, _) = presence {
            try await restoreLink(of: device, new, in: live)
            try finish(try await bind(device, new, in: live.domid), &live)
            domain.tell(device, "finished the attach that was interrupted")
            return true
        }
        if presence.isOurs { try await takeAwayOrThrow(new, of: device, live, phase: "undoing the attach") }
        if presence == .absent { await forgetInLibxl(new, live) }
        domain.tell(device, "undid an attach that was interrupted")
        return false
    }

    /// Whether an interrupted removal is complete; nil if the guest holds on to the device, which is left to it.
    private func settleRemove(
        _ target: Plan.Target, _ old: SentDevice, isForced: Bool, _ live: inout LiveDomain,
        _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool? {
        let device = target.device.value
        let presence = try await presence(of: old, in: inventory(of: live.domid))
        if presence == .absent { await forgetInLibxl(old, live) }
        if case .ours(_, let backend) = presence {
            do throws(LibxlError) {
                _ = try await unplug(old, backend: backend, from: live, force: isForced)
            } catch {
                guard error.isRefusal, !isForced else {
                    throw .operation(await failure(error, of: device, old, in: live, phase: "detach"))
                }
                try leaveToGuest(target.key, &live)
                let held = DriverError.guestHoldsDevice(
                    device: device.title, domain: domain.name, isForeign: target.key.isEmpty, failure: error)
                domain.warnings.append(held.description)
                return nil
            }
        }
        let binding = Binding(key: target.key, identity: old.identity, sent: old)
        domain.lost.append(Candidate(device, binding, in: live.domid).gone)
        live.status.remove(target.key)
        try complete(&live)
        domain.tell(device, "finished the detach that was interrupted")
        return true
    }

    private func settleLink(
        _ target: Plan.Target, _ nic: LibxlDeviceNIC, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        guard case .interface(let interface) = target.device.value,
            try await presence(of: .nic(nic), in: inventory(of: live.domid)).isOurs
        else { return false }
        let device = target.device.value
        try await setLink(interface.link ?? .up, of: device, nic, in: live)
        try finish(try await bind(device, .nic(nic), in: live.domid), &live)
        domain.tell(device, "finished the update that was interrupted")
        return true
    }

    private func settleAdoption(
        _ target: Plan.Target, _ found: SentDevice, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        let device = target.device.value
        guard try await presence(of: found, in: inventory(of: live.domid)).isOurs else {
            domain.tell(device, "gave up an adoption that was interrupted, for the device is gone from Xen")
            return false
        }
        try finish(try await bind(device, found, in: live.domid), &live)
        domain.tell(device, "finished the adoption that was interrupted")
        return true
    }

    private func settle(
        _ replacement: Plan.Replacement, _ live: inout LiveDomain, _ domain: inout LockedDomain, givesUp: Bool
    ) async throws(DriverError) -> Bool {
        let device = replacement.target.device.value
        var expected = replacement.stage == .unplugged ? replacement.new : replacement.old
        var found = try await presenceAfterScript(expected, live)
        if found == .different, replacement.stage == .undoing {
            // Not the old one: then it may be what could not be taken away of the new one.
            expected = replacement.new
            found = try await presence(of: expected, in: inventory(of: live.domid))
            if case .ours(_, let backend) = found { found = .ours(.incomplete, backend: backend) }
        }
        switch found {
        case .ours(.connected, _) where replacement.stage == .unplugged:
            try await restoreLink(of: device, expected, in: live)
            try finish(try await bind(device, expected, in: live.domid), &live)
            domain.tell(device, "finished the update that was interrupted")
            return true
        case .ours(.connected, _):
            if replacement.stage == .undoing, let former = former(replacement, live) {
                try await restoreLink(of: former, replacement.old, in: live)
            }
        case .different:
            // Somebody else's device: the binding is found missing next.
            return false
        case .ours(.incomplete, _), .ours(.leaving, _), .ours(.broken, _), .absent:
            if found.isOurs { try await takeAwayOrThrow(expected, of: device, live, phase: "undoing the update") }
            do throws(DriverError) {
                try await putBack(replacement, &live)
            } catch {
                guard givesUp else {
                    throw .unsettled(device: device.title, domain: domain.name, reason: "\(error)")
                }
                domain.tell(device, "could not be put back (\(error)) and is unplugged")
                return false
            }
        }
        domain.tell(device, "undid an update that was interrupted")
        return false
    }

    /// Plugs the old value of a replaced device again.
    func putBack(_ replacement: Plan.Replacement, _ live: inout LiveDomain) async throws(DriverError) {
        guard let device = former(replacement, live) else { return }
        var replacement = replacement
        replacement.stage = .undoing
        try record(replacement, &live, step: "undo planned")
        _ = try await plug(replacement.old, as: device, into: live, phase: "putting back")
    }

    /// The device as it was before its replacement.
    private func former(_ replacement: Plan.Replacement, _ live: LiveDomain) -> Device? {
        replacement.former?.value
            ?? live.status.bindings.first { $0.key == replacement.target.key }.flatMap(live.status.device)
    }

    /// Takes a device that has no nodes out of libxl's stored configuration, where a killed call may have left it.
    ///
    /// Nothing depends on its success: libxl goes by xenstore where the two differ.
    private func forgetInLibxl(_ sent: SentDevice, _ live: LiveDomain) async {
        guard let error = await takeAway(sent, from: live) else { return }
        logger.debug("libxl's stored configuration of domain \(live.domid) may list a device that is gone: \(error)")
    }

    /// Writes how far a replacement came; what it waits for is counted anew.
    func record(_ replacement: Plan.Replacement, _ live: inout LiveDomain, step: String) throws(DriverError) {
        live.status.plan?.work = .replace(replacement)
        live.status.plan?.begun = Uptime.now
        try write(live.status, step: step)
    }

    private func takeAwayOrThrow(_ sent: SentDevice, of device: Device, _ live: LiveDomain, phase: String)
        async throws(DriverError)
    {
        guard let error = await takeAway(sent, from: live) else { return }
        throw .operation(OperationFailure(domain: live.name, device: device.title, phase: phase, error: error))
    }

    /// What is there once a hotplug script that may still run has ended, or libxl's limit for it has passed.
    private func presenceAfterScript(_ sent: SentDevice, _ live: LiveDomain) async throws(DriverError) -> Presence {
        var found = try await presence(of: sent, in: inventory(of: live.domid))
        guard case .ours(.incomplete, let backend?) = found else { return found }
        let elapsed = Uptime.now - (live.status.plan?.begun ?? 0)
        // A negative time means that the host was booted anew since.
        let left = elapsed < 0 ? .zero : settings.scriptLimit - .seconds(elapsed)
        guard left > .zero, try await !scriptHasFailed(backend) else { return found }
        let wait = min(left, settings.operationTimeout)
        try await waitForChanges(below: backend.path, until: ContinuousClock.now.advanced(by: wait)) {
            () throws(DriverError) in
            found = try await presence(of: sent, in: inventory(of: live.domid))
            guard case .ours(.incomplete, _) = found else { return true }
            return try await scriptHasFailed(backend)
        }
        if case .ours(.incomplete, _) = found, wait < left, try await !scriptHasFailed(backend) {
            throw .scriptRuns(
                device: live.status.plan?.target?.device.value.title ?? "", domain: live.name, waited: wait,
                limit: settings.scriptLimit)
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
    func bind(_ device: Device, _ sent: SentDevice, in domid: DomainID) async throws(DriverError) -> Bound {
        let backend = try await backend(of: sent.identity, in: domid)
        let binding = Binding(
            key: device.alias?.description ?? "", identity: sent.identity, backendDomainID: backend?.backendDomainID,
            sent: sent)
        return Bound(binding: binding, device: try await completed(device, of: binding, in: domid))
    }

    /// Takes a plugged device into the live definition, with its binding, and ends the plan.
    func finish(_ bound: Bound, _ live: inout LiveDomain) throws(DriverError) {
        live.status.take(bound)
        try complete(&live)
    }

    /// Commits what is staged, clears the plan and writes the status: the end of a change that was done.
    ///
    /// The status is written out beforehand, so that a full disk is met while nothing is committed yet.
    func complete(_ live: inout LiveDomain) throws(DriverError) {
        var status = live.status
        status.plan = nil
        try reading { () throws(StateError) in
            let prepared = try store.prepare(status)
            if live.status.plan?.stages == true { try store.commitStaged(status.name) }
            if status.isForeign == true {
                try store.removeStatus(status.uuid)
            } else {
                try store.commit(prepared, for: status.uuid)
            }
        }
        live.status = status
        steps.reached("driver: plan completed")
    }

    /// Clears a plan whose change was undone or never begun.
    func drop(_ live: inout LiveDomain) throws(DriverError) {
        let name = live.status.name
        if live.status.plan?.stages == true { try reading { () throws(StateError) in try store.dropStaged(name) } }
        live.status.plan = nil
        try write(live.status, step: "plan dropped")
    }

    /// The device with what libxl chose for it, where the user left that open: a disk's driver.
    func completed(_ device: Device, of binding: Binding, in domid: DomainID) async throws(DriverError) -> Device {
        guard case .disk(var disk) = device, disk.driverName == nil, case .disk(let number) = binding.identity else {
            return device
        }
        disk.driverName = try await inventory(of: domid).disk(number)?.backend.driverName
        return .disk(disk)
    }
}

extension DomainStatus {
    /// Takes a plugged device in, or what became of one; a foreign one stays somebody else's.
    mutating func take(_ bound: Driver.Bound) {
        let key = bound.binding.key
        if bound.binding.isForeign { return }
        if let index = bindings.firstIndex(where: { $0.key == key }) {
            bindings[index] = bound.binding
            definition.value.devices = definition.value.devices.map {
                $0.alias?.description == key ? bound.device : $0
            }
        } else {
            bindings.append(bound.binding)
            definition.value.devices.append(bound.device)
        }
    }
}

extension LockedDomain {
    /// Adds news of a device for the user.
    mutating func tell(_ device: Device, _ news: String) {
        warnings.append("domain '\(name)': \(device.title): \(news)")
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
