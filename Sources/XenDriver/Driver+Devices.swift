import DomainXML
import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// Plugging, unplugging and changing devices. Each is a plan that is written before libxl is asked.
extension Driver {
    /// Adds a device to a domain. `virDomainAttachDeviceFlags`.
    ///
    /// Throws if its alias, MAC address or target is taken, its bridge or disk is not to be had, or libxl fails; then
    /// all is as before.
    public func attach(
        _ document: [UInt8], to domain: DomainReference, scope: ChangeScope, isStrict: Bool,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        let parsed: Parsed<Device>
        do throws(DomainXMLError) {
            parsed = try Device.parse(document, options: readerOptions(isStrict: isStrict))
        } catch {
            throw .document(error)
        }
        return try await changing(domain, options, prefersDefinition: scope == .config) {
            (domain) throws(DriverError) in
            let targets = try scope.targets(in: domain)
            let device = parsed.value.numbered(in: document, besides: domain.devices(in: targets))
            try requireUniqueAlias(device, in: domain, targets)
            try requireFreePlace(of: device, in: domain, targets)
            var outcome = DeviceOutcome(
                alias: device.alias, warnings: domain.warnings + parsed.notices.map(\.description))
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
            outcome.alias = try await plug(device, into: live, staging: targets.config ? persistent : nil)
            outcome.live = .plugged
            return outcome
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
        let (request, notices) = try request(device, isStrict: isStrict)
        // By an alias alone nothing is found where no device has one.
        let isForeign = !request.criteria.isAliasAlone
        return try await changing(domain, options, prefersDefinition: scope == .config, foreign: isForeign) {
            (domain) throws(DriverError) in
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
            outcome.live = try await unplug(
                liveDevice, binding, from: live, staging: targets.config ? persistent : nil, force: force)
            return outcome
        }
    }

    func request(_ selector: DeviceSelector, isStrict: Bool) throws(DriverError) -> (DeviceRequest, [String]) {
        switch selector {
        case .document(let document):
            do throws(DomainXMLError) {
                let parsed = try DeviceRequest.parse(document, options: readerOptions(isStrict: isStrict))
                return (parsed.value, parsed.notices.map(\.description))
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
            var notices: [String] = []
            for selector in selectors {
                let (part, news) = try request(selector, isStrict: isStrict)
                guard let criteria = whole.criteria.and(part.criteria) else { throw .contradiction }
                whole.criteria = criteria
                whole.wish = part.wish ?? whole.wish
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
            // The detach that settling has just finished took it out of both.
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

    /// Writes the new persistent definition under its staged name, then the plan: a full disk fails here.
    ///
    /// In this order, for a plan that is completed by whoever finds it must find its definition, and a staged one
    /// without a plan is known to be for nothing.
    func begin(_ plan: Plan, staging definition: DomainDefinition?, _ live: inout LiveDomain) throws(DriverError) {
        var planned = live.status
        planned.plan = plan
        planned.plan?.begun = clock.secondsSinceBoot
        planned.plan?.stages = definition != nil
        do throws(DriverError) {
            try reading { () throws(StateError) in
                try store.requireReadable(planned.afterPlan)
                if let definition { try store.stage(definition) }
            }
            try write(planned, step: "plan written")
        } catch {
            if let definition { try? store.dropStaged(definition.uuid) }
            throw error
        }
        live.status = planned
        live.hasStaged = definition != nil
    }

    /// Plugs a device, and before it the controller that it needs and the guest lacks.
    private func plug(_ device: Device, into domain: LiveDomain, staging definition: DomainDefinition?)
        async throws(DriverError) -> DeviceAlias?
    {
        var live = domain
        let inventory = try await initialInventory(of: live)
        let context = try translationContext(for: device)
        let place = try await freePlace(for: device, in: live, inventory)
        guard let device = try await located([device], domain: live.name).first else { return nil }
        let sent = try libxlDevice(device, at: place, in: live, context)
        if inventory.identities.contains(sent.identity) {
            throw .targetTaken(target: device.familiarName, by: device.familiarName, domain: live.name)
        }
        try await requireBridge(of: device, domain: live.name, context)
        try requireLinkIsHere(of: device, domain: live.name)
        let controller = inventory.controllerNeeded(for: device).map { Device.controller($0) }
        let hub = try controller.map { (controller) throws(DriverError) in
            (device: controller, sent: try libxlDevice(controller, at: nil, in: live, context))
        }
        return try await plug(sent, as: device, through: hub, into: &live, staging: definition)
    }

    /// Plugs one device, behind the controller `hub` if there is to be one; `live` is as before if that fails, but for a
    /// plan that could not be undone.
    private func plug(
        _ sent: PlacedDevice, as device: Device, through hub: (device: Device, sent: PlacedDevice)?,
        into live: inout LiveDomain, staging definition: DomainDefinition?
    ) async throws(DriverError) -> DeviceAlias? {
        let former = live
        var device = device
        var planned: Plan.Hub?
        if var controller = hub?.device, let sent = hub?.sent {
            live.status.name(&controller)
            planned = Plan.Hub(target: Plan.Target(controller), new: sent)
        }
        live.status.name(&device)
        do throws(DriverError) {
            let work = Plan.Work.add(target: Plan.Target(device), new: sent, hub: planned)
            try await begin(Plan(work), taking: device, definition, &live)
        } catch {
            live = former
            throw error
        }
        do throws(DriverError) {
            let bound = try await plug(sent, as: device, through: planned, into: live)
            do throws(DriverError) {
                try finish(bound, &live)
            } catch {
                throw await undone([sent] + (planned.map { [$0.new] } ?? []), from: former, after: error)
            }
        } catch {
            // Without the device; finishing may have taken it in before it failed.
            let plan = live.status.plan
            live = former
            live.status.plan = plan
            try dropUnlessPending(after: error, &live)
            throw error
        }
        return device.alias
    }

    /// Plugs the controller that a device needs, if it needs one, then the device; nothing of both is left where one
    /// fails, or the error says what.
    private func plug(_ sent: PlacedDevice, as device: Device, through hub: Plan.Hub?, into live: LiveDomain)
        async throws(DriverError) -> [Bound]
    {
        guard let hub else { return [try await plug(sent, as: device, into: live, phase: "attach")] }
        let controller = try await plug(hub.new, as: hub.target.device.value, into: live, phase: "attach")
        do throws(DriverError) {
            return [controller, try await plug(sent, as: device, into: live, phase: "attach")]
        } catch {
            if case .operation(let failure) = error, failure.undoFailure != nil { throw error }
            throw await undone(hub.new, from: live, after: error)
        }
    }

    /// Begins a plan for `device`, which no other domain may have meanwhile.
    private func begin(
        _ plan: Plan, taking device: Device, _ definition: DomainDefinition?, _ live: inout LiveDomain
    ) async throws(DriverError) {
        let devices = live.status.definition.value.devices
        if let error = (devices + [device]).claimedTwice(live.name, live.guestType),
            devices.claimedTwice(live.name, live.guestType) != error
        {
            throw error
        }
        try await release([device], for: live.uuid, live.call)
        let foreign = try await foreignClaims(for: [device])
        try await lockingHost(live.name, live.call) { () throws(DriverError) in
            try await requireFree([device], for: live.uuid, live.guestType, besides: foreign)
            try begin(plan, staging: definition, &live)
        }
    }

    /// What libxl is told of a device that comes to a running domain, at `place` if its document does not say where.
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

    /// Ends the plan of a failed change, unless its undoing failed as well: then settling needs it.
    func dropUnlessPending(after error: DriverError, _ live: inout LiveDomain) throws(DriverError) {
        if case .operation(let failure) = error, failure.undoFailure != nil { return }
        try drop(&live)
    }

    private func unplug(
        _ device: Device, _ binding: Binding, from domain: LiveDomain, staging definition: DomainDefinition?,
        force: Bool
    ) async throws(DriverError) -> LiveChange {
        var live = domain
        let backend = try await requireSameBackend(binding, device, live)
        let plan = Plan(.remove(target: Plan.Target(device), old: binding.sent, isForced: force))
        try begin(plan, staging: definition, &live)
        var removal = LibxlRemoval.forced
        do throws(LibxlError) {
            removal = try await unplug(binding.sent, backend: backend, from: live, force: force)
        } catch {
            let failure = await failure(error, of: device, binding.sent, in: live, phase: "detach")
            let presence = try await presenceAfterFailure(of: binding.sent, in: live)
            if case .ours(.connected, _) = presence {
                try drop(&live)
                throw .operation(failure)
            }
            // It is the guest's to let go of a disk.
            let isFinished = failure.isGivenUp && (force || binding.sent.device.kind != .disk || !presence.isOurs)
            if isFinished, let undoFailure = await takeAway(binding.sent, givenUpOn: live) {
                throw .operation(self.failure(failure, notUndone: undoFailure))
            }
            guard isFinished || error.isRefusal && !force && presence.isOurs else {
                // Half gone: only forward is left, and the plan says so to the next change.
                throw .operation(failure)
            }
            if !isFinished {
                try leaveToGuest(binding.key, &live)
                throw .guestHoldsDevice(
                    device: device.title, domain: live.name, isForeign: binding.isForeign, failure: error)
            }
        }
        steps.reached("driver: device unplugged")
        live.status.remove(binding.key)
        try complete(&live)
        return removal == .forced ? .removedByForce : .unplugged
    }

    /// Ends the plan to remove a device that its guest holds on to: it is remembered with the device until the guest lets
    /// go, and other changes to the domain go on. A foreign one, which has no `key`, is not remembered.
    func leaveToGuest(_ key: String, _ live: inout LiveDomain) throws(DriverError) {
        if let index = live.status.bindings.firstIndex(where: { $0.key == key }) {
            live.status.bindings[index].pendingDetach = Binding.PendingDetach(
                isPersistent: live.status.plan?.stages == true)
        }
        try drop(&live)
    }

    /// Where Xen says that a device's backend is; refuses one that is not where we plugged it.
    func requireSameBackend(_ binding: Binding, _ device: Device, _ live: LiveDomain) async throws(DriverError)
        -> XenstoreBackendPath?
    {
        let backend = try await backend(of: binding.identity, in: live.domid)
        if let backend, let ours = binding.backendDomainID, backend.backendDomainID != ours {
            throw .backendDiffers(
                device: device.title, domain: live.name, ours: ours, xen: backend.backendDomainID)
        }
        return backend
    }
}

extension LibxlError {
    /// Whether the guest did not let go in the time that it was given, and nothing else went wrong.
    var isRefusal: Bool { code == .timedOut || code == .guestTimedOut || code == .aborted }
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
