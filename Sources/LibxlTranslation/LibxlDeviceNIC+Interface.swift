public import LibxlAPI
public import XenModel
public import XenUnits

extension LibxlDeviceNIC {
    /// What libxl is told of a NIC of a guest of `guestType`.
    ///
    /// Its name, link state and guest address stay behind: libxl has no field for the first, the second is the host
    /// network's, and Xen places its devices itself. Source: `/domain/devices/interface`.
    public init(_ interface: Interface, devid: DeviceID, guestType: GuestType, plug: PlugTime) throws(Untranslatable) {
        self.init(
            devid: devid, mac: interface.mac,
            nictype: try Self.nictype(of: interface, guestType: guestType, plug: plug))
        backendDomainName = interface.backendDomain
        mtu = interface.mtu
        model = guestType == .hvm ? interface.model : nil
        ip = interface.ipAddresses.isEmpty ? nil : interface.ipAddresses.joined(separator: " ")
        bridge = interface.source.bridge
        ifname = interface.target
        script = interface.script
        // libvirt's rule: an average of 0 is no limit.
        if let average = interface.outboundAverage, average.rawValue > 0 {
            rateBytesPerInterval = try Self.bytesPerInterval(average, of: interface)
            rateIntervalMicroseconds = Self.rateInterval
        }
    }

    /// The name of the one card that needs no emulation.
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
            throw Untranslatable(
                path: "/domain/devices/interface/model/@type", device: interface.mac.description,
                reason: .onlyNetfront(model: model, guestType))
        case (.hvm, nil):
            // libxl plugs no emulated card into a device model that runs already.
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
            throw Untranslatable(
                path: "/domain/devices/interface/bandwidth/outbound/@average", device: interface.mac.description,
                reason: .rateOutOfRange(kibibytesPerSecond: average.rawValue))
        }
        return product / 5
    }
}
