public import LibxlAPI
public import XenUnits

extension FakeXenHost {
    public func addDevice(
        _ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await begin(.add, device, domid, deadline)
        switch device {
        case .nic(let nic): try await operation.plug(nic, into: domid)
        case .disk(let disk): try await operation.plug(disk, into: domid)
        case .pci(let pci): try await operation.assign(pci, to: domid, isStarting: false)
        case .usbDevice(let usb): _ = try await operation.assign(usb, to: domid, isStarting: false)
        case .vkb, .vfb: try await operation.put(operation.plan(device, of: domid, in: operation.current(domid)))
        default:
            try await operation.hotPlug(into: domid) { (state) throws(LibxlError) in
                try operation.hotPlan(device, of: domid, in: state)
            } store: { config, plug in
                guard case .vtpm(var vtpm) = device else { return config.keep(device) }
                vtpm.uuid = plug.back["uuid"].flatMap(DomainUUID.init) ?? vtpm.uuid
                config.keep(.vtpm(vtpm))
            }
        }
    }

    public func removeDevice(
        _ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        let force: Force = device.kind == .disk ? .off : .auto
        return try await unplug(device, of: domid, force: force, by: try await begin(.remove, device, domid, deadline))
    }

    public func destroyDevice(
        _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await begin(.destroy, device, domid, deadline)
        _ = try await unplug(device, of: domid, force: .on, by: operation)
    }

    public func listDevices(
        _ kind: LibxlDevice.Kind, of domid: DomainID
    ) async throws(LibxlError) -> [LibxlDevice] {
        let call = kind.function(.list)
        guard let name = FakeOperation(rawValue: call) else { throw LibxlError(.notImplemented, in: call) }
        return try await reading(name, DomainArguments(domid: domid)) { code, log in
            LibxlError(code, in: call, log: log)
        } _: {
            $0.devices(kind, of: domid)
        }
    }

    public func physicalInfo() async throws(LibxlError) -> LibxlPhysicalInfo {
        let call = FakeOperation.physicalInfo
        try await reading(call, NoArguments()) { code, log in
            LibxlError(code, in: call.rawValue, log: log)
        } _: { _ in
        }
        do throws(FakeXenError) {
            let configuration = try store.configuration()
            var free: Kibibytes?
            if let memory = configuration.memory {
                let taken = try current { state in
                    state.domains.reduce(UInt64(0)) { $0 &+ ($1.domid == .domain0 ? 0 : $1.maximumMemory.count) }
                }
                free = Kibibytes(memory.count - min(taken, memory.count))
            }
            return LibxlPhysicalInfo(
                processorCount: configuration.processors, nodeCount: configuration.nodes, freeMemory: free)
        } catch {
            throw LibxlError(.failed, in: call.rawValue, log: "\(error)")
        }
    }

    public func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI] {
        let listed: Set<PCIAddress>
        do throws(FakeXenError) {
            listed = try store.configuration().assignablePCI ?? []
        } catch {
            throw LibxlError(.failed, in: FakeOperation.assignablePCI.rawValue, log: "\(error)")
        }
        return try await reading(.assignablePCI, NoArguments()) { code, log in
            LibxlError(code, in: FakeOperation.assignablePCI.rawValue, log: log)
        } _: { state in
            listed.filter { state.read(PCIBus.owner(of: $0)) == nil }.sorted().map { LibxlDevicePCI($0) }
        }
    }

    private func begin(
        _ verb: LibxlDevice.Verb, _ device: LibxlDevice, _ domid: DomainID, _ deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> SteppedOperation {
        let call = device.kind.function(verb)
        guard let name = FakeOperation(rawValue: call) else { throw LibxlError(.notImplemented, in: call) }
        return try await SteppedOperation(
            name, DeviceArguments(domid: domid, device: device), on: self, deadline: deadline)
    }

    private func unplug(
        _ device: LibxlDevice, of domid: DomainID, force: Force, by operation: SteppedOperation
    ) async throws(LibxlError) -> LibxlRemoval {
        switch device {
        case .pci(let pci):
            guard let host = pci.host else { throw operation.failure(.invalid, "that is no PCI address") }
            try await operation.withdraw(host, from: domid, force: force == .on)
            return .released
        case .usbDevice(let usb):
            try await operation.withdraw(usb, from: domid)
            return .released
        case .usbController(let controller):
            return try await operation.unplug(controller, of: domid, force: force)
        default:
            if case .disk(let disk) = device { try operation.requireRemovable(disk) }
            guard let identity = device.identity else {
                throw operation.failure(.invalid, "the device is given without its place")
            }
            let place = XenstoreDevice(
                domid: domid, identity: identity, backendDomainID: device.backendDomainID,
                backendKind: device.backendKind)
            return try await operation.unplug(place, force: force) { $0.forget(identity) }
        }
    }
}

extension HostState {
    /// The devices of a kind that a domain has, as libxl reads them.
    fileprivate func devices(_ kind: LibxlDevice.Kind, of domid: DomainID) -> [LibxlDevice] {
        switch kind {
        case .nic: nics(of: domid).map(LibxlDevice.nic)
        case .disk: disks(of: domid).map(LibxlDevice.disk)
        case .pci:
            pciDevices(of: domid).compactMap { pci in pci.host.map { ($0, pci) } }.sorted { $0.0 < $1.0 }.map {
                .pci($0.1)
            }
        case .usbDevice: usbDevices(of: domid).map(LibxlDevice.usbDevice)
        default:
            records(kind: kind.xenstoreKind, of: domid).compactMap { devid, record in
                LibxlDevice(kind, devid, at: record, in: self)
            }
        }
    }
}
