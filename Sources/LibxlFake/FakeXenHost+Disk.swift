public import LibxlAPI
public import XenUnits

extension FakeXenHost {
    public func addDisk(
        _ disk: LibxlDeviceDisk, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await Operation(
            .addDisk, DiskArguments(domid: domid, disk: disk), on: self, deadline: deadline)
        try await operation.hotPlug(into: domid) { (state) throws(LibxlError) in
            // libxl looks at the disk as it was given: one that only turns out to be QEMU's is let through.
            guard
                !disk.isServedByQEMUHere || state.xen.domain(domid) == nil
                    || state.read(HostState.qemu(of: domid)) != nil
            else { throw operation.failure(.failed, "domain \(domid) has no QEMU to serve disk \(disk.vdev)") }
            return try operation.plan(disk, of: domid, in: state)
        } store: { config, plug in
            var stored = disk
            stored.backendDomainID = plug.device.backendDomainID
            if let backend = plug.back["type"].flatMap(DiskBackend.init(rawValue:)) { stored.backend = backend }
            config.disks.removeAll { $0.number == disk.number }
            config.disks.append(stored)
        }
    }

    public func safeRemoveDisk(
        _ disk: LibxlDeviceDisk, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await Operation(
            .safeRemoveDisk, DiskArguments(domid: domid, disk: disk), on: self, deadline: deadline)
        try await unplug(disk, of: domid, force: .off, by: operation)
    }

    public func destroyDisk(
        _ disk: LibxlDeviceDisk, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await Operation(
            .destroyDisk, DiskArguments(domid: domid, disk: disk), on: self, deadline: deadline)
        try await unplug(disk, of: domid, force: .on, by: operation)
    }

    private func unplug(
        _ disk: LibxlDeviceDisk, of domid: DomainID, force: Force, by operation: Operation
    ) async throws(LibxlError) {
        guard let number = disk.number else {
            throw operation.failure(.invalid, "'\(disk.vdev)' names no virtual disk")
        }
        // libxl finds the backend by the caller's word, and does not guess.
        guard disk.backend != .unknown else {
            throw operation.failure(.invalid, "disk \(disk.vdev) is given without its backend: phy, tap or qdisk")
        }
        let device = Device(
            domid: domid, identity: .disk(vdev: number), backendDomainID: disk.backendDomainID,
            backendKind: disk.backend == .qdisk ? "qdisk" : "vbd")
        _ = try await operation.unplug(device, force: force) { config in
            config.disks.removeAll { $0.number == number }
        }
    }

    public func listDisks(of domid: DomainID) async throws(LibxlError) -> [LibxlDeviceDisk] {
        let state = try await reading(.listDisks, DomainArguments(domid: domid)) { code, log in
            LibxlError(code, in: FakeOperation.listDisks.rawValue, log: log)
        }
        return state.records(kind: "vbd", of: domid).compactMap { _, path in
            guard let backend = state.read(path + "/backend").flatMap(XenstoreBackendPath.init),
                let vdev = state.read(path + "/dev")
            else { return nil }
            let params = state.read(path + "/params") ?? ""
            let source = params.firstIndex(of: ":").map { String(params[params.index(after: $0)...]) } ?? params
            // libxl does not say the format.
            var disk = LibxlDeviceDisk(
                vdev: vdev, pdevPath: source.isEmpty ? nil : source, format: .unknown,
                backendDomainID: backend.backendDomainID)
            disk.backend = state.read(path + "/type").flatMap(DiskBackend.init(rawValue:)) ?? .unknown
            disk.removable = state.read(path + "/removable") == "1"
            disk.readwrite = state.read(path + "/mode") == "w"
            disk.isCDROM = state.read(path + "/device-type") == "cdrom"
            return disk
        }
    }
}

extension LibxlDeviceDisk {
    /// Whether it needs a QEMU in Domain-0, as it stands.
    var isServedByQEMUHere: Bool { backend == .qdisk && backendDomainID == .domain0 }
}

extension HostState {
    /// Where libxl keeps the process of a guest's QEMU; a pv or pvh guest has one if a disk of its configuration does.
    static func qemu(of domid: DomainID) -> String { "/local/domain/\(domid)/image/device-model-pid" }
}
