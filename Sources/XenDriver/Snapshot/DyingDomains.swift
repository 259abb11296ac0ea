import LibxlAPI
import Logging
import XenModel
import XenUnits

/// Domains that were killed and that the hypervisor still has, because something holds on to them.
extension Driver {
    /// What is said of a dying domain that is to be changed.
    func dying(_ record: DomainRecord) async throws(DriverError) -> DriverError {
        guard let domid = record.info?.domid else { return .notRunning(domain: record.name) }
        return .dying(domain: record.name, domid: domid, holders: try await holders(of: domid))
    }

    /// What keeps a dying domain in the hypervisor, as far as anybody can tell: sentences, at least one.
    ///
    /// The hypervisor frees a domain when the last of its pages is given back. Who has one mapped it does not say; a
    /// backend that is still there most likely has.
    func holders(of domid: DomainID) async throws(DriverError) -> [String] {
        let infos = try await domainsInXen()
        var found: [String] = []
        for info in infos where info.domid != domid {
            let backends = XenstorePath("/local/domain/\(info.domid)/backend")
            let devices = try await xenstore { () throws(XenstoreError) in
                var devices: [String] = []
                for kind in try await host.xenstore.list(backends) ?? [] {
                    let numbers = try await host.xenstore.list(backends.appending("\(kind)/\(domid)")) ?? []
                    devices += numbers.map { "\(kind)/\($0)" }
                }
                return devices
            }
            guard !devices.isEmpty else { continue }
            let name = try await name(of: info.domid) ?? "(null)"
            found.append("domain '\(name)' (id \(info.domid)) still serves its \(devices.joined(separator: ", "))")
        }
        return found.isEmpty ? ["something has its memory mapped, and xenstore does not say what"] : found
    }

    /// Throws if a domain that libxl has destroyed is still there after the time that the settings give it.
    func requireGone(_ domid: DomainID, _ uuid: DomainUUID, name: String) async throws(DriverError) {
        let end = clock.now.advanced(by: settings.deathLimit)
        while try await isThere(domid, uuid) {
            guard clock.now < end else {
                throw .dying(domain: name, domid: domid, holders: try await holders(of: domid))
            }
            // A cancelled caller hears of it at once.
            do { try await clock.sleep(until: clock.now + .milliseconds(10)) } catch {
                throw .dying(domain: name, domid: domid, holders: try await holders(of: domid))
            }
        }
    }

    private func isThere(_ domid: DomainID, _ uuid: DomainUUID) async throws(DriverError) -> Bool {
        do throws(LibxlError) {
            return try await host.libxl.domainInfo(domid).uuid == uuid
        } catch {
            if error.code == .domainNotFound { return false }
            throw .operation(OperationFailure(domain: "\(uuid)", phase: "look-up", error: error))
        }
    }

    /// Destroys once more each dying domain whose UUID a definition of ours has; returns those that are still there then. For
    /// whoever looks after the host all the time.
    package func destroyDying() async throws(DriverError) -> [DomainListing] {
        try await FileThreads.run { () throws(DriverError) in
            let infos = try await domainsInXen().filter(\.dying)
            guard !infos.isEmpty else { return [] }
            let ours = try reading { () throws(StateError) in try store.definitionUUIDs() }
            var left: [DomainListing] = []
            for info in infos where ours.contains(info.uuid) {
                await destroyAgain(info.domid, begin(CallOptions()))
                guard try await isThere(info.domid, info.uuid) else { continue }
                do throws(DriverError) {
                    left.append(try await listing(record(DomainReference("\(info.domid)"))))
                } catch .noDomain {}
            }
            return left
        }
    }

    /// Destroys a dying domain once more.
    func destroyDying(_ record: DomainRecord, _ call: Call) async throws(DriverError) -> DomainOutcome {
        guard let domid = record.info?.domid else { throw .notRunning(domain: record.name) }
        await destroyAgain(domid, call)
        try await requireGone(domid, record.uuid, name: record.name)
        return DomainOutcome(name: try record.nameOrID, uuid: record.uuid, domid: nil, warnings: [])
    }

    /// libxl fails at what it took away the first time; whether the domain goes is what counts.
    private func destroyAgain(_ domid: DomainID, _ call: Call) async {
        do throws(LibxlError) {
            try await host.libxl.destroyDomain(domid, deadline: call.deadline)
        } catch {
            logger.here.debug("destroying it once more: \(error)", metadata: ["domid": "\(domid)"])
        }
    }
}
