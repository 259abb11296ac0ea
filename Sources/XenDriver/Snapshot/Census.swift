import LibxlAPI
import XenModel
import XenUnits

/// All domains at one moment: files and Xen, merged in memory. Taking one writes nothing and waits for nobody.
struct Census: Sendable {
    var records: [DomainRecord]
    /// The files of definitions, also those that cannot be read.
    var definitions: DefinitionRecords
    var live: StateStore.LiveFiles
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
    /// What is being done to it, also where it is not ours or does not run; nil if nothing is.
    var change: Change?
    /// Whether somebody has begun to destroy it.
    var isBeingDestroyed = false

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
        case .paused: status.map { $0.change?.kind.makesDomain == true ? .startingUp : .user } ?? .unknown
        case .running: status.map { $0.isResumed == true ? .unpaused : .booted } ?? .unknown
        case .noState, .idle, .shutOff, .crashed, .dying: .unknown
        }
    }
}

/// What is looked for among the domains.
struct Sought: Sendable {
    var domid: DomainID?
    var names: [String] = []
    var uuids: [DomainUUID] = []

    func isCalled(_ name: String?) -> Bool { name.map { name in names.contains { $0.isExactly(name) } } ?? false }
}

extension Driver {
    /// All domains.
    func census() async throws(DriverError) -> Census {
        let files = try reading { () throws(StateError) in try store.allDefinitions() }
        let infos = try await domainsInXen()
        let live = try reading { () throws(StateError) in try store.liveFiles() }
        return try await census(of: infos, among: infos, files, live)
    }

    /// The domains that are looked for, and maybe others; files of no other domain are read.
    ///
    /// A running one is found by the name that its definition has, or where there is none of it by the one in xenstore.
    func census(about sought: Sought) async throws(DriverError) -> Census {
        let infos = try await domainsInXen()
        var (files, live, defined) = try reading { () throws(StateError) in
            (
                try store.definitions(named: sought.names, of: sought.uuids), try store.liveFiles(),
                try store.definitionUUIDs()
            )
        }
        // Those that have the name of their definition.
        let known = SortedSet(defined.part(of: live.statuses, isIn: true))
        let uuids = Set(sought.uuids + files.definitions.map(\.uuid))
        var meant: [LibxlDomainInfo] = []
        for info in infos {
            if info.domid == sought.domid || uuids.contains(info.uuid) {
                meant.append(info)
            } else if !sought.names.isEmpty, !known.contains(info.uuid) {
                if sought.isCalled(try await shownName(of: info)) { meant.append(info) }
            }
        }
        let others = meant.map(\.uuid).filter { !uuids.contains($0) }
        if !others.isEmpty {
            let all = Array(uuids) + others
            files = try reading { () throws(StateError) in try store.definitions(named: sought.names, of: all) }
        }
        return try await census(of: meant, among: infos, files, live)
    }

    private func shownName(of info: LibxlDomainInfo) async throws(DriverError) -> String {
        try await name(of: info.domid) ?? (info.domid == .domain0 ? "Domain-0" : "(null)")
    }

    func census(
        of meant: [LibxlDomainInfo], among infos: [LibxlDomainInfo], _ files: DefinitionRecords,
        _ live: StateStore.LiveFiles
    ) async throws(DriverError) -> Census {
        let definitions = files.definitions
        let uuids = SortedSet(live.statuses)
        var records: [DomainRecord] = []
        var running: Set<DomainUUID> = []
        for info in meant {
            let name = try await name(of: info.domid)
            if info.domid == .domain0 {
                records.append(DomainRecord(kind: .domain0, name: name ?? "Domain-0", uuid: info.uuid, info: info))
                continue
            }
            let persistent = definitions.first { $0.uuid == info.uuid }
            var record = DomainRecord(
                kind: info.dying ? .dying : .foreign, name: name ?? "(null)", uuid: info.uuid, info: info)
            if info.dying {
                // libxl takes the name away first.
                record.name = name ?? persistent?.name.text ?? record.name
            } else if uuids.contains(info.uuid) || persistent != nil {
                if let status = try await status(of: info, name: name, persistent: persistent, among: infos) {
                    record.kind = .own
                    record.name = status.name.text
                    record.status = status
                    record.change = status.change
                    record.isBeingDestroyed = live.stops[info.uuid]?.contains(info.domid) == true
                    record.persistent = persistent
                    running.insert(info.uuid)
                } else {
                    record.change = try foreignChange(of: info)
                }
            }
            records.append(record)
        }
        for definition in definitions where !running.contains(definition.uuid) {
            var record = DomainRecord(
                kind: .own, name: definition.name.text, uuid: definition.uuid, persistent: definition)
            if uuids.contains(definition.uuid),
                case .sound(let status) = try reading({ () throws(StateError) in try store.status(definition.uuid) }),
                status.isForeign != true
            {
                record.change = status.change
            }
            records.append(record)
        }
        return Census(records: records, definitions: files, live: live)
    }

    /// The status that belongs to a live domain; nil if the domain is not ours.
    private func status(
        of info: LibxlDomainInfo, name: String?, persistent: DomainDefinition?, among infos: [LibxlDomainInfo]
    ) async throws(DriverError) -> DomainStatus? {
        switch try reading({ () throws(StateError) in try store.status(info.uuid) }) {
        case nil:
            guard persistent != nil, try await isMarked(info.domid) else { return nil }
            return try await rebuiltStatus(of: info, among: infos, from: persistent)
        case .sound(let status):
            guard status.isForeign != true else { return nil }
            if status.domid == info.domid { return status }
            return status.mayHaveStarted(info, name: name) ? status : nil
        case .damaged, .newer: return try await rebuiltStatus(of: info, among: infos, from: persistent)
        }
    }

    private func rebuiltStatus(
        of info: LibxlDomainInfo, among infos: [LibxlDomainInfo], from persistent: DomainDefinition?
    ) async throws(DriverError) -> DomainStatus? {
        guard try await running(info.uuid, among: infos)?.domid == info.domid else { return nil }
        return try await rebuiltStatus(uuid: info.uuid, domid: info.domid, from: persistent)?.status
    }

    private func foreignChange(of info: LibxlDomainInfo) throws(DriverError) -> Change? {
        guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(info.uuid) }),
            status.isForeign == true, status.domid == info.domid
        else { return nil }
        return status.change
    }

    /// The domain that the user names.
    ///
    /// Of several with one name or UUID the one that runs is meant, ours first; where the definition alone matters, the
    /// one that has one. A domain id is nobody else's.
    func record(_ reference: DomainReference, prefersDefinition: Bool = false) async throws(DriverError)
        -> DomainRecord
    {
        let sought = Sought(
            domid: reference.domid, names: [reference.text], uuids: reference.uuid.map { [$0] } ?? [])
        let census = try await census(about: sought)
        if let record = record(reference, in: census, prefersDefinition: prefersDefinition) { return record }
        // A name in a status that nothing else tells of.
        let all = try await self.census()
        if let record = record(reference, in: all, prefersDefinition: prefersDefinition) { return record }
        let file = all.definitions.unreadable.first { file in
            file.mayBe(reference.text) || reference.uuid.map { file.uuid == $0 } ?? false
        }
        throw file?.error(reference.text) ?? .noDomain(reference)
    }

    private func record(
        _ reference: DomainReference, in census: Census, prefersDefinition: Bool
    ) -> DomainRecord? {
        let records = census.records
        let runs = { (record: DomainRecord) in record.info != nil && record.kind != .dying }
        var ordered = records.filter { runs($0) && $0.kind != .foreign }
        ordered += records.filter { $0.kind == .foreign }
        ordered += records.filter { $0.info == nil }
        ordered += records.filter { $0.kind == .dying }
        if prefersDefinition { ordered = ordered.filter { $0.persistent != nil } + ordered }
        if let domid = reference.domid, let record = ordered.first(where: { $0.info?.domid == domid }) {
            return record
        }
        if let uuid = reference.uuid, let record = ordered.first(where: { $0.uuid == uuid }) { return record }
        return ordered.first { $0.name.isExactly(reference.text) }
    }

    /// Every domain of the host, in order of domid.
    func domainsInXen() async throws(DriverError) -> [LibxlDomainInfo] {
        try await libxl("list the domains") { () throws(LibxlError) in try await host.libxl.listDomains() }
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
        domid == nil && change?.kind.makesDomain == true && info.uuid == uuid && info.paused && !info.dying
            && (name.map { $0.isExactly(self.name.text) } ?? true)
    }
}
