public import XenUnits

/// What the hypervisor says of a live domain. Source: `libxl_dominfo`.
public struct LibxlDomainInfo: Hashable, Sendable {
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

extension LibxlDomainInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case domid, uuid
        case guestType = "domain_type"
        case running, blocked, paused, shutdown, dying
        case shutdownReason = "shutdown_reason"
        case currentMemory = "current_memkb"
        case maximumMemory = "max_memkb"
        case cpuTime = "cpu_time"
        case highestVCPU = "vcpu_max_id"
        case vcpuOnline = "vcpu_online"
    }

    /// Reads what libxl prints.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        domid = try values.decode(forKey: .domid, default: .domain0)
        uuid = try values.decode(forKey: .uuid, default: .zero)
        // libxl reads the type from its own record, and a domain on its way out may have lost that: it must not take the
        // whole list with it.
        guestType = try values.decodeIfPresent(String.self, forKey: .guestType).flatMap(GuestType.init) ?? .pv
        running = try values.decode(forKey: .running, default: false)
        blocked = try values.decode(forKey: .blocked, default: false)
        paused = try values.decode(forKey: .paused, default: false)
        shutdown = try values.decode(forKey: .shutdown, default: false)
        dying = try values.decode(forKey: .dying, default: false)
        if shutdown {
            let word = try values.decodeIfPresent(String.self, forKey: .shutdownReason)
            shutdownReason = word.flatMap(LibxlShutdownReason.init) ?? .unknown
        }
        currentMemory = try values.decode(forKey: .currentMemory, default: Kibibytes(0))
        maximumMemory = try values.decode(forKey: .maximumMemory, default: Kibibytes(0))
        cpuTime = try values.decode(forKey: .cpuTime, default: 0)
        // The highest number is all ones where there is no vCPU.
        vcpuCount = try values.decode(forKey: .highestVCPU, default: 0) &+ 1
        vcpuOnline = try values.decode(forKey: .vcpuOnline, default: 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(uuid, forKey: .uuid)
        try values.encode(domid, forKey: .domid)
        try values.encode(guestType, forKey: .guestType)
        try values.encode(running, forKey: .running)
        try values.encode(blocked, forKey: .blocked)
        try values.encode(paused, forKey: .paused)
        try values.encode(shutdown, forKey: .shutdown)
        try values.encode(dying, forKey: .dying)
        if shutdown, let shutdownReason, shutdownReason != .unknown {
            try values.encode(shutdownReason, forKey: .shutdownReason)
        }
        try values.encode(currentMemory, forKey: .currentMemory)
        try values.encode(maximumMemory, forKey: .maximumMemory)
        try values.encode(cpuTime, forKey: .cpuTime)
        try values.encode(vcpuCount &- 1, forKey: .highestVCPU)
        try values.encode(vcpuOnline, forKey: .vcpuOnline)
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

/// What became of a domain. A hint: more may have happened to it since. Source: `libxl_event`.
public enum LibxlDomainEvent: Hashable, Sendable {
    /// Its guest ended, and the domain is still there. `LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN`.
    case shutdown(DomainID, LibxlShutdownReason)
    /// It was destroyed; without a shutdown before if its guest was. `LIBXL_EVENT_TYPE_DOMAIN_DEATH`.
    case death(DomainID)
}

/// Something that a person could do to a machine. Source: `libxl_trigger`.
public enum LibxlTrigger: String, Hashable, Sendable, Codable, CaseIterable {
    /// Press the power button.
    case power
}
