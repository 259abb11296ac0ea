import DomainXML
import LibxlAPI
import LibxlTranslation
import XenModel
public import XenUnits

/// Changing a device that is plugged: in place where that can be done, else by unplugging and plugging it again.
extension Driver {
    /// Makes a device what its document says. `virDomainUpdateDeviceFlags`.
    ///
    /// A NIC's link is set in place, and so is a CD-ROM drive's medium; a drive without a source is emptied. What a NIC
    /// is connected to and how is changed by unplugging it and plugging it again under the same identity; if that fails
    /// the old one is put back. What else differs is refused by name. A complete document says all of the device, one
    /// that is not leaves as it is what it does not say. `alias` and `identity`, if given, are criteria besides the
    /// document's. A foreign device stays one.
    public func update(
        _ document: [UInt8], of domain: DomainReference, alias: String?, identity: String? = nil, scope: ChangeScope,
        isStrict: Bool, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            var (request, notices) = try request(
                .all([.document(document)] + (identity.map { [.identity($0)] } ?? [])), isStrict: isStrict)
            if let alias {
                let named = try self.alias(alias)
                guard request.criteria.alias == nil || request.criteria.alias == named else {
                    throw .cannotChange(
                        elements: ["alias"], device: "device '\(alias)'", domain: domain.text)
                }
                request.criteria.alias = named
            }
            var criteria = request.criteria
            if case .disk = request.requested {
                // A drive that is named by something else is to get this source, and need not have it yet.
                var others = criteria
                others.source = nil
                if !others.isEmpty { criteria = others }
            }
            let (whole, news) = try wholeDevice(document, isStrict: isStrict)
            notices += news.filter { !notices.contains($0) }
            let update = DeviceUpdate(document: document, request: request, whole: whole)
            return try await withDomain(domain, options, prefersDefinition: scope == .config, foreign: true) {
                [criteria, notices] (domain) throws(DriverError) in
                let name = domain.name
                return try await self.update(criteria, in: domain, scope, notices) {
                    (device, isLive) throws(DriverError) in
                    try update.change(device, isLive: isLive, domain: name)
                }
            }
        }
    }

    /// The device that `document` describes, if it is complete, and what of it is left out.
    private func wholeDevice(_ document: [UInt8], isStrict: Bool) throws(DriverError) -> (Device?, [DriverNotice]) {
        do throws(DomainXMLError) {
            let parsed = try Device.parse(document, options: readerOptions(isStrict: isStrict))
            return (parsed.value, parsed.notices.filter { $0.kind == .unsupported }.map(DriverNotice.document))
        } catch .unsupported(let notices) {
            throw .document(.unsupported(notices))
        } catch {
            // It is a request about a device, which need not be complete.
            return (nil, [])
        }
    }

    /// Plugs a NIC's cable in or out, in place. `virsh domif-setlink`.
    public func setLinkState(
        _ state: LinkState, of device: DeviceSelector, in domain: DomainReference, scope: ChangeScope,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await setInterface(device, in: domain, scope, options, element: "link") { interface in
                let isChanged = (interface.link ?? .up) != state
                interface.link = state
                return DeviceChange(device: .interface(interface), inPlace: isChanged ? ["link"] : [], replugged: [])
            }
        }
    }

    /// Puts a NIC on another bridge, by unplugging it and plugging it again as the same device.
    public func setBridge(
        _ bridge: String, of device: DeviceSelector, in domain: DomainReference, scope: ChangeScope,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await setInterface(device, in: domain, scope, options, element: "the bridge") { interface in
                guard [.bridge, .network].contains(interface.source.kind) else { return nil }
                let isChanged = interface.source != .bridge(bridge)
                interface.source = .bridge(bridge)
                return DeviceChange(device: .interface(interface), inPlace: [], replugged: isChanged ? ["source"] : [])
            }
        }
    }

    /// Changes one element of a NIC; a device that is none, or that `change` has no change for, is refused by it.
    private func setInterface(
        _ device: DeviceSelector, in domain: DomainReference, _ scope: ChangeScope, _ options: CallOptions,
        element: String,
        _ change: @escaping @Sendable (inout Interface) -> DeviceChange?
    ) async throws(DriverError) -> DeviceOutcome {
        let (request, notices) = try request(device, isStrict: false)
        return try await withDomain(domain, options, prefersDefinition: scope == .config, foreign: true) {
            (domain) throws(DriverError) in
            let name = domain.name
            return try await update(request.criteria, in: domain, scope, notices) { (device, _) throws(DriverError) in
                guard case .interface(var interface) = device, let change = change(&interface) else {
                    throw .cannotChange(elements: [element], device: device.title, domain: name)
                }
                return change
            }
        }
    }

    private func update(
        _ criteria: DeviceCriteria, in domain: LockedDomain, _ scope: ChangeScope, _ notices: [DriverNotice],
        _ change: (Device, _ isLive: Bool) throws(DriverError) -> DeviceChange
    ) async throws(DriverError) -> DeviceOutcome {
        let targets = try scope.targets(in: domain)
        let found = try await find(criteria, in: domain, targets)
        var outcome = DeviceOutcome(
            alias: found.live?.alias ?? found.persistent?.alias, warnings: domain.warnings + notices)
        var persistent = domain.persistent
        if let counterpart = found.persistent {
            let changed = try change(counterpart, false)
            if let index = persistent?.devices.firstIndex(of: counterpart) {
                persistent?.devices[index] = changed.device
            }
            outcome.definition = changed.names
            outcome.warnings += changed.kept(of: counterpart, domain: domain.name, isLive: false)
            outcome.warnings += await news(of: persistent, since: domain.persistent, in: targets)
        }
        guard let device = found.live, let live = domain.live else {
            try replacePersistent(persistent)
            return outcome
        }
        let liveChange = try change(device, true)
        guard let binding = found.binding else {
            // It came with its domain, or is gone from Xen.
            guard liveChange.names.isEmpty else {
                throw .cannotChange(elements: liveChange.names, device: device.title, domain: domain.name)
            }
            try replacePersistent(persistent)
            outcome.live = .unchanged
            return outcome
        }
        let kept = liveChange.kept(of: device, domain: domain.name, isLive: true)
        outcome.warnings += kept.filter { !outcome.warnings.contains($0) }
        let staged = targets.config ? persistent : nil
        if !liveChange.replugged.isEmpty {
            try await replace(device, binding, by: liveChange.device, in: live, staging: staged)
            outcome.live = .replugged(liveChange.replugged + liveChange.inPlace)
        } else if !liveChange.inPlace.isEmpty {
            try await changeInPlace(device, binding, into: liveChange.device, in: live, staging: staged)
            outcome.live = .changedInPlace(liveChange.inPlace)
        } else {
            try replacePersistent(staged)
            outcome.live = .unchanged
        }
        return outcome
    }

    // MARK: In place

    private func changeInPlace(
        _ old: Device, _ binding: Binding, into new: Device, in live: LiveDomain, staging definition: DomainDefinition?
    ) async throws(DriverError) {
        switch new {
        case .disk(let disk):
            try await changeMedium(of: binding, to: disk, in: live, staging: definition)
        default:
            try await setLink(old, binding, as: new, in: live, staging: definition)
        }
    }

    private func setLink(
        _ old: Device, _ binding: Binding, as new: Device, in domain: LiveDomain,
        staging definition: DomainDefinition?
    ) async throws(DriverError) {
        var live = domain
        let nic = try await requireLink(of: old, binding, in: live)
        guard case .interface(let before) = old else { return }
        let step = LinkStep(new, nic, former: before.link ?? .up)
        try begin(Change(.linkChange, [.setLink(step)]), staging: definition, &live)
        _ = try await carryOut(&live, from: domain.status)
    }

    // MARK: Unplug and plug

    private func replace(
        _ old: Device, _ binding: Binding, by new: Device, in domain: LiveDomain,
        staging definition: DomainDefinition?
    ) async throws(DriverError) {
        var live = domain
        let context = try translationContext(for: new)
        let sent = try libxlDevice(new, at: binding.identity, in: live, context)
            .keepingEmulation(of: binding.sent)
        try await requireBridge(of: new, domain: live.name, context)
        try requireLinkIsHere(of: new, domain: live.name)
        try await requireSameBackend(binding, old, live)
        let unplug = ChangeStep.unplug(UnplugStep(old, binding.sent, isForGood: false))
        try begin(Change(.update, [unplug] + Change.plugging(new, sent)), staging: definition, &live)
        _ = try await carryOut(&live, from: domain.status)
    }
}

/// What an update makes of a device, and which of its elements change how.
struct DeviceChange: Hashable, Sendable {
    var device: Device
    /// Changed while it stays plugged.
    var inPlace: [String]
    /// Changed by unplugging it and plugging it again.
    var replugged: [String]
    /// Changed in a definition alone, for the next start.
    var atNextStart: [String] = []
    /// What the document leaves out and cannot be changed; it stays.
    var unsaid: [String] = []

    var names: [String] { replugged + inPlace + atNextStart }

    /// What stays of `device`.
    func kept(of device: Device, domain: String, isLive: Bool) -> [DriverNotice] {
        guard !unsaid.isEmpty else { return [] }
        return [.device(.unsaid(elements: unsaid), device: device.title, domain: domain)]
    }
}

/// What the document of an update says.
struct DeviceUpdate: Sendable {
    /// As it was given.
    let document: [UInt8]
    let request: DeviceRequest
    /// The device that it describes; nil if it is not complete, and only says what is to change.
    let whole: Device?

    /// `device` with what the document says; throws for what cannot be changed, by name.
    ///
    /// Every member of the device that differs is in the outcome: what no rule knows is refused.
    func change(_ device: Device, isLive: Bool, domain: String) throws(DriverError) -> DeviceChange {
        var change = DeviceChange(device: device, inPlace: [], replugged: [])
        if let requested = request.requested {
            let changed = try device.driven.change(to: requested, isWhole: whole != nil, isLive: isLive, domain: domain)
            guard let changed else {
                throw .cannotChange(elements: ["the class of device"], device: device.title, domain: domain)
            }
            change = changed
        }
        let rest = try differences(from: change.device, isLive: isLive)
        guard rest.said.isEmpty else {
            throw .cannotChange(elements: rest.said, device: device.title, domain: domain)
        }
        guard rest.unsaid.isEmpty || !change.names.isEmpty else {
            throw .cannotChange(
                elements: rest.unsaid.map { "\($0) (which the document leaves out)" }, device: device.title,
                domain: domain)
        }
        change.unsaid = rest.unsaid
        return change
    }

    /// What is left that the document says and `device`, changed by all rules, is not.
    private func differences(from device: Device, isLive: Bool) throws(DriverError) -> DeviceDifferences {
        var differences: DeviceDifferences
        if let whole {
            differences = DeviceDifferences(
                of: whole.filled(from: device, request.criteria, isLive: isLive), from: device)
        } else if request.requested == nil {
            do throws(DomainXMLError) {
                differences = try DeviceDifferences(of: document, from: device)
            } catch {
                throw .document(error)
            }
        } else {
            // A disk or NIC is compared member for member.
            return DeviceDifferences()
        }
        // The device was found by these, and has other texts for them perhaps.
        let criteria = request.criteria
        differences.said.removeAll { path in
            (criteria.address != nil && path.hasPrefix("address"))
                || (criteria.target != nil && (path == "target/@dev" || path == "target/@dir"))
                || (criteria.hostDevice != nil && path.hasPrefix("source/") && !path.hasPrefix("source/@"))
        }
        return differences
    }
}
