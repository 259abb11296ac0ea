import XenUnits

/// Where what a fake host keeps is read from, domain by domain.
protocol DomainSource: Sendable {
    var common: CommonState { get }
    /// What is kept of a domain; nil if nothing is.
    func state(of domid: DomainID) throws(FakeXenError) -> DomainState?
    /// What lists tell of all.
    func table() throws(FakeXenError) -> DomainTable
    /// The failure to make sense of a line of the table.
    func failure(_ line: DomainTable.DamagedLine) -> FakeXenError
}

/// A fake host's state as it was stored, with the time passed until one moment in all that is asked for.
///
/// Each part is read once. The first failure is kept: what could not be read counts as absent until somebody asks.
final class StateOrigin: Sendable {
    let now: Moment
    let common: CommonState
    private let source: any DomainSource
    private let content = Locked(Content())

    private struct Content: Sendable {
        var stored: [DomainID: DomainState?] = [:]
        var current: [DomainID: DomainState] = [:]
        var table: DomainTable?
        var failure: FakeXenError?
    }

    init(_ source: any DomainSource, now: Moment) {
        self.source = source
        self.now = now
        common = source.common
    }

    var failure: FakeXenError? { content.withLock { $0.failure } }

    /// The domains that were asked for, as they are now.
    var known: [DomainID: DomainState] { content.withLock { $0.current } }

    /// What is kept of a domain, as it is now.
    func state(of domid: DomainID) -> DomainState? {
        if let known = content.withLock({ $0.current[domid] }) { return known }
        guard let stored = stored(domid) else { return nil }
        guard let due = stored.nextEvent?.due, due <= now else {
            content.withLock { $0.current[domid] = stored }
            return stored
        }
        var state = HostState(self, together(with: domid, stored))
        state.pass(to: now)
        let passed = state.changed
        return content.withLock { content in
            content.current.merge(passed) { $1 }
            return content.current[domid]
        }
    }

    /// What is kept of a domain, as it was stored.
    func stored(_ domid: DomainID) -> DomainState? {
        if let stored = content.withLock({ $0.stored[domid] }) { return stored }
        let stored = trying { () throws(FakeXenError) in try source.state(of: domid) } ?? nil
        content.withLock { $0.stored[domid] = .some(stored) }
        return stored
    }

    /// The table as it was stored.
    func table() -> DomainTable {
        if let table = content.withLock({ $0.table }) { return table }
        let table = trying { () throws(FakeXenError) in try source.table() } ?? DomainTable()
        content.withLock { $0.table = table }
        return table
    }

    /// The rows of the table that `search` finds, as they are now, but those of the domains that were `changed`.
    func rows(
        besides changed: [DomainID: DomainState],
        _ search: (DomainTable) throws(DomainTable.DamagedLine) -> [DomainRow]
    ) -> [DomainRow] {
        func isDue(_ row: DomainRow) -> Bool { row.due.map { $0 <= now } ?? false }
        let found = find(search)
        // Of most hosts nothing is to be copied.
        guard !changed.isEmpty || found.contains(where: isDue) else { return found }
        return found.compactMap { row in
            guard changed[row.domid] == nil else { return nil }
            return isDue(row) ? state(of: row.domid).map { DomainRow($0, of: row.domid) } : row
        }
    }

    private func find(_ search: (DomainTable) throws(DomainTable.DamagedLine) -> [DomainRow]) -> [DomainRow] {
        let table = table()
        return trying { () throws(FakeXenError) in
            do throws(DomainTable.DamagedLine) { return try search(table) } catch { throw source.failure(error) }
        } ?? []
    }

    /// A domain as it was stored, with all those whose scripts would give links the same names: what becomes of one
    /// depends on the others.
    private func together(with domid: DomainID, _ state: DomainState) -> [DomainID: DomainState] {
        var all = [domid: state]
        var names = state.plannedLinks
        var asked: Set<String> = []
        while let name = names.popLast() {
            guard asked.insert(name).inserted else { continue }
            for row in find({ (table) throws(DomainTable.DamagedLine) in try table.rows(link: name) })
            where all[row.domid] == nil {
                guard let other = stored(row.domid) else { continue }
                all[row.domid] = other
                names += other.plannedLinks
            }
        }
        return all
    }

    private func trying<Value: Sendable>(_ body: () throws(FakeXenError) -> Value) -> Value? {
        do throws(FakeXenError) { return try body() } catch {
            content.withLock { $0.failure = $0.failure ?? error }
            return nil
        }
    }
}
