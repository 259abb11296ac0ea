import LibxlAPI
import Logging
import XenModel
import XenUnits

/// A change of a domain that is under way, or that a process left which was killed. `virDomainJobInfo`.
public struct DomainJob: Hashable, Sendable {
    public var kind: ChangeKind
    /// The device that it is on, as messages name it; nil if it is on the whole domain.
    public var device: String?
    /// How long it has gone on; nil where that is not known.
    public var elapsed: Duration?
    /// How long it may still go on; nil where it has no end.
    public var remaining: Duration?
    /// How many of its steps are done, and of how many; none for a change of the whole domain.
    public var done: Int
    public var steps: Int
    /// Whether it failed or was given up, and is being undone.
    public var isUndoing: Bool
    /// The process that makes it; nil where that is not known.
    public var holder: Int32?
    /// Whether nobody is at it: whoever was has been killed.
    public var isLeftBehind: Bool
}

/// How a change ended that was asked to be given up.
public enum JobEnd: Hashable, Sendable {
    /// Whoever made it has ended it: it was undone, or finished where it could not be.
    case ended
    /// Nobody was at it any more, and what was left of it is recovered; what there was to do.
    case recovered([DriverNotice])
}

/// Changes that are under way: what is known of them, and giving them up from outside of the process that makes them.
extension Driver {
    /// What is being done to a domain; nil if nothing is. `virDomainGetJobInfo`.
    public func job(of domain: DomainReference) async throws(DriverError) -> DomainJob? {
        try await FileThreads.run { () throws(DriverError) in
            let record = try await record(domain)
            guard !record.isBeingDestroyed else {
                // It is at no lock, and its request says no time.
                return DomainJob(
                    kind: .destroy, done: 0, steps: 0, isUndoing: false, holder: nil, isLeftBehind: false)
            }
            guard let change = record.change else { return nil }
            let holder = FileLock.holder(of: store.domainLock(record.uuid))
            let now = clock.secondsSinceBoot
            let remaining = change.deadline.map { Duration.seconds(max(0, $0 - now)) }
            return DomainJob(
                kind: change.kind, device: change.target?.device.value.title,
                // The file may be of another boot, or somebody wrote it.
                elapsed: change.start <= now ? .seconds(now - change.start) : nil,
                remaining: holder == nil || change.isUndoing ? nil : remaining,
                done: min(max(change.step, 0), change.steps.count), steps: change.steps.count,
                isUndoing: change.isUndoing, holder: holder?.pid, isLeftBehind: holder == nil)
        }
    }

    /// Has the change of a domain given up that is under way, whichever process makes it, and returns when it has ended;
    /// recovers what is left of one that nobody is at. `virDomainAbortJob`.
    public func abortJob(
        of domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> JobEnd {
        try await FileThreads.run { () throws(DriverError) in
            let call = begin(options)
            try requireChangesAllowed(call)
            let record = try await record(domain)
            guard !record.isBeingDestroyed else { throw .jobCannotBeAborted(domain: record.name, .destroy) }
            guard let change = record.change else { throw .noJob(domain: record.name) }
            let request = AbortRequest(started: change.start)
            if FileLock.holder(of: store.domainLock(record.uuid)) != nil {
                try reading { () throws(StateError) in try store.requestAbort(of: record.uuid, request) }
                defer { try? store.withdrawAbort(of: record.uuid, request) }
                let hasEnded = try await waiting(
                    "giving up the \(change.kind.noun)", change.target?.device.value.title, of: record.name, call
                ) { () throws(DriverError) in
                    try await waitForEnd(of: change, record, call)
                }
                if hasEnded { return .ended }
            }
            return .recovered(try await recover(DomainReference("\(record.uuid)"), options: options))
        }
    }

    /// Waits until `change` is no more; whether it is, for nobody may be at it any more.
    private func waitForEnd(of change: Change, _ record: DomainRecord, _ call: Call) async throws(DriverError) -> Bool {
        let begun = clock.now
        while true {
            let holder = FileLock.holder(of: store.domainLock(record.uuid))
            // In this order: who has let go of the lock has written before.
            guard try changeStart(of: record.uuid) == change.start else { return true }
            // A restart that is given up stays as it is, for whoever is to go on with it.
            guard let holder else { return change.kind == .restart }
            guard clock.now < call.deadline, !Task.isCancelled else {
                throw .jobGoesOn(domain: record.name, change.kind, holder: holder.pid, waited: clock.now - begun)
            }
            try? await clock.sleep(until: min(call.deadline, clock.now + Self.abortPause))
        }
    }

    private static let abortPause: Duration = .milliseconds(100)

    /// When the change of a domain began; nil if there is none.
    private func changeStart(of uuid: DomainUUID) throws(DriverError) -> Double? {
        guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }) else {
            return nil
        }
        return status.change?.start
    }

    /// Runs `body`, which holds the lock of the domain `uuid`, and gives it up as its caller would once somebody asks for
    /// that in the name of the change that it makes.
    ///
    /// What is given up is this one piece of work: its caller goes on, and hears of it by the error.
    func heedingRequests<Value>(
        _ uuid: DomainUUID, name: String, _ call: Call, _ body: () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        guard let interval = settings.requestInterval else { return try await body() }
        let result = await withoutActuallyEscaping(body) { body in
            let work = Work(body)
            let worker = Task(executorPreference: FileThreads.shared) { await work.run() }
            let watcher = Task(executorPreference: FileThreads.shared) {
                await watchForRequest(uuid, name: name, call, every: interval) { worker.cancel() }
            }
            await withTaskCancellationHandler {
                await worker.value
            } onCancel: {
                worker.cancel()
            }
            watcher.cancel()
            await watcher.value
            return work.result
        }
        // One that came too late is for nobody else either.
        try? store.dropAbort(of: uuid)
        switch result {
        case .success(let value)?: return value
        case .failure(let error)?: throw error
        case nil: preconditionFailure("work that has ended has a result")
        }
    }

    /// Looks now and then whether the change of `uuid` is asked to be given up, and calls `giveUp` once it is.
    private func watchForRequest(
        _ uuid: DomainUUID, name: String, _ call: Call, every interval: Duration, _ giveUp: () -> Void
    ) async {
        while true {
            do throws(CancellationError) { try await clock.sleep(until: clock.now + interval) } catch { return }
            // What cannot be read is no request, and an undoing is not undone.
            guard let request = try? store.abortRequest(of: uuid), case .sound(let status)? = try? store.status(uuid),
                let change = status.change, change.start == request.started
            else { continue }
            let notice = DriverNotice.abortRequested(change.kind, domain: name, by: request.process)
            if let report = call.options.reportNotice { report(notice) } else { logger.here.warning("\(notice)") }
            return giveUp()
        }
    }
}

/// A piece of work for another task than the one that has it, which waits for that.
///
/// Sendable: the task that runs it is the only one that touches it until it has ended, and the task that waits for that
/// end does so afterwards.
private final class Work<Value>: @unchecked Sendable {
    private let body: () async throws(DriverError) -> Value
    private(set) var result: Result<Value, DriverError>?

    init(_ body: @escaping () async throws(DriverError) -> Value) {
        self.body = body
    }

    func run() async {
        do throws(DriverError) { result = .success(try await body()) } catch { result = .failure(error) }
    }
}
