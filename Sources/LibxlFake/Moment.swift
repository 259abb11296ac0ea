import XenUnits

/// A point in the host's time that means the same to every process: nanoseconds since 1970 by the system's clock.
struct Moment: Hashable, Comparable, Sendable, Codable {
    let nanoseconds: Int64

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Now, by `clock`.
    static func now(_ clock: any HostClock) -> Moment {
        Moment(nanoseconds: clock.nanosecondsSince1970)
    }

    static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    static func + (moment: Moment, duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        let (whole, isLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (length, isLonger) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (sum, isLate) = moment.nanoseconds.addingReportingOverflow(length)
        // A file may name any moment; past the last one is as good as never.
        return Moment(nanoseconds: isLong || isLonger || isLate ? .max : sum)
    }

    /// How long it is from here until `later`; zero if that is past.
    func nanoseconds(until later: Moment) -> UInt64 {
        guard later > self else { return 0 }
        let (difference, isLong) = later.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return isLong ? UInt64(Int64.max) : UInt64(difference)
    }

    init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
