public import XenUnits

/// What the hypervisor says of a live domain. Source: `libxl_dominfo`.
public struct LibxlDomainInfo: Hashable, Sendable, Codable {
    public var domid: DomainID
    public var uuid: DomainUUID
    public var guestType: GuestType
    /// On a processor now.
    public var running: Bool
    /// Waiting for something.
    public var blocked: Bool
    public var paused: Bool
    /// The guest has ended; `shutdownReason` says how.
    public var shutdown: Bool
    /// Killed, and not all of it is freed yet.
    public var dying: Bool
    /// Present only when `shutdown` is set.
    public var shutdownReason: LibxlShutdownReason?
    /// What the guest has now.
    public var currentMemory: Kibibytes
    /// What it may have.
    public var maximumMemory: Kibibytes
    /// Processor time of all vCPUs, in nanoseconds.
    public var cpuTime: UInt64
    /// The highest vCPU's number and one.
    public var vcpuCount: UInt32
    /// How many of them are on line.
    public var vcpuOnline: UInt32

    /// A live domain with no flag set and no time used.
    public init(
        domid: DomainID, uuid: DomainUUID, guestType: GuestType, currentMemory: Kibibytes, maximumMemory: Kibibytes,
        vcpuCount: UInt32, vcpuOnline: UInt32
    ) {
        self.domid = domid
        self.uuid = uuid
        self.guestType = guestType
        self.currentMemory = currentMemory
        self.maximumMemory = maximumMemory
        self.vcpuCount = vcpuCount
        self.vcpuOnline = vcpuOnline
        running = false
        blocked = false
        paused = false
        shutdown = false
        dying = false
        cpuTime = 0
    }
}

/// How a guest ended. Source: `libxl_shutdown_reason`.
public enum LibxlShutdownReason: String, Hashable, Sendable, Codable, CaseIterable {
    case unknown
    case poweroff
    case reboot
    case suspend
    case crash
    case watchdog
    case softReset = "soft_reset"
}
