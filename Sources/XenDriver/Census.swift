import LibxlAPI
import XenModel
import XenUnits

/// All domains at one moment: files and Xen, merged in memory. Taking one writes nothing and waits for nobody.
struct Census: Sendable {
    var records: [DomainRecord]
    /// Definitions that could not be read.
    var problems: [String]
}

/// One domain of a census.
struct DomainRecord: Sendable {
    enum Kind: Sendable {
        case domain0
        /// Persistent, or started by this driver.
        case own
        /// Made by another toolstack, or under our UUID but with another id.
        case foreign
        /// Killed, and not gone from the hypervisor yet; its name and UUID are free.
        case dying
    }

    var kind: Kind
    var name: String
    var uuid: DomainUUID
    /// nil if it does not run.
    var info: LibxlDomainInfo?
    var persistent: DomainDefinition?
    /// nil if it does not run, or is not ours.
    var status: DomainStatus?
    /// What is being done to a domain that is not ours; nil if nothing is.
    var foreignPlan: Plan?

    var state: DomainState {
        guard let info else { return .shutOff }
        if info.dying { return .dying }
        if info.shutdown { return info.shutdownReason == .crash ? .crashed : .inShutdown }
        if info.paused { return .paused }
        return info.running || info.blocked ? .running : .noState
    }

    var reason: DomainStateReason {
        switch state {
        case .inShutdown: info?.shutdownReason?.stateReason ?? .unknown
        case .paused: status.map { $0.plan?.work == .start ? .startingUp : .user } ?? .unknown
        case .running: status.map { $0.isResumed == true ? .unpaused : .booted } ?? .unknown
        case .noState, .idle, .shutOff, .crashed, .dying: .unknown
        }
    }
}

extension Driver {
    func census() async throws(DriverError) -> Census {
        let (definitions, problems) = try reading { () throws(StateError) in try store.allDefinitions() }
        let infos = try await libxl("list the domains") { () throws(LibxlError) in
            try await host.libxl.listDomains()
        }
        let uuids = try reading { () throws(StateError) in Set(try store.statusUUIDs()) }
        var records: [DomainRecord] = []
        var running: Set<DomainUUID> = []
        for info in infos {
            let name = try await name(of: info.domid)
            if info.domid == .domain0 {
                records.append(DomainRecord(kind: .domain0, name: name ?? "Domain-0", uuid: info.uuid, info: info))
                continue
            }
            var record = DomainRecord(
                kind: info.dying ? .dying : .foreign, name: name ?? "(null)", uuid: info.uuid, info: info)
            if !info.dying, uuids.contains(info.uuid) {
                let persistent = definitions.first { $0.uuid == info.uuid }
                if let status = try await status(of: info, name: name, persistent: persistent, among: infos) {
                    record.kind = .own
                    record.name = status.name.text
                    record.status = status
                    record.persistent = persistent
                    running.insert(info.uuid)
                } else {
                    record.foreignPlan = try foreignPlan(of: info)
                }
            }
            records.append(record)
        }
        for definition in definitions where !running.contains(definition.uuid) {
            records.append(
                DomainRecord(
                    kind: .own, name: definition.name.text, uuid: definition.uuid, persistent: definition))
        }
        return Census(records: records, problems: problems)
    }

    /// The status that belongs to a live domain; nil if the domain is not ours.
    private func status(
        of info: LibxlDomainInfo, name: String?, persistent: DomainDefinition?, among infos: [LibxlDomainInfo]
    ) async throws(DriverError) -> DomainStatus? {
        switch try reading({ () throws(StateError) in try store.status(info.uuid) }) {
        case nil: return nil
        case .sound(let status):
            guard status.isForeign != true else { return nil }
            if status.domid == info.domid { return status }
            return status.mayHaveStarted(info, name: name) ? status : nil
        case .damaged:
            guard infos.count(where: { $0.uuid == info.uuid && !$0.dying }) == 1 else { return nil }
            return try await rebuiltStatus(uuid: info.uuid, domid: info.domid, from: persistent)?.status
        }
    }

    private func foreignPlan(of info: LibxlDomainInfo) throws(DriverError) -> Plan? {
        guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(info.uuid) }),
            status.isForeign == true, status.domid == info.domid
        else { return nil }
        return status.plan
    }

    /// The domain that the user names.
    func record(_ reference: DomainReference) async throws(DriverError) -> DomainRecord {
        let records = try await census().records
        // Ours come before foreign ones of the same name or UUID; a domain id is nobody else's.
        let ordered = records.filter { $0.kind == .own || $0.kind == .domain0 } + records.filter { $0.kind == .foreign }
        if let domid = reference.domid, let record = ordered.first(where: { $0.info?.domid == domid }) {
            return record
        }
        if let uuid = reference.uuid, let record = ordered.first(where: { $0.uuid == uuid }) { return record }
        guard let record = ordered.first(where: { $0.name == reference.text }) else { throw .noDomain(reference) }
        return record
    }

    func name(of domid: DomainID) async throws(DriverError) -> String? {
        try await libxl("read a domain's name") { () throws(LibxlError) in try await host.libxl.domainName(domid) }
    }

    // MARK: Errors of the layers below

    func reading<Result>(_ body: () throws(StateError) -> Result) throws(DriverError) -> Result {
        do throws(StateError) { return try body() } catch { throw .state(error) }
    }

    func libxl<Result>(_ phase: String, _ body: () async throws(LibxlError) -> Result) async throws(DriverError)
        -> Result
    {
        do throws(LibxlError) { return try await body() } catch {
            throw .operation(OperationFailure(domain: "(all)", phase: phase, error: error))
        }
    }

    func xenstore<Result>(_ body: () async throws(XenstoreError) -> Result) async throws(DriverError) -> Result {
        do throws(XenstoreError) { return try await body() } catch { throw .xenstore(error) }
    }
}

extension LibxlShutdownReason {
    fileprivate var stateReason: DomainStateReason {
        switch self {
        case .unknown, .crash: .unknown
        case .poweroff: .poweroff
        case .reboot: .reboot
        case .suspend: .suspend
        case .watchdog: .watchdog
        case .softReset: .softReset
        }
    }
}

extension DomainStatus {
    /// Whether `info` is the domain that a start of ours was making when it was killed before it learnt the id.
    ///
    /// libxl leaves a new domain paused, and we record the id before we let it run: one that is not paused was started
    /// by somebody else. It has no name yet at the very beginning.
    func mayHaveStarted(_ info: LibxlDomainInfo, name: String?) -> Bool {
        domid == nil && plan?.work == .start && info.uuid == uuid && info.paused && !info.dying
            && (name == nil || name == self.name.text)
    }
}
