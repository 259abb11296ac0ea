#if Xen
import Dispatch
import LibxlAPI
import Synchronization

/// One call of libxl's, on a thread of its own, for a task that waits for it without blocking a thread.
///
/// libxl holds a context's lock through most of what it does, so an operation has a context for itself. One that is past
/// its deadline is aborted; one that does not even then end is left to itself, and its context with it: libxl cannot be
/// made to let go of that.
final class Operation<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, LibxlError>

    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var outcome: Outcome?
        var context: LibxlContext?
        var isExpired = false
    }
    private let state = Mutex(State())
    /// Signalled once, with the outcome.
    private let ended = DispatchSemaphore(value: 0)
    private let call: String
    private let abortGrace: Duration

    /// An operation that calls libxl's function `call`, and is left to itself `abortGrace` after it was aborted.
    init(_ call: String, abortGrace: Duration) {
        self.call = call
        self.abortGrace = abortGrace
    }

    /// Runs `body` with the context that `open` gives, on a thread of its own. Aborted at the deadline, and when the
    /// task is cancelled.
    func run(
        deadline: ContinuousClock.Instant, open: @escaping @Sendable () throws(LibxlError) -> LibxlContext,
        _ body: @escaping @Sendable (LibxlContext) -> Outcome
    ) async -> Outcome {
        let timer = Task {
            do {
                try await Task.sleep(until: deadline, clock: .continuous)
            } catch {
                return
            }
            self.expire()
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.state.withLock { $0.continuation = continuation }
                let isStarted = OperationThread.start { self.perform(deadline, open, body) }
                if !isStarted { _ = self.end(.failure(LibxlError(.noMemory, in: self.call, log: "no more threads"))) }
            }
        } onCancel: {
            self.expire()
        }
    }

    private func perform(
        _ deadline: ContinuousClock.Instant, _ open: () throws(LibxlError) -> LibxlContext,
        _ body: (LibxlContext) -> Outcome
    ) {
        let context: LibxlContext
        do throws(LibxlError) {
            context = try open()
        } catch {
            finish(.failure(error))
            return
        }
        // Before libxl is asked an operation that is too late changes nothing.
        let isExpired = state.withLock { state in
            state.context = context
            return state.isExpired || .now >= deadline
        }
        guard !isExpired else {
            finish(.failure(LibxlError(.aborted, in: call)))
            return
        }
        context.onDisaster { message in
            self.abandon(LibxlError(.failed, in: self.call, log: "libxl broke down: \(message)"))
        }
        let outcome = body(context)
        context.onDisaster(nil)
        finish(outcome)
    }

    /// What the operation's own thread does last.
    private func finish(_ outcome: Outcome) {
        if !end(outcome) { AbandonedOperations.ended() }
    }

    /// Aborts the operation, from a thread of its own, since libxl may keep that waiting.
    private func expire() {
        let isFirst = state.withLock { state in
            defer { state.isExpired = true }
            return !state.isExpired && state.outcome == nil
        }
        guard isFirst else { return }
        let isStarted = OperationThread.start { self.abort() }
        if !isStarted { giveUp() }
    }

    private func abort() {
        let limit = ContinuousClock.now + abortGrace
        // The thread may be short of the point where libxl knows of a call that can be aborted.
        while ContinuousClock.now < limit {
            if let context = state.withLock({ $0.outcome == nil ? $0.context : nil }), context.abort() { break }
            if ended.wait(timeout: .now() + .milliseconds(10)) == .success { return }
        }
        let left = max(.zero, limit - ContinuousClock.now).components
        let nanoseconds = Int(left.seconds * 1_000_000_000 + left.attoseconds / 1_000_000_000)
        if ended.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .timedOut { giveUp() }
    }

    private func giveUp() {
        abandon(LibxlError(.aborted, in: call, log: "libxl did not end it within \(abortGrace) and may yet"))
    }

    private func abandon(_ error: LibxlError) {
        AbandonedOperations.began()
        if !end(.failure(error)) { AbandonedOperations.ended() }
    }

    /// Hands the outcome to the task; false if that had one already.
    private func end(_ outcome: Outcome) -> Bool {
        let (isFirst, continuation) = state.withLock { state in
            guard state.outcome == nil else { return (false, CheckedContinuation<Outcome, Never>?.none) }
            state.outcome = outcome
            state.context = nil
            defer { state.continuation = nil }
            return (true, state.continuation)
        }
        guard isFirst else { return false }
        ended.signal()
        continuation?.resume(returning: outcome)
        return true
    }
}

/// How many operations of this process were left to themselves and have not ended yet.
enum AbandonedOperations {
    private static let count = Atomic(0)

    static var areThere: Bool { count.load(ordering: .sequentiallyConsistent) > 0 }

    static func began() {
        count.add(1, ordering: .sequentiallyConsistent)
    }

    static func ended() {
        count.subtract(1, ordering: .sequentiallyConsistent)
    }
}
#endif
