import XenUnits

/// Who is at work on which domain: one for each, and one more turn of it where something came up meanwhile.
final class Workers: Sendable {
    private enum Work {
        case underWay
        /// Under way, and to be done once more.
        case again
    }
    private let work = Locked<[DomainUUID: Work]>([:])

    /// Whether whoever asks is to begin with a domain; else the one who is at it goes on once more.
    func begin(_ uuid: DomainUUID) -> Bool {
        work.withLock { work in
            guard work[uuid] != nil else {
                work[uuid] = .underWay
                return true
            }
            work[uuid] = .again
            return false
        }
    }

    /// Whether the one who is at a domain must go on once more; if not, its work is over.
    func mustGoOn(_ uuid: DomainUUID) -> Bool {
        work.withLock { work in
            guard work[uuid] == .again else {
                work[uuid] = nil
                return false
            }
            work[uuid] = .underWay
            return true
        }
    }
}

/// Lets so many through at a time.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiting: [Answer<Void>] = []
    }
    private let state: Locked<State>

    init(_ most: Int) {
        state = Locked(State(free: max(most, 1)))
    }

    /// Returns when there is room.
    func enter() async {
        let turn = Answer<Void>()
        await turn.value {
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(turn)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { turn.give(()) }
        }
    }

    /// Makes room.
    func leave() {
        let next = state.withLock { state -> Answer<Void>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.give(())
    }
}
