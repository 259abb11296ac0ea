import DomainXML
import LibxlAPI
import LibxlTranslation
import XenModel
public import XenUnits

/// Changing a device that is plugged: in place where that can be done, else by unplugging and plugging it again.
extension Driver {
    /// Makes a device what its document says. `virDomainUpdateDeviceFlags`.
    ///
    /// A NIC's link is set in place, and so is a CD-ROM drive's medium; a drive without a source is emptied. A NIC's
    /// bridge, rate, mtu, ip and script are changed by unplugging it and plugging it
    /// again under the same identity; if that fails the old one is put back. What else differs is refused by name.
    /// `alias` and `identity`, if given, are criteria besides the document's. A foreign device stays one.
    public func update(
        _ document: [UInt8], of domain: DomainReference, alias: String?, identity: String? = nil, scope: ChangeScope,
        isStrict: Bool
    ) async throws(DriverError) -> DeviceOutcome {
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
        let wish = request.wish
        if case .disk = wish {
            // A drive that is named by something else is to get this source, and need not have it yet.
            var others = criteria
            others.source = nil
            if !others.isEmpty { criteria = others }
        }
        return try await changing(domain, foreign: true) { [criteria] (domain) throws(DriverError) in
            let name = domain.name
            return try await update(criteria, in: domain, scope, notices) { (device) throws(DriverError) in
                try device.change(to: wish, domain: name)
            }
        }
    }

    /// Plugs a NIC's cable in or out, in place. `virsh domif-setlink`.
    public func setLinkState(
        _ state: LinkState, of device: DeviceSelector, in domain: DomainReference, scope: ChangeScope
    ) async throws(DriverError) -> DeviceOutcome {
        let (request, notices) = try request(device, isStrict: false)
        return try await changing(domain, foreign: true) { (domain) throws(DriverError) in
            let name = domain.name
            return try await update(request.criteria, in: domain, scope, notices) { (device) throws(DriverError) in
                guard case .interface(var interface) = device else {
                    throw .cannotChange(elements: ["link"], device: device.title, domain: name)
                }
                let isChanged = (interface.link ?? .up) != state
                interface.link = state
                return DeviceChange(device: .interface(interface), inPlace: isChanged ? ["link"] : [], replugged: [])
            }
        }
    }

    private func update(
        _ criteria: DeviceCriteria, in domain: LockedDomain, _ scope: ChangeScope, _ notices: [String],
        _ change: (Device) throws(DriverError) -> DeviceChange
    ) async throws(DriverError) -> DeviceOutcome {
        let targets = try scope.targets(in: domain)
        let found = try await find(criteria, in: domain, targets)
        var outcome = DeviceOutcome(
            alias: found.live?.alias ?? found.persistent?.alias, warnings: domain.warnings + notices)
        var persistent = domain.persistent
        if let counterpart = found.persistent {
            let changed = try change(counterpart).device
            if let index = persistent?.devices.firstIndex(of: counterpart) { persistent?.devices[index] = changed }
        }
        guard let device = found.live, let binding = found.binding, let live = domain.live else {
            try replacePersistent(persistent)
            return outcome
        }
        let liveChange = try change(device)
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
            try await changeMedium(old, binding, to: disk, in: live, staging: definition)
        default:
            try await setLink(old, binding, as: new, in: live, staging: definition)
        }
    }

    private func setLink(
        _ old: Device, _ binding: Binding, as new: Device, in domain: LiveDomain,
        staging definition: DomainDefinition?
    ) async throws(DriverError) {
        var live = domain
        guard case .nic(let nic) = binding.sent, case .interface(let interface) = new, case .interface(let before) = old
        else { return }
        try begin(Plan(.link(target: Plan.Target(new), nic: nic)), staging: definition, &live)
        do throws(DriverError) {
            try await setLink(interface.link ?? .up, of: new, nic, in: live)
            let bound = try await bind(new, binding.sent, in: live.domid)
            try finish(bound, &live)
        } catch {
            // A NIC with an emulated card has two links; the first may be set already.
            var former = domain
            former.status.plan = live.status.plan
            do throws(DriverError) {
                try await setLink(before.link ?? .up, of: old, nic, in: former)
            } catch let undoError {
                // The plan stays, and the next change completes it.
                throw .unsettled(device: old.title, domain: live.name, reason: "\(error); \(undoError)")
            }
            try drop(&former)
            throw error
        }
    }

    // MARK: Unplug and plug

    private func replace(
        _ old: Device, _ binding: Binding, by new: Device, in domain: LiveDomain,
        staging definition: DomainDefinition?
    ) async throws(DriverError) {
        var live = domain
        let context = try translationContext()
        let sent = try libxlDevice(new, at: binding.identity, in: live, context)
            .keepingCard(of: binding.sent)
        try await requireBridge(of: new, domain: live.name, context)
        let backend = try await requireSameBackend(binding, old, live)
        var replacement = Plan.Replacement(target: Plan.Target(new), old: binding.sent, new: sent)
        if binding.isForeign { replacement.former = DeviceDocument(old) }
        try begin(Plan(.replace(replacement)), staging: definition, &live)
        do throws(LibxlError) {
            _ = try await unplug(binding.sent, backend: backend, from: live, force: false)
        } catch {
            let failure = await failure(error, of: old, binding.sent, in: live, phase: "unplugging for the update")
            let presence = try await presence(of: binding.sent, in: inventory(of: live.domid))
            if case .ours(.connected, _) = presence {
                try drop(&live)
                throw .operation(failure)
            }
            try await undo(replacement, takingAway: binding.sent, &live, after: .operation(failure))
        }
        steps.reached("driver: old device unplugged")
        replacement.stage = .unplugged
        try record(replacement, &live, step: "unplugging recorded")
        let unplugged = live
        do throws(DriverError) {
            let bound = try await plug(sent, as: new, into: live, phase: "plugging for the update")
            do throws(DriverError) {
                try finish(bound, &live)
            } catch {
                throw await undone(sent, from: live, after: error)
            }
        } catch {
            live = unplugged
            try await undo(replacement, takingAway: nil, &live, after: error)
        }
    }

    /// Puts the old device back after a failed replacement and throws that failure; `remains` is what of it to take
    /// away first.
    private func undo(
        _ replacement: Plan.Replacement, takingAway remains: SentDevice?, _ live: inout LiveDomain,
        after error: DriverError
    ) async throws(DriverError) -> Never {
        var undoFailure: LibxlError?
        if let remains { undoFailure = await takeAway(remains, from: live) }
        if undoFailure == nil {
            do throws(DriverError) {
                try await putBack(replacement, &live)
            } catch .operation(let failure) {
                undoFailure = failure.error
            } catch let other {
                undoFailure = LibxlError(.failed, in: "putting back", log: "\(other)")
            }
        }
        guard let undoFailure else {
            try drop(&live)
            throw error
        }
        if case .operation(var failure) = error {
            failure.undoFailure = undoFailure
            throw .operation(failure)
        }
        throw .unsettled(device: replacement.target.key, domain: live.name, reason: "\(error); \(undoFailure)")
    }
}

/// What an update makes of a device, and which of its elements change how.
struct DeviceChange: Hashable, Sendable {
    var device: Device
    /// Changed while it stays plugged.
    var inPlace: [String]
    /// Changed by unplugging it and plugging it again.
    var replugged: [String]
}

extension SentDevice {
    /// The same device with the card that the guest knows: an update does not turn an emulated one into another.
    func keepingCard(of old: SentDevice) -> SentDevice {
        guard case .nic(var nic) = self, case .nic(let oldNIC) = old else { return self }
        nic.nictype = oldNIC.nictype
        nic.model = oldNIC.model
        return .nic(nic)
    }
}

extension Device {
    /// This device with what `wish` says; throws for what cannot be changed, by name.
    func change(to wish: DeviceWish?, domain: String) throws(DriverError) -> DeviceChange {
        switch (self, wish) {
        case (_, nil): return DeviceChange(device: self, inPlace: [], replugged: [])
        case (.interface(let interface), .interface(let wish)):
            return try interface.change(to: wish, domain: domain)
        case (.disk(let disk), .disk(let wish)):
            return try disk.change(to: wish, domain: domain)
        case (_, .some):
            throw .cannotChange(elements: ["the class of device"], device: title, domain: domain)
        }
    }
}

extension Interface {
    fileprivate func change(to wish: InterfaceWish, domain: String) throws(DriverError) -> DeviceChange {
        var refused: [String] = []
        if let kind = wish.kind, kind != source.kind { refused.append("type") }
        if let wished = wish.model, wished != model { refused.append("model") }
        if let wished = wish.backendDomain, wished != backendDomain { refused.append("backenddomain") }
        guard refused.isEmpty else {
            throw .cannotChange(elements: refused, device: Device.interface(self).title, domain: domain)
        }
        var changed = self
        if let bridge = wish.bridge, case .bridge = source { changed.source = .bridge(bridge) }
        changed.script = wish.script
        changed.ipAddresses = wish.ipAddresses
        changed.outboundAverage = wish.outboundAverage
        changed.mtu = wish.mtu
        changed.link = wish.link
        var replugged: [String] = []
        if changed.source != source { replugged.append("source") }
        if changed.script != script { replugged.append("script") }
        if changed.ipAddresses != ipAddresses { replugged.append("ip") }
        if changed.outboundAverage != outboundAverage { replugged.append("bandwidth") }
        if changed.mtu != mtu { replugged.append("mtu") }
        return DeviceChange(
            device: .interface(changed), inPlace: (link ?? .up) == (wish.link ?? .up) ? [] : ["link"],
            replugged: replugged)
    }
}

extension Disk {
    fileprivate func change(to wish: DiskWish, domain: String) throws(DriverError) -> DeviceChange {
        let refused = differences(from: wish)
        guard refused.isEmpty else {
            throw .cannotChange(elements: refused, device: Device.disk(self).title, domain: domain)
        }
        guard device == .cdrom else { return DeviceChange(device: .disk(self), inPlace: [], replugged: []) }
        var changed = self
        changed.source = wish.source ?? DiskSource(kind: wish.sourceKind ?? source.kind, path: nil)
        if let type = wish.driverType { changed.driverType = type }
        let isSame = changed.hasSameMedium(as: self)
        return DeviceChange(device: .disk(isSame ? self : changed), inPlace: isSame ? [] : ["source"], replugged: [])
    }

    private func hasSameMedium(as other: Disk) -> Bool {
        guard source.path != nil || source.network != nil else {
            return other.source.path == nil && other.source.network == nil
        }
        return source == other.source && driverType ?? "raw" == other.driverType ?? "raw"
    }

    /// The elements of `wish` that are not as this disk is; what it does not say does not differ.
    fileprivate func differences(from wish: DiskWish) -> [String] {
        var names: [String] = []
        if let wished = wish.device, wished != device { names.append("device") }
        if device != .cdrom {
            if let wished = wish.sourceKind, wished != source.kind { names.append("type") }
            if let wished = wish.source, wished.path != source.path || wished.network != source.network {
                names.append("source")
            }
            if let wished = wish.driverType, wished != driverType ?? "raw" { names.append("driver type") }
        }
        // A drive's live document says which driver libxl chose, and the persistent one need not.
        if let wished = wish.driverName, wished != driverName, device != .cdrom || driverName != nil {
            names.append("driver name")
        }
        if let wished = wish.bus, wished != bus { names.append("bus") }
        if let wished = wish.backendDomain, wished != backendDomain { names.append("backenddomain") }
        if wish.isReadOnly != isReadOnly, device != .cdrom { names.append("readonly") }
        if wish.isShareable != isShareable { names.append("shareable") }
        return names
    }
}
