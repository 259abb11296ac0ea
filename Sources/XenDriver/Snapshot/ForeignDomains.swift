import LibxlAPI
import XenModel
import XenUnits

/// Changing a domain that another toolstack made, when the user has asked for that.
extension Driver {
    /// What Xen says of a foreign domain; throws unless it may be changed.
    func foreignInfo(_ record: DomainRecord, isAllowed: Bool, _ options: CallOptions) throws(DriverError)
        -> LibxlDomainInfo
    {
        guard record.kind == .foreign, isAllowed, options.changesForeignDomains, let info = record.info else {
            throw .foreignDomain(
                name: record.name, domid: record.info?.domid ?? .domain0,
                isAllowed: isAllowed && record.kind == .foreign)
        }
        return info
    }

    /// A foreign domain in the hands of the holder of its UUID's lock: one without a definition or a device of ours.
    ///
    /// Its guest's end is the other toolstack's to deal with.
    func recoverForeignDomain(
        _ record: DomainRecord, _ info: LibxlDomainInfo, _ call: Call, _ recovery: Recovery
    ) async throws(DriverError) -> LockedDomain {
        var domain = LockedDomain(name: record.name, uuid: record.uuid, call: call, warnings: [], lost: [])
        var status = try await loadStatus(&domain)
        if let found = status, found.domid != info.domid || found.isForeign != true {
            // Of an earlier domain under this UUID, which must have ended.
            domain.warnings += try await recoverDomain(record.uuid, name: record.name, call).warnings
            status = nil
            if case .sound(let other) = try reading({ () throws(StateError) in try store.status(record.uuid) }) {
                throw .sharedUUID(name: record.name, domid: info.domid, by: other.domid ?? info.domid)
            }
        }
        let fresh = DomainStatus(foreign: record, info, name: try record.nameOrID)
        var live = LiveDomain(domid: info.domid, status: status ?? fresh, call: call, ended: info.ending)
        try await recover(&live, &domain, recovery) { (live, domain) throws(DriverError) in
            _ = try await recoverChange(&live, &domain)
        }
        domain.live = live
        return domain
    }

    /// The running domain of this name that another toolstack made; nil if there is none.
    func running(_ name: DomainName) async throws(DriverError) -> DomainRecord? {
        try await census(about: Sought(names: [name.text])).records.first {
            $0.kind == .foreign && $0.name == name.text
        }
    }

    /// Kills a foreign domain. Nothing of ours is left to recover afterwards, but for a change.
    func destroyForeign(_ record: DomainRecord, _ call: Call) async throws(DriverError) -> DomainOutcome {
        let info: LibxlDomainInfo
        if let kept = record.info, try await isOurs(keptBeside: kept) {
            info = kept
        } else {
            info = try foreignInfo(record, isAllowed: true, call.options)
        }
        let name = try record.nameOrID
        do throws(LibxlError) {
            try await host.libxl.destroyDomain(info.domid, deadline: call.deadline)
        } catch  where error.code != .domainNotFound {
            throw .operation(failure(error, of: record.name, phase: "destroy", call))
        } catch {}
        steps.reached(.domainDestroyed)
        var outcome = DomainOutcome(name: name, uuid: record.uuid, domid: nil, warnings: [])
        do throws(DriverError) {
            try await recoverEnded(call) { $0.uuid == record.uuid && $0.isForeign == true }
        } catch {
            outcome.warnings = [.recovery(.notTidied(error), domain: record.name)]
        }
        try await requireGone(info.domid, record.uuid, name: record.name)
        return outcome
    }
}

extension DomainRecord {
    /// The domain's name; where that breaks our rules for names, its id.
    var nameOrID: DomainName {
        get throws(DriverError) {
            let domid = info?.domid ?? .domain0
            do throws(DomainNameError) { return try DomainName(name) } catch {
                do throws(DomainNameError) { return try DomainName("\(domid)") } catch {
                    throw .foreignDomain(name: name, domid: domid, isAllowed: false)
                }
            }
        }
    }
}

extension DomainStatus {
    /// What there is to know of a foreign domain, to be written only while there is a change.
    fileprivate init(foreign record: DomainRecord, _ info: LibxlDomainInfo, name: DomainName) {
        let definition = DomainDefinition(
            name: name, uuid: record.uuid, memory: max(info.maximumMemory, Kibibytes(1024)),
            operatingSystem: OperatingSystem(guestType: info.guestType))
        self.init(
            uuid: record.uuid, domid: info.domid, definition: LiveDefinition(definition), bindings: [],
            nextGenerated: [:])
        isForeign = true
    }
}
