import XenUnits

extension LibxlDomainConfig: Codable {
    enum CodingKeys: String, CodingKey {
        case createInfo = "c_info"
        case buildInfo = "b_info"
        case onPoweroff = "on_poweroff"
        case onReboot = "on_reboot"
        case onWatchdog = "on_watchdog"
        case onCrash = "on_crash"
        case onSoftReset = "on_soft_reset"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        createInfo = try values.decode(LibxlDomainCreateInfo.self, forKey: .createInfo)
        buildInfo = try values.decode(LibxlDomainBuildInfo.self, forKey: .buildInfo)
        let lists = try decoder.container(keyedBy: ListKey.self)
        for list in Self.lists { try Self.read(list, from: lists, into: &self) }
        onPoweroff = try values.decode(forKey: .onPoweroff, default: .destroy)
        onReboot = try values.decode(forKey: .onReboot, default: .destroy)
        onWatchdog = try values.decode(forKey: .onWatchdog, default: .destroy)
        onCrash = try values.decode(forKey: .onCrash, default: .destroy)
        onSoftReset = try values.decode(forKey: .onSoftReset, default: .destroy)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(createInfo, forKey: .createInfo)
        try buildInfo.encode(
            to: values.superEncoder(forKey: .buildInfo), guestType: createInfo.type)
        var lists = encoder.container(keyedBy: ListKey.self)
        for list in Self.lists { try write(list, to: &lists) }
        try values.encode(onPoweroff, unless: .destroy, forKey: .onPoweroff)
        try values.encode(onReboot, unless: .destroy, forKey: .onReboot)
        try values.encode(onWatchdog, unless: .destroy, forKey: .onWatchdog)
        try values.encode(onCrash, unless: .destroy, forKey: .onCrash)
        try values.encode(onSoftReset, unless: .destroy, forKey: .onSoftReset)
    }
    private static func read<Element: LibxlConfigElement>(
        _: Element.Type, from lists: KeyedDecodingContainer<ListKey>, into config: inout LibxlDomainConfig
    ) throws {
        config[keyPath: Element.list] = try lists.decode(forKey: ListKey(Element.self), default: [])
    }

    private func write<Element: LibxlConfigElement>(
        _: Element.Type, to lists: inout KeyedEncodingContainer<ListKey>
    ) throws {
        try lists.encode(self[keyPath: Element.list], unless: [], forKey: ListKey(Element.self))
    }
}

/// The name of one of the lists.
private struct ListKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ element: any LibxlConfigElement.Type) { stringValue = element.listName }

    init?(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { return nil }
}
