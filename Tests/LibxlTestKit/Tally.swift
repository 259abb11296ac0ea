import Glibc
import XenUnits

/// What the suites went through that take a change apart, said as the process ends: what they leave out is seen.
package enum Tally {
    /// For each suite its changes, and the points at which one was broken off or failed.
    private static let sums = Locked<[String: (changes: Int, points: Int)]>([:])
    private static let isSaidAtExit: Bool = atexit { Tally.say() } == 0

    /// Counts a change that `suite` went through at so many points.
    package static func count(_ suite: String, points: Int) {
        _ = isSaidAtExit
        sums.withLock { sums in
            let sum = sums[suite, default: (0, 0)]
            sums[suite] = (sum.changes + 1, sum.points + points)
        }
    }

    private static func say() {
        for (suite, sum) in sums.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            print("\(suite): \(sum.points) points of \(sum.changes) changes")
        }
    }
}
