import LibxlAPI
import XenUnits

extension SteppedOperation {
    /// Plugs a NIC into a live domain.
    func plug(_ nic: LibxlDeviceNIC, into domid: DomainID) async throws(LibxlError) {
        try await hotPlug(into: domid) { (state) throws(LibxlError) in
            try plan(nic, of: domid, in: state, hotplug: true)
        } store: { config, plug in
            var stored = nic
            stored.backendDomainID = plug.device.backendDomainID
            if let type = plug.back["type"].flatMap(LibxlNICType.init(rawValue:)) { stored.nictype = type }
            config.keep(.nic(stored))
        }
    }
}

extension HostState {
    /// The NICs of a domain, as libxl reads them.
    func nics(of domid: DomainID) -> [LibxlDeviceNIC] {
        // From libxl's own record, as libxl does: what the backend or the guest writes does not show here.
        records(kind: "vif", of: domid).compactMap { devid, path in
            guard let backend = read(path + "/backend").flatMap(XenstoreBackendPath.init),
                let mac = read(path + "/mac").flatMap(MACAddress.init)
            else { return nil }
            var nic = LibxlDeviceNIC(
                devid: devid, mac: mac,
                nictype: read(path + "/type").flatMap(LibxlNICType.init(rawValue:)) ?? .vif,
                backendDomainID: backend.backendDomainID)
            nic.ip = read(path + "/ip")
            nic.bridge = read(path + "/bridge")
            nic.script = read(path + "/script")
            nic.mtu = read(path + "/mtu").flatMap { UInt32($0) } ?? LibxlDeviceNIC.defaultMTU
            return nic
        }
    }
}
