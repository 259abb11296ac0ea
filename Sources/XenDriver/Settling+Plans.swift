import DomainXML
import LibxlAPI
import Logging
import XenModel
import XenUnits

/// Completing or undoing one plan.
extension Driver {
    /// What became of a change that was interrupted.
    enum Recovered {
        case finished
        /// All is as before it, or as somebody else made it since.
        case undone
        /// Its plan is ended already, in another way.
        case left
        /// It can be neither finished nor undone; the news say what is left of it.
        case givenUp(String)
    }

    /// Completes, undoes or gives up the plan of `live`; returns whether it made a staged definition the persistent one.
    ///
    /// Throws where the plan must stay: nothing can be read or written, a script may still run, or the caller has given
    /// up.
    func settle(_ plan: Plan, _ live: inout LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) -> Bool
    {
        let time = live.call.deadline - clock.now
        let recovered: Recovered
        switch plan.work {
        case .start:
            // Undone before this; a domain in the middle of its start is never taken for a live one.
            return false
        case .add(let target, let new, let hub):
            recovered = try await settleAdd(target, new, hub, &live, &domain)
        case .remove(let target, let old, let isForced):
            recovered = try await settleRemove(target, old, isForced: isForced, &live, &domain)
        case .replace(let replacement):
            recovered = try await settle(replacement, &live, &domain)
        case .link(let target, let nic):
            recovered = try await settleLink(target, nic, &live, &domain)
        case .medium(let target, let old, let new):
            recovered = try await settleMedium(target, old, new, &live, &domain)
        case .adopt(let target, let found):
            recovered = try await settleAdoption(target, found, &live, &domain)
        }
        switch recovered {
        case .finished: return plan.stages
        case .left: return false
        case .undone: break
        case .givenUp(let news):
            let device = plan.target?.device.value.title ?? ""
            guard !isCutOff(live.call, begunWith: time) else {
                throw .unsettled(device: device, domain: domain.name, reason: news)
            }
            domain.warnings.append("domain '\(domain.name)': \(device): \(news)")
        }
        try drop(&live)
        return false
    }

    private func settleAdd(
        _ target: Plan.Target, _ new: PlacedDevice, _ hub: Plan.Hub?, _ live: inout LiveDomain,
        _ domain: inout LockedDomain
    ) async throws(DriverError) -> Recovered {
        let device = target.device.value
        let presence = try await presenceAfterScript(new, live)
        var reason = ""
        if case .ours(.connected, _) = presence {
            guard let failure = await failureOfLink(device, new, in: live) else {
                try finish(try await bind(device, new, through: hub, in: live.domid), &live)
                domain.tell(device, "finished the attach that was interrupted")
                return .finished
            }
            reason = " (\(failure))"
        }
        if presence.isOurs, let error = await takeAway(new, from: live) {
            return .givenUp(
                "gave up the attach that was interrupted\(reason): what is there of it cannot be taken away"
                    + " (\(error)) and is shown as foreign, \(new.identity)")
        }
        if presence == .absent { await forgetInLibxl(new, live) }
        if let hub {
            let left = try await self.presence(of: hub.new, in: inventory(of: live.domid))
            if left.isOurs, let error = await takeAway(hub.new, from: live) {
                return .givenUp(
                    "undid an attach that was interrupted\(reason), but for its controller, which cannot be taken away"
                        + " (\(error)) and is shown as foreign, \(hub.new.identity)")
            }
            if left == .absent { await forgetInLibxl(hub.new, live) }
        }
        domain.tell(device, "undid an attach that was interrupted\(reason)")
        return .undone
    }

    /// Puts a plugged NIC's link down if its definition says so; returns why that cannot be done.
    private func failureOfLink(_ device: Device, _ sent: PlacedDevice, in live: LiveDomain) async -> DriverError? {
        do throws(DriverError) {
            try await restoreLink(of: device, sent, in: live)
            return nil
        } catch {
            return error
        }
    }

    /// Completes an interrupted removal, unless the guest holds on to the device: then it is left to the guest.
    private func settleRemove(
        _ target: Plan.Target, _ old: PlacedDevice, isForced: Bool, _ live: inout LiveDomain,
        _ domain: inout LockedDomain
    ) async throws(DriverError) -> Recovered {
        let device = target.device.value
        let presence = try await presence(of: old, in: inventory(of: live.domid))
        if presence == .absent { await forgetInLibxl(old, live) }
        if case .ours(_, let backend) = presence {
            do throws(LibxlError) {
                _ = try await unplug(old, backend: backend, from: live, force: isForced)
            } catch {
                guard error.isRefusal, !isForced else {
                    let failure = await failure(error, of: device, old, in: live, phase: "detach")
                    return .givenUp(
                        "gave up the detach that was interrupted: \(failure); detach it again, or with --force")
                }
                try leaveToGuest(target.key, &live)
                let held = DriverError.guestHoldsDevice(
                    device: device.title, domain: domain.name, isForeign: target.key.isEmpty, failure: error)
                domain.warnings.append(held.description)
                return .left
            }
        }
        let binding = Binding(key: target.key, identity: old.identity, sent: old)
        domain.lost.append(Candidate(device, binding, in: live.domid).gone)
        live.status.remove(target.key)
        try complete(&live)
        domain.tell(device, "finished the detach that was interrupted")
        return .finished
    }

    private func settleLink(
        _ target: Plan.Target, _ nic: LibxlDeviceNIC, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Recovered {
        // A NIC that is gone is found missing next.
        guard case .interface(let interface) = target.device.value,
            try await presence(of: PlacedDevice(nic), in: inventory(of: live.domid)).isOurs
        else { return .undone }
        let device = target.device.value
        let wanted = interface.link ?? .up
        do throws(DriverError) {
            try await setLink(wanted, of: device, nic, in: live)
        } catch let failure {
            let binding = live.status.bindings.first { $0.key == target.key }
            if case .interface(let former)? = binding.flatMap(live.status.device) {
                do throws(DriverError) {
                    try await setLink(former.link ?? .up, of: device, nic, in: live)
                    domain.tell(device, "undid an update that was interrupted (\(failure))")
                    return .undone
                } catch {
                    logger.debug("domain '\(live.name)': the link cannot be set back either: \(error)")
                }
            }
            return .givenUp("gave up the update that was interrupted, to put its link \(wanted) (\(failure))")
        }
        try finish(try await bind(device, PlacedDevice(nic), in: live.domid), &live)
        domain.tell(device, "finished the update that was interrupted")
        return .finished
    }

    private func settleAdoption(
        _ target: Plan.Target, _ found: PlacedDevice, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Recovered {
        let device = target.device.value
        guard try await presence(of: found, in: inventory(of: live.domid)).isOurs else {
            domain.tell(device, "gave up an adoption that was interrupted, for the device is gone from Xen")
            return .undone
        }
        try finish(try await bind(device, found, in: live.domid), &live)
        domain.tell(device, "finished the adoption that was interrupted")
        return .finished
    }

    private func settle(
        _ replacement: Plan.Replacement, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Recovered {
        let device = replacement.target.device.value
        var expected = replacement.stage == .unplugged ? replacement.new : replacement.old
        var found = try await presenceAfterScript(expected, live)
        if found == .different, replacement.stage == .undoing {
            // Not the old one: then it may be what could not be taken away of the new one.
            expected = replacement.new
            found = try await presence(of: expected, in: inventory(of: live.domid))
            if case .ours(_, let backend) = found { found = .ours(.incomplete, backend: backend) }
        }
        if case .ours(.connected, let backend) = found, replacement.stage == .unplugged {
            if await failureOfLink(device, expected, in: live) == nil {
                try finish(try await bind(device, expected, in: live.domid), &live)
                domain.tell(device, "finished the update that was interrupted")
                return .finished
            }
            found = .ours(.incomplete, backend: backend)
        }
        switch found {
        case .ours(.connected, _):
            if replacement.stage == .undoing, let former = former(replacement, live),
                let failure = await failureOfLink(former, replacement.old, in: live)
            {
                domain.tell(device, "its link is not as it was (\(failure))")
            }
        case .different:
            // Somebody else's device: the binding is found missing next.
            return .undone
        case .ours(.incomplete, _), .ours(.leaving, _), .ours(.broken, _), .absent:
            if found.isOurs, let error = await takeAway(expected, from: live) {
                return .givenUp(
                    "gave up the update that was interrupted: what is there of it cannot be taken away (\(error)), so that"
                        + " the device cannot be put back")
            }
            do throws(DriverError) {
                try await putBack(replacement, &live)
            } catch {
                if case .state = error { throw error }
                return .givenUp(
                    "could not be put back after an update that was interrupted (\(error)) and is unplugged")
            }
        }
        domain.tell(device, "undid an update that was interrupted")
        return .undone
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
    private func forgetInLibxl(_ sent: PlacedDevice, _ live: LiveDomain) async {
        guard let error = await takeAway(sent, from: live) else { return }
        logger.debug("libxl's stored configuration of domain \(live.domid) may list a device that is gone: \(error)")
    }

    /// Writes how far a replacement came; what it waits for is counted anew.
    func record(_ replacement: Plan.Replacement, _ live: inout LiveDomain, step: String) throws(DriverError) {
        live.status.plan?.work = .replace(replacement)
        live.status.plan?.begun = clock.secondsSinceBoot
        try write(live.status, step: step)
    }

    /// What is there once a hotplug script that may still run has ended, or libxl's limit for it has passed.
    private func presenceAfterScript(_ sent: PlacedDevice, _ live: LiveDomain) async throws(DriverError) -> Presence {
        var found = try await presence(of: sent, in: inventory(of: live.domid))
        guard case .ours(.incomplete, let backend?) = found else { return found }
        let limit = settings.scriptLimit / .seconds(1)
        let elapsed = clock.secondsSinceBoot - (live.status.plan?.begun ?? 0)
        // A negative time means that the host was booted anew since; no time at all, that somebody wrote the file.
        let left: Duration = (0...limit).contains(elapsed) ? .seconds(limit - elapsed) : .zero
        guard left > .zero, try await !scriptHasFailed(backend) else { return found }
        let begun = clock.now
        let wait = min(left, max(.zero, live.call.deadline - begun))
        let title = live.status.plan?.target?.device.value.title
        try await waiting("the hotplug script", title, of: live.name, live.call) { () throws(DriverError) in
            try await waitForChanges(below: backend.path, until: begun.advanced(by: wait)) {
                () throws(DriverError) in
                found = try await presence(of: sent, in: inventory(of: live.domid))
                guard case .ours(.incomplete, _) = found else { return true }
                return try await scriptHasFailed(backend)
            }
        }
        if case .ours(.incomplete, _) = found, wait < left, try await !scriptHasFailed(backend) {
            throw .scriptRuns(
                device: live.status.plan?.target?.device.value.title ?? "", domain: live.name,
                waited: live.call.time.limit,
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
        let timer = Task { [clock] in
            // Cancelled when the wait ends early; either way the stream is finished.
            try? await clock.sleep(until: limit)
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
    func bind(_ device: Device, _ sent: PlacedDevice, in domid: DomainID) async throws(DriverError) -> Bound {
        let backend = try await backend(of: sent.identity, in: domid)
        let binding = Binding(
            key: device.alias?.description ?? "", identity: sent.identity, backendDomainID: backend?.backendDomainID,
            sent: sent)
        return Bound(binding: binding, device: try await completed(device, of: binding, in: domid))
    }

    /// The same of a device and the controller that was plugged for it, which comes first.
    func bind(_ device: Device, _ sent: PlacedDevice, through hub: Plan.Hub?, in domid: DomainID)
        async throws(DriverError) -> [Bound]
    {
        var bound: [Bound] = []
        if let hub { bound.append(try await bind(hub.target.device.value, hub.new, in: domid)) }
        bound.append(try await bind(device, sent, in: domid))
        return bound
    }

    /// Takes plugged devices into the live definition, with their bindings, and ends the plan.
    func finish(_ bound: [Bound], _ live: inout LiveDomain) throws(DriverError) {
        for device in bound { live.status.take(device) }
        try complete(&live)
    }

    func finish(_ bound: Bound, _ live: inout LiveDomain) throws(DriverError) {
        try finish([bound], &live)
    }

    /// Commits what is staged, clears the plan and writes the status: the end of a change that was done.
    ///
    /// The status is written out beforehand, so that a full disk is met while nothing is committed yet.
    func complete(_ live: inout LiveDomain) throws(DriverError) {
        var status = live.status
        status.plan = nil
        try reading { () throws(StateError) in
            let prepared = try store.prepare(status)
            if live.status.plan?.stages == true {
                try store.commitStaged(status.name, status.uuid, mayBeDone: !live.hasStaged)
            }
            if status.isForeign == true {
                try store.removeStatus(status.uuid)
            } else {
                try store.commit(prepared, for: status.uuid)
            }
        }
        live.status = status
        live.hasStaged = false
        steps.reached("driver: plan completed")
    }

    /// Clears a plan whose change was undone or never begun.
    func drop(_ live: inout LiveDomain) throws(DriverError) {
        let uuid = live.uuid
        if live.status.plan?.stages == true { try reading { () throws(StateError) in try store.dropStaged(uuid) } }
        live.status.plan = nil
        try write(live.status, step: "plan dropped")
    }

    /// The device with what libxl chose for it, where the user left that open: a disk's driver.
    func completed(_ device: Device, of binding: Binding, in domid: DomainID) async throws(DriverError) -> Device {
        guard case .disk(let disk) = device, disk.driverName == nil else { return device }
        return device.completed(at: binding.identity, by: try await inventory(of: domid))
    }
}

extension Device {
    /// A disk that leaves its driver open with the one that libxl chose.
    func completed(at identity: DeviceIdentity, by inventory: Inventory?) -> Device {
        guard case .disk(var disk) = self, disk.driverName == nil, case .disk(let number) = identity else {
            return self
        }
        disk.driverName = inventory?.disk(number)?.backend.driverName
        return .disk(disk)
    }
}

extension DomainStatus {
    /// Takes a plugged device in, or what became of one; a foreign one stays somebody else's.
    mutating func take(_ bound: Driver.Bound) {
        let key = bound.binding.key
        if bound.binding.isForeign { return }
        if let index = bindings.firstIndex(where: { $0.key == key }) {
            let unknown = bindings[index].unknown
            bindings[index] = bound.binding
            bindings[index].unknown = unknown
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
