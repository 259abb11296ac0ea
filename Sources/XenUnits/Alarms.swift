/// Wakes those who sleep, with as few sleeps of the runtime's as can be: one that is cancelled keeps its task and its timer
/// until it would have ended, and a program that stays up, with a limit on all that it does, would collect those.
final class Alarms: Sendable {
    /// Those of this process.
    static let shared = Alarms()

    private struct Sleeper {
        let number: UInt64
        let instant: ContinuousClock.Instant
        let isOver: Answer<Bool>
    }

    private struct State {
        var last: UInt64 = 0
        /// In the order of their instants.
        var sleepers: [Sleeper] = []
        /// When the runtime wakes this object.
        var wakings: Set<ContinuousClock.Instant> = []

        /// The instant to be woken at, if no waking comes before it.
        mutating func nextWaking() -> ContinuousClock.Instant? {
            guard let next = sleepers.first?.instant, wakings.allSatisfy({ $0 > next }) else { return nil }
            wakings.insert(next)
            return next
        }
    }
    private let state = Locked(State())

    /// Returns at `instant`, or throws as soon as the task is cancelled.
    func sleep(until instant: ContinuousClock.Instant) async throws(CancellationError) {
        let isOver = Answer<Bool>()
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let hasSlept = await withTaskCancellationHandler {
            await isOver.value { add(Sleeper(number: number, instant: instant, isOver: isOver)) }
        } onCancel: {
            isOver.give(false)
        }
        guard !hasSlept else { return }
        state.withLock { state in state.sleepers.removeAll { $0.number == number } }
        throw CancellationError()
    }

    private func add(_ sleeper: Sleeper) {
        let waking = state.withLock { state in
            // Most are the last to be woken.
            let place = state.sleepers.lastIndex { $0.instant <= sleeper.instant }.map { $0 + 1 } ?? 0
            state.sleepers.insert(sleeper, at: place)
            return state.nextWaking()
        }
        wake(at: waking)
    }

    private func wake(at waking: ContinuousClock.Instant?) {
        guard let waking else { return }
        Task.detached {
            // Nobody cancels this task.
            try? await Task.sleep(until: waking, clock: .continuous)
            let now = ContinuousClock.now
            let (due, next) = self.state.withLock { state in
                let due = state.sleepers.prefix { $0.instant <= now }
                state.sleepers.removeFirst(due.count)
                state.wakings.remove(waking)
                return (due, state.nextWaking())
            }
            for sleeper in due { sleeper.isOver.give(true) }
            self.wake(at: next)
        }
    }
}
