import XenUnits

/// A limit on how long each of many short waits may take, kept by one sleeping task for all of them: to set an alarm for
/// each, and to take it back, would take longer than most of them do.
final class Patience: Sendable {
    /// A wait that has begun.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Wait {
        let ticket: Ticket
        let deadline: ContinuousClock.Instant
        let giveUp: @Sendable () -> Void
    }

    private struct State {
        var last: UInt64 = 0
        /// In the order of their deadlines, which is that of their beginnings.
        var waits: [Wait] = []
        var isWatched = false
    }
    private let state = Locked(State())
    private let limit: Duration
    private let clock: any HostClock

    /// Waits may take `limit`, by `clock`.
    init(limit: Duration, _ clock: any HostClock) {
        self.limit = limit
        self.clock = clock
    }

    /// Begins a wait; `giveUp` is called unless it ends within the limit.
    func begin(_ giveUp: @escaping @Sendable () -> Void) -> Ticket {
        let (ticket, isWatched) = state.withLock { state in
            state.last += 1
            let ticket = Ticket(number: state.last)
            state.waits.append(Wait(ticket: ticket, deadline: clock.now + limit, giveUp: giveUp))
            defer { state.isWatched = true }
            return (ticket, state.isWatched)
        }
        if !isWatched { Task { await self.watch() } }
        return ticket
    }

    /// Ends a wait.
    func end(_ ticket: Ticket) {
        state.withLock { state in
            if let index = state.waits.firstIndex(where: { $0.ticket == ticket }) { state.waits.remove(at: index) }
        }
    }

    /// Gives up what is due, and sleeps until more may be, as long as anything is waited for.
    private func watch() async {
        while true {
            let now = clock.now
            let (due, next) = state.withLock { state in
                let due = state.waits.prefix { $0.deadline <= now }
                state.waits.removeFirst(due.count)
                state.isWatched = !state.waits.isEmpty
                return (due, state.waits.first?.deadline)
            }
            for wait in due { wait.giveUp() }
            guard let next else { return }
            // Nobody cancels this task.
            try? await clock.sleep(until: next)
        }
    }
}
