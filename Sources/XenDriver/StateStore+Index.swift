import Glibc
import SystemPackage
import XenModel
import XenUnits

/// Looking up definitions without reading them all.
///
/// `run/xenkeeper/index/definitions` says what the files of definitions are. It counts only while the folder has the very
/// time of its last change that the index names; who changes a definition brings it up to date, and whoever has a domain in
/// hand makes it anew where it does not count. Without it every file is read. What it says is never believed alone: the
/// file itself is read.
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

    /// Whether any file is the definition of this UUID, or may be.
    func mayHaveDefinition(_ uuid: DomainUUID) throws(StateError) -> Bool {
        if let has = try index()?.has(uuid) { return has }
        return try definitionUUIDs().contains(uuid)
    }

    /// The UUIDs of all definitions, and of files that may be one.
    func definitionUUIDs() throws(StateError) -> Set<DomainUUID> {
        if let index = try index() { return index.uuids }
        let records = try allDefinitions()
        return Set(records.definitions.map(\.uuid) + records.unreadable.compactMap(\.uuid))
    }

    /// The rows of all files that are definitions, by UUID; nil where there is no index that counts, or a file is not what
    /// its row is of any more.
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

    // MARK: The index

    private var indexFile: FilePath { indexes.appending("definitions") }

    private var indexLock: FilePath { indexes.appending("lock") }

    private static let largestIndex = 256 << 20

    /// The index, if there is one that counts.
    func index() throws(StateError) -> DefinitionIndex? {
        let bytes: [UInt8]?
        do throws(StateError) { bytes = try FileSystem.read(indexFile, atMost: Self.largestIndex) } catch {
            guard !error.isOfProcess else { throw error }
            return nil
        }
        guard let index = bytes.flatMap(DefinitionIndex.init(file:)),
            FileSystem.lastChange(of: definitions) == index.folder
        else { return nil }
        return index
    }

    /// Makes the index anew where there is none that counts, for somebody who may write. That it cannot be made is of no
    /// matter.
    func renewIndex() throws(StateError) {
        guard try index() == nil else { return }
        try FileLock.holdIfFree(indexLock) { () throws(StateError) in
            guard let time = FileSystem.mark(definitions) else { return false }
            var rows: [DefinitionIndex.Row] = []
            var files: [[UInt8]] = []
            try eachDefinitionFile { files.append(Array($0)) }
            for file in files {
                guard let row = try row(of: file) else { return false }
                rows.append(row)
            }
            try write(DefinitionIndex(rows, of: time))
            return false
        }
    }

    /// Does `change`, which makes or takes away the definition in the file of this name, and brings the index up to date.
    func changingDefinition(_ name: DomainName, _ change: () throws(StateError) -> Void) throws(StateError) {
        let file = Array("\(name).xml".utf8)
        var isDone = false
        var failure: StateError?
        do throws(StateError) {
            try FileLock.holdIfFree(indexLock) { () throws(StateError) in
                let before = try index()
                isDone = true
                do throws(StateError) { try change() } catch {
                    failure = error
                    return false
                }
                if let before { try renew(before, file) }
                return false
            }
        } catch {
            // The definition is what counts: where the index is not right any more it does not count.
        }
        if let failure { throw failure }
        // Somebody makes the index anew, and will see that the folder has changed; or there can be none.
        if !isDone { try change() }
    }

    /// Brings an index that counted up to date with one file.
    private func renew(_ before: DefinitionIndex, _ file: [UInt8]) throws(StateError) {
        guard let time = FileSystem.mark(definitions) else { return }
        let row = try row(of: file)
        // Somebody else may have changed the folder before it was marked.
        var sum = FileNameSum()
        try eachDefinitionFile { sum.add($0) }
        guard let after = before.replacing(file, with: row, of: time), after.sum == sum else { return }
        try write(after)
    }

    /// Writes the index, unless somebody has changed the folder meanwhile.
    private func write(_ index: DefinitionIndex) throws(StateError) {
        guard FileSystem.lastChange(of: definitions) == index.folder else { return }
        let fresh = indexes.appending(".definitions.new")
        try FileSystem.write(index.file, to: fresh, synced: false)
        try FileSystem.rename(fresh, to: indexFile, synced: false)
    }

    /// Shows the name of each file that is a definition, byte for byte.
    private func eachDefinitionFile(_ look: (UnsafeRawBufferPointer) -> Void) throws(StateError) {
        let suffix = Array(".xml".utf8)
        try FileSystem.eachName(in: definitions) { name in
            if name.count >= suffix.count, name.suffix(suffix.count).elementsEqual(suffix) { look(name) }
        }
    }

    /// What a file is; nil if there is none.
    private func row(of file: [UInt8]) throws(StateError) -> DefinitionIndex.Row? {
        var row = DefinitionIndex.Row(
            file: file, stamp: FileStamp(number: 0, size: 0, time: FileTime(timespec())), isSound: false)
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
}
