import Glibc

/// The clock that limits and waits go by. It comes in from whoever opens a host, so that tests can have time of their
/// own; nothing else reads a clock.
public protocol HostClock: Sendable {
    /// Now; only differences mean anything.
    var now: ContinuousClock.Instant { get }
    /// Seconds since the host booted, which separate processes agree on and a changed wall clock does not move.
    var secondsSinceBoot: Double { get }
    /// Nanoseconds since 1970 by the wall clock.
    var nanosecondsSince1970: Int64 { get }
    /// Returns at `instant`, or throws as soon as the task is cancelled.
    func sleep(until instant: ContinuousClock.Instant) async throws(CancellationError)
}

/// The clock of this machine.
public struct SystemClock: HostClock {
    /// There is only one.
    public init() {}

    public var now: ContinuousClock.Instant { ContinuousClock.now }

    public var secondsSinceBoot: Double { Double(Self.nanoseconds(CLOCK_BOOTTIME)) / 1e9 }

    public var nanosecondsSince1970: Int64 { Self.nanoseconds(CLOCK_REALTIME) }

    public func sleep(until instant: ContinuousClock.Instant) async throws(CancellationError) {
        try await Alarms.shared.sleep(until: instant)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
