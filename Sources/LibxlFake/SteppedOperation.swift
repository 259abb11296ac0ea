import Glibc
import LibxlAPI
import XenUnits

/// One call of libxl in progress: it stops at its deadline, stores each step, and suffers the faults that are due.
struct SteppedOperation: Sendable {
    let host: FakeXenHost
    let name: FakeOperation
    let deadline: ContinuousClock.Instant
    let configuration: FakeXenConfiguration
    /// Stands before the steps' names.
    var prefix = ""

    /// How long a change by somebody else may go unseen.
    private static let poll = Duration.milliseconds(10)

    /// Begins a call: records it and suffers what is to happen before its first step.
    init(
        _ name: FakeOperation, _ arguments: some Encodable, on host: FakeXenHost, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        self.host = host
        self.name = name
        self.deadline = deadline
        do throws(FakeXenError) {
            configuration = try host.store.configuration()
            try host.record(name, arguments)
        } catch {
            throw LibxlError(.failed, in: name.rawValue, log: "\(error)")
        }
        try await suffer(after: nil)
        try checkDeadline()
    }

    /// The failure of this call.
    func failure(_ code: LibxlError.Code, _ log: String = "") -> LibxlError {
        LibxlError(code, in: name.rawValue, log: log)
    }

    /// Goes a step: changes the state and stores it. If `body` fails, nothing is changed.
    func step<Value: Sendable>(
        _ step: String, _ body: (inout HostState, Moment) throws(LibxlError) -> Value
    ) async throws(LibxlError) -> Value {
        try checkDeadline()
        var effect: FakeFault.Effect?
        let value = try change { (state, now) throws(LibxlError) in
            let value = try body(&state, now)
            effect = state.common.takeFault(name, after: prefix + step)
            return value
        }
        host.steps.reached("\(name.rawValue): \(prefix)\(step)")
        if let effect { try await suffer(effect) }
        return value
    }

    /// Changes the state without that being a step, deadline or not: to tidy up behind oneself.
    func change<Value: Sendable>(
        _ body: (inout HostState, Moment) throws(LibxlError) -> Value
    ) throws(LibxlError) -> Value {
        let result: Result<Value, LibxlError>
        do throws(FakeXenError) {
            result = try host.change(body)
        } catch {
            throw failure(.failed, "cannot store the change: \(error)")
        }
        return try result.get()
    }

    /// Waits until `probe` finds something; nil if it has not after `limit`.
    func wait<Value: Sendable>(
        atMost limit: Duration, for probe: (HostState) -> Value?
    ) async throws(LibxlError) -> Value? {
        let end = host.clock.now + limit
        while true {
            // The clock first: what was due in time counts, however late it is looked at.
            let isLastLook = host.clock.now >= end
            let (found, due, version) = try look(probe)
            if let found { return found }
            try checkDeadline()
            if isLastLook { return nil }
            repeat {
                try checkDeadline()
                guard host.clock.now < end else { break }
                let now = Moment.now(host.clock)
                let untilDue = due.map { Duration.nanoseconds(Int64(now.nanoseconds(until: $0))) }
                let pause = min(untilDue ?? Self.poll, Self.poll)
                try await sleep(until: min(host.clock.now + pause, min(end, deadline)))
            } while try stillTheSame(version, due)
        }
    }

    /// The state as it is now, for what is about one domain.
    func current(_ domid: DomainID) throws(LibxlError) -> HostState {
        do throws(FakeXenError) {
            return try host.current { state in
                // What cannot be read of it is an error here, and not absent later.
                _ = state.state(of: domid)
                return state
            }
        } catch {
            throw failure(.failed, "\(error)")
        }
    }

    /// What `probe` finds, when something happens next to what it looked at, and the version of that.
    private func look<Value: Sendable>(
        _ probe: (HostState) -> Value?
    ) throws(LibxlError) -> (Value?, due: Moment?, version: Int) {
        do throws(FakeXenError) {
            // The version first: a change in between is then seen twice and not never.
            let version = try host.store.version()
            let (value, due) = try host.current { (probe($0), $0.nextDueOfKnown) }
            return (value, due, version)
        } catch {
            throw failure(.failed, "\(error)")
        }
    }

    private func stillTheSame(_ version: Int, _ due: Moment?) throws(LibxlError) -> Bool {
        do throws(FakeXenError) {
            return try host.store.version() == version && due.map { $0 > .now(host.clock) } ?? true
        } catch {
            throw failure(.failed, "\(error)")
        }
    }

    private func checkDeadline() throws(LibxlError) {
        guard host.clock.now < deadline, !Task.isCancelled else { throw aborted }
    }

    private var aborted: LibxlError { failure(.aborted, "the operation was aborted before its end") }

    private func sleep(until instant: ContinuousClock.Instant) async throws(LibxlError) {
        do throws(CancellationError) { try await host.clock.sleep(until: instant) } catch { throw aborted }
    }

    private func suffer(after step: String?) async throws(LibxlError) {
        let effect: FakeFault.Effect?
        do throws(FakeXenError) {
            effect = try host.takeFault(name, after: step)
        } catch {
            throw failure(.failed, "\(error)")
        }
        if let effect { try await suffer(effect) }
    }

    private func suffer(_ effect: FakeFault.Effect) async throws(LibxlError) {
        switch effect {
        case .fail(let code): throw failure(code, "failed because the fake host was asked to")
        case .stall:
            try await sleep(until: deadline)
            throw aborted
        case .die: kill(getpid(), SIGKILL)
        }
    }
}

extension FakeXenHost {
    /// Notes a call of the protocols.
    func record(_ operation: FakeOperation, _ arguments: some Encodable) throws(FakeXenError) {
        let text: String
        do throws(any Error) {
            text = String(decoding: try JSONText.bytes(of: arguments), as: UTF8.self)
        } catch {
            throw .unwritable(path: "calls", reason: JSONText.reason(error))
        }
        try store.record(FakeCall(operation: operation, arguments: text))
    }

    /// The fault that strikes here, if one does; the usual case, that there is none, writes nothing.
    func takeFault(_ operation: FakeOperation, after step: String?) throws(FakeXenError) -> FakeFault.Effect? {
        let faults = try store.load(at: .now(clock)).common.faults
        guard faults.contains(where: { $0.operation == operation && $0.step == step }) else { return nil }
        return try store.update(at: { .now(clock) }) { state, _ in state.common.takeFault(operation, after: step) }
    }

    /// Begins a call that only reads: records it, suffers its fault, and returns what `look` finds in the state as it is now.
    ///
    /// Reading goes on where nothing can be written, on a full disk for one; the call is not recorded then.
    func reading<Failure: Error, Value>(
        _ operation: FakeOperation, _ arguments: some Encodable,
        failure: (LibxlError.Code, String) -> Failure, _ look: (HostState) -> Value
    ) async throws(Failure) -> Value {
        do throws(FakeXenError) {
            if store.isMade { try record(operation, arguments) }
        } catch {
            guard case .unwritable = error else { throw failure(.failed, "\(error)") }
        }
        let value: Value
        let effect: FakeFault.Effect?
        do throws(FakeXenError) {
            let faults: [FakeFault]
            (value, faults) = try current { (look($0), $0.common.faults) }
            // A fault means one more reading; without any, the state is read once.
            effect =
                faults.contains { $0.operation == operation && $0.step == nil }
                ? try takeFault(operation, after: nil) : nil
        } catch {
            throw failure(.failed, "\(error)")
        }
        switch effect {
        case nil: return value
        case .fail(let code): throw failure(code, "failed because the fake host was asked to")
        case .stall:
            while !Task.isCancelled {
                do throws(CancellationError) { try await clock.sleep(until: clock.now + .seconds(3600)) } catch {
                    break
                }
            }
            throw failure(.aborted, "the operation was aborted before its end")
        case .die:
            kill(getpid(), SIGKILL)
            throw failure(.aborted, "the process is being killed")
        }
    }
}
