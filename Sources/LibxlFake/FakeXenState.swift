public import LibxlAPI
public import XenUnits

/// What there is on a fake host at one moment.
public struct FakeXenState: Hashable, Sendable, Codable {
    /// The live domains, Domain-0 first, in order of domid.
    public internal(set) var domains: [FakeDomain]
    /// The nodes of xenstore that were written, by path. One that was not, but has nodes below it, reads as empty.
    public internal(set) var xenstore: [String: String]
    /// The host's ends of NICs, by name.
    public internal(set) var links: [String: FakeLink]
    /// The domid that the next domain gets; they count up and are not given again.
    public internal(set) var nextDomainID: DomainID

    /// The domain of this domid.
    public func domain(_ domid: DomainID) -> FakeDomain? {
        domains.first { $0.domid == domid }
    }

    /// libxl's stored configuration of each domain that has one.
    public var storedConfigurations: [DomainID: LibxlDomainConfig] {
        Dictionary(
            domains.compactMap { domain in domain.storedConfiguration.map { (domain.domid, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The same without what only counts or measures time: to see that something left no trace.
    public var comparable: FakeXenState {
        var state = self
        state.nextDomainID = .domain0
        for index in state.domains.indices {
            state.domains[index].processorTime = 0
            state.domains[index].runningSince = nil
            state.domains[index].configurationChanges = nil
        }
        return state
    }
}

/// A live domain of a fake host.
public struct FakeDomain: Hashable, Sendable, Codable {
    public let domid: DomainID
    public let uuid: DomainUUID
    public let guestType: GuestType
    /// How often it was paused, less how often it was unpaused.
    public internal(set) var pauseCount: Int
    /// Killed, and not all of it is freed yet.
    public internal(set) var dying: Bool
    /// Whether somebody has its memory mapped, so that it stays, dying, when it is destroyed; nil is no.
    public internal(set) var isHeld: Bool?
    /// Whether its QEMU has ended under it; nil is no.
    public internal(set) var hasLostDeviceModel: Bool?
    /// How the guest ended, if it did.
    public internal(set) var shutdownReason: LibxlShutdownReason?
    public internal(set) var currentMemory: Kibibytes
    public internal(set) var maximumMemory: Kibibytes
    public internal(set) var vcpuCount: UInt32
    public internal(set) var vcpuOnline: UInt32
    /// How its guest answers.
    public internal(set) var guest: GuestBehaviour
    /// What libxl keeps of the configuration and of the devices plugged since; nil until the domain is built.
    public internal(set) var storedConfiguration: LibxlDomainConfig?
    /// How often that was changed, or devices came; nil is never.
    var configurationChanges: UInt64?
    /// How its guest is about to end, if it is.
    var intention: LibxlShutdownReason?
    /// In nanoseconds, up to `runningSince`.
    var processorTime: UInt64
    /// Since when the guest runs; nil while it does not.
    var runningSince: Moment?

    public var paused: Bool { pauseCount > 0 }

    mutating func countConfigurationChange() { configurationChanges = (configurationChanges ?? 0) &+ 1 }

    /// Whether the guest's kernel can answer anything.
    var answers: Bool { DomainSummary(self).answers }

    /// What the hypervisor says of it.
    func info(at now: Moment) -> LibxlDomainInfo { DomainSummary(self).info(at: now) }

    /// Books the time that the guest ran until now, and whether it runs on.
    mutating func book(at now: Moment) {
        processorTime = DomainSummary(self).processorTime(until: now)
        runningSince = answers ? now : nil
    }
}

/// The host's end of a NIC.
public struct FakeLink: Hashable, Sendable, Codable {
    public internal(set) var state: LinkState
    /// The domain whose NIC it is.
    public let domid: DomainID
    /// The NIC.
    public let devid: DeviceID
}
