import LibxlAPI
import LibxlTranslation
import Logging
import XenModel
import XenUnits

/// Plugging and unplugging one device: the calls to libxl, the link that goes with a NIC, and the undoing.
extension Driver {
    /// Plugs a device. A failure may leave part of it.
    func plug(_ sent: PlacedDevice, as device: Device, into domain: LiveDomain, phase: String)
        async throws(DriverError)
    {
        let deadline = domain.call.deadline
        do throws(LibxlError) {
            try await waiting(phase, device.title, of: domain.name, domain.call) { () throws(LibxlError) in
                try await host.libxl.addDevice(sent.device, to: domain.domid, deadline: deadline)
            }
        } catch {
            throw .operation(await failure(error, of: device, sent, in: domain, phase: phase))
        }
        steps.reached(.devicePlugged)
    }

    /// Takes a device that was put back in part away again because of `error`, and returns that with why it could not,
    /// if so.
    func undone(_ sent: PlacedDevice, from domain: LiveDomain, after error: DriverError) async -> DriverError {
        guard let undoFailure = await takeAway(sent, from: domain) else { return error }
        guard case .operation(let failure) = error else { return undoing(undoFailure, of: sent, in: domain) }
        return .operation(self.failure(failure, notUndone: undoFailure))
    }

    /// That a device could not be taken away again.
    func undoing(_ error: LibxlError, of sent: PlacedDevice, in domain: LiveDomain) -> DriverError {
        .operation(
            OperationFailure(
                domain: domain.name, device: "\(sent.identity)", phase: "undoing the attach", error: error))
    }

    /// Takes away what a failed or cancelled change left, in the time that undoing has for itself; returns why it could
    /// not.
    func takeAway(_ sent: PlacedDevice, givenUpOn domain: LiveDomain) async -> LibxlError? {
        await finishing(undoing(domain)) { await takeAway(sent, from: $0) }
    }

    /// What Xen has of a device whose removal failed or was given up.
    func presenceAfterFailure(of sent: PlacedDevice, in live: LiveDomain) async throws(DriverError) -> Presence {
        try await finishing(live) { (live) throws(DriverError) in
            try await presence(of: sent, in: inventory(of: live.domid))
        }
    }

    /// Unplugs a device with the guest's consent, or without if `force` is set. Passes on what Xen says of its backend.
    func unplug(
        _ sent: PlacedDevice, backend: XenstoreBackendPath?, from domain: LiveDomain, force: Bool
    ) async throws(LibxlError) -> LibxlRemoval {
        var device = backend.map { sent.device.served(by: $0.backendDomainID) } ?? sent.device
        let identity = sent.identity
        if case .disk(var disk) = device, disk.backend == .unknown {
            // libxl chose when it was plugged, and takes no disk away unless what it chose is passed.
            disk.backend = backend?.kind == Self.qemuBackendKind ? .qdisk : .phy
            device = .disk(disk)
        }
        if case .usbController(let controller) = device, controller.type == .auto {
            // libxl chose when it was plugged, and takes no controller away unless what it chose is passed.
            let listed = try await host.libxl.listDevices(.usbController, of: domain.domid)
            guard let found = listed.first(where: { $0.identity == identity }) else { return .released }
            device = found
        }
        let (leaving, phase) = (device, force ? "removal" : "detach")
        let removal = try await waiting(phase, "\(identity)", of: domain.name, domain.call) { () throws(LibxlError) in
            try await remove(leaving, from: domain, force: force)
        }
        if case .pci = identity, await isKept(identity, by: domain) {
            // To libxl it is a success that a pv guest keeps its PCI device.
            throw LibxlError(.timedOut, in: "libxl_device_pci_remove", log: "the guest has not let go of the device")
        }
        return removal
    }

    private func remove(_ device: LibxlDevice, from domain: LiveDomain, force: Bool) async throws(LibxlError)
        -> LibxlRemoval
    {
        let deadline = domain.call.deadline
        guard force, device.kind.canBeDestroyed else {
            return try await host.libxl.removeDevice(device, from: domain.domid, deadline: deadline)
        }
        try await host.libxl.destroyDevice(device, of: domain.domid, deadline: deadline)
        return .forced
    }

    /// Whether a PCI device is still there that libxl says is gone; its word stands where that cannot be read.
    private func isKept(_ identity: DeviceIdentity, by domain: LiveDomain) async -> Bool {
        do throws(LibxlError) {
            return try await host.libxl.listDevices(.pci, of: domain.domid).contains { $0.identity == identity }
        } catch {
            logger.here.warning(
                "domain '\(domain.name)': cannot see whether \(identity) has gone: \(error)",
                metadata: ["device": "\(identity)", "domain": "\(domain.name)"])
            return false
        }
    }

    /// Whether libxl has noted the host's PCI device as this domain's: a killed call leaves the note, and then libxl
    /// calls the device assignable to nobody.
    private func isNoted(_ identity: DeviceIdentity, as domid: DomainID) async throws(DriverError) -> Bool {
        guard case .pci(let address) = identity else { return false }
        return try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(.pciOwner(of: address)) == "\(domid)"
        }
    }

    /// Removes what an add left, asking nobody; returns why it could not.
    func takeAway(_ sent: PlacedDevice, from domain: LiveDomain) async -> LibxlError? {
        let backend: XenstoreBackendPath?
        do throws(DriverError) {
            // libxl fails to remove such a device if it is not there, and succeeds for others.
            if sent.identity.isPart, try await inventory(of: domain.domid).device(sent.identity) == nil,
                try await !isNoted(sent.identity, as: domain.domid)
            {
                return nil
            }
            backend = try await self.backend(of: sent.identity, in: domain.domid)
        } catch {
            return LibxlError(.failed, in: "xenstore", log: "\(error)")
        }
        do throws(LibxlError) {
            _ = try await unplug(sent, backend: backend, from: domain, force: true)
            return nil
        } catch {
            // A domain that is gone has taken its devices with it, and what never came need not go.
            let isGone = error.code == .domainNotFound || error.code == .notFound && backend == nil
            return isGone ? nil : error
        }
    }

    func failure(
        _ error: LibxlError, of device: Device, _ sent: PlacedDevice, in domain: LiveDomain, phase: String
    ) async -> OperationFailure {
        var failure = failure(error, of: domain.name, device.title, phase: phase, domain.call)
        failure.ends = await finishing(domain) { await ends(of: sent.identity, in: $0.domid) }
        if case .pci = sent.identity, [nil, .disabled].contains(domain.status.definition.value.features.passthrough) {
            // Source: Xen's `is_iommu_enabled`, libxl's `libxl__domain_config_setdefault`.
            failure.advice =
                "Xen gives a running domain a PCI device only if it was started with one, or with"
                + " <passthrough state='on'/> among the <xen> features"
        }
        return failure
    }

    // MARK: Links

    /// Puts a freshly plugged NIC's link down if its definition says so.
    func restoreLink(of device: Device, _ sent: PlacedDevice, in domain: LiveDomain) async throws(DriverError) {
        guard case .interface(let interface) = device, case .nic(let nic) = sent.device, interface.link == .down else {
            return
        }
        try await setLink(.down, of: device, nic, in: domain)
    }

    /// Puts the host's end of a NIC up or down; an emulated NIC has two.
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
        steps.reached(.linkSet)
    }

    /// The NIC whose link is to be set while it is plugged; throws where this host has no link of it.
    func requireLink(of device: Device, _ binding: Binding, in domain: LiveDomain) async throws(DriverError)
        -> LibxlDeviceNIC
    {
        guard case .nic(let nic) = binding.sent.device else { throw .noLink(device: device.title, domain: domain.name) }
        let backend = binding.backendDomainID ?? nic.backendDomainID
        guard backend == .domain0 else {
            let name = try await name(of: backend) ?? "\(backend)"
            throw .linkElsewhere(device: device.title, domain: domain.name, backend: name)
        }
        let ifname = nic.hostInterfaceName(in: domain.domid)
        let state = try await network { () throws(HostNetworkError) in try await host.network.linkState(of: ifname) }
        guard state != nil else { throw .noLinkDevice(ifname: ifname, device: device.title, domain: domain.name) }
        return nic
    }

    /// Refuses a NIC that is to come with its link down where another domain serves it, before anything is done.
    func requireLinkIsHere(of device: Device, domain: String) throws(DriverError) {
        guard case .interface(let interface) = device, interface.link == .down, let backend = interface.linkServer
        else {
            return
        }
        throw .linkElsewhere(device: device.title, domain: domain, backend: backend)
    }

    func network<Result>(_ body: () async throws(HostNetworkError) -> Result) async throws(DriverError) -> Result {
        do throws(HostNetworkError) { return try await body() } catch { throw .network(error) }
    }

    /// Refuses a NIC on a bridge that this host lacks, before anything is done. Another domain's bridges are its own,
    /// and another script's bridge need not be one of the kernel's.
    func requireBridge(of device: Device, domain: String, _ context: TranslationContext) async throws(DriverError) {
        guard case .interface(let interface) = device, let bridge = context.bridge(of: interface),
            interface.backendDomain == nil, interface.virtualPort == nil,
            interface.script.map({ $0.split(separator: "/").last == "vif-bridge" }) ?? true
        else { return }
        let isThere = try await network { () throws(HostNetworkError) in try await host.network.hasBridge(bridge) }
        guard isThere else {
            throw .noBridge(bridge, device: device.title, domain: domain)
        }
    }
}

extension Interface {
    /// The other domain that has the host's end of it, and so its link; nil where that is in this one.
    var linkServer: String? {
        guard source.kind != .hostdev, let backendDomain, !["Domain-0", "0"].contains(backendDomain) else { return nil }
        return backendDomain
    }
}

extension TranslationContext {
    /// The bridge that a NIC is to be on; nil for none.
    fileprivate func bridge(of interface: Interface) -> String? {
        if case .network(let name) = interface.source { networks[name] } else { interface.source.bridge }
    }
}

extension LibxlDeviceNIC {
    /// The name of the host's end: the one that was asked for, or Xen's own.
    func hostInterfaceName(in domid: DomainID) -> String {
        ifname ?? "vif\(domid).\(devid)"
    }
}
