import FoundationEssentials

/// A point in the host's time that means the same to every process: nanoseconds since 1970 by the system's clock.
struct Moment: Hashable, Comparable, Sendable, Codable {
    let nanoseconds: Int64

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    static func now() -> Moment {
        Moment(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    }

    static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    static func + (moment: Moment, duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        return Moment(nanoseconds: moment.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// How long it is from here until `later`; zero if that is past.
    func nanoseconds(until later: Moment) -> UInt64 {
        UInt64(max(0, later.nanoseconds - nanoseconds))
    }

    init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
