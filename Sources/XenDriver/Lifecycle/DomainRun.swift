/// One run of a domain, as far as it decides when the domain may be started anew: since when it goes on, and how many
/// restarts in a row led to it.
///
/// A guest that reboots as soon as it has started is held off, longer each time, so that it costs the host nothing. What
/// counts is the time between two starts, for nobody records when a guest ended.
public struct DomainRun: Hashable, Sendable, Codable {
    /// When it was started, in seconds since the host booted.
    public var begun: Double
    /// How many restarts came one upon the other, this run's own among them; 0 for one that somebody started.
    public var restarts: Int

    /// A run that begins at `begun` and is not the restart of another.
    public init(begun: Double) {
        self.begun = begun
        restarts = 0
    }

    /// In seconds.
    static let longestDelay: Double = 300
    /// A guest that has run so many seconds longer than it was held off does not reboot in a loop.
    static let calm: Double = 60

    /// The least time from its start to the next one, in seconds: none at first, then 2, 4, 8 and so on.
    package var delay: Double {
        // A file may say any number.
        guard restarts > 0 else { return 0 }
        return restarts < 9 ? min(Double(1 << restarts), Self.longestDelay) : Self.longestDelay
    }

    /// How many seconds are left, `now` seconds after the host booted, until the domain may be started anew; 0 or less for
    /// none.
    package func timeLeft(at now: Double) -> Double {
        // The file is of another boot, or somebody wrote it, if its time is still to come.
        now < begun ? 0 : begun + delay - now
    }

    /// The run that a restart begins `now` seconds after the host booted.
    package func next(at now: Double) -> DomainRun {
        var next = DomainRun(begun: now)
        let isCalm = now < begun || now - begun > delay + Self.calm
        next.restarts = isCalm || restarts < 0 ? 1 : min(restarts, 1000) + 1
        return next
    }
}
