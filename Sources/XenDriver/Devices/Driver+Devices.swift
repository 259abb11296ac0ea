import DomainXML
import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// Plugging, unplugging and changing devices. Each is a change that is written before libxl is asked.
extension Driver {
    /// Adds a device to a domain. `virDomainAttachDeviceFlags`.
    ///
    /// Throws if its alias, MAC address or target is taken, its bridge or disk is not to be had, or libxl fails; then
    /// all is as before.
    public func attach(
        _ document: [UInt8], to domain: DomainReference, scope: ChangeScope, isStrict: Bool,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let parsed: Parsed<Device>
            do throws(DomainXMLError) {
                parsed = try Device.parse(document, options: readerOptions(isStrict: isStrict))
            } catch {
                throw .document(error)
            }
            let request = ChangeRequest("attach", String(decoding: document, as: UTF8.self), scope.rawValue)
            return try await withDomain(domain, options, prefersDefinition: scope == .config) {
                (domain) throws(DriverError) in
                if let outcome = domain.finishedOutcome(of: request) { return outcome }
                let targets = try scope.targets(in: domain)
                let device = parsed.value.numbered(in: document, besides: domain.devices(in: targets))
                try requireUniqueAlias(device, in: domain, targets)
                try requireFreePlace(of: device, in: domain, targets)
                var outcome = DeviceOutcome(
                    alias: device.alias, warnings: domain.warnings + parsed.notices.map(DriverNotice.document))
                var persistent = domain.persistent
                if targets.config {
                    persistent?.devices.append(device)
                    persistent?.complete()
                    outcome.warnings += await news(of: persistent, since: domain.persistent, in: targets)
                }
                outcome.familiarName = device.familiarName
                if let warning = device.sourceWarning(in: domain.name), !outcome.warnings.contains(warning) {
                    outcome.warnings.append(warning)
                }
                guard targets.live, let live = domain.live else {
                    try replacePersistent(persistent)
                    return outcome
                }
                outcome.alias = try await plug(
                    device, into: live, staging: targets.config ? persistent : nil, for: request)
                outcome.live = .plugged
                return outcome
            }
        }
    }

    /// Removes a device from a domain. `virDomainDetachDeviceFlags`, `virDomainDetachDeviceAlias`.
    ///
    /// The device goes that the request names, by the identity that it has in Xen. A disk that its guest does not
    /// let go of stays, and goes later; `force` asks nobody. A foreign device goes as one of ours does, if the request
    /// has more than an alias.
    public func detach(
        _ device: DeviceSelector, from domain: DomainReference, scope: ChangeScope, force: Bool, isStrict: Bool,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let (request, notices) = try request(device, isStrict: isStrict)
            // By an alias alone nothing is found where no device has one.
            let isForeign = !request.criteria.isAliasAlone
            let words = ChangeRequest("detach", device.words, scope.rawValue, force ? "force" : "")
            return try await withDomain(domain, options, prefersDefinition: scope == .config, foreign: isForeign) {
                (domain) throws(DriverError) in
                if let outcome = domain.finishedOutcome(of: words) { return outcome }
                let targets = try scope.targets(in: domain)
                let found = try await find(request.criteria, in: domain, targets, mayBeLost: true)
                var outcome = DeviceOutcome(
                    alias: found.live?.alias ?? found.persistent?.alias, warnings: domain.warnings + notices)
                var persistent = domain.persistent
                if let counterpart = found.persistent {
                    persistent?.devices.removeAll { $0 == counterpart }
                    persistent?.complete()
                }
                guard let liveDevice = found.live, let live = domain.live else {
                    try replacePersistent(persistent)
                    return outcome
                }
                guard let binding = found.binding else {
                    guard !live.status.definition.value.devices.contains(liveDevice) else {
                        throw .notHotPluggable(device: liveDevice.title, domain: domain.name)
                    }
                    if targets.config { try replacePersistent(persistent) }
                    outcome.live = .unplugged
                    return outcome
                }
                let unplug = UnplugStep(liveDevice, binding.sent, isForced: force, isForGood: true)
                outcome.live = try await self.unplug(
                    unplug, binding, from: live, staging: targets.config ? persistent : nil, for: words)
                return outcome
            }
        }
    }

    func request(_ selector: DeviceSelector, isStrict: Bool) throws(DriverError) -> (DeviceRequest, [DriverNotice]) {
        switch selector {
        case .document(let document):
            do throws(DomainXMLError) {
                let parsed = try DeviceRequest.parse(document, options: readerOptions(isStrict: isStrict))
                return (parsed.value, parsed.notices.map(DriverNotice.document))
            } catch {
                throw .document(error)
            }
        case .alias(let text):
            return (DeviceRequest(criteria: DeviceCriteria(alias: try alias(text))), [])
        case .interface(let text):
            var criteria = DeviceCriteria(deviceClass: .interface)
            if let mac = MACAddress(text) { criteria.mac = mac } else { criteria.target = text }
            return (DeviceRequest(criteria: criteria), [])
        case .mac(let text):
            guard let mac = MACAddress(text), !mac.isMulticast else { throw .malformedMAC(text) }
            var criteria = DeviceCriteria(deviceClass: .interface)
            criteria.mac = mac
            return (DeviceRequest(criteria: criteria), [])
        case .target(let text):
            var criteria = DeviceCriteria()
            criteria.target = text
            return (DeviceRequest(criteria: criteria), [])
        case .identity(let text):
            guard let identity = DeviceIdentity(text) else { throw .malformedIdentity(text) }
            var criteria = DeviceCriteria()
            criteria.identity = identity
            return (DeviceRequest(criteria: criteria), [])
        case .address(let text): throw .malformedAddress(text)
        case .all(let selectors):
            var whole = DeviceRequest(criteria: DeviceCriteria())
            var notices: [DriverNotice] = []
            for selector in selectors {
                let (part, news) = try request(selector, isStrict: isStrict)
                guard let criteria = whole.criteria.and(part.criteria) else { throw .contradiction }
                whole.criteria = criteria
                whole.requested = part.requested ?? whole.requested
                notices += news
            }
            return (whole, notices)
        }
    }

    func alias(_ text: String) throws(DriverError) -> DeviceAlias {
        guard let alias = DeviceAlias(text) else { throw .malformedAlias(text) }
        return alias
    }

    // MARK: Finding

    struct Found {
        var live: Device?
        /// What the live one is in Xen; nil if it is gone already.
        var binding: Binding?
        var persistent: Device?
    }

    /// The one device that the request means in each definition that the change is for; nothing is done before all of
    /// them are found. In the live one that is any device that Xen has, foreign or not.
    func find(_ criteria: DeviceCriteria, in domain: LockedDomain, _ targets: ChangeTargets, mayBeLost: Bool = false)
        async throws(DriverError) -> Found
    {
        var found = Found()
        if targets.live, let live = domain.live {
            let candidates = live.candidates + (mayBeLost ? domain.lost : []) + (try await foreignDevices(of: live))
            let match = try criteria.match(in: candidates, domain: domain.name, isLive: true)
            try requireReadable(match, in: domain)
            found.live = match.device
            found.binding = match.binding
        }
        guard targets.config, let persistent = domain.persistent else { return found }
        let persistentCriteria = found.live.map { criteria.counterpart(of: $0) } ?? criteria
        do throws(DriverError) {
            found.persistent = try persistentCriteria.match(
                in: persistent.devices.map { Candidate($0) }, domain: domain.name, isLive: false
            ).device
        } catch .noDevice where found.live != nil && found.binding == nil {
            // The detach that recovery has just finished took it out of both.
        }
        return found
    }

    /// Refuses a device whose alias another one of the domain has.
    func requireUniqueAlias(_ device: Device, in domain: LockedDomain, _ targets: ChangeTargets) throws(DriverError) {
        guard let alias = device.alias else { return }
        // An alias may stand in the definition that is not changed, on what the user takes for the same device.
        let clashes = { (devices: [Device], isChanged: Bool) in
            devices.contains { $0.alias == alias && (isChanged || !$0.isCounterpart(of: device)) }
        }
        guard !clashes(domain.live?.status.definition.value.devices ?? [], targets.live),
            !clashes(domain.persistent?.devices ?? [], targets.config)
        else { throw .duplicateAlias(alias, domain: domain.name) }
    }

    /// Refuses a device that is or has what another one of the domain is or has.
    func requireFreePlace(of device: Device, in domain: LockedDomain, _ targets: ChangeTargets) throws(DriverError) {
        let others = domain.devices(in: targets)
        for place in device.places {
            guard let holder = others.first(where: { $0.places.contains(place) }) else { continue }
            switch place {
            case .mac(let mac): throw .macTaken(mac, domain: domain.name)
            case .pci(let address):
                throw .hostDeviceTaken(device: "PCI device \(address)", by: holder.title, domain: domain.name)
            case .usb:
                throw .hostDeviceTaken(
                    device: "USB device at \(device.familiarName)", by: holder.title, domain: domain.name)
            case .address:
                throw .addressTaken(
                    address: device.address?.description ?? "", by: holder.title, domain: domain.name)
            case .vdev, .target, .tag, .controller, .character, .memballoon, .tpm:
                throw .targetTaken(target: device.familiarName, by: holder.familiarName, domain: domain.name)
            }
        }
    }

    // MARK: Doing

    /// Makes `definition` the persistent one at once.
    func replacePersistent(_ definition: DomainDefinition?) throws(DriverError) {
        guard let definition else { return }
        try reading { () throws(StateError) in
            do throws(StateError) {
                try store.stage(definition)
                try store.commitStaged(definition.name, definition.uuid, mayBeDone: false)
            } catch {
                try? store.dropStaged(definition.uuid)
                throw error
            }
        }
    }

    /// Plugs a device, and before it the controller that it needs and the guest lacks.
    private func plug(
        _ device: Device, into domain: LiveDomain, staging definition: DomainDefinition?, for request: ChangeRequest
    ) async throws(DriverError) -> DeviceAlias? {
        var live = domain
        let inventory = try await initialInventory(of: live)
        let context = try translationContext(for: device)
        let place = try await freePlace(for: device, in: live, inventory)
        guard var device = try await located([device], domain: live.name).first else { return nil }
        let sent = try libxlDevice(device, at: place, in: live, context)
        if inventory.identities.contains(sent.identity) {
            throw .targetTaken(target: device.familiarName, by: device.familiarName, domain: live.name)
        }
        try await requireBridge(of: device, domain: live.name, context)
        try requireLinkIsHere(of: device, domain: live.name)
        var steps: [ChangeStep] = []
        if let needed = inventory.controllerNeeded(for: device) {
            var controller = Device.controller(needed)
            let sent = try libxlDevice(controller, at: nil, in: live, context)
            live.status.name(&controller)
            steps.append(.plug(PlugStep(controller, sent, isForAnother: true)))
        }
        live.status.name(&device)
        steps += Change.plugging(device, sent)
        try await begin(Change(.attach, steps, request: request), taking: device, definition, &live)
        _ = try await carryOut(&live, from: domain.status)
        return device.alias
    }

    /// Begins a change for `device`, which no other domain may have meanwhile.
    private func begin(
        _ change: Change, taking device: Device, _ definition: DomainDefinition?, _ live: inout LiveDomain
    ) async throws(DriverError) {
        let devices = live.status.definition.value.devices
        if let error = (devices + [device]).claimedTwice(live.name, live.guestType),
            devices.claimedTwice(live.name, live.guestType) != error
        {
            throw error
        }
        try await claiming(device, in: live) { () throws(DriverError) in
            try begin(change, staging: definition, &live)
        }
    }

    /// Does `body`, at whose end no other domain may have `device`: holding the host's lock, once nobody has it.
    func claiming(_ device: Device, in live: LiveDomain, _ body: () throws(DriverError) -> Void)
        async throws(DriverError)
    {
        try await release([device], for: live.uuid, live.call)
        let foreign = try await foreignClaims(for: [device])
        try await withHostLock(live.name, live.call) { () throws(DriverError) in
            try await requireFree([device], for: live.uuid, live.guestType, besides: foreign)
            try body()
        }
    }

    /// What libxl is passed for a device that comes to a running domain, at `place` if its document does not say where.
    func libxlDevice(
        _ device: Device, at place: DeviceIdentity?, in live: LiveDomain, _ context: TranslationContext
    ) throws(DriverError) -> PlacedDevice {
        let sent = try translating(live.name) { () throws(Untranslatable) in
            try device.refuseIfServed(by: live.status.name)
            return try PlacedDevice(device, at: place, guestType: live.guestType, context: context)
        }
        guard let sent else { throw .notHotPluggable(device: device.title, domain: live.name) }
        return sent
    }

    private func unplug(
        _ step: UnplugStep, _ binding: Binding, from domain: LiveDomain, staging definition: DomainDefinition?,
        for request: ChangeRequest
    ) async throws(DriverError) -> LiveChange {
        var live = domain
        let device = step.target.device.value
        try await requireSameBackend(binding, device, live)
        try begin(Change(.detach, [.unplug(step)], request: request), staging: definition, &live)
        switch try await carryOut(&live, from: domain.status) {
        case .done: return .unplugged
        case .removedByForce: return .removedByForce
        case .heldByGuest(let error):
            throw .guestHoldsDevice(
                device: device.title, domain: live.name, isForeign: binding.isForeign, failure: error)
        }
    }

    /// Refuses a device whose backend is not where we plugged it.
    func requireSameBackend(_ binding: Binding, _ device: Device, _ live: LiveDomain) async throws(DriverError) {
        let backend = try await backend(of: binding.identity, in: live.domid)
        guard let backend, let ours = binding.backendDomainID, backend.backendDomainID != ours else { return }
        throw .backendDiffers(device: device.title, domain: live.name, ours: ours, xen: backend.backendDomainID)
    }
}

/// Which of the definitions a change is for, once the domain is known.
struct ChangeTargets: Hashable, Sendable {
    var live: Bool
    var config: Bool
}

extension ChangeScope {
    /// What this means for a domain; throws where virsh would.
    func targets(in domain: LockedDomain) throws(DriverError) -> ChangeTargets {
        let runs = domain.live != nil
        let targets =
            switch self {
            case .current: ChangeTargets(live: runs, config: !runs)
            case .live: ChangeTargets(live: true, config: false)
            case .config: ChangeTargets(live: false, config: true)
            case .liveAndConfig: ChangeTargets(live: true, config: true)
            case .persistent: ChangeTargets(live: runs, config: true)
            }
        if targets.live, !runs { throw .notRunning(domain: domain.name) }
        if targets.config { _ = try domain.definition(orThrow: .transientHasNoConfig(domain: domain.name)) }
        return targets
    }
}

extension LockedDomain {
    /// The devices of the definitions that a change is for.
    func devices(in targets: ChangeTargets) -> [Device] {
        (targets.live ? live?.status.definition.value.devices ?? [] : [])
            + (targets.config ? persistent?.devices ?? [] : [])
    }
}

extension LockedDomain {
    /// What is reported of a change of a device that an interrupted command had begun for the same request, and that
    /// recovery has finished now; nil if there was none.
    func finishedOutcome(of request: ChangeRequest) -> DeviceOutcome? {
        guard let finished, finished.request == request, let device = finished.target?.device.value else { return nil }
        let change: LiveChange =
            switch finished.kind {
            case .detach: .unplugged
            case .adoption: .adopted
            case .attach, .update, .linkChange, .mediumChange, .start, .restart, .destroy: .plugged
            }
        return DeviceOutcome(
            alias: device.alias, familiarName: finished.kind == .attach ? device.familiarName : nil, live: change,
            warnings: warnings)
    }
}

extension LiveDomain {
    /// The devices of ours.
    var candidates: [Candidate] {
        let bindings = Dictionary(status.bindings.map { ($0.key, $0) }) { first, _ in first }
        return status.definition.value.devices.map { device in
            guard let binding = device.alias.flatMap({ bindings[$0.description] }) else { return Candidate(device) }
            return Candidate(device, binding, in: domid)
        }
    }

    /// The devices as the live document shows them.
    var devicesAsShown: [Device] { candidates.map(\.shown) }
}
