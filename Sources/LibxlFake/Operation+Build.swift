import LibxlAPI
import XenUnits

extension Operation {
    /// Builds a domain, and tells of its domid as soon as it has one.
    func build(_ config: LibxlDomainConfig, made: (DomainID) -> Void) async throws(LibxlError) {
        let info = config.createInfo
        let build = config.buildInfo
        let domid = try await step("domain") { (state, _) throws(LibxlError) in
            try check(config, in: state)
            let domid = state.xen.nextDomainID
            state.xen.nextDomainID = DomainID(rawValue: domid.rawValue + 1)
            state.xen.domains.append(
                FakeDomain(
                    domid: domid, uuid: info.uuid, guestType: info.type, pauseCount: 1, dying: false,
                    currentMemory: Kibibytes(0), maximumMemory: build.maxMemory, vcpuCount: build.maxVCPUs,
                    vcpuOnline: UInt32(build.availableVCPUs.count),
                    guest: configuration.behaviour(ofGuest: info.name), storedConfiguration: nil, processorTime: 0,
                    runningSince: nil))
            // Told inside the step: a fault right behind it must find the domain known.
            made(domid)
            return domid
        }
        try await step("store") { (state, _) throws(LibxlError) in
            try checkName(info.name, in: state)
            state.write("/local/domain/\(domid)/name", info.name)
            state.write("/local/domain/\(domid)/domid", "\(domid)")
            state.write("/local/domain/\(domid)/vm", "/vm/\(info.uuid)")
            state.write("/vm/\(info.uuid)/name", info.name)
            state.write("/vm/\(info.uuid)/uuid", "\(info.uuid)")
            state.write("/libxl/\(domid)/type", info.type.rawValue)
        }
        try await step("kernel") { (_, _) throws(LibxlError) in
            for file in [build.kernel, build.ramdisk].compactMap({ $0 }) where !configuration.hasFile(file) {
                throw failure(.failed, "cannot read '\(file)': No such file or directory")
            }
        }
        try await step("memory") { (state, now) throws(LibxlError) in
            state.changeDomain(domid, at: now) { $0.currentMemory = build.targetMemory }
            state.write("/local/domain/\(domid)/memory/static-max", "\(build.maxMemory.count)")
            state.write("/local/domain/\(domid)/memory/target", "\(build.targetMemory.count)")
        }
        var stored = config
        for (index, disk) in config.disks.enumerated() {
            let plug = try await bringUp("disk.") { (state) throws(LibxlError) in
                try plan(disk, of: domid, in: state)
            }
            stored.disks[index].backendDomainID = plug.device.backendDomainID
            if let backend = plug.back["type"].flatMap(DiskBackend.init(rawValue:)) {
                stored.disks[index].backend = backend
            }
        }
        for (index, nic) in config.nics.enumerated() {
            let plug = try await bringUp("nic.") { (state) throws(LibxlError) in
                try plan(nic, of: domid, in: state, hotplug: false)
            }
            stored.nics[index].backendDomainID = plug.device.backendDomainID
            if let type = plug.back["type"].flatMap(LibxlNICType.init(rawValue:)) { stored.nics[index].nictype = type }
        }
        let complete = stored
        try await step("json") { (state, now) throws(LibxlError) in
            guard state.domainIndex(domid) != nil else { throw failure(.failed, "domain \(domid) is gone") }
            state.changeDomain(domid, at: now) { $0.storedConfiguration = complete }
        }
    }

    private func bringUp(
        _ prefix: String, plan: (HostState) throws(LibxlError) -> Plug
    ) async throws(LibxlError) -> Plug {
        let state: HostState
        do throws(FakeXenError) {
            state = try host.current()
        } catch {
            throw failure(.failed, "\(error)")
        }
        let plug = try plan(state)
        var operation = self
        operation.prefix = prefix
        try await operation.bringUp(plug)
        return plug
    }

    /// What is wrong with a configuration before anything is made of it.
    private func check(_ config: LibxlDomainConfig, in state: HostState) throws(LibxlError) {
        let info = config.createInfo
        try checkName(info.name, in: state)
        guard config.buildInfo.maxVCPUs > 0 else { throw failure(.invalid, "a domain needs a vCPU") }
        guard config.buildInfo.targetMemory <= config.buildInfo.maxMemory else {
            throw failure(.invalid, "the domain's target_memkb is above its max_memkb")
        }
    }

    private func checkName(_ name: String, in state: HostState) throws(LibxlError) {
        guard !name.isEmpty else { throw failure(.invalid, "a domain needs a name") }
        guard !state.xen.domains.contains(where: { state.name(of: $0.domid) == name }) else {
            throw failure(.invalid, "a domain named '\(name)' is there already")
        }
    }
}
