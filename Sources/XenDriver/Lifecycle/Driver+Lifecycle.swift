import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

extension Driver {
    /// Starts a defined domain; `paused` leaves it so. `virDomainCreateWithFlags`.
    ///
    /// Every device is given the identity and binding by which it is known until it is unplugged. A failure leaves no
    /// domain behind.
    public func start(
        _ domain: DomainReference, paused: Bool, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await withDomain(domain, options, prefersDefinition: true) { (domain) throws(DriverError) in
                try domain.requireStopped()
                let definition = try domain.definition(orThrow: .noDomain(DomainReference(domain.name)))
                let live = try await launch(definition, paused: paused, domain.call)
                return DomainOutcome(
                    name: definition.name, uuid: definition.uuid, domid: live.domid,
                    warnings: domain.warnings + definition.warnings)
            }
        }
    }

    /// Starts a domain from a document, for this one run. `virDomainCreateXML`.
    public func create(
        _ document: [UInt8], paused: Bool, isStrict: Bool, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let call = begin(options)
            let (definition, notices) = try read(document, isStrict: isStrict)
            return try await withDomainLock(definition.uuid, name: definition.name.text, call) {
                () throws(DriverError) in
                let domain = try await recoverDomain(definition.uuid, name: definition.name.text, call)
                try domain.requireStopped()
                let live = try await launch(definition, paused: paused, call)
                return DomainOutcome(
                    name: definition.name, uuid: definition.uuid, domid: live.domid, warnings: domain.warnings + notices
                )
            }
        }
    }

    /// Kills a running domain without asking its guest. `virDomainDestroy`.
    ///
    /// libxl is asked before the domain's lock is taken, so a stuck change cannot hold it up. A transient domain is
    /// gone afterwards.
    public func destroy(
        _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let call = begin(options)
            if let outcome = try await finishDestroy(domain, call) { return outcome }
            let record = try await findOrTidy(domain, call)
            try requireChangesAllowed(call)
            switch record.kind {
            case .domain0: throw .domain0Refuses
            case .foreign: return try await destroyForeign(record, call)
            case .dying: return try await destroyDying(record, call)
            case .own: break
            }
            guard let status = record.status, let domid = record.info?.domid else {
                if record.change?.kind == .restart, try await hasRestarted(record, call) {
                    return try await destroy(domain, options: options)
                }
                if let remains = try await remains(of: record.uuid) { return try await destroyDying(remains, call) }
                throw .notRunning(domain: record.name)
            }
            try reading { () throws(StateError) in
                try store.prepare()
                try store.requestStop(record.uuid, domid)
            }
            try await destroyRequested(record, domid, call)
            steps.reached(.domainDestroyed)
            publish(.destroy, status.name, record.uuid, call)
            var outcome = DomainOutcome(name: status.name, uuid: record.uuid, domid: nil, warnings: [])
            do throws(DriverError) {
                outcome.warnings = try await goingOn(call) { (call) throws(DriverError) in
                    try await withDomainLock(record.uuid, name: record.name, call) { () throws(DriverError) in
                        try await recoverDomain(record.uuid, name: record.name, call)
                    }
                }.warnings
            } catch {
                // The domain is destroyed, which is what was asked; the next change tidies up our files.
                outcome.warnings = [.recovery(.notTidied(error), domain: record.name)]
            }
            try await goingOn(call) { (_) throws(DriverError) in
                try await requireGone(domid, record.uuid, name: record.name)
            }
            return outcome
        }
    }

    /// The end of a destroy that was interrupted once libxl had destroyed the domain; nil if there is none. A transient
    /// domain is none any more that a user could name otherwise.
    private func finishDestroy(_ reference: DomainReference, _ call: Call) async throws(DriverError) -> DomainOutcome? {
        let stops = try reading { () throws(StateError) in try store.liveFiles().stops }
        guard !stops.isEmpty else { return nil }
        let infos = try await domainsInXen()
        let running = Set(infos.filter { !$0.dying }.map(\.uuid))
        for (uuid, domids) in stops where !running.contains(uuid) {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }),
                uuid == reference.uuid || status.name.text.isExactly(reference.text)
                    || domids.contains(where: { "\($0)" == reference.text })
            else { continue }
            let tidied = try await withDomainLock(uuid, name: status.name.text, call) { () throws(DriverError) in
                try await recoverDomain(uuid, name: status.name.text, call)
            }
            if let remains = try await remains(of: uuid) { return try await destroyDying(remains, call) }
            return DomainOutcome(name: status.name, uuid: uuid, domid: nil, warnings: tidied.warnings)
        }
        return nil
    }

    /// Goes on with the restart of a domain, which nobody or somebody is at; whether the domain runs then.
    private func hasRestarted(_ record: DomainRecord, _ call: Call) async throws(DriverError) -> Bool {
        try await withDomainLock(record.uuid, name: record.name, call) { () throws(DriverError) in
            try await recoverDomain(record.uuid, name: record.name, call).live != nil
        }
    }

    /// What the hypervisor still has of a domain that was destroyed.
    private func remains(of uuid: DomainUUID) async throws(DriverError) -> DomainRecord? {
        try await census(about: Sought(uuids: [uuid])).records.first { $0.kind == .dying && $0.uuid == uuid }
    }

    /// Destroys a domain whose stop is recorded; the record is withdrawn if libxl did nothing.
    private func destroyRequested(_ record: DomainRecord, _ domid: DomainID, _ call: Call) async throws(DriverError) {
        do throws(LibxlError) {
            try await host.libxl.destroyDomain(domid, deadline: call.deadline)
        } catch {
            guard error.code != .domainNotFound else { return }
            let failure = failure(error, of: record.name, phase: "destroy", call)
            // libxl pauses a domain before it takes anything from it, also one whose guest has ended, whose state shows no
            // pause. Where that cannot be read, the record stays.
            let now = await finishing(domid) { domid in try? await self.record(DomainReference("\(domid)")) }
            if let now, now.uuid == record.uuid, now.state == record.state, now.info?.paused == record.info?.paused {
                try reading { () throws(StateError) in try store.withdrawStop(record.uuid, domid) }
            } else if failure.isGivenUp, await finishDestroying(domid, undoing(call)) {
                return
            }
            throw .operation(failure)
        }
    }

    /// Destroys what a destroy that was given up has left; whether it is gone.
    private func finishDestroying(_ domid: DomainID, _ call: Call) async -> Bool {
        await finishing(call) { call in
            do throws(LibxlError) {
                try await host.libxl.destroyDomain(domid, deadline: call.deadline)
                return true
            } catch {
                return error.code == .domainNotFound
            }
        }
    }

    // MARK: Launching

    /// Builds and starts a domain under its lock. The change is written first and cleared last.
    ///
    /// `former` is the status of the run that this one follows, if it is a restart.
    func launch(
        _ definition: DomainDefinition, paused: Bool, _ call: Call, after former: DomainStatus? = nil
    ) async throws(DriverError) -> LiveDomain {
        let context = try await translationContext(for: definition)
        var definition = definition.withUSBControllers
        definition.devices = try await located(definition.devices, domain: definition.name.text)
        // Refused before anything is looked for: what libxl is passed depends on the ports that are free.
        let planned = try translating(definition.name.text) { [definition] () throws(Untranslatable) in
            try LibxlDomainConfig(definition, context: context)
        }
        for interface in definition.interfaces {
            try requireLinkIsHere(of: .interface(interface), domain: definition.name.text)
            try await requireBridge(of: .interface(interface), domain: definition.name.text, context)
        }
        if let error = definition.claimedTwice { throw error }
        try await requireMemory(for: planned, definition.name.text, call)
        try await release(definition.devices, for: definition.uuid, call)
        let foreign = try await foreignClaims(for: definition.devices, of: definition.uuid)
        try await releaseName(of: definition, call)
        var (config, status) = try await withHostLock(definition.name.text, call) { () throws(DriverError) in
            try await requireFreeName(definition)
            try await requireNotInXen(definition)
            let keys = definition.devices.claimKeys
            let holders = try await holders(besides: definition.uuid, of: keys)
            try requireFree(
                definition.devices, definition.operatingSystem.guestType, among: holders, besides: foreign)
            let (config, status) = try plan(definition, context, among: holders, after: former, call)
            try write(status, step: .startPlanned)
            return (config, status)
        }
        do throws(DriverError) {
            let domid = try await operation(definition.name.text, "start", call) { (deadline) throws(LibxlError) in
                try await host.libxl.createDomain(config, deadline: deadline)
            }
            status.domid = domid
            try write(status, step: .idRecorded)
            return try await finishStart(LiveDomain(domid: domid, status: status, call: call), paused: paused)
        } catch {
            try await undoFailedStart(status, call, after: error)
            throw error
        }
    }

    /// What libxl is passed for a domain that `holders` leave ports to, and the status that it has then.
    private func plan(
        _ definition: DomainDefinition, _ context: TranslationContext, among holders: [Holder],
        after former: DomainStatus?, _ call: Call
    ) throws(DriverError) -> (LibxlDomainConfig, DomainStatus) {
        var context = context
        context.portsInUse = holders.reduce(into: []) { $0.formUnion($1.ports) }
        var config = try translating(definition.name.text) { [context] () throws(Untranslatable) in
            try LibxlDomainConfig(definition, context: context)
        }
        config.createInfo.xenstoreData[Self.mark] = "1"
        return (config, planStart(definition.withPorts(of: config), config, after: former, call))
    }

    /// Writes what a domain is to be once its guest is reset, which is what it was; and what libxl is passed for that.
    func planReset(
        of former: DomainStatus, _ domid: DomainID, _ call: Call
    ) async throws(DriverError) -> (LibxlDomainConfig, DomainStatus) {
        var definition = former.definitionToStart
        let context = try await translationContext(for: definition)
        definition.devices = try await located(definition.devices, domain: definition.name.text)
        return try await withHostLock(definition.name.text, call) { [definition] () throws(DriverError) in
            let holders = try await holders(besides: definition.uuid, of: definition.devices.claimKeys)
            var (config, status) = try plan(definition, context, among: holders, after: former, call)
            status.domid = domid
            try write(status, step: .startPlanned)
            return (config, status)
        }
    }

    private func undoFailedStart(_ status: DomainStatus, _ call: Call, after error: DriverError)
        async throws(DriverError)
    {
        // A restart that is given up is not given up for good: whoever comes next goes on with it.
        let isLeft = status.change?.kind == .restart && Task.isCancelled
        do throws(DriverError) {
            try await finishing(undoing(call)) { (call) throws(DriverError) in
                try await destroyStarted(status, name: status.name.text, call)
                guard !isLeft else { return }
                try forget(status)
            }
        } catch let undoError {
            guard case .operation(let started) = error, case .operation(let undoFailure) = undoError else {
                throw error
            }
            throw .operation(failure(started, notUndone: undoFailure.error))
        }
    }

    func finishStart(_ started: LiveDomain, paused: Bool) async throws(DriverError) -> LiveDomain {
        var live = started
        var positions: [String: Int] = [:]
        for (position, device) in live.status.definition.value.devices.enumerated() {
            if let alias = device.alias { positions[alias.description] = position }
        }
        // Asked for once: it lists every disk.
        let isOpen = live.status.definition.value.disks.contains { $0.driverName == nil }
        let inventory = isOpen ? try await inventory(of: live.domid) : nil
        for index in live.status.bindings.indices {
            let binding = live.status.bindings[index]
            let backend = try await backend(of: binding.identity, in: live.domid)
            live.status.bindings[index].backendDomainID = backend?.backendDomainID
            guard let position = positions[binding.key] else { continue }
            let device = live.status.definition.value.devices[position]
            try await restoreLink(of: device, binding.sent, in: live)
            live.status.definition.value.devices[position] = device.completed(at: binding.identity, by: inventory)
        }
        if !paused {
            await live.call.options.willRun?(live.domid)
            try await operation(live.name, "start", live.call) { (deadline) throws(LibxlError) in
                try await host.libxl.unpauseDomain(live.domid, deadline: deadline)
            }
            steps.reached(.domainUnpaused)
        }
        let kind = live.status.change?.kind ?? .start
        live.status.change = nil
        try write(live.status, step: .changeCompleted)
        publish(kind, live.status.name, live.uuid, live.call)
        return live
    }

    /// The status of a domain that is about to be made of `definition`: every device named and bound. Names that the run
    /// of `former` had given stay given.
    private func planStart(
        _ definition: DomainDefinition, _ config: LibxlDomainConfig, after former: DomainStatus?, _ call: Call
    ) -> DomainStatus {
        let now = clock.secondsSinceBoot
        var status = DomainStatus(
            uuid: definition.uuid, domid: nil, definition: LiveDefinition(definition), bindings: [],
            nextGenerated: former?.nextGenerated ?? [:], change: Change(former == nil ? .start : .restart, []))
        status.change?.begin(at: now, within: call.deadline - clock.now)
        // A restart goes on since it began with the end of the domain before.
        if let started = former?.change?.started { status.change?.started = started }
        status.run = former.map { ($0.run ?? DomainRun(begun: 0)).next(at: now) } ?? DomainRun(begun: now)
        // libxl is passed the devices of each kind in the order of the definition.
        var placed = PlacedDevices(config)
        var devices = definition.devices
        for index in devices.indices {
            status.name(&devices[index])
            guard let sent = placed.next(devices[index]) else { continue }
            status.bindings.append(
                Binding(key: devices[index].alias?.description ?? "", identity: sent.identity, sent: sent))
        }
        status.definition.value.devices = devices
        return status
    }

    /// libxl would refuse a second domain of this name; a second one of this UUID would be mistaken for ours.
    private func requireNotInXen(_ definition: DomainDefinition) async throws(DriverError) {
        let sought = Sought(names: [definition.name.text], uuids: [definition.uuid])
        for record in try await census(about: sought).records where record.kind == .foreign || record.kind == .own {
            guard let info = record.info,
                record.name.isExactly(definition.name.text) || record.uuid == definition.uuid
            else { continue }
            let domid = info.domid
            guard try await keptBeside(definition.uuid, among: [info]).isEmpty else { continue }
            throw .takenInXen(name: definition.name.text, uuid: definition.uuid, by: domid)
        }
    }

    /// Runs one call of libxl's on a domain, or on a device of it, with the deadline of `call`.
    func operation<Result>(
        _ domain: String, _ phase: String, of device: String? = nil, _ call: Call,
        _ body: (ContinuousClock.Instant) async throws(LibxlError) -> Result
    ) async throws(DriverError) -> Result {
        do throws(LibxlError) {
            return try await waiting(phase, device, of: domain, call) { () throws(LibxlError) in
                try await body(call.deadline)
            }
        } catch {
            throw .operation(failure(error, of: domain, device, phase: phase, call))
        }
    }
}

extension DomainDefinition {
    /// The definition with the ports and addresses that its displays were given.
    fileprivate func withPorts(of config: LibxlDomainConfig) -> DomainDefinition {
        var definition = self
        // libxl is passed each VNC server in a framebuffer, and the first spice display alone.
        var servers = config.vfbs.map(\.vnc).filter { $0.enable == true }[...]
        var spice = config.buildInfo.hvm.spice.port
        definition.devices = devices.map { device in
            guard case .graphics(var graphics) = device, graphics.kind != .sdl else { return device }
            // Another one is drawn at the next start.
            if graphics.port == nil { graphics.autoport = true }
            switch graphics.kind {
            case .vnc: graphics.port = servers.popFirst()?.port
            case .spice:
                if spice > 0 { graphics.port = UInt16(exactly: spice) }
                spice = 0
            case .sdl: break
            }
            // Where it listens, also where the document leaves that open.
            graphics.listens = [GraphicsListen(address: graphics.listenAddress)] + graphics.listens.dropFirst()
            return .graphics(graphics)
        }
        return definition
    }
}
