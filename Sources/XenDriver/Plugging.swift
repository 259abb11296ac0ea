import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// Plugging and unplugging one device: the calls to libxl, the link that goes with a NIC, and the undoing.
extension Driver {
    /// Plugs a device, puts its link down if it should be, and reads what Xen made of it; undoes a failure with
    /// libxl's `_destroy`.
    func plug(_ sent: LibxlDevice, as device: Device, into domain: LiveDomain, phase: String)
        async throws(DriverError) -> Bound
    {
        let deadline = deadline
        do throws(LibxlError) {
            switch sent {
            case .nic(let nic): try await host.libxl.addNIC(nic, to: domain.domid, deadline: deadline)
            case .disk(let disk, _): try await host.libxl.addDisk(disk, to: domain.domid, deadline: deadline)
            }
        } catch {
            var failure = await failure(error, of: device, sent, in: domain, phase: phase)
            if error.code != .deviceExists { failure.undoFailure = await takeAway(sent, from: domain) }
            throw .operation(failure)
        }
        steps.reached("driver: device plugged")
        do throws(DriverError) {
            try await restoreLink(of: device, sent, in: domain)
            return try await bind(device, sent, in: domain.domid)
        } catch {
            throw await undone(sent, from: domain, after: error)
        }
    }

    /// Takes a plugged device away again because of `error`, and returns that with why it could not, if so.
    func undone(_ sent: LibxlDevice, from domain: LiveDomain, after error: DriverError) async -> DriverError {
        guard let undoFailure = await takeAway(sent, from: domain) else { return error }
        if case .operation(var failure) = error {
            failure.undoFailure = undoFailure
            return .operation(failure)
        }
        return .operation(
            OperationFailure(
                domain: domain.name, device: "\(sent.identity)",
                phase: "undoing the attach (\(error))", error: undoFailure, undoFailure: undoFailure))
    }

    /// Unplugs a device with the guest's consent, or without if `force` is set. Passes on what Xen says of its backend.
    func unplug(
        _ sent: LibxlDevice, backend: XenstoreBackendPath?, from domain: LiveDomain, force: Bool
    ) async throws(LibxlError) -> LibxlRemoval {
        var sent = sent
        if let backend { sent.backendDomainID = backend.backendDomainID }
        if case .disk(var disk, let number) = sent, disk.backend == .unknown {
            // libxl chose when it was plugged, and takes no disk away without being told what it chose.
            disk.backend = backend?.kind == Self.qemuBackendKind ? .qdisk : .phy
            sent = .disk(disk, number: number)
        }
        switch (sent, force) {
        case (.nic(let nic), false):
            return try await host.libxl.removeNIC(nic, from: domain.domid, deadline: deadline)
        case (.disk(let disk, _), false):
            try await host.libxl.safeRemoveDisk(disk, from: domain.domid, deadline: deadline)
            return .released
        case (.nic(let nic), true):
            try await host.libxl.destroyNIC(nic, of: domain.domid, deadline: deadline)
            return .forced
        case (.disk(let disk, _), true):
            try await host.libxl.destroyDisk(disk, of: domain.domid, deadline: deadline)
            return .forced
        }
    }

    /// Removes what an add left, asking nobody; returns why it could not.
    func takeAway(_ sent: LibxlDevice, from domain: LiveDomain) async -> LibxlError? {
        let backend: XenstoreBackendPath?
        do throws(DriverError) {
            backend = try await self.backend(of: sent.identity, in: domain.domid)
        } catch {
            return LibxlError(.failed, in: "xenstore", log: "\(error)")
        }
        do throws(LibxlError) {
            _ = try await unplug(sent, backend: backend, from: domain, force: true)
            return nil
        } catch {
            // A domain that is gone has taken its devices with it.
            return error.code == .domainNotFound ? nil : error
        }
    }

    func failure(
        _ error: LibxlError, of device: Device, _ sent: LibxlDevice, in domain: LiveDomain, phase: String
    ) async -> OperationFailure {
        OperationFailure(
            domain: domain.name, device: device.title, phase: phase, error: error,
            ends: await ends(of: sent.identity, in: domain.domid),
            limit: error.code == .aborted ? settings.operationTimeout : nil)
    }

    // MARK: Links

    /// Puts a freshly plugged NIC's link down if its definition says so.
    func restoreLink(of device: Device, _ sent: LibxlDevice, in domain: LiveDomain) async throws(DriverError) {
        guard case .interface(let interface) = device, case .nic(let nic) = sent, interface.link == .down else {
            return
        }
        try await setLink(.down, of: device, nic, in: domain)
    }

    /// Puts the host's end of a NIC up or down; a NIC with an emulated card has two.
    func setLink(_ state: LinkState, of device: Device, _ nic: LibxlDeviceNIC, in domain: LiveDomain)
        async throws(DriverError)
    {
        let ifname = nic.hostInterfaceName(in: domain.domid)
        let emulated = ifname + "-emu"
        let present = try await network { () throws(HostNetworkError) in
            try await host.network.linkState(of: ifname) != nil
        }
        guard present else { throw .noLinkDevice(ifname: ifname, device: device.title, domain: domain.name) }
        try await network { () throws(HostNetworkError) in
            try await host.network.setLinkState(of: ifname, to: state)
            if nic.nictype == .vifIOEmu, try await host.network.linkState(of: emulated) != nil {
                try await host.network.setLinkState(of: emulated, to: state)
            }
        }
        steps.reached("driver: link set")
    }

    func network<Result>(_ body: () async throws(HostNetworkError) -> Result) async throws(DriverError) -> Result {
        do throws(HostNetworkError) { return try await body() } catch { throw .network(error) }
    }

    /// Refuses a NIC on a bridge that this host lacks, before anything is done. Another domain's bridges are its own,
    /// and another script's bridge need not be one of the kernel's.
    func requireBridge(of device: Device, domain: String) async throws(DriverError) {
        guard case .interface(let interface) = device, let bridge = interface.source.bridge,
            interface.backendDomain == nil,
            interface.script.map({ $0.split(separator: "/").last == "vif-bridge" }) ?? true
        else { return }
        let isThere = try await network { () throws(HostNetworkError) in try await host.network.hasBridge(bridge) }
        guard isThere else {
            throw .noBridge(bridge, device: device.title, domain: domain)
        }
    }

    // MARK: Identities

    /// The devid for a new NIC: one past the highest that libxl, xenstore or our books know.
    ///
    /// A low number that is free again is not reused: libxl's own choice is one past the last listed, and a reused
    /// number makes a later `xl network-attach` fail.
    func nextDevid(in domain: LiveDomain, inventory: Inventory) async throws(DriverError) -> DeviceID {
        let recorded = try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.list(.libxlDevices(kind: "vif", of: domain.domid)) ?? []
        }
        let known =
            inventory.nics.map(\.devid.rawValue) + recorded.compactMap { Int32($0) }
            + domain.status.bindings.compactMap { binding in
                if case .nic(let devid) = binding.identity { devid.rawValue } else { nil }
            }
        return DeviceID(rawValue: (known.max() ?? -1) + 1)
    }
}

extension LibxlDeviceNIC {
    /// The name of the host's end: the one that was asked for, or Xen's own.
    func hostInterfaceName(in domid: DomainID) -> String {
        ifname ?? "vif\(domid).\(devid)"
    }
}

extension LibxlDevice {
    /// What libxl is told of `device`; `devid` is for a NIC.
    init(_ device: Device, devid: DeviceID, guestType: GuestType, plug: PlugTime) throws(Untranslatable) {
        switch device {
        case .interface(let interface):
            self = .nic(try LibxlDeviceNIC(interface, devid: devid, guestType: guestType, plug: plug))
        case .disk(let disk):
            self = try LibxlDevice(LibxlDeviceDisk(disk, guestType: guestType, plug: plug))
        }
    }

    /// Refuses a disk whose vdev is none, which libxl would as well.
    init(_ disk: LibxlDeviceDisk) throws(Untranslatable) {
        guard let number = disk.number else {
            throw Untranslatable(
                path: "/domain/devices/disk/target/@dev", device: disk.vdev, reason: .notAVdev(target: disk.vdev))
        }
        self = .disk(disk, number: number)
    }
}
