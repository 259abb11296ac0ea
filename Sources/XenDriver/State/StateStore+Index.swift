import SystemPackage
import XenModel
import XenUnits

/// Looking up definitions and statuses without reading them all.
///
/// `run/xenkeeper/index/definitions` says what the files of definitions are, `statuses` what of the host running
/// domains have. What they say is never believed alone: the file itself is read.
extension StateStore {
    /// The definitions of these names and UUIDs, and each file that is none.
    func definitions(named names: [String] = [], of uuids: [DomainUUID] = []) throws(StateError) -> DefinitionRecords {
        if let records = try indexed(names, uuids) { return records }
        var records = try allDefinitions()
        records.definitions = records.definitions.filter { definition in
            uuids.contains(definition.uuid) || names.contains { definition.name.text.isExactly($0) }
        }
        return records
    }

    /// The same by the index; nil where there is none that counts, or where it is wrong.
    private func indexed(_ names: [String], _ uuids: [DomainUUID]) throws(StateError) -> DefinitionRecords? {
        guard let index = try index(), var rows = index.troubled else { return nil }
        for name in names {
            guard let found = index.row(file: Array("\(name).xml".utf8)) else { return nil }
            if let found { rows.append(found) }
        }
        for uuid in uuids {
            guard let found = index.rows(uuid: uuid) else { return nil }
            rows += found
        }
        var entries: [FileSystem.Entry] = []
        for row in Set(rows) {
            switch try definition(of: row.entry) {
            case nil: return nil
            case .success(let definition): guard row.isSound, row.uuid == definition.uuid else { return nil }
            case .failure(let unreadable): guard !row.isSound, row.uuid == unreadable.uuid else { return nil }
            }
            entries.append(row.entry)
        }
        return try definitions(in: entries)
    }

    /// The UUIDs of all definitions, and of files that may be one.
    func definitionUUIDs() throws(StateError) -> SortedSet<DomainUUID> {
        if let index = try index() { return lastUUIDs.value(of: index.lines) { index.uuids } }
        let records = try allDefinitions()
        return SortedSet(records.definitions.map(\.uuid) + records.unreadable.compactMap(\.uuid))
    }

    /// The rows of all files that are definitions, by UUID; nil where there is no index that counts, or a file is not
    /// what its row is of any more.
    func definitionRows() throws(StateError) -> [DomainUUID: DefinitionIndex.Row]? {
        guard let rows = try index()?.rows else { return nil }
        var byUUID: [DomainUUID: DefinitionIndex.Row] = [:]
        for row in rows where row.isSound && !row.isTwin {
            guard let uuid = row.uuid, row.name != nil,
                FileSystem.stamp(definitions.appending(row.entry.name)) == row.stamp
            else { return nil }
            byUUID[uuid] = row
        }
        return byUUID
    }

    // MARK: The index of definitions

    /// The index, if there is one that counts.
    private func index() throws(StateError) -> DefinitionIndex? {
        try definitionDirectory.index().map(DefinitionIndex.init)
    }

    /// Does `change`, which makes or takes away the definition in the file of this name, and brings the index up to
    /// date.
    func changingDefinition(_ name: DomainName, _ change: () throws(StateError) -> Void) throws(StateError) {
        let file = Array("\(name).xml".utf8)
        try definitionDirectory.withDomain(change) { (index) throws(StateError) in
            DefinitionIndex(index).replacing(file, with: try row(of: file))
        }
    }

    /// What a file is; nil if there is none.
    private func row(of file: [UInt8]) throws(StateError) -> DefinitionIndex.Row? {
        var row = DefinitionIndex.Row(file: file, stamp: .none, isSound: false)
        // The stamp first: what is written meanwhile has another one.
        if let stamp = FileSystem.stamp(definitions.appending(row.entry.name)) { row.stamp = stamp }
        switch try definition(of: row.entry) {
        case nil: return nil
        case .success(let definition):
            (row.uuid, row.name, row.title, row.isSound) = (
                definition.uuid, definition.name.text, definition.title, true
            )
        case .failure(let unreadable): (row.uuid, row.name) = (unreadable.uuid, unreadable.name)
        }
        return row
    }

    // MARK: The index of statuses

    /// What others have to know of each domain that has a status.
    func digests() throws(StateError) -> StatusDigests {
        if let lines = try statusDirectory.index()?.lines {
            let digests = lastDigests.value(of: lines) {
                let places = lines.places
                var rows: [StatusDigest.Row] = []
                rows.reserveCapacity(places.count)
                for place in places {
                    guard let row = StatusDigest.Row(line: lines[place]) else { return nil }
                    rows.append(row)
                }
                return StatusDigests(rows)
            }
            if let digests { return digests }
        }
        var rows: [StatusDigest.Row] = []
        for uuid in try liveFiles().statuses {
            if let row = try row(ofStatus: uuid) { rows.append(row) }
        }
        return StatusDigests(rows)
    }

    /// Does `change`, which makes, replaces or takes away the status of a domain, and brings the index up to date.
    func changingStatus(
        _ uuid: DomainUUID, to digest: StatusDigest?, _ change: () throws(StateError) -> Void
    ) throws(StateError) {
        try statusDirectory.withDomain(change) { (index) in
            var lines = index.lines
            let row = FileSystem.stamp(statusFile(uuid)).map { StatusDigest.Row(uuid: uuid, stamp: $0, digest: digest) }
            if let place = index.place(of: Array(StatusDigest.file(uuid).utf8)) {
                lines.replace(place, with: row?.line ?? [])
            } else if let row {
                lines.append(row.line)
            }
            return lines
        }
    }

    /// Does `change` to other files beside the statuses.
    func changingBesideStatuses(_ change: () throws(StateError) -> Void) throws(StateError) {
        try statusDirectory.withDomain(change) { $0.lines }
    }

    private func row(ofStatus uuid: DomainUUID) throws(StateError) -> StatusDigest.Row? {
        guard let stamp = FileSystem.stamp(statusFile(uuid)) else { return nil }
        var row = StatusDigest.Row(uuid: uuid, stamp: stamp)
        if case .sound(let status) = try status(uuid) { row.digest = StatusDigest(status) }
        return row
    }

    // MARK: Both

    /// Makes the indexes anew that do not count, for somebody who may write, and tells whether there was one. That one
    /// cannot be made is of no matter.
    func renewIndexes() throws(StateError) -> Bool {
        let areDefinitionsKnown = try definitionDirectory.renew { (files, _) throws(StateError) in
            var rows: [DefinitionIndex.Row] = []
            for file in files {
                guard let row = try row(of: file) else { return nil }
                rows.append(row)
            }
            return DefinitionIndex.lines(of: rows)
        }
        let areStatusesKnown = try statusDirectory.renew { (files, former) throws(StateError) in
            var lines = LineTable()
            for file in files {
                let name = String(decoding: file, as: UTF8.self)
                if let former, let place = former.place(of: file),
                    let row = StatusDigest.Row(line: former.lines[place]),
                    row.isOf(FileSystem.stamp(statuses.appending(name)))
                {
                    lines.append(row.line)
                } else {
                    guard let uuid = file.prefix(DomainUUID.textLength).withUnsafeBytes({ DomainUUID(canonical: $0) }),
                        let row = try row(ofStatus: uuid)
                    else { return nil }
                    lines.append(row.line)
                }
            }
            return lines
        }
        return !areDefinitionsKnown || !areStatusesKnown
    }

    // MARK: What Xen showed

    /// What xenstore showed of running domains when somebody last asked, in order of domid.
    func shownDomains() throws(StateError) -> [ShownDomain] {
        do throws(StateError) {
            let file = try FileSystem.read(shownFile, atMost: Self.largestShown)
            guard let file, let (_, lines) = IndexFile.read(file, title: ShownDomain.title) else { return [] }
            return lines.places.compactMap { ShownDomain(line: lines[$0]) }
        } catch {
            guard !error.isOfProcess else { throw error }
            return []
        }
    }

    /// Keeps what xenstore showed of domains, and of no others than those of `running`.
    func keepShown(_ shown: [ShownDomain], among running: [DomainID]) throws(StateError) {
        try FileLock.holdBriefly(indexes.appending("shown.lock")) { () throws(StateError) in
            let running = SortedSet(running)
            let renewed = SortedSet(shown.map(\.domid))
            let former = try shownDomains().filter { !renewed.contains($0.domid) }
            var lines = LineTable()
            for domain in (former + shown).sorted(by: { $0.domid < $1.domid }) where running.contains(domain.domid) {
                lines.append(domain.line)
            }
            try FileSystem.replace(shownFile, with: IndexFile.bytes(lines, title: ShownDomain.title, head: "-"))
        }
    }

    private var shownFile: FilePath { indexes.appending("shown") }

    private static let largestShown = 256 << 20
}
