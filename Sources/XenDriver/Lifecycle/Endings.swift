import LibxlAPI
import Logging
import XenModel
public import XenUnits

/// What was done about a domain whose guest may have ended.
public enum EndingOutcome: Hashable, Sendable {
    /// Nothing: its guest runs, waits to be resumed or saved, or the domain is gone.
    case nothing
    /// It was done as the definition says.
    case done(GuestEnding, domain: String)
    /// It is to be started anew, and was started so often and so shortly before that this must wait for so long.
    case heldOff(Duration, GuestEnding, domain: String)
}

/// What becomes of a domain whose guest has ended.
extension Driver {
    /// Does with a domain what its live definition says of its guest's end, a restart included; nothing while the guest
    /// runs. For whoever looks after the host all the time; `reportNotice` of `options` gets everything else that
    /// was recovered on the way.
    ///
    /// A restart gives the domain all that it had, under the names that it had: its live definition with what was plugged
    /// since. A device that was to go as soon as the guest lets go of it is gone.
    public func carryOutEnding(
        of uuid: DomainUUID, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> EndingOutcome {
        try await FileThreads.run { () throws(DriverError) in
            var call = begin(options)
            call.restartsEnded = true
            guard let name = try await ownName(of: uuid) else { return .nothing }
            let domain = try await withDomainLock(uuid, name: name, call) { () throws(DriverError) in
                try await recoverDomain(uuid, name: name, call, recovery: .attempted)
            }
            var outcome = domain.heldOff ?? .nothing
            for notice in domain.warnings {
                if case .ending(let ending, let name) = notice {
                    outcome = .done(ending, domain: name)
                } else {
                    options.reportNotice?(notice)
                }
            }
            // A restart whose old domain cannot be destroyed is to be tried again.
            if outcome == .nothing, let halfStarted = domain.halfStarted {
                throw .halfStarted(domain: name, halfStarted)
            }
            return outcome
        }
    }

    /// The name of a domain of ours that runs, or of which a change is left; nil if there is none under this UUID.
    private func ownName(of uuid: DomainUUID) async throws(DriverError) -> String? {
        if case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }) {
            return status.isForeign == true ? nil : status.name.text
        }
        // Its status may be lost, and be made anew.
        return try await census(about: Sought(uuids: [uuid])).records.first {
            $0.uuid == uuid && $0.kind == .own && $0.info != nil
        }?.name
    }

    /// Does with a domain whose guest has ended what its live definition says; returns what runs of it then, or waits to be
    /// dealt with, and nil if nothing does.
    ///
    /// The end itself needs no change in the status: killed anywhere, it finds the domain ended again, or gone. A restart
    /// does, and has one.
    func endIfMeant(_ live: LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) -> LiveDomain? {
        // A suspended guest waits for whoever had it suspended, to be saved or resumed.
        guard let reason = live.ended, reason != .suspend else { return live }
        var live = live
        var ending = GuestEnding(
            live.domid, reason, of: live.status.definition.value, isPersistent: domain.persistent != nil)
        let isRestart = ending.isToStartAgain && live.call.restartsEnded
        if isRestart {
            let wait = live.status.run?.timeLeft(at: clock.secondsSinceBoot) ?? 0
            guard wait <= 0 else {
                domain.heldOff = .heldOff(.milliseconds((wait * 1000).rounded(.up)), ending, domain: domain.name)
                return live
            }
        } else if ending.isToStartAgain, store.isServed {
            // It is in good hands, and is started anew when it may be.
            domain.isLeftToService = true
            return live
        } else if ending.isKept {
            domain.warnings.append(.ending(ending, domain: domain.name))
            return live
        }
        let isRenamed = isRestart && ending.isToBeKeptBeside
        let hasMadeRoom = if isRenamed { try await hasMadeRoom(live.domid, live.uuid) } else { false }
        if ending.isToBeDumped, !hasMadeRoom {
            ending.dump = try await dump(live)
        }
        if isRenamed {
            do throws(DriverError) { if !hasMadeRoom { ending.keptAs = try await keepBeside(live) } } catch {
                guard case .operation(let failure) = error, !Task.isCancelled else { throw error }
                ending.failure = failure.error
                domain.warnings.append(.ending(ending, domain: domain.name))
                return live
            }
            // It is none of ours from now on.
            live.status.domid = nil
        }
        if isRestart {
            live.status.change = Change(.restart, [])
            live.status.change?.begin(at: clock.secondsSinceBoot, within: live.call.deadline - clock.now)
            try write(live.status, step: .restartPlanned)
        }
        if ending.isToBeReset {
            do throws(DriverError) {
                let reset = try await resetSoftly(live, &domain)
                ending.restarted = reset.domid
                domain.warnings.append(.ending(ending, domain: domain.name))
                return reset
            } catch {
                guard case .operation(let failure) = error, !Task.isCancelled else { throw error }
                ending.resetFailure = failure.error
            }
        }
        if !isRenamed, !(try await destroyEnded(live, &ending, isRestart: isRestart, &domain)) {
            return isRestart ? nil : live
        }
        guard isRestart else {
            try forget(live.status)
            domain.warnings.append(.ending(ending, domain: domain.name))
            return nil
        }
        var restarted: LiveDomain?
        do throws(DriverError) {
            restarted = try await startAgain(live.status, &domain)
            ending.restarted = restarted?.domid
        } catch {
            // Given up, it is what the next change goes on with.
            guard !Task.isCancelled else { throw error }
            ending.restartFailure = error
        }
        domain.warnings.append(.ending(ending, domain: domain.name))
        return restarted
    }

    /// Destroys a domain whose guest has ended; whether it is gone. One that is dying is Xen's to finish.
    private func destroyEnded(
        _ live: LiveDomain, _ ending: inout GuestEnding, isRestart: Bool, _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        do throws(LibxlError) {
            try await host.libxl.destroyDomain(live.domid, deadline: live.call.deadline)
        } catch  where error.code != .domainNotFound {
            if try await liveInfo(live.domid, live.uuid) != nil {
                ending.failure = error
                domain.warnings.append(.ending(ending, domain: domain.name))
                if isRestart {
                    // Some of its devices may be gone, which the next run is to have: it is none to be looked at any more.
                    domain.halfStarted = OperationFailure(domain: domain.name, phase: "restart", error: error)
                }
                return false
            }
        } catch {}
        steps.reached(.endedDomainDestroyed)
        return true
    }

    /// Has the guest of a domain go on in it, as it has asked, with all that the domain had. Killed anywhere it is a restart,
    /// for nobody knows then what there is of the domain.
    private func resetSoftly(_ ended: LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) -> LiveDomain
    {
        let former = try withoutPending(ended.status, &domain)
        let (config, status) = try await planReset(of: former, ended.domid, ended.call)
        try await operation(ended.name, "soft reset", ended.call) { (deadline) throws(LibxlError) in
            try await host.libxl.softResetDomain(ended.domid, config, deadline: deadline)
        }
        return try await finishStart(LiveDomain(domid: ended.domid, status: status, call: ended.call), paused: false)
    }

    /// Goes on with a restart that was interrupted, from wherever it has come to.
    func finishRestart(of status: DomainStatus, _ domain: inout LockedDomain) async throws(DriverError) -> LiveDomain? {
        do throws(DriverError) {
            // The old domain, or what there is of the new one.
            try await destroyStarted(status, name: domain.name, domain.call)
        } catch {
            guard case .operation(let failure) = error, !Task.isCancelled else { throw error }
            domain.halfStarted = failure
            domain.report(.unfinished(.halfStarted(domain: domain.name, failure)))
            return nil
        }
        do throws(DriverError) {
            let live = try await startAgain(status, &domain)
            domain.report(.restartFinished(live.domid))
            return live
        } catch {
            guard !Task.isCancelled else { throw error }
            domain.report(.restartAbandoned(error))
            return nil
        }
    }

    /// Starts a domain anew, with all that it had; `status` is that of the domain that is gone.
    private func startAgain(_ status: DomainStatus, _ domain: inout LockedDomain) async throws(DriverError)
        -> LiveDomain
    {
        let planned = status.change
        let status = try withoutPending(status, &domain)
        do throws(DriverError) {
            return try await launch(status.definitionToStart, paused: false, domain.call, after: status)
        } catch {
            // Refused before anything was made: the domain is shut off.
            if !Task.isCancelled,
                case .sound(let now) = try reading({ () throws(StateError) in try store.status(status.uuid) }),
                now.change == planned
            {
                try forget(status)
            }
            throw error
        }
    }

    /// A status without the devices that were to go as soon as the guest lets go of them, as it has by its end.
    private func withoutPending(
        _ status: DomainStatus, _ domain: inout LockedDomain
    ) throws(DriverError) -> DomainStatus {
        var status = status
        for binding in status.bindings {
            guard let pending = binding.pendingDetach else { continue }
            if pending.isPersistent { try removeFromPersistent(binding, status, &domain) }
            status.remove(binding.key)
        }
        return status
    }
}

extension LibxlDomainInfo {
    /// How the guest ended; nil while it runs.
    var ending: LibxlShutdownReason? { shutdown ? shutdownReason ?? .unknown : nil }
}
