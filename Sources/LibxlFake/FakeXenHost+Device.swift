public import LibxlAPI
public import XenUnits

extension FakeXenHost {
    public func addDevice(
        _ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await begin("add", device, domid, deadline)
        switch device {
        case .pci, .usbDevice: try await operation.assign(device, to: domid)
        default:
            guard let identity = device.identity else { throw operation.failure(.invalid, "the device has no number") }
            try await operation.hotPlug(into: domid) { (state) throws(LibxlError) in
                let place = Device(
                    domid: domid, identity: identity, backendDomainID: device.backendDomainID,
                    backendKind: device.backendKind)
                try operation.checkFree(place, in: state)
                let number = "\(identity.devid)"
                return Plug(
                    device: place, back: ["frontend-id": "\(domid)", "online": "1", "state": "1", "handle": number],
                    front: ["backend-id": "\(device.backendDomainID)", "state": "1", "handle": number], script: nil)
            } store: { config, _ in
                config.keep(device)
            }
        }
    }

    public func removeDevice(
        _ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        try await unplug(device, of: domid, force: .auto, by: try await begin("remove", device, domid, deadline))
    }

    public func destroyDevice(
        _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await begin("destroy", device, domid, deadline)
        _ = try await unplug(device, of: domid, force: .on, by: operation)
    }

    public func listDevices(
        _ kind: LibxlDevice.Kind, of domid: DomainID
    ) async throws(LibxlError) -> [LibxlDevice] {
        let call = "libxl_device_\(kind.rawValue)_list"
        guard let name = FakeOperation(rawValue: call) else { throw LibxlError(.notImplemented, in: call) }
        let state = try await reading(name, DomainArguments(domid: domid)) { code, log in
            LibxlError(code, in: call, log: log)
        }
        return (state.xen.domain(domid)?.storedConfiguration?.devices(kind) ?? []).filter { device in
            guard let identity = device.identity else { return false }
            switch device {
            case .pci, .usbDevice: return true
            default: return state.read(XenstorePath.libxlDevice(identity, of: domid).text) != nil
            }
        }
    }

    public func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI] {
        let state = try await reading(.assignablePCI, NoArguments()) { code, log in
            LibxlError(code, in: FakeOperation.assignablePCI.rawValue, log: log)
        }
        let listed: Set<PCIAddress>
        do throws(FakeXenError) {
            listed = try store.configuration().assignablePCI ?? []
        } catch {
            throw LibxlError(.failed, in: FakeOperation.assignablePCI.rawValue, log: "\(error)")
        }
        let taken = Set(state.xen.storedConfigurations.values.flatMap { $0.pcidevs.compactMap(\.host) })
        return listed.subtracting(taken).sorted().map {
            LibxlDevicePCI(domain: Int32($0.domain), bus: $0.bus, device: $0.slot, function: $0.function)
        }
    }

    public func insertCDROM(
        _ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await Operation(
            .insertCDROM, DiskArguments(domid: domid, disk: disk), on: self, deadline: deadline)
        try await operation.insert(disk, into: domid)
    }

    private func begin(
        _ verb: String, _ device: LibxlDevice, _ domid: DomainID, _ deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> Operation {
        let call = "libxl_device_\(device.kind.rawValue)_\(verb)"
        guard let name = FakeOperation(rawValue: call) else { throw LibxlError(.notImplemented, in: call) }
        return try await Operation(
            name, DeviceArguments(domid: domid, device: device), on: self, deadline: deadline)
    }

    private func unplug(
        _ device: LibxlDevice, of domid: DomainID, force: Force, by operation: Operation
    ) async throws(LibxlError) -> LibxlRemoval {
        guard let identity = device.identity else {
            throw operation.failure(.invalid, "the device is given without its place")
        }
        switch device {
        case .pci, .usbDevice:
            try await operation.withdraw(identity, from: domid)
            return force == .on ? .forced : .released
        default:
            let place = Device(
                domid: domid, identity: identity, backendDomainID: device.backendDomainID,
                backendKind: device.backendKind)
            return try await operation.unplug(place, force: force) { $0.forget(identity) }
        }
    }
}

extension LibxlDevice {
    /// The word in the path of the backend: xenstore's of the device, unless another process serves it.
    var backendKind: String {
        switch self {
        case .usbController(let controller): controller.type == .pv ? "vusb" : "qusb"
        case .vkb(let keyboard) where keyboard.backend == .linux: "vinput"
        default: identity?.xenstoreKind ?? ""
        }
    }
}

extension Operation {
    /// Gives a domain a device of the host's.
    func assign(_ device: LibxlDevice, to domid: DomainID) async throws(LibxlError) {
        let placed = try await step("lock") { (state, _) throws(LibxlError) in
            try place(device, in: domid, state)
        }
        try await step("json") { (state, _) throws(LibxlError) in
            _ = try place(placed, in: domid, state)
            guard let index = state.domainIndex(domid) else { throw failure(.failed, "domain \(domid) is gone") }
            state.xen.domains[index].storedConfiguration?.keep(placed)
        }
        try await step("nodes") { (state, _) throws(LibxlError) in
            guard let identity = placed.identity else { return }
            state.write("/libxl/\(domid)/device/\(identity)", "")
        }
    }

    /// Takes a device of the host's from a domain.
    func withdraw(_ identity: DeviceIdentity, from domid: DomainID) async throws(LibxlError) {
        try await step("nodes") { (state, _) throws(LibxlError) in
            guard let domain = state.xen.domain(domid) else {
                throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
            }
            let kinds: [LibxlDevice.Kind] = [.pci, .usbDevice]
            guard
                kinds.flatMap({ domain.storedConfiguration?.devices($0) ?? [] }).contains(where: {
                    $0.identity == identity
                })
            else { throw failure(.invalid, "domain \(domid) has no device \(identity)") }
            state.removeTree("/libxl/\(domid)/device/\(identity)")
        }
        try await step("json") { (state, _) throws(LibxlError) in
            guard !configuration.removalLeavesStoredConfiguration, let index = state.domainIndex(domid) else { return }
            state.xen.domains[index].storedConfiguration?.forget(identity)
        }
    }

    /// The device in its place, if it may be there.
    private func place(
        _ device: LibxlDevice, in domid: DomainID, _ state: HostState
    ) throws(LibxlError) -> LibxlDevice {
        guard let domain = state.xen.domain(domid), let config = domain.storedConfiguration else {
            throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
        }
        let all = state.xen.storedConfigurations.values
        switch device {
        case .pci(let pci):
            guard let host = pci.host else { throw failure(.invalid, "that is no PCI address") }
            guard domain.guestType != .pvh else { throw failure(.invalid, "a pvh guest cannot have a PCI device") }
            guard !all.contains(where: { $0.pcidevs.contains { $0.host == host } }) else {
                throw failure(.failed, "PCI device \(host) is assigned to a domain already")
            }
            guard pci.seize || configuration.assignablePCI?.contains(host) ?? true else {
                throw failure(.failed, "PCI device \(host) is not assignable")
            }
            return device
        case .usbDevice(var usb):
            guard
                !all.contains(where: {
                    $0.usbdevs.contains { $0.hostBus == usb.hostBus && $0.hostAddress == usb.hostAddress }
                })
            else {
                throw failure(.invalid, "USB device \(usb.hostBus).\(usb.hostAddress) is assigned to a domain already")
            }
            for controller in config.usbctrls.sorted(by: { $0.devid < $1.devid })
            where usb.controller == nil || usb.controller == controller.devid {
                let ports = 1...max(1, controller.ports == 0 ? 8 : controller.ports)
                let taken = Set(config.usbdevs.filter { $0.controller == controller.devid }.map(\.port))
                let free = ports.first { (usb.port == 0 || usb.port == $0) && !taken.contains($0) }
                guard let free else { continue }
                usb.controller = controller.devid
                usb.port = free
                return .usbDevice(usb)
            }
            throw failure(.failed, "domain \(domid) has no USB controller with a free port for the device")
        default: return device
        }
    }

    /// Changes the medium of a CD drive.
    func insert(_ disk: LibxlDeviceDisk, into domid: DomainID) async throws(LibxlError) {
        guard let number = disk.number else { throw failure(.invalid, "'\(disk.vdev)' names no virtual disk") }
        let record = XenstorePath.libxlDevice(.disk(vdev: number), of: domid).text
        let backend = try await step("eject") { (state, _) throws(LibxlError) -> String in
            guard let domain = state.xen.domain(domid) else {
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
            guard let index = state.domainIndex(domid), var config = state.xen.domains[index].storedConfiguration,
                let place = config.disks.firstIndex(where: { $0.number == number })
            else { return }
            config.disks[place].pdevPath = disk.pdevPath
            config.disks[place].format = disk.format
            state.xen.domains[index].storedConfiguration = config
        }
        try await step("insert") { (state, _) throws(LibxlError) in
            guard disk.format != .empty, let source = disk.pdevPath, state.read(backend) != nil else { return }
            let format = disk.format == .raw ? "aio" : disk.format.rawValue
            for path in [record, backend] { state.write(path + "/params", "\(format):\(source)") }
        }
    }
}
