public import XenUnits

/// What the hypervisor needs to make an empty domain. Source: `libxl_domain_create_info`.
public struct LibxlDomainCreateInfo: Hashable, Sendable {
    public var type: GuestType
    public var hap: Bool?
    /// Shadow pages out of sync.
    public var oos: Bool?
    /// The number of its security label; `ssidLabel` by name.
    public var ssidref: UInt32 = 0
    /// `ssid_label`.
    public var ssidLabel: String?
    public var name: String
    public var uuid: DomainUUID
    /// What is written below the domain's own path in xenstore, where the guest may read it. `xsdata`.
    public var xenstoreData: [String: String] = [:]
    /// What is written below the domain's `platform` in xenstore. `platformdata`.
    public var platformData: [String: String] = [:]
    /// The cpupool; `poolName` by name. `poolid`.
    public var poolID: UInt32 = 0
    /// `pool_name`.
    public var poolName: String?
    /// `run_hotplug_scripts`.
    public var runHotplugScripts: Bool?
    /// `driver_domain`.
    public var driverDomain: Bool?
    public var passthrough: PassthroughMode?
    /// `xend_suspend_evtchn_compat`.
    public var xendSuspendEventChannelCompatible: Bool?

    /// A domain of this type and name, with everything else left to libxl.
    public init(type: GuestType, name: String, uuid: DomainUUID) {
        self.type = type
        self.name = name
        self.uuid = uuid
    }
}

extension LibxlDomainCreateInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case type, hap, oos, ssidref
        case ssidLabel = "ssid_label"
        case name, uuid
        case xenstoreData = "xsdata"
        case platformData = "platformdata"
        case poolID = "poolid"
        case poolName = "pool_name"
        case runHotplugScripts = "run_hotplug_scripts"
        case driverDomain = "driver_domain"
        case passthrough
        case xendSuspendEventChannelCompatible = "xend_suspend_evtchn_compat"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decode(GuestType.self, forKey: .type)
        hap = try values.decode(defboolForKey: .hap)
        oos = try values.decode(defboolForKey: .oos)
        ssidref = try values.decode(forKey: .ssidref, default: 0)
        ssidLabel = try values.decodeIfPresent(String.self, forKey: .ssidLabel)
        name = try values.decode(String.self, forKey: .name)
        uuid = try values.decode(forKey: .uuid, default: .zero)
        xenstoreData = try values.decode(forKey: .xenstoreData, default: [:])
        platformData = try values.decode(forKey: .platformData, default: [:])
        poolID = try values.decode(forKey: .poolID, default: 0)
        poolName = try values.decodeIfPresent(String.self, forKey: .poolName)
        runHotplugScripts = try values.decode(defboolForKey: .runHotplugScripts)
        driverDomain = try values.decode(defboolForKey: .driverDomain)
        passthrough = try values.decodeIfPresent(PassthroughMode.self, forKey: .passthrough)
        xendSuspendEventChannelCompatible = try values.decode(defboolForKey: .xendSuspendEventChannelCompatible)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(type, forKey: .type)
        try values.encode(defbool: hap, forKey: .hap)
        try values.encode(defbool: oos, forKey: .oos)
        try values.encode(ssidref, unless: 0, forKey: .ssidref)
        try values.encodeIfPresent(ssidLabel, forKey: .ssidLabel)
        try values.encode(name, forKey: .name)
        try values.encode(uuid, unless: .zero, forKey: .uuid)
        try values.encode(xenstoreData, unless: [:], forKey: .xenstoreData)
        try values.encode(platformData, unless: [:], forKey: .platformData)
        try values.encode(poolID, unless: 0, forKey: .poolID)
        try values.encodeIfPresent(poolName, forKey: .poolName)
        try values.encode(defbool: runHotplugScripts, forKey: .runHotplugScripts)
        try values.encode(defbool: driverDomain, forKey: .driverDomain)
        try values.encodeIfPresent(passthrough, forKey: .passthrough)
        try values.encode(defbool: xendSuspendEventChannelCompatible, forKey: .xendSuspendEventChannelCompatible)
    }
}
