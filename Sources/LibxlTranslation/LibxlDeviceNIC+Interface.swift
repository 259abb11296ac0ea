package import LibxlAPI
public import XenModel
package import XenUnits

extension LibxlDeviceNIC {
    /// What libxl is given for a NIC of a guest of `guestType`, at start or while it runs; not for one of type hostdev,
    /// which is a `LibxlDevicePCI`.
    ///
    /// Its name, link state and guest address stay behind: libxl has no field for the first, the second is the host
    /// network's, and Xen places its devices itself. Source: `/domain/devices/interface`.
    package init(
        _ interface: Interface, devid: DeviceID, guestType: GuestType, plug: PlugTime,
        context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        self.init(
            devid: devid, mac: interface.mac,
            nictype: try Self.nictype(of: interface, guestType: guestType, plug: plug))
        if let name = interface.target {
            let longest = NetworkDeviceName.longest(isEmulated: nictype == .vifIOEmu)
            guard NetworkDeviceName.isValid(name), name.utf8.count <= longest else {
                throw interface.untranslatable("target/@dev", .badInterfaceName(name, longest: longest))
            }
        }
        backendDomainName = interface.backendDomain
        mtu = interface.mtu
        model = guestType == .hvm ? interface.model : nil
        ip = interface.ipAddresses.isEmpty ? nil : interface.ipAddresses.joined(separator: " ")
        bridge = try Self.bridge(of: interface, context)
        if interface.virtualPort == nil { vlan = try Self.vlan(of: interface, bridge) }
        ifname = interface.target
        script = interface.script ?? (interface.virtualPort == .openvswitch ? "vif-openvswitch" : nil)
        gatewayDevice = interface.gatewayDevice
        trusted = interface.trustsBackend
        // libvirt's rule: an average of 0 is no limit.
        if let average = interface.outboundAverage, average.rawValue > 0 {
            rateBytesPerInterval = try Self.bytesPerInterval(average, of: interface)
            rateIntervalMicroseconds = Self.rateInterval
        }
    }

    /// The bridge, with its VLANs where Open vSwitch's script reads them: one as `BRIDGE.TAG`, a trunk as
    /// `BRIDGE:TAG:TAG`.
    private static func bridge(
        of interface: Interface, _ context: TranslationContext
    ) throws(Untranslatable) -> String? {
        let bridge = try plainBridge(of: interface, context)
        if interface.virtualPort == .openvswitch, bridge == nil {
            throw interface.untranslatable("virtualport/@type", .openVSwitchWithoutBridge)
        }
        guard interface.virtualPort == .openvswitch, let bridge, let vlan = interface.vlan else { return bridge }
        if vlan.isTrunk || vlan.tags.count > 1 {
            return ([bridge] + vlan.tags.map(\.description)).joined(separator: ":")
        }
        return vlan.tags.first.map { "\(bridge).\($0)" } ?? bridge
    }

    /// The VLAN of a port of a bridge that is no Open vSwitch.
    private static func vlan(of interface: Interface, _ bridge: String?) throws(Untranslatable) -> String? {
        guard let vlan = interface.vlan else { return nil }
        guard bridge != nil, !vlan.isTrunk, vlan.tags.count == 1, let tag = vlan.tags.first, 1...4094 ~= tag else {
            throw interface.untranslatable("vlan", .notOneVLAN)
        }
        return "\(tag)"
    }

    private static func plainBridge(
        of interface: Interface, _ context: TranslationContext
    ) throws(Untranslatable) -> String? {
        switch interface.source {
        case .bridge(let bridge): return bridge
        case .ethernet: return nil
        case .network(let name):
            if let bridge = context.networks[name] { return bridge }
            guard context.references == .standForThemselves else {
                throw interface.untranslatable("source/@network", .unknownNetwork(name))
            }
            return name
        case .hostdev:
            throw interface.untranslatable("@type", .unsupported(.interfaceType, interface.source.kind.rawValue))
        }
    }

    /// The name of the one NIC that needs no emulation.
    private static let netfront = "netfront"

    /// In microseconds; the interval that xl takes when none is given.
    private static let rateInterval: UInt32 = 50_000

    private static func nictype(
        of interface: Interface, guestType: GuestType, plug: PlugTime
    ) throws(Untranslatable) -> LibxlNICType {
        switch (guestType, interface.model) {
        case (_, netfront), (.pv, nil), (.pvh, nil):
            return .vif
        case (.pv, let model?), (.pvh, let model?):
            throw interface.untranslatable("model/@type", .onlyNetfront(model: model, guestType))
        case (.hvm, nil):
            // libxl plugs no emulated NIC into a device model that runs already.
            return plug == .atStart ? .vifIOEmu : .vif
        case (.hvm, _):
            return .vifIOEmu
        }
    }

    /// `average` × 1024 bytes × 50 ms, rounded down: 51.2 = 256 / 5 bytes for each KiB/s.
    private static func bytesPerInterval(
        _ average: KibibytesPerSecond, of interface: Interface
    ) throws(Untranslatable) -> UInt64 {
        let (product, overflow) = average.rawValue.multipliedReportingOverflow(by: 256)
        guard !overflow else {
            throw interface.untranslatable(
                "bandwidth/outbound/@average", .rateOutOfRange(kibibytesPerSecond: average.rawValue))
        }
        return product / 5
    }
}

extension Interface {
    /// A NIC as far as libxl and xenstore tell. `backendDomain` is the name of who serves it; nil for Domain-0.
    package init(_ nic: LibxlDeviceNIC, backendDomain: String?) {
        let bridge = nic.bridge.flatMap { $0.isEmpty ? nil : $0 }
        self.init(source: bridge.map(InterfaceSource.bridge) ?? .ethernet, mac: nic.mac)
        self.backendDomain = backendDomain
        target = nic.ifname
        script = nic.script == LibxlDeviceNIC.defaultScript ? nil : nic.script
        ipAddresses = nic.ip?.split(separator: " ").map(String.init) ?? []
        mtu = nic.mtu == LibxlDeviceNIC.defaultMTU ? nil : nic.mtu
        trustsBackend = nic.trusted
        if let tag = nic.vlan.flatMap({ UInt16($0) }) { vlan = VLAN(isTrunk: false, tags: [tag]) }
        if let bytes = nic.rateBytesPerInterval, let interval = nic.rateIntervalMicroseconds, interval > 0 {
            // Rounded up, as the way back rounds down; a rate past what a document can say is none.
            let average = (Double(bytes) * 1e6 / (Double(interval) * 1024)).rounded(.up)
            if average <= Double(UInt32.max) { outboundAverage = KibibytesPerSecond(rawValue: UInt64(average)) }
        }
    }
}

extension Interface: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<Interface>()
        return [
            of.when("source/@bridge", { $0.source.kind == .bridge }) {
                $0.source = .bridge("\($0.source.bridge ?? "")x")
            },
            of.when("source/@network", { $0.source.kind == .network }) { $0.source = .network("x") },
            of.when("source/address", { $0.source.kind == .hostdev }) { nic in
                if case .hostdev(var device) = nic.source {
                    device.address = device.address.another
                    nic.source = .hostdev(device)
                }
            },
            of.when("mac/@address", { $0.source.kind != .hostdev }) { $0.mac = MACAddress(bits: $0.mac.bits ^ 1) },
        ] + fields.map { of.when($0.path, for: $0.guests, $0.isSaid, $0.takeOut) }
    }

    var numberedList: String? { source.kind == .hostdev ? nil : LibxlDeviceNIC.listName }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        if case .hostdev(let source) = source {
            return PassedDevice(try LibxlDevicePCI(source, of: self, guestType: guest.type))
        }
        return PassedDevice(
            try LibxlDeviceNIC(self, devid: devid, guestType: guest.type, plug: .atStart, context: guest.context))
    }

    fileprivate func untranslatable(_ part: String, _ reason: Untranslatable.Reason) -> Untranslatable {
        Untranslatable(path: "/domain/devices/interface/\(part)", device: mac.description, reason: reason)
    }

    /// What has no effect where the guest gets the NIC itself, or where the script of Xen's passes over it.
    var translationNotices: [TranslationNotice] {
        guard case .hostdev = source else {
            guard vlan != nil, virtualPort == nil, script == nil else { return [] }
            return [
                TranslationNotice(
                    path: "/domain/devices/interface/vlan", device: mac.description,
                    reason: .onlyWith("a script that reads it, and vif-bridge of Xen 4.20 does not"))
            ]
        }
        return Self.fields.filter { $0.needsBackend && $0.isSaid(self) }.map {
            TranslationNotice(
                path: "/domain/devices/interface/\($0.element)", device: mac.description,
                reason: .onlyWith("a NIC that Xen serves, not one of type hostdev"))
        }
    }
}
