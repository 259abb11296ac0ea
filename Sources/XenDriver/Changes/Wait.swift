/// A wait of a change that has become a long one.
public struct Wait: Hashable, Sendable {
    /// What is waited for.
    public var purpose: Purpose
    /// How long it takes at most, from its beginning.
    public var limit: Duration
    /// Whether a change that failed or was given up is being undone.
    public var isUndoing = false

    /// A wait for `purpose` that takes `limit` at most.
    public init(purpose: Purpose, limit: Duration, isUndoing: Bool = false) {
        self.purpose = purpose
        self.limit = limit
        self.isUndoing = isUndoing
    }

    public enum Purpose: Hashable, Sendable {
        /// Another change to the domain, by the process that holds its lock, if that is known.
        case lock(domain: String, holder: Int32?)
        /// An operation on a domain or a device of it.
        case operation(phase: String, device: String?, domain: String)
    }

    /// How long nothing is said of a wait.
    static let long = Duration.seconds(2)
}
