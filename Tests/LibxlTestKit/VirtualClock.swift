import XenUnits

/// A clock whose time passes only where somebody waits for it, and then at once; or, while it is held, as a test says.
package final class VirtualClock: HostClock {
    private let start = ContinuousClock.now
    private let passed = Locked(Duration.zero)
    /// How far somebody has set the time of day.
    private let offset = Locked(Duration.zero)
    private let state: Locked<(isHeld: Bool, sleepers: Int)>

    /// A clock that stands.
    package init(isHeld: Bool = false) {
        state = Locked((isHeld, 0))
    }

    /// How much time has passed.
    package var elapsed: Duration { passed.withLock { $0 } }

    package var now: ContinuousClock.Instant { start + elapsed }

    package var secondsSinceBoot: Double { 1000 + elapsed / .seconds(1) }

    package var nanosecondsSince1970: Int64 {
        1_700_000_000_000_000_000 + Int64((elapsed + offset.withLock { $0 }) / .nanoseconds(1))
    }

    package func sleep(until instant: ContinuousClock.Instant) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        state.withLock { $0.sleepers += 1 }
        defer { state.withLock { $0.sleepers -= 1 } }
        while state.withLock({ $0.isHeld }), now < instant {
            guard !Task.isCancelled else { throw CancellationError() }
            try? await Task.sleep(for: .milliseconds(1))
        }
        passed.withLock { $0 = max($0, instant - start) }
        await Task.yield()
    }

    /// How many wait.
    package var sleepers: Int { state.withLock { $0.sleepers } }

    /// Lets time pass by itself no more, or again.
    package func hold(_ isHeld: Bool) {
        state.withLock { $0.isHeld = isHeld }
    }

    /// Sets the time of day forwards, or back; no time passes.
    package func jump(_ duration: Duration) {
        offset.withLock { $0 += duration }
    }

    /// Lets `duration` pass.
    package func pass(_ duration: Duration) {
        passed.withLock { $0 += duration }
    }

    /// Lets `step` pass again and again until `body` returns.
    package func passing<Value>(
        _ step: Duration, until body: () async throws -> Value
    ) async rethrows -> Value {
        let passing = Task {
            while !Task.isCancelled {
                pass(step)
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
        defer { passing.cancel() }
        return try await body()
    }
}
