import Dispatch
import LibxlAPI
import Synchronization
import XenUnits

/// One call of libxl's, on a thread of its own, for a task that waits for it without blocking a thread.
///
/// libxl holds a context's lock through most of what it does, so an operation has a context for itself. One that is past
/// its deadline is aborted; one that does not even then end is left to itself, and its context with it: libxl cannot be
/// made to let go of that.
final class Operation<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, LibxlError>

    private struct State {
        var context: LibxlContext?
        /// Whether the operation has a thread, or is about to.
        var isStarted = false
        /// Whether its time is over, or its task was cancelled.
        var isExpired = false
        var hasEnded = false
    }
    private let state = Locked(State())
    private let answer = Answer<Outcome>()
    /// Signalled once, with the outcome.
    private let ended = DispatchSemaphore(value: 0)
    private let call: String
    private let abortGrace: Duration
    private let clock: any HostClock

    /// An operation that calls libxl's function `call`, and is left to itself `abortGrace` after it was aborted.
    init(_ call: String, abortGrace: Duration, _ clock: any HostClock) {
        self.clock = clock
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
                try await self.clock.sleep(until: deadline)
            } catch {
                return
            }
            self.expire()
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await self.answer.value {
                let mayStart = self.state.withLock { state in
                    state.isStarted = !state.isExpired
                    return state.isStarted
                }
                guard mayStart else {
                    _ = self.end(.failure(LibxlError(.aborted, in: self.call)))
                    return
                }
                let isStarted = OwnThread.start(signals: .received) { self.perform(deadline, open, body) }
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
            return state.isExpired || clock.now >= deadline
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
            // One that has not started does not start any more, and there is nothing to abort.
            return state.isStarted && !state.isExpired && !state.hasEnded
        }
        guard isFirst else { return }
        let isStarted = OwnThread.start(signals: .received) { self.abort() }
        if !isStarted { giveUp() }
    }

    private func abort() {
        let limit = clock.now + abortGrace
        // The thread may be short of the point where libxl knows of a call that can be aborted.
        while clock.now < limit {
            if let context = state.withLock({ $0.hasEnded ? nil : $0.context }), context.abort() { break }
            if ended.wait(timeout: .now() + .milliseconds(10)) == .success { return }
        }
        let left = max(.zero, limit - clock.now).components
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
        let isFirst = state.withLock { state in
            defer {
                state.hasEnded = true
                state.context = nil
            }
            return !state.hasEnded
        }
        guard isFirst else { return false }
        ended.signal()
        answer.give(outcome)
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
