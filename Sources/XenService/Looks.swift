import XenDriver
import XenUnits

/// Which domains are to be looked at: what those say who see that something has happened, until somebody looks.
final class Looks: Sendable {
    /// What there is to look at.
    enum Scope: Hashable, Sendable {
        case some(Set<DomainLook>)
        case everything
    }

    private struct State {
        var domains: Set<DomainLook> = []
        var isEverything = false
    }
    private let state = Locked(State())
    private let signals: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation

    init() {
        // One that nobody has heard stands for all.
        (signals, source) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// That a domain is to be looked at again.
    func add(_ look: DomainLook) {
        _ = state.withLock { $0.domains.insert(look) }
        source.yield()
    }

    /// That every domain is.
    func addEverything() {
        state.withLock { $0.isEverything = true }
        source.yield()
    }

    /// Calls `look` with all that has come up since it was last called, one call after the other, until the task is
    /// cancelled.
    func each(_ look: (Scope) async -> Void) async {
        for await _ in signals {
            let scope = state.withLock { state -> Scope? in
                defer { state = State() }
                if state.isEverything { return .everything }
                return state.domains.isEmpty ? nil : .some(state.domains)
            }
            if let scope { await look(scope) }
        }
    }
}
