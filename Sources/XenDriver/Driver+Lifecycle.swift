import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

extension Driver {
    /// Starts a defined domain; `paused` leaves it so. `virDomainCreateWithFlags`.
    ///
    /// Every device is given the identity and binding by which it is known until it is unplugged. A failure leaves no
    /// domain behind.
    public func start(_ domain: DomainReference, paused: Bool) async throws(DriverError) -> DomainOutcome {
        try await changing(domain) { (domain) throws(DriverError) in
            try domain.requireStopped()
            guard let definition = domain.persistent else { throw .noDomain(DomainReference(domain.name)) }
            let live = try await launch(definition, paused: paused)
            return DomainOutcome(
                name: definition.name, uuid: definition.uuid, domid: live.domid,
                warnings: domain.warnings + definition.warnings)
        }
    }

    /// Starts a domain from a document, for this one run. `virDomainCreateXML`.
    public func create(_ document: [UInt8], paused: Bool, isStrict: Bool) async throws(DriverError) -> DomainOutcome {
        let (definition, notices) = try read(document, isStrict: isStrict)
        return try await locking(definition.uuid, name: definition.name.text) { () throws(DriverError) in
            let domain = try await settled(definition.uuid, name: definition.name.text)
            try await requireFreeName(definition)
            try domain.requireStopped()
            let live = try await launch(definition, paused: paused)
            return DomainOutcome(
                name: definition.name, uuid: definition.uuid, domid: live.domid, warnings: domain.warnings + notices)
        }
    }

    /// Kills a running domain without asking its guest. `virDomainDestroy`.
    ///
    /// libxl is asked before the domain's lock is taken, so a stuck change cannot hold it up. A transient domain is
    /// gone afterwards.
    public func destroy(_ domain: DomainReference) async throws(DriverError) -> DomainOutcome {
        let record = try await recordOrTidied(domain)
        switch record.kind {
        case .domain0: throw .domain0Refuses
        case .foreign, .dying: return try await destroyForeign(record)
        case .own: break
        }
        guard let status = record.status, let domid = record.info?.domid else {
            return try await finishDestroy(record)
        }
        try reading { () throws(StateError) in
            try store.prepare()
            try store.requestStop(record.uuid, domid)
        }
        try await destroyRequested(record, domid)
        steps.reached("driver: domain destroyed")
        var outcome = DomainOutcome(name: status.name, uuid: record.uuid, domid: nil, warnings: [])
        do throws(DriverError) {
            let tidied = try await locking(record.uuid, name: record.name) { () throws(DriverError) in
                try await settled(record.uuid, name: record.name)
            }
            outcome.warnings = tidied.warnings
        } catch {
            // The domain is destroyed, which is what was asked; the next change tidies up our files.
            outcome.warnings = ["domain '\(record.name)' is destroyed, its status is not tidied up yet: \(error)"]
        }
        return outcome
    }

    /// The destroy of a domain that does not run: success if a killed one had come so far, else an error.
    private func finishDestroy(_ record: DomainRecord) async throws(DriverError) -> DomainOutcome {
        let uuid = record.uuid
        guard let definition = record.persistent,
            try reading({ () throws(StateError) in try !store.stopRequests(uuid).isEmpty })
        else { throw .notRunning(domain: record.name) }
        let tidied = try await locking(uuid, name: record.name) { () throws(DriverError) in
            try await settled(uuid, name: record.name)
        }
        return DomainOutcome(name: definition.name, uuid: uuid, domid: nil, warnings: tidied.warnings)
    }

    /// Destroys a domain whose stop is recorded; the record is withdrawn if libxl did nothing.
    private func destroyRequested(_ record: DomainRecord, _ domid: DomainID) async throws(DriverError) {
        do throws(LibxlError) {
            try await host.libxl.destroyDomain(domid, deadline: deadline)
        } catch {
            guard error.code != .domainNotFound else { return }
            let failure = OperationFailure(
                domain: record.name, phase: "destroy", error: error,
                limit: error.code == .aborted ? settings.operationTimeout : nil)
            // libxl pauses a domain before it takes anything from it. Where that cannot be read, the record stays.
            let now = try? await self.record(DomainReference("\(domid)"))
            if let now, now.uuid == record.uuid, now.state == record.state {
                try reading { () throws(StateError) in try store.withdrawStop(record.uuid, domid) }
            }
            throw .operation(failure)
        }
    }

    // MARK: Launching

    /// Builds and starts a domain under its lock. The plan is written first and cleared last.
    private func launch(_ definition: DomainDefinition, paused: Bool) async throws(DriverError) -> LiveDomain {
        let context = try translationContext()
        var definition = definition.withUSBControllers
        definition.devices = try await located(definition.devices, domain: definition.name.text)
        // Refused before anything is looked for; what it is told depends on the ports that are free.
        _ = try translating(definition.name.text) { () throws(Untranslatable) in
            try LibxlDomainConfig(definition, context: context)
        }
        for interface in definition.interfaces {
            try await requireBridge(of: .interface(interface), domain: definition.name.text, context)
        }
        try await release(definition.devices, for: definition.uuid)
        var (config, status) = try await lockingHost(definition.name.text) { () throws(DriverError) in
            try await requireNotInXen(definition)
            try requireFree(definition.devices, for: definition.uuid)
            var context = context
            context.portsInUse = try portsInUse(besides: definition.uuid)
            let config = try translating(definition.name.text) { [context] () throws(Untranslatable) in
                try LibxlDomainConfig(definition, context: context)
            }
            let status = planStart(definition.withPorts(of: config), config)
            try write(status, step: "start planned")
            return (config, status)
        }
        do throws(DriverError) {
            let domid = try await operation(definition.name.text, "start") { (deadline) throws(LibxlError) in
                try await host.libxl.createDomain(config, deadline: deadline)
            }
            status.domid = domid
            try write(status, step: "id recorded")
            return try await finishStart(LiveDomain(domid: domid, status: status), paused: paused)
        } catch {
            try await undoFailedStart(status, after: error)
            throw error
        }
    }

    private func undoFailedStart(_ status: DomainStatus, after error: DriverError) async throws(DriverError) {
        do throws(DriverError) {
            try await undoStart(status, name: status.name.text)
        } catch let undoError {
            guard case .operation(var failure) = error, case .operation(let undoFailure) = undoError else {
                throw error
            }
            failure.undoFailure = undoFailure.error
            throw .operation(failure)
        }
    }

    private func finishStart(_ started: LiveDomain, paused: Bool) async throws(DriverError) -> LiveDomain {
        var live = started
        for index in live.status.bindings.indices {
            let binding = live.status.bindings[index]
            let backend = try await backend(of: binding.identity, in: live.domid)
            live.status.bindings[index].backendDomainID = backend?.backendDomainID
            guard let device = live.status.device(binding) else { continue }
            try await restoreLink(of: device, binding.sent, in: live)
            let completed = try await completed(device, of: binding, in: live.domid)
            live.status.definition.value.devices = live.status.definition.value.devices.map {
                $0.alias == completed.alias ? completed : $0
            }
        }
        if !paused {
            try await operation(live.name, "start") { (deadline) throws(LibxlError) in
                try await host.libxl.unpauseDomain(live.domid, deadline: deadline)
            }
            steps.reached("driver: domain unpaused")
        }
        live.status.plan = nil
        try write(live.status, step: "plan completed")
        return live
    }

    /// The status of a domain that is about to be made of `definition`: every device named and bound.
    private func planStart(_ definition: DomainDefinition, _ config: LibxlDomainConfig) -> DomainStatus {
        var status = DomainStatus(
            uuid: definition.uuid, domid: nil, definition: LiveDefinition(definition), bindings: [],
            nextGenerated: [:], plan: Plan(.start))
        // libxl is told of the devices of each kind in the order of the definition.
        var told = SentDevices(config)
        var devices = definition.devices
        for index in devices.indices {
            status.name(&devices[index])
            guard let sent = told.next(devices[index]) else { continue }
            status.bindings.append(
                Binding(key: devices[index].alias?.description ?? "", identity: sent.identity, sent: sent))
        }
        status.definition.value.devices = devices
        return status
    }

    /// libxl would refuse a second domain of this name; a second one of this UUID would be mistaken for ours.
    private func requireNotInXen(_ definition: DomainDefinition) async throws(DriverError) {
        for record in try await census().records where record.kind == .foreign || record.kind == .own {
            guard let domid = record.info?.domid,
                record.name == definition.name.text || record.uuid == definition.uuid
            else { continue }
            throw .takenInXen(name: definition.name.text, uuid: definition.uuid, by: domid)
        }
    }

    /// Runs one call of libxl's on a whole domain with the operation's deadline.
    func operation<Result>(
        _ domain: String, _ phase: String, _ body: (ContinuousClock.Instant) async throws(LibxlError) -> Result
    ) async throws(DriverError) -> Result {
        do throws(LibxlError) {
            return try await body(deadline)
        } catch {
            throw .operation(
                OperationFailure(
                    domain: domain, phase: phase, error: error,
                    limit: error.code == .aborted ? settings.operationTimeout : nil))
        }
    }
}

extension DomainDefinition {
    /// The definition with the ports that its displays were given.
    fileprivate func withPorts(of config: LibxlDomainConfig) -> DomainDefinition {
        var definition = self
        // libxl is told of one framebuffer for each display, and of the first spice display alone.
        var framebuffers = config.vfbs[...]
        var spice = config.buildInfo.hvm.spice.port
        definition.devices = devices.map { device in
            guard case .graphics(var graphics) = device, let framebuffer = framebuffers.popFirst() else {
                return device
            }
            // Another one is drawn at the next start.
            if graphics.port == nil { graphics.autoport = true }
            switch graphics.kind {
            case .vnc: graphics.port = UInt16(exactly: framebuffer.vnc.display + 5900)
            case .spice:
                if spice > 0 { graphics.port = UInt16(exactly: spice) }
                spice = 0
            case .sdl: break
            }
            return .graphics(graphics)
        }
        return definition
    }
}
