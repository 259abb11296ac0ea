import LibxlAPI
public import XenUnits

/// What a caller asks of one call beside its operands: until when, and what it may.
public struct CallOptions: Sendable {
    /// When the whole change must have ended, its waits for locks included; nil leaves that to the driver's settings.
    public var deadline: Deadline?
    /// Whether a domain that another toolstack made may be changed like one of ours, where a verb makes sense on it.
    public var changesForeignDomains = false
    /// Whether the caller may only read, as on virsh's read-only connections: every change is refused.
    public var isReadOnly = false

    /// Called with each wait of the change that has become a long one, on any thread.
    public var reportWait: (@Sendable (Wait) -> Void)?

    /// Called with each notice of a call that fails, which has no outcome to carry it, on any thread; nil has it logged.
    public var reportNotice: (@Sendable (DriverNotice) -> Void)?

    /// Called with a domain that is built and is about to run for the first time, for whoever must be there before its
    /// guest: the start goes on when it returns.
    public var willRun: (@Sendable (DomainID) async -> Void)?

    /// A caller that may change what is ours, within the driver's time.
    public init() {}

    /// The end of a call's time, and how long that was from its beginning.
    public struct Deadline: Hashable, Sendable {
        public let end: ContinuousClock.Instant
        public let limit: Duration

        /// The end of `limit`, which begins at `begun`.
        public init(_ limit: Duration, from begun: ContinuousClock.Instant) {
            end = begun.advanced(by: limit)
            self.limit = limit
        }
    }
}

/// One call under way: what its caller asked, and how much time it has.
struct Call: Sendable {
    let options: CallOptions
    /// For all that is asked of libxl, and every wait.
    var time: CallOptions.Deadline
    /// How much of it may go into waiting for one lock; nil for all.
    var lockLimit: Duration?
    /// Whether this is the undoing of what failed, which has time of its own.
    var isUndoing = false
    /// Whether it is there to start anew what a definition wants started when its guest ends.
    var restartsEnded = false

    var deadline: ContinuousClock.Instant { time.end }
}

extension Driver {
    /// A call that begins now.
    func begin(_ options: CallOptions) -> Call {
        if let time = options.deadline { return Call(options: options, time: time) }
        return Call(
            options: options, time: CallOptions.Deadline(settings.operationTimeout, from: clock.now),
            lockLimit: settings.lockTimeout)
    }

    /// Does `body`, and reports it to the caller if that becomes a long wait.
    func waiting<Value, Failure: Error>(
        _ phase: String, _ device: String? = nil, of domain: String, _ call: Call,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let report = call.options.reportWait else { return try await body() }
        let wait = Wait(
            purpose: .operation(phase: phase, device: device, domain: domain), limit: call.deadline - clock.now,
            isUndoing: call.isUndoing)
        let notice = Task { [clock] in
            do throws(CancellationError) { try await clock.sleep(until: clock.now + Wait.long) } catch { return }
            report(wait)
        }
        defer { notice.cancel() }
        return try await body()
    }

    /// How long `call` may wait for a lock from now on.
    func lockTime(_ call: Call) -> CallOptions.Deadline {
        guard let limit = call.lockLimit else { return call.time }
        let time = CallOptions.Deadline(limit, from: clock.now)
        return time.end < call.time.end ? time : call.time
    }

    /// The same call in the time that undoing has for itself, from now on.
    func undoing(_ call: Call) -> Call {
        var call = call
        call.time = CallOptions.Deadline(settings.undoTimeout, from: clock.now)
        call.isUndoing = true
        return call
    }

    /// The same domain, to undo what was done to it.
    func undoing(_ live: LiveDomain) -> LiveDomain {
        var live = live
        live.call = undoing(live.call)
        return live
    }

    /// That `phase` of a call failed with `error`, and whether it was aborted for want of time or given up by its
    /// caller.
    func failure(
        _ error: LibxlError, of domain: String, _ device: String? = nil, phase: String, _ call: Call
    ) -> OperationFailure {
        let isAborted = error.code == .aborted
        return OperationFailure(
            domain: domain, device: device, phase: phase, error: error,
            limit: isAborted && clock.now >= call.deadline ? call.time.limit : nil,
            isGivenUp: isAborted && Task.isCancelled)
    }

    /// The same failure, where what was done could not be undone either.
    func failure(_ failure: OperationFailure, notUndone undoFailure: LibxlError) -> OperationFailure {
        var failure = failure
        failure.undoFailure = undoFailure
        failure.undoLimit = undoFailure.code == .aborted ? settings.undoTimeout : nil
        return failure
    }

    /// Whether recovery that failed was cut off: its caller gave up, or most of the call's time had gone into something
    /// else when it began with `time`. Then it gives nothing up.
    func isCutOff(_ call: Call, begunWith time: Duration) -> Bool {
        Task.isCancelled || clock.now >= call.deadline && time < call.time.limit / 2
    }

    /// Goes on with what is past its point of no return: for a caller who has given up meanwhile in the time of
    /// undoing.
    func goingOn<Value: Sendable>(
        _ call: Call, _ body: @escaping @Sendable (Call) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        guard Task.isCancelled else { return try await body(call) }
        return try await finishing(undoing(call), body)
    }

    /// Does with `domain` what must be done also for a caller who has given up: in a task that nobody cancels.
    func finishing<Domain: Sendable, Value: Sendable, Failure: Error>(
        _ domain: Domain, _ body: @escaping @Sendable (Domain) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await Task(executorPreference: FileThreads.shared) { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await body(domain)) } catch { return .failure(error) }
        }.value.get()
    }
}

/// Which of a domain's two definitions a change is for. Source: virsh's `--current`, `--live`, `--config`,
/// `--persistent`.
public enum ChangeScope: String, Hashable, Sendable, CaseIterable {
    /// The live one if the domain runs, else the persistent one.
    case current
    /// The live one; an error if the domain does not run.
    case live
    /// The persistent one, for the next start; an error if the domain is transient.
    case config
    /// Both; an error if either is missing.
    case liveAndConfig
    /// The persistent one, and the live one if the domain runs.
    case persistent
}
