import DomainXML
import FoundationEssentials
import SystemPackage
import XenModel
import XenUnits

/// The driver's files below one root: who writes what, and in which order, is decided by its callers.
///
/// What stands there is input like any other. A record is what its file's *name* says; what cannot be read is that
/// file's trouble alone, is never taken for absent and never overwritten. What is written is read back before it
/// counts.
struct StateStore: Sendable {
    let steps: StepHook
    let definitions: FilePath
    let statuses: FilePath
    /// What is made of the other files, and can be made again.
    let indexes: FilePath
    private let staging: FilePath
    private let preparing: FilePath
    let definitionDirectory: IndexedDirectory
    let statusDirectory: IndexedDirectory
    /// Written by the user, never by us.
    let configurationFile: FilePath
    /// Links to the definitions of domains that are started with the host.
    let autostart: FilePath
    /// What must outlive a boot of the host.
    let memory: FilePath
    let locks: FilePath
    private let lastRead = LastRead()
    let lastUUIDs = Memo<LineTable, SortedSet<DomainUUID>>()
    let lastDigests = Memo<LineTable, StatusDigests?>()

    /// In bytes. A status has documents in it, which grow as they become JSON.
    private static let largestStatus = 64 << 20
    private static let largestConfiguration = 1 << 20
    /// How many damaged statuses of a domain are kept.
    private static let mostDamaged = 5

    init(root: FilePath, steps: StepHook) {
        self.steps = steps
        definitions = root.appending("etc/xenkeeper/domains")
        configurationFile = root.appending("etc/xenkeeper/connection.json")
        staging = root.appending("etc/xenkeeper/staged")
        statuses = root.appending("run/xenkeeper/domains")
        preparing = root.appending("run/xenkeeper/prepared")
        indexes = root.appending("run/xenkeeper/index")
        locks = root.appending("run/xenkeeper/locks")
        autostart = root.appending("etc/xenkeeper/autostart")
        memory = root.appending("var/lib/xenkeeper")
        let suffix = Array(".xml".utf8)
        definitionDirectory = IndexedDirectory(
            path: definitions, indexes: indexes, name: "definitions", title: DefinitionIndex.title,
            isMember: { $0.ends(with: suffix) })
        let status = UUIDName.status
        statusDirectory = IndexedDirectory(
            path: statuses, indexes: indexes, name: "statuses", title: StatusDigest.title,
            isMember: { status.uuid(in: $0) != nil })
    }

    /// Makes the directories that a change writes to.
    func prepare() throws(StateError) {
        for directory in [definitions, staging] { try FileSystem.createDirectory(directory, synced: true) }
        for directory in [statuses, preparing, locks, indexes] {
            try FileSystem.createDirectory(directory, synced: false)
        }
    }

    /// The bytes of the connection's configuration; nil if there is none.
    func configuration() throws(StateError) -> [UInt8]? {
        try FileSystem.read(configurationFile, atMost: Self.largestConfiguration)
    }

    // MARK: Locks

    func domainLock(_ uuid: DomainUUID) -> FilePath { locks.appending("\(uuid).lock") }

    var hostLock: FilePath { locks.appending("host.lock") }

    /// Held by the one service that keeps the domains of this host, for as long as it runs.
    var serviceLock: FilePath { locks.appending("daemon.lock") }

    /// Whether that service runs.
    var isServed: Bool { FileLock.isHeld(serviceLock) }

    /// The domains of which a killed command left something: files that are not yet in their place, or a lock.
    ///
    /// `older` is whether to look for those of earlier programs too. They lie among the definitions and statuses, so
    /// that there are no new ones while the indexes of these count.
    func leftovers(older: Bool) throws(StateError) -> Set<DomainUUID> {
        func uuids(_ directory: FilePath, _ prefix: String, _ suffix: String) throws(StateError) -> [DomainUUID] {
            let name = UUIDName(prefix: prefix, suffix: suffix)
            var uuids: [DomainUUID] = []
            try FileSystem.eachName(in: directory) { if let uuid = name.uuid(in: $0) { uuids.append(uuid) } }
            return uuids
        }
        var found = try uuids(staging, "", ".staged") + uuids(preparing, "", ".json") + uuids(locks, "", ".lock")
        if older { found += try uuids(definitions, ".", ".staged") + uuids(statuses, ".", ".json.new") }
        return Set(found)
    }

    /// Removes what killed commands left of a domain, unless somebody has it in hand.
    func tidy(_ uuid: DomainUUID) throws(StateError) {
        try FileLock.holdIfFree(domainLock(uuid), removesFile: true) { () throws(StateError) in
            try dropPrepared(uuid)
            switch try status(uuid) {
            case nil: try dropStaged(uuid)
            case .sound(let status) where status.change?.stages != true: try dropStaged(uuid)
            // Its next change completes or drops it.
            case .sound, .damaged, .newer: break
            }
        }
    }

    // MARK: Persistent definitions

    // Every file whose name ends in ".xml" is a definition. Our other files in that directory end otherwise.

    func definitionFile(_ name: DomainName) -> FilePath { definitions.appending("\(name).xml") }

    /// Where a definition waits for its change to be done. It goes by UUID as the lock of its domain does.
    private func stagedFile(_ uuid: DomainUUID) -> FilePath { staging.appending("\(uuid).staged") }

    /// The same, and where earlier programs put it: a name in the directory of the definitions, which changes that
    /// directory.
    private func stagedFiles(_ uuid: DomainUUID) -> [FilePath] {
        [stagedFile(uuid), definitions.appending(".\(uuid).staged")]
    }

    /// Every definition, and each file that is none.
    func allDefinitions() throws(StateError) -> DefinitionRecords {
        try definitions(in: FileSystem.list(definitions).filter { $0.name.hasSuffix(".xml") })
    }

    /// The definitions in these files, and each file that is none.
    func definitions(in entries: [FileSystem.Entry]) throws(StateError) -> DefinitionRecords {
        var records = DefinitionRecords()
        var files: [DomainUUID: [(definition: DomainDefinition, path: FilePath)]] = [:]
        for entry in entries {
            let path = definitions.appending(entry.name)
            switch try definition(of: entry) {
            case nil: continue
            case .failure(let unreadable): records.unreadable.append(unreadable)
            case .success(let definition): files[definition.uuid, default: []].append((definition, path))
            }
        }
        for (uuid, found) in files {
            if found.count == 1 {
                records.definitions.append(found[0].definition)
                continue
            }
            for (definition, path) in found {
                let others = found.map(\.path).filter { $0 != path }.map { "'\($0)'" }.sorted()
                records.unreadable.append(
                    UnreadableDefinition(
                        path: path, reason: "\(others.joined(separator: " and ")) has the same UUID \(uuid)",
                        fileName: definition.name.text, name: definition.name.text, uuid: uuid))
            }
        }
        records.definitions.sort { ExactText($0.name.text) < ExactText($1.name.text) }
        records.unreadable.sort { ExactText($0.path.string) < ExactText($1.path.string) }
        return records
    }

    /// The definition that a file holds, or what is wrong with the file; nil if it has gone meanwhile.
    func definition(
        of entry: FileSystem.Entry
    ) throws(StateError) -> Result<DomainDefinition, UnreadableDefinition>? {
        let path = definitions.appending(entry.name)
        let fileName = String(entry.name.dropLast(4))
        var unreadable = UnreadableDefinition(path: path, reason: "", fileName: fileName)
        guard entry.isText else {
            unreadable.reason = "its name is not UTF-8"
            return .failure(unreadable)
        }
        let bytes: [UInt8]
        do throws(StateError) {
            guard let content = try FileSystem.read(path, atMost: DomainDefinition.largestDocument) else { return nil }
            bytes = content
        } catch {
            guard !error.isOfProcess else { throw error }
            unreadable.reason = error.reason
            return .failure(unreadable)
        }
        return lastRead.record(of: entry.name, bytes) {
            let definition: DomainDefinition
            do throws(DomainXMLError) {
                definition = try DomainDefinition.parse(bytes, options: Self.ownDocuments).value
            } catch {
                unreadable.reason = "\(error)"
                unreadable.name = Self.text(of: "name", in: bytes)
                unreadable.uuid = Self.text(of: "uuid", in: bytes).flatMap { DomainUUID($0) }
                return .failure(unreadable)
            }
            unreadable.name = definition.name.text
            unreadable.uuid = definition.uuid
            guard definition.name.text.isExactly(fileName) else {
                unreadable.reason =
                    "it is of domain '\(definition.name)', whose definition is '\(definitionFile(definition.name))'"
                return .failure(unreadable)
            }
            do throws(DriverError) { try Driver.requireOrdinary(definition) } catch {
                unreadable.reason = "\(error)"
                return .failure(unreadable)
            }
            return .success(definition)
        }
    }

    /// The text of the first element `name` in what may not even be XML.
    private static func text(of name: String, in bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes.prefix(1 << 20), as: UTF8.self)
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// Throws unless our reader would take `definition` from a file as what it is.
    ///
    /// A document may grow as it is written, or nest deeper than it did alone.
    func requireReadable(_ definition: DomainDefinition) throws(StateError) {
        _ = try readBack(definition)
    }

    /// The text of a definition, once our reader has taken it as what it is.
    private func readBack(_ definition: DomainDefinition) throws(StateError) -> [UInt8] {
        let path = definitionFile(definition.name)
        let bytes = Array(definition.xml().utf8)
        let again: DomainDefinition
        do throws(DomainXMLError) {
            again = try DomainDefinition.parse(bytes, options: Self.ownDocuments).value
        } catch {
            throw StateError(.write, path, .notReadBack("it could not be read again (\(error))"))
        }
        // Texts that differ in bytes can be equal.
        guard again == definition, again.xml().utf8.elementsEqual(bytes) else {
            throw StateError(
                .write, path, .notReadBack("\(again.difference(from: definition)) would be read as another"))
        }
        return bytes
    }

    /// Writes a definition to the disk under a name that readers do not look at, for the holder of its domain's lock.
    func stage(_ definition: DomainDefinition) throws(StateError) {
        try FileSystem.write(try readBack(definition), to: stagedFile(definition.uuid), synced: true)
        steps.reached(.definitionStaged)
    }

    /// Makes the staged definition of `uuid` the persistent one, of the name `name`.
    ///
    /// `mayBeDone` is for whoever completes a change that another command began: that one may have come so far.
    func commitStaged(_ name: DomainName, _ uuid: DomainUUID, mayBeDone: Bool) throws(StateError) {
        let target = definitionFile(name)
        var staged = stagedFile(uuid)
        if mayBeDone {
            var found: [FilePath] = []
            for file in stagedFiles(uuid) where try FileSystem.exists(file) { found.append(file) }
            guard let first = found.first else { return }
            staged = first
        }
        switch try definition(of: FileSystem.Entry(name: "\(name).xml", isText: true)) {
        case nil: break
        case .success(let former) where former.uuid == uuid: break
        case .success(let other):
            throw StateError(.write, target, .notOurs("it is the definition of the domain with uuid \(other.uuid)"))
        case .failure(let unreadable):
            throw StateError(.write, target, .notOurs("what is there is not overwritten: \(unreadable.reason)"))
        }
        try changingDefinition(name) { () throws(StateError) in
            try FileSystem.rename(staged, to: target, synced: true)
        }
        steps.reached(.definitionCommitted)
    }

    func dropStaged(_ uuid: DomainUUID) throws(StateError) {
        for file in stagedFiles(uuid) { try FileSystem.remove(file) }
    }

    func removeDefinition(_ name: DomainName) throws(StateError) {
        try changingDefinition(name) { () throws(StateError) in
            try FileSystem.remove(definitionFile(name), synced: true)
        }
    }

    // MARK: Live status

    func statusFile(_ uuid: DomainUUID) -> FilePath { statuses.appending(StatusDigest.file(uuid)) }

    /// Where a status is written out. Not in the directory of the statuses, which that would change.
    private func preparedFile(_ uuid: DomainUUID) -> FilePath { preparing.appending(StatusDigest.file(uuid)) }

    /// Where earlier programs did.
    private func olderPreparedFile(_ uuid: DomainUUID) -> FilePath { statuses.appending(".\(uuid).json.new") }

    /// What the names of the files of live domains say, by one listing.
    struct LiveFiles {
        /// The UUIDs of all status files, damaged ones included.
        var statuses: [DomainUUID] = []
        /// The domids under which a stop of each domain was asked for and is not known to be done.
        var stops: [DomainUUID: [DomainID]] = [:]
    }

    func liveFiles() throws(StateError) -> LiveFiles {
        var files = LiveFiles()
        let status = UUIDName.status
        let stop = Array(".stop".utf8)
        var stops: [FileSystem.Entry] = []
        try FileSystem.eachName(in: statuses) { name in
            if let uuid = status.uuid(in: name) { files.statuses.append(uuid) }
            guard name.ends(with: stop) else { return }
            stops.append(FileSystem.Entry(name: String(decoding: name, as: UTF8.self), isText: true))
        }
        files.statuses.sort()
        for entry in stops.sorted(by: { ExactText($0.name) < ExactText($1.name) }) {
            // Only a file that we made is a request.
            guard let (uuid, domid) = entry.stop, FileSystem.isFile(statuses.appending(entry.name)) else { continue }
            files.stops[uuid, default: []].append(domid)
        }
        return files
    }

    /// The domids under which a stop of a domain was asked for and is not known to be done.
    func stops(of uuid: DomainUUID) throws(StateError) -> [DomainID] {
        let stop = Array(".stop".utf8)
        var isThere = false
        try FileSystem.eachName(in: statuses) { if $0.ends(with: stop) { isThere = true } }
        return isThere ? try liveFiles().stops[uuid] ?? [] : []
    }

    /// The status of a domain, or what is wrong with its file; nil if there is none.
    func status(_ uuid: DomainUUID) throws(StateError) -> StatusFile? {
        let path = statusFile(uuid)
        let bytes: [UInt8]
        do throws(StateError) {
            guard let content = try FileSystem.read(path, atMost: Self.largestStatus) else { return nil }
            bytes = content
        } catch {
            guard !error.isOfProcess else { throw error }
            return .damaged(path, reason: error.reason)
        }
        do {
            let decoder = JSONDecoder()
            // First, for what comes after it may mean anything in a version that this program does not know.
            let version = try decoder.decode(DomainStatus.Header.self, from: Data(bytes)).version ?? 1
            guard version <= DomainStatus.version else { return .newer(path, version: version) }
            let status = try decoder.decode(DomainStatus.self, from: Data(bytes))
            guard status.uuid == uuid, status.definition.value.uuid == uuid else {
                return .damaged(path, reason: "it is about domain \(status.uuid)")
            }
            return .sound(status)
        } catch {
            return .damaged(path, reason: Self.reason(error))
        }
    }

    /// What a list shows of a status; nil where only the whole of it says that, or it cannot be read.
    func statusHeader(_ uuid: DomainUUID) throws(StateError) -> StatusHeader? {
        do throws(StateError) {
            return try FileSystem.read(statusFile(uuid), atMost: Self.largestStatus).flatMap(StatusHeader.init(file:))
        } catch {
            guard !error.isOfProcess else { throw error }
            return nil
        }
    }

    /// A status that is written out, but not yet the one that readers see.
    struct PreparedStatus {
        fileprivate let path: FilePath
        fileprivate let digest: StatusDigest
    }

    func write(_ status: DomainStatus) throws(StateError) {
        try commit(try prepare(status), for: status.uuid)
    }

    func prepare(_ status: DomainStatus) throws(StateError) -> PreparedStatus {
        // Every writer holds the domain's lock, so one temporary name is enough and none is left behind for ever.
        let path = preparedFile(status.uuid)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes: [UInt8]
        do {
            bytes = Array(try encoder.encode(status))
            guard bytes.count <= Self.largestStatus else {
                throw StateError(.write, path, .notReadBack("it would have more than \(Self.largestStatus) bytes"))
            }
            guard try JSONDecoder().decode(DomainStatus.self, from: Data(bytes)) == status else {
                throw StateError(.write, path, .notReadBack("it would be read as another"))
            }
        } catch let error as StateError {
            throw error
        } catch {
            throw StateError(.write, path, .notReadBack("it could not be read again (\(Self.reason(error)))"))
        }
        try FileSystem.write(bytes, to: path, synced: false)
        return PreparedStatus(path: path, digest: StatusDigest(status))
    }

    func commit(_ prepared: PreparedStatus, for uuid: DomainUUID) throws(StateError) {
        try changingStatus(uuid, to: prepared.digest) { () throws(StateError) in
            try FileSystem.rename(prepared.path, to: statusFile(uuid), synced: false)
        }
    }

    /// Removes a status that was written out and, by a command that was killed, not put in its place.
    func dropPrepared(_ uuid: DomainUUID) throws(StateError) {
        try FileSystem.remove(preparedFile(uuid))
        let older = olderPreparedFile(uuid)
        guard try FileSystem.exists(older) else { return }
        try changingBesideStatuses { () throws(StateError) in try FileSystem.remove(older) }
    }

    func removeStatus(_ uuid: DomainUUID) throws(StateError) {
        try dropPrepared(uuid)
        try changingStatus(uuid, to: nil) { () throws(StateError) in try FileSystem.remove(statusFile(uuid)) }
    }

    /// Moves a damaged status out of the way, for a person to look at; returns where it went. The last few are kept.
    func setStatusAside(_ uuid: DomainUUID) throws(StateError) -> FilePath {
        let prefix = "\(uuid).damaged."
        let kept = try FileSystem.list(statuses).compactMap { entry in
            entry.name.hasPrefix(prefix) ? UInt32(entry.name.dropFirst(prefix.count)) : nil
        }.sorted()
        let (number, isTooBig) = (kept.last ?? 0).addingReportingOverflow(1)
        let aside = statuses.appending(prefix + "\(isTooBig ? 0 : number)")
        try changingStatus(uuid, to: nil) { () throws(StateError) in
            try FileSystem.rename(statusFile(uuid), to: aside, synced: false)
            for old in kept.dropLast(Self.mostDamaged - 1) {
                // What cannot be removed is in nobody's way.
                try? FileSystem.remove(statuses.appending(prefix + "\(old)"))
            }
        }
        return aside
    }

    // MARK: Stop requests

    // A stop has a file of its own, not a change in the status: `destroy` does not wait for the domain's lock, and the
    // lock's holder may write the status at any time.

    private func stopFile(_ uuid: DomainUUID, _ domid: DomainID) -> FilePath {
        statuses.appending("\(uuid).\(domid).stop")
    }

    func requestStop(_ uuid: DomainUUID, _ domid: DomainID) throws(StateError) {
        try changingBesideStatuses { () throws(StateError) in
            try FileSystem.write([], to: stopFile(uuid, domid), synced: false)
        }
        steps.reached(.stopRequested)
    }

    func withdrawStop(_ uuid: DomainUUID, _ domid: DomainID) throws(StateError) {
        try changingBesideStatuses { () throws(StateError) in try FileSystem.remove(stopFile(uuid, domid)) }
    }

    // MARK: -

    /// Our own files are read as live documents: they may carry generated aliases.
    static let ownDocuments = ReaderOptions(features: Driver.parseFeatures, form: .live, isStrict: false)

    /// What a decoder has against a file.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return context.debugDescription + (path.isEmpty ? "" : " (at \(path))")
        @unknown default: return "\(error)"
        }
    }
}

/// A status file as it was found.
enum StatusFile: Sendable {
    case sound(DomainStatus)
    case damaged(FilePath, reason: String)
    /// A later program wrote it: it is for that one to read and to change.
    case newer(FilePath, version: Int)
}

/// The persistent definitions as they were found.
struct DefinitionRecords: Sendable {
    /// By name. Each is the one of its UUID.
    var definitions: [DomainDefinition] = []
    /// By path.
    var unreadable: [UnreadableDefinition] = []

    /// What is to be said of each file that is none.
    var problems: [DriverNotice] { unreadable.map { .unreadableDefinition($0.path, reason: $0.reason) } }

    /// The file that cannot be used and may be the definition of this domain, where no other file is.
    func unreadable(name: String, uuid: DomainUUID) -> UnreadableDefinition? {
        let isKnown = definitions.contains { $0.uuid == uuid && $0.name.text.isExactly(name) }
        return isKnown ? nil : unreadable.first { $0.uuid == uuid || $0.mayBe(name) }
    }
}

/// A file in the place of a definition that is none. What it may hold counts as taken.
struct UnreadableDefinition: Error, Hashable, Sendable {
    let path: FilePath
    /// A clause.
    var reason: String
    /// The domain's name by the name of the file.
    let fileName: String
    /// What its content says, as far as that can be read.
    var name: String?
    var uuid: DomainUUID?

    /// Whether it may be the definition of a domain `name`.
    func mayBe(_ name: String) -> Bool {
        fileName.isExactly(name) || self.name.map { $0.isExactly(name) } ?? false
    }

    /// For a command that is about a domain `name`, which may be in the file.
    func error(_ name: String) -> DriverError { .unreadableDefinition(domain: name, file: path, reason: reason) }
}

/// What the files of definitions held when they were last read, since to parse one takes far longer than to read it.
private final class LastRead: Sendable {
    typealias Record = Result<DomainDefinition, UnreadableDefinition>

    private let records = Locked<[String: (bytes: [UInt8], record: Record)]>([:])

    /// What `parse` makes of these very bytes.
    func record(of file: String, _ bytes: [UInt8], _ parse: () -> Record) -> Record {
        let known = records.withLock { records in
            records[file].flatMap { $0.bytes.isExactly(bytes) ? $0.record : nil }
        }
        if let known { return known }
        let record = parse()
        records.withLock { $0[file] = (bytes, record) }
        return record
    }
}

/// The names of files that are a UUID, written as we write it, between two words.
private struct UUIDName: Sendable {
    let prefix: [UInt8]
    let suffix: [UInt8]

    /// Those of the status files.
    static let status = UUIDName(prefix: "", suffix: ".json")

    init(prefix: String, suffix: String) {
        self.prefix = Array(prefix.utf8)
        self.suffix = Array(suffix.utf8)
    }

    /// The UUID in a name; nil for any other name.
    func uuid(in name: UnsafeRawBufferPointer) -> DomainUUID? {
        let end = prefix.count + DomainUUID.textLength
        guard name.count == end + suffix.count,
            prefix.withUnsafeBytes({ UnsafeRawBufferPointer(rebasing: name[..<prefix.count]).isExactly($0) }),
            suffix.withUnsafeBytes({ UnsafeRawBufferPointer(rebasing: name[end...]).isExactly($0) })
        else { return nil }
        return DomainUUID(canonical: UnsafeRawBufferPointer(rebasing: name[prefix.count..<end]))
    }
}

extension FileSystem.Entry {
    /// The domain whose stop the file asks for, by its name.
    fileprivate var stop: (DomainUUID, DomainID)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == "stop", let uuid = DomainUUID(String(parts[0])),
            let domid = UInt32(parts[1]),
            name.isExactly("\(uuid).\(domid).stop")
        else { return nil }
        return (uuid, DomainID(rawValue: domid))
    }
}

extension DomainDefinition {
    /// What is not the same in `other`, by name.
    fileprivate func difference(from other: DomainDefinition) -> String {
        guard devices.count == other.devices.count else { return "its devices" }
        let pair = zip(devices, other.devices).first { $0 != $1 || !$0.xml().isExactly($1.xml()) }
        return pair?.1.title ?? "what it says beside its devices"
    }
}
