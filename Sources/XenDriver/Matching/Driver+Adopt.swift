import LibxlAPI
import XenModel
import XenUnits

extension Driver {
    /// Makes a foreign device of a running domain one of ours, known by `alias` from then on.
    ///
    /// Nothing changes in Xen. `device` is to name one foreign device by anything but an alias; the live definition
    /// gets what Xen says of it, and the outcome's warnings say what Xen does not. A scope with the persistent
    /// definition adds it there as well. A scope without the live one is not for this.
    public func adopt(
        _ device: DeviceSelector, of domain: DomainReference, as alias: String, scope: ChangeScope,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let (request, notices) = try request(device, isStrict: true)
            let name = try self.alias(alias)
            if case .generated(let generated) = name { throw .generatedAlias(generated) }
            let words = ChangeRequest("adopt", device.words, alias, scope.rawValue)
            return try await withDomain(domain, options) { (domain) throws(DriverError) in
                if let outcome = domain.finishedOutcome(of: words) { return outcome }
                var targets = try scope.targets(in: domain)
                guard var live = domain.live else { throw .notRunning(domain: domain.name) }
                targets.live = true
                let candidates = live.candidates + domain.lost + (try await foreignDevices(of: live))
                let found = try request.criteria.match(in: candidates, domain: domain.name, isLive: true)
                guard let foreign = found.binding else {
                    throw .goneFromXen(device: found.title, domain: domain.name)
                }
                guard foreign.isForeign else { throw .alreadyNamed(device: found.title, domain: domain.name) }
                try requireReadable(found, in: domain)
                var adopted = found.device
                adopted.alias = name
                try requireUniqueAlias(adopted, in: domain, targets)
                var persistent: DomainDefinition?
                if targets.config {
                    try requireFreePlace(of: adopted, in: domain, ChangeTargets(live: false, config: true))
                    persistent = domain.persistent
                    persistent?.devices.append(adopted)
                }
                let shared = try await sharing(adopted, of: live)
                let change = Change(.adoption, [.adopt(AdoptStep(adopted, foreign.sent))], request: words)
                let former = live.status
                try begin(change, staging: persistent, &live)
                _ = try await carryOut(&live, from: former)
                var outcome = DeviceOutcome(alias: name, live: .adopted, warnings: domain.warnings + notices)
                outcome.warnings += found.unread.map {
                    .device(.unread(element: $0), device: adopted.title, domain: domain.name)
                }
                outcome.warnings += await news(of: persistent, since: domain.persistent, in: targets)
                if let shared { outcome.warnings.append(shared) }
                return outcome
            }
        }
    }

    /// What is to be said of a disk or host device that another running domain of ours has as well; it is plugged
    /// already.
    private func sharing(_ device: Device, of live: LiveDomain) async throws(DriverError) -> DriverNotice? {
        do throws(DriverError) {
            try await requireFree([device], for: live.uuid, live.guestType, besides: [])
            return nil
        } catch .diskInUse(let path, let other) {
            return .device(.sharedDisk(path: path, with: other), device: device.title, domain: live.name)
        } catch .hostDeviceInUse(let place, let other) {
            return .device(.sharedHostDevice(place, with: other), device: device.title, domain: live.name)
        }
    }
}
