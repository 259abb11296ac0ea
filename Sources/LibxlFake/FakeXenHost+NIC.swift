public import LibxlAPI
public import XenUnits

extension FakeXenHost {
    public func addNIC(
        _ nic: LibxlDeviceNIC, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await Operation(
            .addNIC, NICArguments(domid: domid, nic: nic), on: self, deadline: deadline)
        try await operation.hotPlug(into: domid) { (state) throws(LibxlError) in
            try operation.plan(nic, of: domid, in: state, hotplug: true)
        } store: { config, plug in
            var stored = nic
            stored.backendDomainID = plug.device.backendDomainID
            if let type = plug.back["type"].flatMap(LibxlNICType.init(rawValue:)) { stored.nictype = type }
            config.nics.removeAll { $0.devid == nic.devid }
            config.nics.append(stored)
        }
    }

    public func removeNIC(
        _ nic: LibxlDeviceNIC, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        let operation = try await Operation(
            .removeNIC, NICArguments(domid: domid, nic: nic), on: self, deadline: deadline)
        return try await unplug(nic, of: domid, force: .auto, by: operation)
    }

    public func destroyNIC(
        _ nic: LibxlDeviceNIC, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await Operation(
            .destroyNIC, NICArguments(domid: domid, nic: nic), on: self, deadline: deadline)
        _ = try await unplug(nic, of: domid, force: .on, by: operation)
    }

    private func unplug(
        _ nic: LibxlDeviceNIC, of domid: DomainID, force: Force, by operation: Operation
    ) async throws(LibxlError) -> LibxlRemoval {
        let device = Device(
            domid: domid, identity: .nic(devid: nic.devid), backendDomainID: nic.backendDomainID, backendKind: "vif")
        return try await operation.unplug(device, force: force) { config in
            config.nics.removeAll { $0.devid == nic.devid }
        }
    }

    public func listNICs(of domid: DomainID) async throws(LibxlError) -> [LibxlDeviceNIC] {
        let state = try await reading(.listNICs, DomainArguments(domid: domid)) { code, log in
            LibxlError(code, in: FakeOperation.listNICs.rawValue, log: log)
        }
        // From libxl's own record, as libxl does: what the backend or the guest writes does not show here.
        return state.records(kind: "vif", of: domid).compactMap { devid, path in
            guard let backend = state.read(path + "/backend").flatMap(XenstoreBackendPath.init),
                let mac = state.read(path + "/mac").flatMap(MACAddress.init)
            else { return nil }
            var nic = LibxlDeviceNIC(
                devid: devid, mac: mac,
                nictype: state.read(path + "/type").flatMap(LibxlNICType.init(rawValue:)) ?? .vif,
                backendDomainID: backend.backendDomainID)
            nic.ip = state.read(path + "/ip")
            nic.bridge = state.read(path + "/bridge")
            nic.script = state.read(path + "/script")
            nic.mtu = state.read(path + "/mtu").flatMap { UInt32($0) } ?? LibxlDeviceNIC.defaultMTU
            return nic
        }
    }
}

extension LibxlDeviceNIC {
    /// What libxl writes for, and reads from, a NIC that has none. Source: libxl's `LIBXL_DEVICE_NIC_MTU_DEFAULT`.
    static let defaultMTU: UInt32 = 1500
}
