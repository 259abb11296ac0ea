/// How long the driver waits for what, and what it may touch.
public struct DriverSettings: Hashable, Sendable {
    /// For another command's change to the same domain to end.
    public var lockTimeout: Duration = .seconds(30)
    /// For one change, all its calls to libxl together; undoing a failed one has as much again.
    public var operationTimeout: Duration = .seconds(60)
    /// For a hotplug script that an earlier, killed command left running: libxl's own limit.
    public var scriptLimit: Duration = .seconds(40)

    /// Whether a domain that another toolstack made may be changed like one of ours, where a verb makes sense on it.
    public var changesForeignDomains = false

    /// The defaults.
    public init() {}
}
