import LibxlAPI
import Logging
import XenModel
import XenUnits

/// A running domain of ours, in the hands of the holder of its lock.
struct LiveDomain: Sendable {
    let domid: DomainID
    var status: DomainStatus
    /// Whose time its changes take.
    var call: Call
    /// How its guest ended; nil while it runs.
    var ended: LibxlShutdownReason?
    /// What Xen had of it when it was recovered; nil if it was not, or if that took something away.
    var recoveredInventory: Inventory?
    /// Whether this command staged a persistent definition for its change: then it must be there when that is done.
    var hasStaged = false

    var name: String { status.name.text }
    var uuid: DomainUUID { status.uuid }
    var guestType: GuestType { status.definition.value.operatingSystem.guestType }
}

/// A domain in the hands of the holder of its lock, with everything recovered that was left behind.
struct LockedDomain: Sendable {
    let name: String
    let uuid: DomainUUID
    /// The call that has it in hand.
    let call: Call
    var persistent: DomainDefinition?
    /// The file that may be its definition and cannot be used; nil if there is none.
    var unreadable: UnreadableDefinition?
    /// nil if it does not run.
    var live: LiveDomain?
    /// What the user should know, recovery's news first.
    var warnings: [DriverNotice]
    /// Devices that recovery found gone from Xen and took out of the live definition.
    var lost: [Candidate]
    /// Why what a killed start made of the domain is still there; nil if nothing is.
    var halfStarted: OperationFailure?
    /// Whether its guest has ended and the service, which runs, is to start it anew.
    var isLeftToService = false
    /// That its guest has ended and it is to be started anew, but not yet; nil if it is not so.
    var heldOff: EndingOutcome?
    /// The interrupted change that this command has found and finished; nil if there was none.
    var finished: Change?

    /// The running domain; throws if there is none, or nothing runs in it any more.
    func running() throws(DriverError) -> LiveDomain {
        if let halfStarted { throw .halfStarted(domain: name, halfStarted) }
        guard let live else { throw .notRunning(domain: name) }
        if let reason = live.ended { throw refusal(of: reason) }
        return live
    }

    /// Why nothing can be done with a domain whose guest has ended.
    private func refusal(of reason: LibxlShutdownReason) -> DriverError {
        isLeftToService ? .leftToService(domain: name, reason: reason) : .guestEnded(domain: name, reason: reason)
    }

    /// The persistent definition; throws `refusal` if there is none, and says which file is to be mended if it cannot
    /// be read.
    func definition(orThrow refusal: DriverError) throws(DriverError) -> DomainDefinition {
        if let persistent { return persistent }
        throw unreadable?.error(name) ?? refusal
    }

    /// Throws unless the domain can be started.
    func requireStopped() throws(DriverError) {
        if let halfStarted { throw .halfStarted(domain: name, halfStarted) }
        guard let live else { return }
        if let reason = live.ended { throw refusal(of: reason) }
        throw .alreadyRunning(domain: name)
    }
}

/// How far what an earlier change left must be put in order before the next one goes on.
enum Recovery: Sendable {
    /// All of it: the change is about devices.
    case required
    /// As far as possible: the change is about the domain as a whole and no definition, and leaves the rest to others.
    case attempted
}

extension Driver {
    /// Runs a change to a domain that the user names, holding its lock, everything recovered.
    ///
    /// `prefersDefinition` is whether the change is to a definition alone, `foreign` whether it makes sense on a domain
    /// that another toolstack made, `mayEnd` whether it may find that recovery has left nothing of the domain.
    func withDomain<Result>(
        _ reference: DomainReference, _ options: CallOptions, recovery: Recovery = .required,
        prefersDefinition: Bool = false, foreign: Bool = false, mayEnd: Bool = false,
        _ body: (inout LockedDomain) async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        let call = begin(options)
        let record = try await findOrTidy(reference, call, prefersDefinition: prefersDefinition)
        switch record.kind {
        case .domain0: throw .domain0Refuses
        case .dying: throw try await dying(record)
        case .foreign:
            let info = try foreignInfo(record, isAllowed: foreign, options)
            return try await withDomainLock(record.uuid, name: record.name, call) { () throws(DriverError) in
                var domain = try await recoverForeignDomain(record, info, call, recovery)
                return try await reportingNews(&domain, body)
            }
        case .own: break
        }
        return try await withDomainLock(record.uuid, name: record.name, call) { () throws(DriverError) in
            var domain = try await recoverDomain(record.uuid, name: record.name, call, recovery: recovery)
            return try await reportingNews(&domain) { (domain) throws(DriverError) in
                // Undefined while we waited for the lock, or ended without a definition.
                guard mayEnd || domain.persistent != nil || domain.live != nil || domain.halfStarted != nil else {
                    throw .noDomain(reference)
                }
                return try await body(&domain)
            }
        }
    }

    /// Runs `body`. What recovery found goes with its outcome; where that is an error, to the caller by itself.
    private func reportingNews<Result>(
        _ domain: inout LockedDomain, _ body: (inout LockedDomain) async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        do throws(DriverError) {
            return try await body(&domain)
        } catch {
            for notice in domain.warnings {
                if let report = domain.call.options.reportNotice {
                    report(notice)
                } else {
                    logger.here.warning("\(notice)")
                }
            }
            throw error
        }
    }

    /// The domain that the user names; throws if there is none, and tidies up what an earlier one of that name left.
    func findOrTidy(
        _ reference: DomainReference, _ call: Call, prefersDefinition: Bool = false
    ) async throws(DriverError) -> DomainRecord {
        do throws(DriverError) {
            return try await record(reference, prefersDefinition: prefersDefinition)
        } catch .noDomain(let reference) {
            guard !call.options.isReadOnly else { throw .noDomain(reference) }
            try await recoverEnded(call) { $0.uuid == reference.uuid || $0.name.text.isExactly(reference.text) }
            tidyLeftovers(besides: nil)
            // One whose restart was interrupted runs now.
            return try await self.record(reference, prefersDefinition: prefersDefinition)
        }
    }

    /// Removes what killed commands left of other domains, and what they had not yet put in its place of `uuid`, whose
    /// lock is held. That it cannot be done is of no matter to a change.
    private func tidyLeftovers(besides uuid: DomainUUID?) {
        func trying(_ body: () throws(StateError) -> Void) {
            do throws(StateError) { try body() } catch {
                logger.here.debug("what a killed command left stays for now: \(error)")
            }
        }
        var isChanged = true
        trying { () throws(StateError) in isChanged = try store.renewIndexes() }
        trying { () throws(StateError) in
            for other in try store.leftovers(older: isChanged) where other != uuid {
                trying { () throws(StateError) in try store.tidy(other) }
            }
        }
        guard let uuid else { return }
        trying { () throws(StateError) in try store.dropPrepared(uuid) }
    }

    /// Recovers the domains that have a status and do not run, as far as nobody else has them in hand.
    ///
    /// A transient domain that ended, or was killed while it was made, is no domain any more that a user could name.
    func recoverEnded(_ call: Call, where isMeant: (DomainStatus) -> Bool) async throws(DriverError) {
        var hasty = call
        hasty.lockLimit = .zero
        let statuses = try reading { () throws(StateError) in try store.liveFiles().statuses }
        guard !statuses.isEmpty else { return }
        let infos = try await domainsInXen()
        let running = SortedSet(infos.filter { !$0.dying }.map(\.uuid))
        for uuid in statuses where !running.contains(uuid) {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }),
                isMeant(status)
            else { continue }
            do throws(DriverError) {
                _ = try await withDomainLock(uuid, name: status.name.text, hasty) { () throws(DriverError) in
                    try await recoverDomain(uuid, name: status.name.text, call)
                }
            } catch .busy {
                continue
            }
        }
    }

    /// Runs `body` holding the lock of the domain `uuid`, waiting for it as long as `call` has for that.
    func withDomainLock<Result>(
        _ uuid: DomainUUID, name: String, _ call: Call, _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        try requireChangesAllowed(call)
        try reading { () throws(StateError) in try store.prepare() }
        let time = lockTime(call)
        return try await FileLock.hold(
            store.domainLock(uuid), until: time.end, clock, orThrow: { lockError($0, name: name, time.limit) },
            { reportWait(name, holder: $0, time, call) }, removesFile: true,
            { () throws(DriverError) in
                try await LogContext.with(["domain": "\(name)", "uuid": "\(uuid)"]) { () throws(DriverError) in
                    steps.reached(.domainLocked)
                    tidyLeftovers(besides: uuid)
                    return try await heedingRequests(uuid, name: name, call, body)
                }
            })
    }

    /// Runs `body` holding the host's lock, which decides what must be unique over all domains; never across libxl.
    func withHostLock<Result>(
        _ name: String, _ call: Call, _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        try requireChangesAllowed(call)
        let time = lockTime(call)
        return try await FileLock.hold(
            store.hostLock, until: time.end, clock, orThrow: { lockError($0, name: name, time.limit) },
            { reportWait(name, holder: $0, time, call) },
            { () throws(DriverError) in try await body() })
    }

    private func reportWait(_ name: String, holder: Int32?, _ time: CallOptions.Deadline, _ call: Call) {
        call.options.reportWait?(
            Wait(purpose: .lock(domain: name, holder: holder), limit: time.limit, isUndoing: call.isUndoing))
    }

    /// Throws for a caller who may only read.
    func requireChangesAllowed(_ call: Call) throws(DriverError) {
        if call.options.isReadOnly { throw .readOnly }
    }

    private func lockError(_ failure: FileLock.Failure, name: String, _ limit: Duration) -> DriverError {
        switch failure {
        case .timedOut(let holder): .busy(domain: name, holder: holder, waited: limit)
        case .cancelled(let holder, let waited):
            .busy(domain: name, holder: holder, waited: .milliseconds((waited / .milliseconds(1)).rounded()))
        case .state(let error): .state(error)
        }
    }

    /// Writes a status; that of a foreign domain is there only while there is a change.
    func write(_ status: DomainStatus, step: DriverStep) throws(DriverError) {
        try reading { () throws(StateError) in
            if status.isForeign == true, status.change == nil {
                try store.removeStatus(status.uuid)
            } else {
                try store.write(status)
            }
        }
        steps.reached(step)
    }
}
