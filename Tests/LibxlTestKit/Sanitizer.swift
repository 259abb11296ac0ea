import Glibc

/// The sanitizer that the suite runs under, as `Scripts/check --sanitize` says.
package enum Sanitizer {
    /// Whether it is the thread sanitizer, under which some tests cannot be run: each says why where it is left out.
    package static let isThread = name == "thread"
    /// Whether there is one.
    package static let isAny = name != nil

    private static let name = getenv("XENKEEPER_SANITIZER").map { String(cString: $0) }
}
