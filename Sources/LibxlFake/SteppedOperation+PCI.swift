import LibxlAPI
import XenUnits

extension SteppedOperation {
    /// Gives a domain a PCI device of the host's: into a live one, or while it is built.
    ///
    /// The note of whose the device is comes first, and goes with every failure, also where it was another domain's.
    /// Source: `libxl__device_pci_add`, `device_pci_add_done`.
    func assign(_ pci: LibxlDevicePCI, to domid: DomainID, isStarting: Bool) async throws(LibxlError) {
        guard let host = pci.host else { throw failure(.invalid, "that is no PCI address") }
        do throws(LibxlError) {
            try await step("assigned") { (state, _) throws(LibxlError) in
                try checkAssignable(pci, at: host, to: domid, in: state)
                state.write(PCIBus.owner(of: host), "\(domid)")
            }
            if !isStarting { try await storeHotPlugged(pci, of: domid) }
            try await step("nodes") { (state, _) throws(LibxlError) in
                guard let domain = state.domain(domid) else { throw failure(.failed, "domain \(domid) is gone") }
                state.addPCI(pci, at: host, to: domain, isStarting: isStarting)
            }
        } catch {
            try? change { (state, _) throws(LibxlError) in state.removeTree(PCIBus.owner(of: host)) }
            throw error
        }
    }

    private func storeHotPlugged(_ pci: LibxlDevicePCI, of domid: DomainID) async throws(LibxlError) {
        let bus = PCIBus(domid: domid)
        // Both ends must be connected before another device may come.
        let isReady: Bool? = try await wait(atMost: configuration.frontendTimeout) { state in
            guard state.domain(domid)?.guestType == .pv, let end = state.end(bus.backend) else { return true }
            return end == .connected ? true : nil
        }
        guard isReady != nil else { throw failure(.failed, "Backend \(bus.backend) not ready") }
        try await step("lock") { (state, _) throws(LibxlError) in _ = try storedConfiguration(of: domid, in: state) }
        try await step("json") { (state, _) throws(LibxlError) in
            guard state.exists(domid) else { throw failure(.failed, "domain \(domid) is gone") }
            state.changeConfiguration(domid) { $0.keep(.pci(pci)) }
        }
    }

    /// Takes a PCI device from a domain.
    ///
    /// From a pv guest it is asked for, with force as without: if the guest does not answer, or its end has never
    /// connected, the device stays in xenstore, and that is a success all the same. An hvm guest has to let go of it
    /// unless there is force. Source: `do_pci_remove`, `pci_remove_detached`, `pci_remove_done`, which does not look at
    /// what `libxl__device_pci_remove_xenstore` says.
    func withdraw(_ host: PCIAddress, from domid: DomainID, force: Bool) async throws(LibxlError) {
        let state = try current(domid)
        let devices = state.pciDevices(of: domid)
        if devices.contains(where: { $0.host == host }) {
            switch state.domain(domid)?.guestType {
            case .pv?: try await withdrawFromPV(host, domid)
            default: try await withdrawFromHVM(host, domid, force: force)
            }
        } else if !force {
            throw failure(devices.isEmpty ? .failed : .invalid, "PCI device not attached to this domain")
        }
        try change { (state, _) throws(LibxlError) in state.removeTree(PCIBus.owner(of: host)) }
        try await step("json") { (state, _) throws(LibxlError) in
            guard !configuration.removalLeavesStoredConfiguration,
                !state.pciDevices(of: domid).contains(where: { $0.host == host })
            else { return }
            state.changeConfiguration(domid) { $0.forget(.pci(host: host)) }
        }
    }

    private func withdrawFromPV(_ host: PCIAddress, _ domid: DomainID) async throws(LibxlError) {
        guard try await isConnected(PCIBus(domid: domid)) else { return }
        try await step("asked") { (state, _) throws(LibxlError) in
            guard let index = state.pciDevices(of: domid).firstIndex(where: { $0.host == host }) else { return }
            state.askForPCI(at: index, of: domid)
        }
        guard try await isConnected(PCIBus(domid: domid)) else { return }
        try await remove(host, of: domid)
    }

    private func withdrawFromHVM(_ host: PCIAddress, _ domid: DomainID, force: Bool) async throws(LibxlError) {
        let delay = try await step("asked") { (state, _) throws(LibxlError) -> Duration? in
            guard let domain = state.domain(domid), domain.answers else { return nil }
            return domain.guest.releaseDelay
        }
        // libxl asks QEMU again and again whether the guest has let go.
        let limit = configuration.frontendTimeout
        let _: Bool? = try await wait(atMost: min(delay ?? limit, limit)) { _ in nil }
        guard force || delay.map({ $0 <= limit }) ?? false else {
            throw failure(.timedOut, "timed out waiting for DM to remove \(host)")
        }
        try change { (state, _) throws(LibxlError) in
            guard let index = state.pciDevices(of: domid).firstIndex(where: { $0.host == host }) else { return }
            state.askForPCI(at: index, of: domid)
        }
        try await remove(host, of: domid)
    }

    private func remove(_ host: PCIAddress, of domid: DomainID) async throws(LibxlError) {
        try await step("nodes") { (state, _) throws(LibxlError) in
            guard let index = state.pciDevices(of: domid).firstIndex(where: { $0.host == host }) else { return }
            state.removePCI(at: index, of: domid)
        }
    }

    /// Source: `libxl__wait_for_backend`.
    private func isConnected(_ bus: PCIBus) async throws(LibxlError) -> Bool {
        try await wait(atMost: configuration.frontendTimeout) { state -> Bool? in
            switch state.end(bus.backend) {
            case .connected: true
            case nil: false
            default: nil
            }
        } ?? false
    }

    private func checkAssignable(
        _ pci: LibxlDevicePCI, at host: PCIAddress, to domid: DomainID, in state: HostState
    ) throws(LibxlError) {
        guard let domain = state.domain(domid) else {
            throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
        }
        // Only for an hvm guest libxl asks Xen itself, and passes its answer on.
        let isTaken = state.domidsWithHostDevices.contains { domid in
            state.domain(domid) != nil && state.pciDevices(of: domid).contains { $0.host == host }
        }
        if domain.guestType == .hvm, isTaken {
            throw failure(.nonspecific, "PCI device \(host) already assigned to a different guest?")
        }
        guard state.read(PCIBus.owner(of: host)) == nil,
            pci.seize || configuration.assignablePCI?.contains(host) ?? true
        else { throw failure(.failed, "PCI device \(host) is not assignable") }
        guard !isTaken else { throw failure(.failed, "xc_assign_device failed") }
    }
}
