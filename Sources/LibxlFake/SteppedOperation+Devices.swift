import LibxlAPI
import XenUnits

/// Whether a removal may do without the guest. Source: libxl's `libxl__force`.
enum Force {
    /// Never.
    case off
    /// After the guest was given its time.
    case auto
    /// From the start.
    case on
}

extension SteppedOperation {
    /// Plugs a device into a live domain: stored configuration, nodes, then backend and script.
    func hotPlug(
        into domid: DomainID, plan: (HostState) throws(LibxlError) -> Plug,
        store: (inout LibxlDomainConfig, Plug) -> Void
    ) async throws(LibxlError) {
        let plug = try await step("lock") { (state, _) throws(LibxlError) in
            let plug = try plan(state)
            _ = try storedConfiguration(of: domid, in: state)
            return plug
        }
        let earlier = try await step("json") { (state, _) throws(LibxlError) in
            try checkFree(plug.device, in: state)
            let earlier = try storedConfiguration(of: domid, in: state)
            var config = earlier
            store(&config, plug)
            state.changeConfiguration(domid) { $0 = config }
            return earlier
        }
        do throws(LibxlError) {
            try await bringUp(plug)
        } catch {
            // libxl holds a lock from before the stored configuration until after the nodes, so that whoever comes
            // second writes neither. Here the second one finds out at the nodes.
            guard error.code == .deviceExists else { throw error }
            try change { (state, _) throws(LibxlError) in
                var ours = earlier
                store(&ours, plug)
                state.changeConfiguration(domid) { if $0 == ours { $0 = earlier } }
            }
            throw error
        }
    }

    /// Writes a device's nodes, waits for its backend and runs its script; the guest is not waited for.
    func bringUp(_ plug: Plug) async throws(LibxlError) {
        let device = plug.device
        try await step("nodes") { (state, _) throws(LibxlError) in
            try checkFree(device, in: state)
            guard state.exists(device.domid) else {
                throw failure(.failed, "domain \(device.domid) is gone")
            }
            state.write(plug)
        }
        if device.hasBackend, !device.isServedByQEMU {
            let up: XenbusState? = try await wait(atMost: configuration.frontendTimeout) { state in
                state.end(device.backend).flatMap { $0 == .initialising ? nil : $0 }
            }
            guard up != nil else { throw failure(.timedOut, "\(device.backend) did not come up") }
        }
        try await step("backend") { (_, _) throws(LibxlError) in }
        if let script = plug.script { try await run(script, for: device) }
    }

    /// Writes a device's nodes over whatever is there, and neither waits for anything nor keeps it. Source:
    /// `libxl__device_add`.
    func put(_ plug: Plug) async throws(LibxlError) {
        let device = plug.device
        try await step("nodes") { (state, _) throws(LibxlError) in
            for path in [device.record, device.frontend, device.backend] { state.removeTree(path) }
            state.write(plug)
        }
    }

    private func run(_ script: ScriptRun, for device: XenstoreDevice) async throws(LibxlError) {
        do throws(LibxlError) {
            try await step("script") { (state, now) throws(LibxlError) in
                guard let duration = script.duration else { return }
                state.plan(
                    Event(
                        due: now + duration,
                        kind: .scriptEnds(device, failure: script.failure, ifname: script.ifname)))
            }
            let status: String? = try await wait(atMost: configuration.scriptTimeout) { state in
                // A device that somebody removed meanwhile: the script has nothing left to report to.
                guard state.read(device.backend + "/frontend-id") != nil else { return "gone" }
                return state.read(device.backend + "/hotplug-status").flatMap { $0.isEmpty ? nil : $0 }
            }
            switch status {
            case "connected": break
            case nil: throw failure(.timedOut, "killed \(script.path) online: it ran past its time limit")
            case "gone": throw failure(.failed, "\(device.backend) was removed while \(script.path) ran")
            default:
                throw failure(
                    .failed,
                    """
                    \(script.path) online ended with status 1
                    script: \(script.failure ?? "no reason given")
                    cannot add \(device.identity.xenstoreKind) with id \(device.identity.devid)
                    """)
            }
        } catch {
            // An operation that ends before its script takes it along; only one that is killed leaves it running.
            try? change { (state, _) throws(LibxlError) in
                state.cancelEvents(of: device.domid) { $0.device == device && !$0.isTheGuests }
            }
            throw error
        }
        try await step("connected") { (_, _) throws(LibxlError) in }
    }

    /// Unplugs a device. Success if it is not there: `backendDomainID` and `backendKind` are the caller's word, and
    /// where they are wrong the guest's end and libxl's record go, and the real backend stays.
    func unplug(
        _ device: XenstoreDevice, force: Force, forget: @Sendable (inout LibxlDomainConfig) -> Void
    ) async throws(LibxlError) -> LibxlRemoval {
        var removal = force == .on ? LibxlRemoval.forced : .released
        let isThere = try await step("offline") { (state, _) throws(LibxlError) in
            guard let domain = state.domain(device.domid) else {
                throw failure(.domainNotFound, "there is no domain \(device.domid)")
            }
            if force == .on { state.removeTree(device.frontend) }
            guard let backend = state.end(device.backend) else { return false }
            state.write(device.backend + "/online", "0")
            // libxl does not wait for QEMU while the guest stands still.
            let closes = device.isServedByQEMU && !domain.answers
            if backend != .closed { state.setEnd(device.backend, closes ? .closed : .closing) }
            return true
        }
        if isThere, try await !closed(device) {
            guard force != .off else {
                throw failure(
                    .timedOut,
                    """
                    the guest did not let go of \(device.backend) in time
                    cannot remove \(device.identity.xenstoreKind) with id \(device.identity.devid)
                    """)
            }
            removal = .forced
            try await step("forced") { (state, _) throws(LibxlError) in state.removeTree(device.frontend) }
            guard try await closed(device) else { throw failure(.timedOut, "\(device.backend) does not close") }
        }
        try await step("closed") { (_, _) throws(LibxlError) in }
        if device.hasScript {
            try await step("script") { (state, _) throws(LibxlError) in
                state.cancelEvents(of: device.domid) { $0.device == device }
                guard state.read(device.backend + "/hotplug-status") != nil else { return }
                state.remove(device.backend + "/hotplug-status")
            }
        }
        try await removeNodes(of: device, forget: forget)
        return removal
    }

    /// The end of every removal: nothing is left in xenstore, nor in the stored configuration.
    func removeNodes(
        of device: XenstoreDevice, forget: @Sendable (inout LibxlDomainConfig) -> Void
    ) async throws(LibxlError) {
        try await step("nodes") { (state, _) throws(LibxlError) in
            for path in [device.frontend, device.record, device.backend] { state.removeTree(path) }
        }
        try await step("json") { (state, _) throws(LibxlError) in
            guard !configuration.removalLeavesStoredConfiguration else { return }
            state.changeConfiguration(device.domid, forget)
        }
    }

    private func closed(_ device: XenstoreDevice) async throws(LibxlError) -> Bool {
        try await wait(atMost: configuration.frontendTimeout) { state -> Bool? in
            let end = state.end(device.backend)
            return end == nil || end == .closed ? true : nil
        } ?? false
    }

    func storedConfiguration(
        of domid: DomainID, in state: HostState
    ) throws(LibxlError) -> LibxlDomainConfig {
        guard let config = state.domain(domid)?.storedConfiguration else {
            throw failure(Self.noStoredConfiguration, "domain \(domid) has no stored configuration")
        }
        return config
    }

    /// `ERROR_JSON_CONFIG_EMPTY`
    private static let noStoredConfiguration = LibxlError.Code(rawValue: -16)
}

extension HostState {
    /// Writes a device's nodes: those of the backend also into libxl's record. Source: `libxl__device_generic_add`.
    mutating func write(_ plug: Plug) {
        let device = plug.device
        // In libxl one lock holds both, the stored configuration and the nodes.
        change(device.domid) { $0.domain?.countConfigurationChange() }
        for (key, value) in plug.back {
            write("\(device.record)/\(key)", value)
            if device.hasBackend { write("\(device.backend)/\(key)", value) }
        }
        guard device.hasBackend else { return }
        for (key, value) in plug.front { write("\(device.frontend)/\(key)", value) }
        for path in [device.backend, device.record] { write("\(path)/frontend", device.frontend) }
        for path in [device.frontend, device.record] { write("\(path)/backend", device.backend) }
    }
}
