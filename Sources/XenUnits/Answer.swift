/// A value that one task waits for: the first that is given counts, whether that is before, while or after the task waits.
///
/// The only place where a continuation is kept: a value and whoever waits for it cannot miss each other.
package final class Answer<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, Never>?
        var value: Value?
    }
    private let state = Locked(State())

    /// One that is not given yet.
    package init() {}

    /// Calls `begin` and waits for the value. Does not begin if there is one already.
    package func value(_ begin: () -> Void) async -> Value {
        let value = await withCheckedContinuation { continuation in
            let early = state.withLock { state in
                if state.value == nil { state.continuation = continuation }
                return state.value
            }
            if let early { continuation.resume(returning: early) } else { begin() }
        }
        // A value that is given before the continuation is waited for comes here by what the thread sanitizer does not see;
        // that it was given before now it sees by the lock.
        state.withLock { _ in }
        return value
    }

    /// Gives the value; false if one was given before.
    @discardableResult
    package func give(_ value: Value) -> Bool {
        let (isFirst, continuation) = state.withLock { state in
            guard state.value == nil else { return (false, CheckedContinuation<Value, Never>?.none) }
            state.value = value
            defer { state.continuation = nil }
            return (true, state.continuation)
        }
        continuation?.resume(returning: value)
        return isFirst
    }
}
