import LibxlAPI
import XenModel
import XenUnits

/// Waiting until what a guest was asked for has come to pass.
extension Driver {
    /// Waits until the guest of a domain that was asked to end has done so, or its domain is gone; then does what its
    /// definition says of such an end, as the next change would. Returns what is to be known beside that.
    public func waitForEnd(
        of asked: DomainOutcome, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> [DriverNotice] {
        try await FileThreads.run { () throws(DriverError) in
            let call = begin(options)
            guard let subject = try subject(asked) else { return [] }
            _ = try await end(of: subject, call)
            return try await tidyEnded(subject, call)
        }
    }

    /// Waits until a domain whose guest was asked to reboot has been started anew, and returns the domain as it is then.
    ///
    /// Where no service runs which does that, it is done here. Throws if it is not started anew.
    public func waitForRestart(
        of asked: DomainOutcome, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let call = begin(options)
            guard let subject = try subject(asked) else { return asked }
            let reason = try await end(of: subject, call)
            var outcome = asked
            outcome.warnings.removeAll { if case .noRestart = $0 { true } else { false } }
            if let reason, let definition = subject.definition,
                case let ending = GuestEnding(subject.domid, reason, of: definition, isPersistent: true),
                !ending.isToStartAgain
            {
                outcome.warnings += try await tidyEnded(subject, call)
                throw .notStartedAnew(domain: subject.name, reason: "its definition does not want that")
            }
            if subject.definition != nil, !store.isServed {
                try await restart(subject, call)
            }
            outcome.domid = try await restarted(subject, call)
            return outcome
        }
    }

    // MARK: -

    /// The run of a domain that is waited for.
    private struct Subject {
        let domid: DomainID
        let uuid: DomainUUID
        let name: String
        /// nil if another toolstack made it.
        let definition: DomainDefinition?
    }

    private func subject(_ asked: DomainOutcome) throws(DriverError) -> Subject? {
        guard let domid = asked.domid else { return nil }
        let uuid = asked.uuid
        var definition: DomainDefinition?
        if case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }),
            status.isForeign != true, status.domid == domid
        {
            definition = status.definition.value
        }
        return Subject(domid: domid, uuid: uuid, name: asked.name.text, definition: definition)
    }

    /// Waits for the guest's end; returns how it ended, nil if its domain is gone.
    private func end(of subject: Subject, _ call: Call) async throws(DriverError) -> LibxlShutdownReason? {
        let begun = clock.now
        return try await waiting("the end of its guest", of: subject.name, call) { () throws(DriverError) in
            while true {
                guard let info = try await liveInfo(subject.domid, subject.uuid) else { return nil }
                if let ending = info.ending { return ending }
                guard await pause(call) else {
                    throw .guestGoesOn(domain: subject.name, waited: clock.now - begun)
                }
            }
        }
    }

    /// Waits for the next run of a domain, and until its start is done; returns its id.
    private func restarted(_ subject: Subject, _ call: Call) async throws(DriverError) -> DomainID {
        let begun = clock.now
        return try await waiting("its next start", of: subject.name, call) { () throws(DriverError) in
            while true {
                let status = try reading { () throws(StateError) in try store.status(subject.uuid) }
                let infos = try await domainsInXen().filter { $0.uuid == subject.uuid && !$0.dying }
                // Others may be kept under its UUID: which one is the next run of ours, its status says.
                let others = infos.map(\.domid).filter { $0 != subject.domid }
                if subject.definition == nil {
                    if let next = others.last { return next }
                } else if case .sound(let status) = status, status.change == nil, let next = status.domid,
                    others.contains(next)
                {
                    return next
                }
                if subject.definition != nil, status == nil, infos.isEmpty {
                    throw .notStartedAnew(domain: subject.name, reason: "it is shut off")
                }
                guard await pause(call) else {
                    throw .notStartedAnew(domain: subject.name, reason: "not within \(clock.now - begun)")
                }
            }
        }
    }

    /// Starts a domain anew whose guest has ended, as soon as that may be.
    private func restart(_ subject: Subject, _ call: Call) async throws(DriverError) {
        var options = call.options
        options.deadline = call.time
        while true {
            switch try await carryOutEnding(of: subject.uuid, options: options) {
            case .nothing: return
            case .done(let ending, _):
                if let failure = ending.restartFailure {
                    throw .notStartedAnew(domain: subject.name, reason: "\(failure)")
                }
                return
            case .heldOff(let left, _, _):
                guard clock.now + left < call.deadline, !Task.isCancelled else {
                    throw .notStartedAnew(
                        domain: subject.name, reason: "it ended soon after its start, and must wait for \(left)")
                }
                try? await clock.sleep(until: clock.now + left)
            }
        }
    }

    /// Does with a domain of ours whose guest has ended what its definition says, but for a restart.
    private func tidyEnded(_ subject: Subject, _ call: Call) async throws(DriverError) -> [DriverNotice] {
        guard subject.definition != nil else { return [] }
        let domain = try await withDomainLock(subject.uuid, name: subject.name, call) { () throws(DriverError) in
            try await recoverDomain(subject.uuid, name: subject.name, call, recovery: .attempted)
        }
        return domain.warnings.filter { notice in
            // That it is destroyed now is what was waited for.
            guard case .ending(let ending, _) = notice else { return true }
            return ending.failure != nil || ending.isKept || ending.isToStartAgain
        }
    }

    /// Waits a moment; false if there is no time left.
    private func pause(_ call: Call) async -> Bool {
        guard clock.now < call.deadline, !Task.isCancelled else { return false }
        try? await clock.sleep(until: min(call.deadline, clock.now + .milliseconds(250)))
        return true
    }
}
