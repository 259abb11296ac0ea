import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

// NICs, and PCI devices of the host that a document has as NICs.

extension Interface: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { source.kind == .hostdev ? .pci : .nic }

    var numbered: (@Sendable (DeviceID) -> DeviceIdentity)? {
        if source.kind == .hostdev { return nil }
        return { .nic(devid: $0) }
    }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        if case .hostdev(let source) = source {
            return .pci(try LibxlDevicePCI(source, of: self, guestType: guestType))
        }
        let devid = place?.devid ?? DeviceID(rawValue: 0)
        return .nic(try LibxlDeviceNIC(self, devid: devid, guestType: guestType, plug: .hot, context: context))
    }

    func claims(_ guestType: GuestType, title: String) -> [HostClaim] {
        if case .hostdev(let device) = source { return HostDeviceSource.pci(device).claims(title: title) }
        guard let name = target, backendDomain.servingDomain == nil else { return [] }
        let isEmulated = guestType == .hvm && model != "netfront"
        return (isEmulated ? [name, name + NetworkDeviceName.emulatedSuffix] : [name]).map { name in
            HostClaim(key: .link(Array(name.utf8)), use: .alone, name: name, device: title)
        }
    }

    /// The NIC of its MAC address, if that is unique on both sides.
    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice? {
        let listed = inventory.nics.filter { $0.mac == mac }
        guard listed.count == 1, definition.interfaces.count(where: { $0.mac == mac }) == 1 else { return nil }
        return listed.first.map { PlacedDevice($0) }
    }

    func identify(in criteria: inout DeviceCriteria) { criteria.mac = mac }

    func filled(from other: Interface, _ criteria: DeviceCriteria, isLive: Bool) -> Interface {
        var interface = self
        if link ?? .up == other.link ?? .up { interface.link = other.link }
        return interface
    }
}

extension Interface {
    func change(
        to requested: RequestedDevice, isWhole: Bool, isLive: Bool, domain: String
    ) throws(DriverError) -> DeviceChange? {
        guard case .interface(let requested) = requested else { return nil }
        var refused: [String] = []
        if let kind = requested.kind, kind != source.kind { refused.append("type") }
        var changed = self
        var atNextStart: [String] = []
        for field in Self.fields {
            let isSaid = field.isSaid(requested.interface)
            switch field.update {
            case .names: break
            case .replugs, .inPlace: if isSaid || isWhole { field.copy(requested.interface, &changed) }
            case .cannotChange(let name): if isSaid, field.differs(requested.interface, self) { refused.append(name) }
            case .atNextStart(let name):
                guard isSaid, field.differs(requested.interface, self) else { break }
                if isLive {
                    refused.append(name)
                } else {
                    field.copy(requested.interface, &changed)
                    atNextStart.append(name)
                }
            }
        }
        if source.kind != .bridge, requested.bridge != nil { refused.append("source/@bridge") }
        if source.kind != .network, requested.network != nil { refused.append("source/@network") }
        if let bridge = requested.bridge, case .bridge = source { changed.source = .bridge(bridge) }
        if let network = requested.network, case .network = source { changed.source = .network(network) }
        var change = DeviceChange(
            device: asDevice, inPlace: [], replugged: changed.source == source ? [] : ["source"])
        for field in Self.fields where field.differs(changed, self) {
            switch field.update {
            case .replugs(let name): change.replugged.append(name)
            case .inPlace(let name): change.inPlace.append(name)
            case .names, .atNextStart, .cannotChange: break
            }
        }
        // A guest that has a PCI device has nothing of it that Xen serves.
        if source.kind == .hostdev { refused += change.names }
        guard refused.isEmpty else {
            throw .cannotChange(elements: refused, device: asDevice.title, domain: domain)
        }
        change.atNextStart = atNextStart
        change.device = changed.asDevice
        return change
    }
}

extension LibxlDeviceNIC: ListedDevice {
    /// libxl returns no ifname, model, rate or VLAN, and fills in a default script.
    func isSameDevice(as listed: LibxlDeviceNIC) -> Bool {
        devid == listed.devid && mac == listed.mac
            && (bridge == nil || listed.bridge == nil || bridge == listed.bridge)
            && (script == nil || listed.script == nil
                || script?.lastPathComponent == listed.script?.lastPathComponent)
    }

    static var unlistedNodes: (record: [String], frontend: [String]) { (["vifname", "rate", "vlan"], ["trusted"]) }

    mutating func complete(by nodes: DeviceNodes) {
        ifname = nodes.record["vifname"].flatMap { $0.isEmpty ? nil : $0 }
        vlan = nodes.record["vlan"].flatMap { $0.isEmpty ? nil : $0 }
        if nodes.frontend["trusted"] == "0" { trusted = false }
        // `BYTES,MICROSECONDS`.
        let rate = nodes.record["rate"]?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        if rate.count == 2, let bytes = UInt64(rate[0]), let interval = UInt32(rate[1]), bytes > 0, interval > 0 {
            rateBytesPerInterval = bytes
            rateIntervalMicroseconds = interval
        }
    }

    func described(backendDomain: String?) -> Device? { .interface(Interface(self, backendDomain: backendDomain)) }

    func supplement(
        _ device: inout Device, of guest: ListedGuest, by driver: Driver
    ) async throws(DriverError) -> [String] {
        guard case .interface(var interface) = device else { return [] }
        // A link that is not on this host is its backend domain's.
        let link = try await driver.network { () throws(HostNetworkError) in
            try await driver.host.network.linkState(of: hostInterfaceName(in: guest.domid))
        }
        if link == .down { interface.link = .down }
        // An emulated NIC's model is nowhere to be read.
        var unread: [String] = []
        if guest.guestType == .hvm {
            if nictype == .vif { interface.model = "netfront" } else { unread.append("model") }
        }
        // A document has one VLAN or Open vSwitch's trunk; xl's words say more.
        if vlan != nil, interface.vlan == nil { unread.append("vlan") }
        device = .interface(interface)
        return unread
    }
}

extension Interface {
    /// The script that libxl runs where none is named.
    private static let defaultScript = "/etc/xen/scripts/vif-bridge"
    /// What libxl lists for a NIC that was given none.
    private static let defaultMTU: UInt32 = 1500

    fileprivate init(_ nic: LibxlDeviceNIC, backendDomain: String?) {
        let bridge = nic.bridge.flatMap { $0.isEmpty ? nil : $0 }
        self.init(source: bridge.map(InterfaceSource.bridge) ?? .ethernet, mac: nic.mac)
        self.backendDomain = backendDomain
        target = nic.ifname
        script = nic.script == Self.defaultScript ? nil : nic.script
        ipAddresses = nic.ip?.split(separator: " ").map(String.init) ?? []
        mtu = nic.mtu == Self.defaultMTU ? nil : nic.mtu
        trustsBackend = nic.trusted
        if let tag = nic.vlan.flatMap({ UInt16($0) }) { vlan = VLAN(isTrunk: false, tags: [tag]) }
        if let bytes = nic.rateBytesPerInterval, let interval = nic.rateIntervalMicroseconds, interval > 0 {
            // Rounded up, as the way back rounds down; a rate past what a document can say is none.
            let average = (Double(bytes) * 1e6 / (Double(interval) * 1024)).rounded(.up)
            if average <= Double(UInt32.max) { outboundAverage = KibibytesPerSecond(rawValue: UInt64(average)) }
        }
    }
}

extension PlacedDevice {
    /// The same device emulated as the guest knows it: an update does not turn one model into another.
    func keepingEmulation(of old: PlacedDevice) -> PlacedDevice {
        guard case .nic(var nic) = device, case .nic(let oldNIC) = old.device else { return self }
        nic.nictype = oldNIC.nictype
        nic.model = oldNIC.model
        return PlacedDevice(nic)
    }
}

extension String {
    fileprivate var lastPathComponent: Substring {
        split(separator: "/").last ?? self[...]
    }
}
