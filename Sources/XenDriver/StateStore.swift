import DomainXML
import FoundationEssentials
import SystemPackage
import XenModel
import XenUnits

/// The driver's files below one root: who writes what, and in which order, is decided by its callers.
struct StateStore: Sendable {
    let steps: StepHook
    let definitions: FilePath
    let statuses: FilePath
    /// Written by the user, never by us.
    let configurationFile: FilePath
    private let locks: FilePath

    init(root: FilePath, steps: StepHook) {
        self.steps = steps
        definitions = root.appending("etc/xenkeeper/domains")
        configurationFile = root.appending("etc/xenkeeper/connection.json")
        statuses = root.appending("run/xenkeeper/domains")
        locks = root.appending("run/xenkeeper/locks")
    }

    /// Makes the folders that a change writes to.
    func prepare() throws(StateError) {
        for folder in [definitions, statuses, locks] { try FileSystem.createFolder(folder) }
    }

    func domainLock(_ uuid: DomainUUID) -> FilePath { locks.appending("\(uuid).lock") }

    var hostLock: FilePath { locks.appending("host.lock") }

    // MARK: Persistent definitions

    func definitionFile(_ name: DomainName) -> FilePath { definitions.appending("\(name).xml") }

    private func stagedFile(_ name: DomainName) -> FilePath { definitions.appending(".\(name).xml.staged") }

    /// Every definition that can be read, and a sentence for each that cannot.
    func allDefinitions() throws(StateError) -> (definitions: [DomainDefinition], problems: [String]) {
        var found: [DomainDefinition] = []
        var problems: [String] = []
        for file in try FileSystem.list(definitions) where file.hasSuffix(".xml") && !file.hasPrefix(".") {
            let path = definitions.appending(file)
            guard let bytes = try FileSystem.read(path) else { continue }
            do throws(DomainXMLError) {
                found.append(try DomainDefinition.parse(bytes, options: Self.ownDocuments).value)
            } catch {
                problems.append("the definition '\(path)' cannot be read and is left out: \(error)")
            }
        }
        return (found, problems)
    }

    /// Writes a definition to the disk under a name that readers do not look at.
    func stage(_ definition: DomainDefinition) throws(StateError) {
        try FileSystem.write(Array(definition.xml().utf8), to: stagedFile(definition.name), synced: true)
        steps.reached("driver: definition staged")
    }

    /// Makes the staged definition the persistent one; success if a predecessor already did.
    func commitStaged(_ name: DomainName) throws(StateError) {
        do throws(StateError) {
            try FileSystem.rename(stagedFile(name), to: definitionFile(name), synced: true)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        }
        steps.reached("driver: definition committed")
    }

    func dropStaged(_ name: DomainName) throws(StateError) {
        try FileSystem.remove(stagedFile(name))
    }

    /// Whether a definition is staged for a name that has none; only a `define` does that, under the host's lock.
    func hasStagedOnly(_ name: DomainName) throws(StateError) -> Bool {
        let files = try FileSystem.list(definitions)
        return files.contains(".\(name).xml.staged") && !files.contains("\(name).xml")
    }

    func removeDefinition(_ name: DomainName) throws(StateError) {
        try FileSystem.remove(definitionFile(name), synced: true)
    }

    // MARK: Live status

    private func statusFile(_ uuid: DomainUUID) -> FilePath { statuses.appending("\(uuid).json") }

    private func preparedFile(_ uuid: DomainUUID) -> FilePath { statuses.appending(".\(uuid).json.new") }

    /// The UUIDs of all status files, damaged ones included.
    func statusUUIDs() throws(StateError) -> [DomainUUID] {
        try FileSystem.list(statuses).compactMap { file in
            file.hasSuffix(".json") ? DomainUUID(String(file.dropLast(5))) : nil
        }
    }

    /// The status of a domain, or what is wrong with its file; nil if there is none.
    func status(_ uuid: DomainUUID) throws(StateError) -> StatusFile? {
        let path = statusFile(uuid)
        guard let bytes = try FileSystem.read(path) else { return nil }
        do {
            let status = try JSONDecoder().decode(DomainStatus.self, from: Data(bytes))
            guard status.uuid == uuid else { return .damaged(path, reason: "it is about domain \(status.uuid)") }
            return .sound(status)
        } catch {
            return .damaged(path, reason: Self.reason(error))
        }
    }

    /// A status that is written out, but not yet the one that readers see.
    struct PreparedStatus {
        fileprivate let path: FilePath
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
        } catch {
            throw StateError(.write, path, .invalidArgument)
        }
        try FileSystem.write(bytes, to: path, synced: false)
        return PreparedStatus(path: path)
    }

    func commit(_ prepared: PreparedStatus, for uuid: DomainUUID) throws(StateError) {
        try FileSystem.rename(prepared.path, to: statusFile(uuid), synced: false)
    }

    func removeStatus(_ uuid: DomainUUID) throws(StateError) {
        try FileSystem.remove(preparedFile(uuid))
        try FileSystem.remove(statusFile(uuid))
    }

    /// Moves a damaged status out of the way, for a person to look at; returns where it went.
    func setStatusAside(_ uuid: DomainUUID) throws(StateError) -> FilePath {
        let aside = statuses.appending("\(uuid).damaged")
        try FileSystem.rename(statusFile(uuid), to: aside, synced: false)
        return aside
    }

    // MARK: Stop requests

    // A stop has a file of its own, not a plan in the status: `destroy` does not wait for the domain's lock, and the
    // lock's holder may write the status at any time.

    private func stopFile(_ uuid: DomainUUID, _ domid: DomainID) -> FilePath {
        statuses.appending("\(uuid).\(domid).stop")
    }

    func requestStop(_ uuid: DomainUUID, _ domid: DomainID) throws(StateError) {
        try FileSystem.write([], to: stopFile(uuid, domid), synced: false)
        steps.reached("driver: stop requested")
    }

    func withdrawStop(_ uuid: DomainUUID, _ domid: DomainID) throws(StateError) {
        try FileSystem.remove(stopFile(uuid, domid))
    }

    /// The domids under which a stop of this domain was asked for and is not known to be done.
    func stopRequests(_ uuid: DomainUUID) throws(StateError) -> [DomainID] {
        let prefix = "\(uuid)."
        return try FileSystem.list(statuses).compactMap { file in
            guard file.hasPrefix(prefix), file.hasSuffix(".stop") else { return nil }
            return UInt32(file.dropFirst(prefix.count).dropLast(5)).map(DomainID.init(rawValue:))
        }
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
}
