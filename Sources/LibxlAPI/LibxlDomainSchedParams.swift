/// How the hypervisor's scheduler treats a domain; nil is the scheduler's default. Source: `libxl_domain_sched_params`.
public struct LibxlDomainSchedParams: Hashable, Sendable {
    /// `sched`.
    public var scheduler: LibxlScheduler?
    public var weight: UInt32?
    /// In per cent of one processor; 0 is no limit.
    public var cap: UInt32?
    /// In microseconds.
    public var period: UInt32?
    /// In microseconds of each period.
    public var budget: UInt32?
    /// 1 lets it run beyond its budget. `extratime`.
    public var extraTime: UInt32?
    /// Without effect since libxl 4.5.
    public var slice: UInt32?
    /// Without effect since libxl 4.5.
    public var latency: UInt32?

    /// Everything at libxl's default.
    public init() {}
}

/// The hypervisor's scheduler. The raw value is libxl's name. Source: `libxl_scheduler`.
public enum LibxlScheduler: String, Hashable, Sendable, Codable, CaseIterable {
    case sedf
    case credit
    case credit2
    case arinc653
    case rtds
    case null
}

extension LibxlDomainSchedParams: Codable {
    enum CodingKeys: String, CodingKey {
        case scheduler = "sched"
        case weight, cap, period, budget
        case extraTime = "extratime"
        case slice, latency
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        scheduler = try values.decodeIfPresent(LibxlScheduler.self, forKey: .scheduler)
        weight = try values.decodeIfPresent(UInt32.self, forKey: .weight)
        cap = try values.decodeIfPresent(UInt32.self, forKey: .cap)
        period = try values.decodeIfPresent(UInt32.self, forKey: .period)
        budget = try values.decodeIfPresent(UInt32.self, forKey: .budget)
        extraTime = try values.decodeIfPresent(UInt32.self, forKey: .extraTime)
        slice = try values.decodeIfPresent(UInt32.self, forKey: .slice)
        latency = try values.decodeIfPresent(UInt32.self, forKey: .latency)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(scheduler, forKey: .scheduler)
        try values.encodeIfPresent(weight, forKey: .weight)
        try values.encodeIfPresent(cap, forKey: .cap)
        try values.encodeIfPresent(period, forKey: .period)
        try values.encodeIfPresent(budget, forKey: .budget)
        try values.encodeIfPresent(extraTime, forKey: .extraTime)
        try values.encodeIfPresent(slice, forKey: .slice)
        try values.encodeIfPresent(latency, forKey: .latency)
    }
}
