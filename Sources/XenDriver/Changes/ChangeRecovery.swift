import LibxlAPI
import Logging
import XenModel
import XenUnits

/// Finishing or undoing the change that an earlier command left, by the steps that it was made of.
extension Driver {
    /// Finishes, undoes or gives up the change of `live`; returns whether it made a staged definition the persistent
    /// one.
    ///
    /// Throws where the change must stay: nothing can be read or written, a script may still run, or the caller has
    /// given up.
    func recoverChange(_ live: inout LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) -> Bool {
        // A domain in the middle of its start is never taken for a live one; the start is undone before this.
        guard let change = live.status.change, let device = change.target?.device.value else { return false }
        return try await LogContext.with(change.metadata) { () throws(DriverError) in
            try await recover(change, of: device, &live, &domain)
        }
    }

    private func recover(
        _ change: Change, of device: Device, _ live: inout LiveDomain, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        let time = live.call.deadline - clock.now
        let (reached, standing) = try await reached(change, in: live)
        if case .overtaken(let remains) = standing {
            if let remains { domain.report(.abandoned(AbandonedChange(remains: remains), device: device.title)) }
            try drop(&live)
            return false
        }
        live.status.change?.step = min(reached, change.steps.count - 1)
        var failure: DriverError?
        if !change.isUndoing, reached >= change.stepsToNoReturn {
            do throws(DriverError) {
                if case .heldByGuest(let error) = try await finishSteps(of: change, from: reached, &live) {
                    let isForeign = change.target?.key.isEmpty == true
                    domain.report(
                        .unfinished(
                            .guestHoldsDevice(
                                device: device.title, domain: domain.name, isForeign: isForeign, failure: error)))
                    try leaveToGuest(&live)
                    return false
                }
            } catch {
                guard !error.isOfReading else { throw error }
                failure = error
            }
            if failure == nil {
                try await commit(&live)
                for step in change.losses {
                    let binding = Binding(key: step.target.key, identity: step.old.identity, sent: step.old)
                    domain.lost.append(Candidate(device, binding, in: live.domid).gone)
                }
                domain.report(.finished(change.kind, device: device.title))
                domain.finished = change
                return change.stages
            }
        }
        let abandoned: AbandonedChange?
        if let failure, !change.losses.isEmpty {
            abandoned = AbandonedChange(remains: .detach, reason: failure)
        } else {
            abandoned = try await undoUnfinished(device, &live, &domain, after: failure)
        }
        if let abandoned {
            guard !isCutOff(live.call, begunWith: time) else {
                throw .unrecovered(device: device.title, domain: domain.name, reason: "\(abandoned)")
            }
            domain.report(.abandoned(abandoned, device: device.title))
        }
        try drop(&live)
        return false
    }

    /// The first step that is not done, at most the one after the point of no return, and how far the change came with
    /// it.
    private func reached(_ change: Change, in live: LiveDomain) async throws(DriverError) -> (Int, StepStanding) {
        var index = min(max(change.step, 0), change.steps.count - 1)
        var standing = try await change.steps[index].work.standing(in: live, by: self)
        guard !change.isUndoing else { return (index, .open) }
        while standing == .done {
            index += 1
            guard index < change.stepsToNoReturn else { break }
            standing = try await change.steps[index].work.standing(in: live, by: self)
        }
        return (index, standing)
    }

    private func finishSteps(of change: Change, from first: Int, _ live: inout LiveDomain) async throws(DriverError)
        -> StepEnd
    {
        for index in change.steps.indices.dropFirst(first) {
            live.status.change?.step = index
            let end = try await change.steps[index].work.perform(in: live, by: self)
            if case .heldByGuest = end { return end }
        }
        return .done
    }

    /// Undoes an interrupted change, whose end failed with `failure` if that was tried. Returns what became of it if it
    /// cannot be undone either.
    private func undoUnfinished(
        _ device: Device, _ live: inout LiveDomain, _ domain: inout LockedDomain, after failure: DriverError?
    ) async throws(DriverError) -> AbandonedChange? {
        do throws(UndoFailure) {
            for notice in try await undoSteps(&live) {
                domain.warnings.append(.device(notice, device: device.title, domain: domain.name))
            }
            if let kind = live.status.change?.kind {
                domain.report(.undone(kind, device: device.title, reason: failure))
            }
            return nil
        } catch {
            switch error {
            case .pastNoReturn:
                return AbandonedChange(remains: .detach, reason: failure)
            case .failed(let cause, nil): throw cause
            case .failed(let cause, let remains?):
                if let change = live.status.change, case .insert(let medium) = change.steps[change.step] {
                    let remains = try await medium.giveUp(after: cause, &live, by: self)
                    return AbandonedChange(remains: .medium(remains), reason: failure)
                }
                return AbandonedChange(remains: remains, reason: failure)
            }
        }
    }

    // MARK: What is there

    /// Takes a device that has no nodes out of libxl's stored configuration, where a killed call may have left it.
    ///
    /// Nothing depends on its success: libxl goes by xenstore where the two differ.
    func forgetInLibxl(_ sent: PlacedDevice, _ live: LiveDomain) async {
        guard let error = await takeAway(sent, from: live) else { return }
        logger.here.debug(
            "libxl's stored configuration may list a device that is gone: \(error)",
            metadata: ["device": "\(sent.identity)", "domid": "\(live.domid)"])
    }

    /// What there is of a device that is to be taken away or put back.
    func presenceBeforeUndoing(_ sent: PlacedDevice, in live: LiveDomain) async throws(UndoFailure) -> Presence {
        do throws(DriverError) {
            return try await presence(of: sent, in: inventory(of: live.domid))
        } catch {
            throw .failed(error, nil)
        }
    }

    /// What is there once a hotplug script that may still run has ended, or libxl's limit for it has passed.
    func presenceAfterScript(of sent: PlacedDevice, in live: LiveDomain) async throws(DriverError) -> Presence {
        var found = try await presence(of: sent, in: inventory(of: live.domid))
        guard case .ours(.incomplete, let backend?) = found else { return found }
        let limit = settings.scriptLimit / .seconds(1)
        let elapsed = clock.secondsSinceBoot - (live.status.change?.begun ?? 0)
        // A negative time means that the host was booted anew since; no time at all, that somebody wrote the file.
        let left: Duration = (0...limit).contains(elapsed) ? .seconds(limit - elapsed) : .zero
        guard left > .zero, try await !scriptHasFailed(backend) else { return found }
        let begun = clock.now
        let wait = min(left, max(.zero, live.call.deadline - begun))
        let title = live.status.change?.target?.device.value.title
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
                device: title ?? "", domain: live.name, waited: live.call.time.limit, limit: settings.scriptLimit)
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
}

extension DriverError {
    /// Whether nothing is known of what was asked: nothing could be read or written.
    fileprivate var isOfReading: Bool {
        switch self {
        case .xenstore, .state: true
        default: false
        }
    }
}

extension LockedDomain {
    /// Adds what recovery found for the user.
    mutating func report(_ notice: RecoveryNotice) {
        warnings.append(.recovery(notice, domain: name))
    }
}
