/// How long the driver waits for what, where the caller of a verb has set no deadline or has no say.
public struct DriverSettings: Hashable, Sendable {
    /// For another command's change to the same domain to end, out of the time of the whole.
    public var lockTimeout: Duration = .seconds(30)
    /// For one change, from its first lock to its last step.
    public var operationTimeout: Duration = .seconds(60)
    /// For undoing a change that failed or was given up, from then on.
    public var undoTimeout: Duration = .seconds(60)
    /// For a hotplug script that an earlier, killed command left running: libxl's own limit.
    public var scriptLimit: Duration = .seconds(40)
    /// How long a domain that was destroyed may take to be gone from the hypervisor before that is an error.
    public var deathLimit: Duration = .seconds(2)

    /// The defaults.
    public init() {}
}
