import LibxlAPI
import XenUnits

/// Everything that a fake host knows at one moment, and what a change makes of it.
///
/// A domain is read when somebody asks for it: what is about one domain costs the same however many there are.
struct HostState: Sendable {
    /// What belongs to no domain.
    var common: CommonState
    /// The domains that were changed, as they are now.
    private(set) var changed: [DomainID: DomainState] = [:]
    private let origin: StateOrigin

    init(_ origin: StateOrigin) {
        self.origin = origin
        common = origin.common
    }

    /// The same as its origin has it, with domains as they are given.
    init(_ origin: StateOrigin, _ states: [DomainID: DomainState]) {
        self.init(origin)
        changed = states
    }

    /// Why something could not be read; what it hid counts as absent, so nobody may go by this state then.
    var failure: FakeXenError? { origin.failure }

    // MARK: Domains

    /// What is kept of a domain; nil if nothing is.
    func state(of domid: DomainID) -> DomainState? {
        changed[domid] ?? origin.state(of: domid)
    }

    /// Changes what is kept of a domain.
    mutating func change<Value>(_ domid: DomainID, _ body: (inout DomainState) -> Value) -> Value {
        // Taken out, so that nobody else holds it and it need not be copied.
        var state = changed.removeValue(forKey: domid) ?? origin.state(of: domid) ?? DomainState()
        defer { changed[domid] = state }
        return body(&state)
    }

    /// The domain of this number.
    func domain(_ domid: DomainID) -> FakeDomain? { state(of: domid)?.domain }

    /// Whether there is a domain of this number; Domain-0 always is.
    func exists(_ domid: DomainID) -> Bool { domid == .domain0 || domain(domid) != nil }

    /// Every domain in order of domid, as far as lists tell.
    var domains: [DomainSummary] {
        let rows = allRows
        var domains: [DomainSummary] = []
        domains.reserveCapacity(rows.count)
        for row in rows { if let domain = row.domain { domains.append(domain) } }
        return domains
    }

    /// Everything that there is under a number, in order.
    var domids: [DomainID] { allRows.map(\.domid) }

    func name(of domid: DomainID) -> String? { value("/local/domain/\(domid)/name") }

    /// The live domain of this name, byte for byte.
    func domid(named name: String) -> DomainID? {
        rows { (table) throws(DomainTable.DamagedLine) in try table.rows(name: name) }
            .first { $0.domain != nil && $0.name?.isExactly(name) == true }?.domid
    }

    /// The names of the live domains.
    var names: [DomainID: String] {
        allRows
            .reduce(into: [:]) { names, row in if row.domain != nil { names[row.domid] = row.name } }
    }

    /// Those that may have PCI or USB devices of the host's.
    var domidsWithHostDevices: [DomainID] {
        rows { (table) throws(DomainTable.DamagedLine) in try table.rowsWithHostDevices() }.map(\.domid)
    }

    private var allRows: [DomainRow] { rows { (table) throws(DomainTable.DamagedLine) in try table.rows() } }

    /// Changes a domain and books the time that its guest ran; nothing if there is none.
    mutating func changeDomain(_ domid: DomainID, at now: Moment, _ body: (inout FakeDomain) -> Void) {
        change(domid) { state in
            guard var domain = state.domain else { return }
            body(&domain)
            domain.book(at: now)
            state.domain = domain
        }
    }

    /// Changes what libxl keeps of a domain's configuration; nothing if it keeps none.
    mutating func changeConfiguration(_ domid: DomainID, _ body: (inout LibxlDomainConfig) -> Void) {
        guard var config = domain(domid)?.storedConfiguration else { return }
        body(&config)
        change(domid) {
            $0.domain?.storedConfiguration = config
            $0.domain?.countConfigurationChange()
        }
    }

    /// The rows that `find` finds, as they are now, and those of all domains that were changed.
    private func rows(_ find: (DomainTable) throws(DomainTable.DamagedLine) -> [DomainRow]) -> [DomainRow] {
        let rows = origin.rows(besides: changed, find)
        guard !changed.isEmpty else { return rows }
        let others = changed.compactMap { $1.isEmpty ? nil : DomainRow($1, of: $0) }
        return (rows + others).sorted { $0.domid < $1.domid }
    }

    // MARK: xenstore

    /// The value of a node that was written.
    func value(_ path: String) -> String? {
        for owner in owners(of: NodePlace(path)) {
            if let value = state(of: owner)?.xenstore[path] { return value }
        }
        return common.xenstore[path]
    }

    /// The value of a node; empty if only nodes below it were written.
    func read(_ path: String) -> String? {
        value(path) ?? (children(of: path).isEmpty ? nil : "")
    }

    mutating func write(_ path: String, _ value: String) {
        guard let owner = owners(of: NodePlace(path)).first else {
            common.xenstore[path] = value
            return
        }
        change(owner) { $0.xenstore[path] = value }
    }

    /// Removes one node, whatever is below it.
    mutating func remove(_ path: String) {
        for owner in owners(of: NodePlace(path)) where state(of: owner)?.xenstore[path] != nil {
            change(owner) { $0.xenstore[path] = nil }
        }
        common.xenstore[path] = nil
    }

    mutating func removeTree(_ path: String) {
        let below = path + "/"
        func isMeant(_ key: String) -> Bool { key == path || key.hasPrefix(below) }
        for owner in domids(at: path) {
            guard let state = state(of: owner), state.xenstore.keys.contains(where: isMeant) else { continue }
            change(owner) { state in
                for key in state.xenstore.keys where isMeant(key) { state.xenstore[key] = nil }
            }
        }
        for key in common.xenstore.keys where isMeant(key) { common.xenstore[key] = nil }
    }

    func children(of path: String) -> [String] {
        let below = path == "/" ? "/" : path + "/"
        var names: Set<String> = []
        func look(_ nodes: [String: String]) {
            for key in nodes.keys where key.hasPrefix(below) {
                names.insert(String(key.dropFirst(below.count).prefix { $0 != "/" }))
            }
        }
        for owner in domids(at: path) { look(state(of: owner)?.xenstore ?? [:]) }
        look(common.xenstore)
        return names.sorted()
    }

    /// The nodes at and below a path that were written.
    func tree(_ path: String) -> [String: String] {
        let below = path == "/" ? "/" : path + "/"
        var nodes = common.xenstore.filter { $0.key == path || $0.key.hasPrefix(below) }
        for owner in domids(at: path) {
            for (key, value) in state(of: owner)?.xenstore ?? [:] where key == path || key.hasPrefix(below) {
                nodes[key] = value
            }
        }
        return nodes
    }

    /// The domain that a node is kept with; none where that is the host.
    private func owners(of place: NodePlace) -> [DomainID] {
        switch place {
        case .domain(let domid), .backend(_, of: let domid): [domid]
        case .uuid(let uuid):
            // Of several with one UUID it is kept with the last: one before it may have another by now.
            rows { (table) throws(DomainTable.DamagedLine) in try table.rows(uuid: uuid) }
                .filter { $0.domain?.uuid == uuid }.map(\.domid).reversed()
        case .host: []
        }
    }

    /// The domains that nodes at or below a path are kept with.
    private func domids(at path: String) -> [DomainID] {
        let place = NodePlace(path)
        switch place {
        case .backend, .uuid: return owners(of: place)
        case .domain(let domid):
            let shared = "/local/domain/\(domid)"
            guard path == shared || path == shared + "/backend" || path.hasPrefix(shared + "/backend/") else {
                return [domid]
            }
            // Backends are kept with the domains that they are for.
            guard domid != .domain0 else { return domids }
            let served = rows { (table) throws(DomainTable.DamagedLine) in try table.rows(servedBy: domid) }
            return [domid] + served.map(\.domid).filter { $0 != domid }
        case .host: return ["/", "/local", "/local/domain", "/libxl", "/vm"].contains(path) ? domids : []
        }
    }

    /// The state of one end of a device; nil if that end is not there.
    func end(_ path: String) -> XenbusState? {
        value(path + "/state").flatMap { Int($0) }.flatMap(XenbusState.init(rawValue:))
    }

    mutating func setEnd(_ path: String, _ state: XenbusState) {
        write(path + "/state", "\(state.rawValue)")
    }

    // MARK: Links

    /// The host's end of a NIC.
    func link(_ name: String) -> FakeLink? {
        owner(ofLink: name).flatMap { state(of: $0)?.links[name] }
    }

    /// Puts a link of its domain's under a name, in the place of any that has it.
    mutating func setLink(_ name: String, _ link: FakeLink) {
        removeLink(name)
        change(link.domid) { $0.links[name] = link }
    }

    mutating func removeLink(_ name: String) {
        guard let owner = owner(ofLink: name) else { return }
        change(owner) { $0.links[name] = nil }
    }

    private func owner(ofLink name: String) -> DomainID? {
        // Those that it is born with tell of the domain.
        let number = name.hasPrefix("vif") ? UInt32(name.dropFirst(3).prefix { $0 != "." }) : nil
        if let domid = number.map(DomainID.init(rawValue:)), state(of: domid)?.links[name] != nil { return domid }
        return rows { (table) throws(DomainTable.DamagedLine) in try table.rows(link: name) }
            .first { state(of: $0.domid)?.links[name] != nil }?.domid
    }

    // MARK: Devices

    /// Every device of a domain that has a backend, in order of the backends' paths.
    func devices(of domid: DomainID) -> [XenstoreDevice] { state(of: domid)?.devices ?? [] }

    /// The devices that libxl has a record of, in order of their numbers, each with its record's path.
    func records(kind: String, of domid: DomainID) -> [(devid: DeviceID, path: String)] {
        let directory = XenstorePath.libxlDevices(kind: kind, of: domid)
        return children(of: directory.text).compactMap { name in
            Int32(name).map { (DeviceID(rawValue: $0), directory.appending(name).text) }
        }.sorted { $0.0 < $1.0 }
    }

    // MARK: Events

    /// Plans something for a domain.
    mutating func plan(_ event: Event) {
        change(event.domid) { $0.events.append(event) }
    }

    /// Takes back what is planned for a domain.
    mutating func cancelEvents(of domid: DomainID, where isMeant: (Event) -> Bool) {
        guard state(of: domid)?.events.contains(where: isMeant) == true else { return }
        change(domid) { $0.events.removeAll(where: isMeant) }
    }

    /// The next of the events of the changed domains.
    var nextEvent: Event? {
        changed.sorted { $0.key < $1.key }.compactMap(\.value.nextEvent).min { $0.due < $1.due }
    }

    /// When something happens next to the domains that were looked at; nil if nothing will.
    var nextDueOfKnown: Moment? {
        let others = origin.known.filter { changed[$0.key] == nil }.compactMap(\.value.nextEvent?.due)
        return (others + changed.values.compactMap(\.nextEvent?.due)).min()
    }

    /// When something happens next; nil if nothing will.
    var nextDue: Moment? {
        allRows.compactMap(\.due).min()
    }

    /// All of it, as the world sees it.
    var whole: FakeXenState {
        var whole = FakeXenState(
            domains: [], xenstore: common.xenstore, links: [:], nextDomainID: common.nextDomainID)
        for state in domids.compactMap(state(of:)) {
            if let domain = state.domain { whole.domains.append(domain) }
            whole.xenstore.merge(state.xenstore) { $1 }
            whole.links.merge(state.links) { $1 }
        }
        return whole
    }
}

/// What a fake host keeps that is of no domain.
struct CommonState: Hashable, Sendable, Codable {
    /// The version of the form of all the files.
    var version = Self.currentVersion
    /// The domid that the next domain gets.
    var nextDomainID: DomainID
    /// The nodes of xenstore, by path.
    var xenstore: [String: String] = [:]
    var faults: [FakeFault] = []
    /// How often the host was booted anew; nil is never.
    var boots: Int?

    static let currentVersion = 3

    /// The effect of the first fault that strikes here, which is used up by that.
    mutating func takeFault(_ operation: FakeOperation, after step: String?) -> FakeFault.Effect? {
        for index in faults.indices where faults[index].operation == operation && faults[index].step == step {
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                continue
            }
            let effect = faults[index].effect
            if let times = faults[index].times {
                if times <= 1 {
                    faults.remove(at: index)
                } else {
                    faults[index].times = times - 1
                }
            }
            return effect
        }
        return nil
    }
}
