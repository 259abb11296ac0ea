public import LibxlAPI
public import XenUnits

extension SteppedOperation {
    /// Plugs a disk into a live domain.
    func plug(_ disk: LibxlDeviceDisk, into domid: DomainID) async throws(LibxlError) {
        try await hotPlug(into: domid) { (state) throws(LibxlError) in
            // libxl looks at the disk as it was given: one that only turns out to be QEMU's is let through.
            guard
                !disk.isServedByQEMUHere || state.domain(domid) == nil
                    || state.read(HostState.qemu(of: domid)) != nil
            else { throw failure(.failed, "domain \(domid) has no QEMU to serve disk \(disk.vdev)") }
            return try plan(disk, of: domid, in: state)
        } store: { config, plug in
            var stored = disk
            stored.backendDomainID = plug.device.backendDomainID
            if let backend = plug.back["type"].flatMap(DiskBackend.init(rawValue:)) { stored.backend = backend }
            config.keep(.disk(stored))
        }
    }

    /// Refuses a disk that libxl would not take away: it finds the backend by the caller's word, and does not guess.
    func requireRemovable(_ disk: LibxlDeviceDisk) throws(LibxlError) {
        guard disk.number != nil else { throw failure(.invalid, "'\(disk.vdev)' names no virtual disk") }
        guard disk.backend != .unknown else {
            throw failure(.invalid, "disk \(disk.vdev) is given without its backend: phy, tap or qdisk")
        }
    }

    /// Changes the medium of a CD drive.
    func insert(_ disk: LibxlDeviceDisk, into domid: DomainID) async throws(LibxlError) {
        guard let number = disk.number else { throw failure(.invalid, "'\(disk.vdev)' names no virtual disk") }
        let record = XenstorePath.libxlDevice(.disk(vdev: number), of: domid).text
        let backend = try await step("eject") { (state, _) throws(LibxlError) -> String in
            guard let domain = state.domain(domid) else {
                throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
            }
            guard domain.guestType == .hvm else { throw failure(.invalid, "only an hvm guest's CD can be changed") }
            guard let backend = state.read(record + "/backend"), state.read(record + "/device-type") == "cdrom" else {
                throw failure(.failed, "domain \(domid) has no CD drive \(disk.vdev)")
            }
            if disk.format != .empty {
                guard let path = disk.pdevPath, configuration.hasFile(path) else {
                    throw failure(.invalid, "disk \(disk.vdev): \(disk.pdevPath ?? ""): No such file or directory")
                }
            }
            for path in [record, backend] { state.write(path + "/params", "") }
            return backend
        }
        try await step("json") { (state, _) throws(LibxlError) in
            state.changeConfiguration(domid) { config in
                guard let place = config.disks.firstIndex(where: { $0.number == number }) else { return }
                config.disks[place].pdevPath = disk.pdevPath
                config.disks[place].format = disk.format
            }
        }
        try await step("insert") { (state, _) throws(LibxlError) in
            guard disk.format != .empty, let source = disk.pdevPath, state.read(backend) != nil else { return }
            let format = disk.format == .raw ? "aio" : disk.format.rawValue
            for path in [record, backend] { state.write(path + "/params", "\(format):\(source)") }
        }
    }
}

extension FakeXenHost {
    public func insertCDROM(
        _ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .insertCDROM, DiskArguments(domid: domid, disk: disk), on: self, deadline: deadline)
        try await operation.insert(disk, into: domid)
    }
}

extension HostState {
    /// The disks of a domain, as libxl reads them.
    func disks(of domid: DomainID) -> [LibxlDeviceDisk] {
        records(kind: "vbd", of: domid).compactMap { _, path in
            guard let backend = read(path + "/backend").flatMap(XenstoreBackendPath.init),
                let vdev = read(path + "/dev")
            else { return nil }
            let params = read(path + "/params") ?? ""
            let source = params.firstIndex(of: ":").map { String(params[params.index(after: $0)...]) } ?? params
            // libxl does not say the format.
            var disk = LibxlDeviceDisk(
                vdev: vdev, pdevPath: source.isEmpty ? nil : source, format: .unknown,
                backendDomainID: backend.backendDomainID)
            disk.backend = read(path + "/type").flatMap(DiskBackend.init(rawValue:)) ?? .unknown
            disk.removable = read(path + "/removable") == "1"
            disk.readwrite = read(path + "/mode") == "w"
            disk.isCDROM = read(path + "/device-type") == "cdrom"
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

    /// Whether a domain has a QEMU, and that lives. libxl goes by the node alone, which stays when QEMU dies.
    func hasDeviceModel(_ domid: DomainID) -> Bool {
        read(Self.qemu(of: domid)) != nil && domain(domid)?.hasLostDeviceModel != true
    }
}
