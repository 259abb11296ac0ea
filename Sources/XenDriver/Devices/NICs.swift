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

    static var unlistedNodes: (record: [String], frontend: [String]) {
        (nodes.filter { !$0.isFrontend }.map(\.name), nodes.filter(\.isFrontend).map(\.name))
    }

    mutating func complete(by nodes: DeviceNodes) {
        for node in Self.nodes {
            guard let text = (node.isFrontend ? nodes.frontend : nodes.record)[node.name] else { continue }
            node.read(text, &self)
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
