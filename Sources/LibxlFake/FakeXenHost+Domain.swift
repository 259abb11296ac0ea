public import LibxlAPI
import SystemPackage
public import XenUnits

extension FakeXenHost: Libxl {
    public func listDomains() async throws(LibxlError) -> [LibxlDomainInfo] {
        let now = Moment.now(clock)
        return try await reading(.listDomains, NoArguments()) { code, log in
            LibxlError(code, in: FakeOperation.listDomains.rawValue, log: log)
        } _: { state in
            state.domains.map { $0.info(at: now) }
        }
    }

    public func domainInfo(_ domid: DomainID) async throws(LibxlError) -> LibxlDomainInfo {
        let found = try await reading(.domainInfo, DomainArguments(domid: domid)) { code, log in
            LibxlError(code, in: FakeOperation.domainInfo.rawValue, log: log)
        } _: {
            $0.domain(domid)
        }
        guard let domain = found else {
            throw LibxlError(.domainNotFound, in: FakeOperation.domainInfo.rawValue)
        }
        return domain.info(at: .now(clock))
    }

    public func domainName(_ domid: DomainID) async throws(LibxlError) -> String? {
        try await reading(.domainName, DomainArguments(domid: domid)) { code, log in
            LibxlError(code, in: FakeOperation.domainName.rawValue, log: log)
        } _: {
            $0.name(of: domid)
        }
    }

    public func configurationMarks(of domains: [LibxlDomainInfo]) async -> [String?] {
        do throws(FakeXenError) {
            return try current { state in
                let found = state.domains
                var place = 0
                // Both are in the order of domids.
                return domains.map { domain in
                    while place < found.count, found[place].domid < domain.domid { place += 1 }
                    guard place < found.count, found[place].domid == domain.domid else { return nil }
                    return "\(found[place].configurationChanges ?? 0)"
                }
            }
        } catch {
            // Nothing is known of a host whose files cannot be read; whoever reads them says so.
            return domains.map { _ in nil }
        }
    }

    public func createDomain(
        _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> DomainID {
        let operation = try await SteppedOperation(
            .createDomain, CreateArguments(config: config), on: self, deadline: deadline)
        return try await operation.build { made throws(LibxlError) in
            let domid = try await operation.makeDomain(for: config, made)
            try await operation.furnish(domid, config)
            return domid
        }
    }

    public func softResetDomain(
        _ domid: DomainID, _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .softResetDomain, ResetArguments(domid: domid, config: config), on: self, deadline: deadline)
        // Before it looks at anything else.
        guard config.createInfo.type == .hvm else { throw operation.failure(.invalid, "") }
        try await operation.build { made throws(LibxlError) in
            try await operation.empty(domid, for: config)
            made(domid)
            try await operation.furnish(domid, config)
        }
    }

    public func unpauseDomain(
        _ domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .unpauseDomain, DomainArguments(domid: domid), on: self, deadline: deadline)
        try await operation.step("unpaused") { (state, now) throws(LibxlError) in
            guard let domain = state.domain(domid) else {
                throw operation.failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
            }
            guard domain.paused else {
                throw operation.failure(.failed, "domain \(domid) is not paused")
            }
            state.changeDomain(domid, at: now) { $0.pauseCount -= 1 }
        }
    }

    public func destroyDomain(
        _ domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .destroyDomain, DomainArguments(domid: domid), on: self, deadline: deadline)
        guard domid != .domain0 else { throw operation.failure(.invalid, "Domain-0 cannot be destroyed") }
        // The guest still runs when it is asked for its PCI devices, and if it does not answer each takes its time.
        var withdrawal = operation
        withdrawal.prefix = "pci."
        for host in try operation.current(domid).pciDevices(of: domid).compactMap(\.host) {
            try await withdrawal.withdraw(host, from: domid, force: true)
        }
        try await operation.step("paused") { (state, now) throws(LibxlError) in
            guard state.exists(domid) else {
                throw operation.failure(.domainNotFound, "there is no domain \(domid)")
            }
            state.changeDomain(domid, at: now) { $0.pauseCount = max(1, $0.pauseCount) }
            state.forgetGuestsIntentions(domid)
        }
        while try await operation.step(
            "device",
            { (state, _) throws(LibxlError) in
                // Only what libxl has a record of: another backend that was left behind stays behind.
                let kinds = state.children(of: "/libxl/\(domid)/device")
                guard let record = kinds.flatMap({ state.records(kind: $0, of: domid) }).first?.path else {
                    return false
                }
                if let device = state.read(record + "/backend").flatMap(XenstoreDevice.init(backendPath:)) {
                    state.cancelEvents(of: domid) { $0.device == device }
                    state.removeTree(device.frontend)
                    state.removeTree(device.backend)
                }
                state.removeTree(record)
                return true
            })
        {}
        try await operation.step("store") { (state, now) throws(LibxlError) in
            state.removeNodes(ofDomain: domid)
            state.changeDomain(domid, at: now) {
                $0.storedConfiguration = nil
                $0.countConfigurationChange()
            }
        }
        try await operation.step("domain") { (state, now) throws(LibxlError) in
            // libxl has done its part when the hypervisor has taken the order; the last page may come later.
            if state.domain(domid)?.isHeld == true {
                state.changeDomain(domid, at: now) { $0.dying = true }
            } else {
                state.removeDomain(domid)
            }
        }
    }
}

extension FakeXenHost {
    public func dumpCore(
        of domid: DomainID, to path: String, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .dumpCore, DumpArguments(domid: domid, path: path), on: self, deadline: deadline)
        func write(_ text: String) throws(LibxlError) {
            do throws(any Error) {
                let file = try FileDescriptor.open(
                    FilePath(path), .readWrite, options: [.create, .truncate, .closeOnExec],
                    permissions: [.ownerRead, .ownerWrite])
                try file.closeAfter { _ = try file.writeAll(text.utf8) }
            } catch {
                throw operation.failure(.failed, "core dumping domain to \(path): \(error)")
            }
        }
        try await operation.step("begun") { (state, _) throws(LibxlError) in
            guard state.exists(domid) else { throw operation.failure(.failed, "there is no domain \(domid)") }
            try write("")
        }
        try await operation.step("written") { (_, _) throws(LibxlError) in
            // What a guest's memory is on a host that has none.
            try write("\u{7f}ELF of domain \(domid)\n")
        }
    }

    public func preserveDomain(
        _ domid: DomainID, name: String, suffix: String, uuid: DomainUUID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .preserveDomain, PreserveArguments(domid: domid, name: name, suffix: suffix, uuid: uuid), on: self,
            deadline: deadline)
        try await operation.step("renamed") { (state, _) throws(LibxlError) in
            guard state.exists(domid), state.name(of: domid) == name else {
                throw operation.failure(.invalid, "domain \(domid) is not called '\(name)'")
            }
            try operation.checkName(name + suffix, in: state)
            state.write("/local/domain/\(domid)/name", name + suffix)
            state.write("/local/domain/\(domid)/vm", "/vm/\(uuid)")
            state.write("/vm/\(uuid)/name", name + suffix)
            state.write("/vm/\(uuid)/uuid", "\(uuid)")
        }
    }

    public func memoryNeeded(by config: LibxlDomainConfig) async throws(LibxlError) -> Kibibytes {
        let call = FakeOperation.needMemory
        try await reading(call, CreateArguments(config: config)) { code, log in
            LibxlError(code, in: call.rawValue, log: log)
        } _: { _ in
        }
        return config.memoryNeeded
    }
}

extension LibxlDomainConfig {
    /// As libxl counts it. Source: `libxl__domain_need_memory_calculate`, `libxl__get_required_shadow_memory`.
    var memoryNeeded: Kibibytes {
        let mebibyte: UInt64 = 1024
        let vcpus = UInt64(buildInfo.maxVCPUs)
        let shadow = 4 * (256 * vcpus + 2 * (buildInfo.maxMemory.count / mebibyte))
        // What its processors take and, of one that has emulated devices, those.
        let extra = createInfo.type == .pv ? mebibyte : shadow + 2 * mebibyte
        let (sum, isTooMuch) = buildInfo.targetMemory.count.addingReportingOverflow(extra)
        guard !isTooMuch, sum < .max - 2 * mebibyte else { return Kibibytes(.max) }
        return Kibibytes((sum + 2 * mebibyte - 1) / (2 * mebibyte) * (2 * mebibyte))
    }
}

extension HostState {
    /// Takes a domain and its devices down at one blow.
    mutating func removeDomain(_ domid: DomainID) {
        for device in devices(of: domid) { removeTree(device.backend) }
        for host in pciDevices(of: domid).compactMap(\.host) where read(PCIBus.owner(of: host)) == "\(domid)" {
            removeTree(PCIBus.owner(of: host))
        }
        removeTree(PCIBus(domid: domid).backend)
        cancelEvents(of: domid) { _ in true }
        removeNodes(ofDomain: domid)
        change(domid) { $0.domain = nil }
    }

    mutating func removeNodes(ofDomain domid: DomainID) {
        // The one that libxl finds by the domain, which need not be that of its UUID.
        if let vm = read("/local/domain/\(domid)/vm"), vm.hasPrefix("/vm/") { removeTree(vm) }
        removeTree("/local/domain/\(domid)")
        removeTree("/libxl/\(domid)")
    }
}
