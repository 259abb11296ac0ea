import LibxlAPI
import Logging
import XenModel
import XenUnits

/// A running domain of ours, in the hands of the holder of its lock.
struct LiveDomain: Sendable {
    let domid: DomainID
    var status: DomainStatus
    /// How its guest ended; nil while it runs.
    var ended: LibxlShutdownReason?
    /// What Xen had of it when it was settled; nil if it was not, or if that took something away.
    var settledInventory: Inventory?

    var name: String { status.name.text }
    var uuid: DomainUUID { status.uuid }
    var guestType: GuestType { status.definition.value.operatingSystem.guestType }
}

/// A domain in the hands of the holder of its lock, with everything settled that was left to settle.
struct LockedDomain: Sendable {
    let name: String
    let uuid: DomainUUID
    var persistent: DomainDefinition?
    /// nil if it does not run.
    var live: LiveDomain?
    /// What the user should know, settling's news first.
    var warnings: [String]
    /// Devices that settling found gone from Xen and took out of the live definition.
    var lost: [Candidate]

    /// The running domain; throws if there is none, or nothing runs in it any more.
    func running() throws(DriverError) -> LiveDomain {
        guard let live else { throw .notRunning(domain: name) }
        if let reason = live.ended { throw .guestEnded(domain: name, reason: reason) }
        return live
    }

    /// Throws unless the domain can be started.
    func requireStopped() throws(DriverError) {
        guard let live else { return }
        if let reason = live.ended { throw .guestEnded(domain: name, reason: reason) }
        throw .alreadyRunning(domain: name)
    }
}

extension Driver {
    /// Runs a change to a domain that the user names, holding its lock, everything settled.
    ///
    /// `givesUpReplacing` is for a detach: it lets settling drop a device that can be neither replaced nor put back.
    /// `foreign` is whether the change makes sense on a domain that another toolstack made.
    func changing<Result>(
        _ reference: DomainReference, givesUpReplacing: Bool = false, foreign: Bool = false,
        _ body: (inout LockedDomain) async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        let record = try await recordOrTidied(reference)
        switch record.kind {
        case .domain0: throw .domain0Refuses
        case .foreign, .dying:
            let info = try foreignInfo(record, isAllowed: foreign)
            return try await locking(record.uuid, name: record.name) { () throws(DriverError) in
                var domain = try await settledForeign(record, info, givesUpReplacing: givesUpReplacing)
                return try await telling(&domain, body)
            }
        case .own: break
        }
        return try await locking(record.uuid, name: record.name) { () throws(DriverError) in
            var domain = try await settled(record.uuid, name: record.name, givesUpReplacing: givesUpReplacing)
            return try await telling(&domain) { (domain) throws(DriverError) in
                // Undefined while we waited for the lock, or ended without a definition.
                guard domain.persistent != nil || domain.live != nil else { throw .noDomain(reference) }
                return try await body(&domain)
            }
        }
    }

    /// Runs `body`. What settling found goes with its outcome; where that is an error, into the log.
    private func telling<Result>(
        _ domain: inout LockedDomain, _ body: (inout LockedDomain) async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        do throws(DriverError) {
            return try await body(&domain)
        } catch {
            for news in domain.warnings { logger.warning("\(news)") }
            throw error
        }
    }

    /// The domain that the user names; throws if there is none, and tidies up what an earlier one of that name left.
    func recordOrTidied(_ reference: DomainReference) async throws(DriverError) -> DomainRecord {
        do throws(DriverError) {
            return try await record(reference)
        } catch .noDomain(let reference) {
            try await settleDead { $0.uuid == reference.uuid || $0.name.text == reference.text }
            try await dropDefinitionNeverMade(reference)
            throw .noDomain(reference)
        }
    }

    /// Drops what a `define` had staged for a new domain when it was killed.
    private func dropDefinitionNeverMade(_ reference: DomainReference) async throws(DriverError) {
        guard let name = try? DomainName(reference.text),
            try reading({ () throws(StateError) in try store.hasStagedOnly(name) })
        else { return }
        try await lockingHost(name.text) { () throws(DriverError) in
            try reading { () throws(StateError) in
                if try store.hasStagedOnly(name) { try store.dropStaged(name) }
            }
        }
    }

    /// Settles the domains that have a status and do not run, as far as nobody else has them in hand.
    ///
    /// A transient domain that ended, or was killed while it was made, is no domain any more that a user could name.
    func settleDead(where isMeant: (DomainStatus) -> Bool) async throws(DriverError) {
        for uuid in try reading({ () throws(StateError) in try store.statusUUIDs() }) {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }),
                isMeant(status), try await !runs(uuid)
            else { continue }
            do throws(DriverError) {
                _ = try await locking(uuid, name: status.name.text, patience: .zero) { () throws(DriverError) in
                    try await settled(uuid, name: status.name.text)
                }
            } catch .busy {
                continue
            }
        }
    }

    private func runs(_ uuid: DomainUUID) async throws(DriverError) -> Bool {
        try await libxl("list the domains") { () throws(LibxlError) in
            try await host.libxl.listDomains().contains { $0.uuid == uuid && !$0.dying }
        }
    }

    /// Runs `body` holding the lock of the domain `uuid`, waiting for it as the settings say or for `patience`.
    func locking<Result>(
        _ uuid: DomainUUID, name: String, patience: Duration? = nil, _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        try reading { () throws(StateError) in try store.prepare() }
        return try await FileLock.hold(
            store.domainLock(uuid), until: ContinuousClock.now.advanced(by: patience ?? settings.lockTimeout),
            orThrow: { lockError($0, name: name) },
            { () throws(DriverError) in
                steps.reached("driver: domain locked")
                return try await body()
            })
    }

    /// Runs `body` holding the host's lock, which decides what must be unique over all domains; never across libxl.
    func lockingHost<Result>(_ name: String, _ body: () async throws(DriverError) -> Result)
        async throws(DriverError) -> Result
    {
        try await FileLock.hold(
            store.hostLock, until: ContinuousClock.now.advanced(by: settings.lockTimeout),
            orThrow: { lockError($0, name: name) }, body)
    }

    private func lockError(_ failure: FileLock.Failure, name: String) -> DriverError {
        switch failure {
        case .timedOut(let holder): .busy(domain: name, holder: holder, waited: settings.lockTimeout)
        case .state(let error): .state(error)
        }
    }

    /// Writes a status; that of a foreign domain is there only while there is a plan.
    func write(_ status: DomainStatus, step: String) throws(DriverError) {
        try reading { () throws(StateError) in
            if status.isForeign == true, status.plan == nil {
                try store.removeStatus(status.uuid)
            } else {
                try store.write(status)
            }
        }
        steps.reached("driver: \(step)")
    }
}
