import FoundationEssentials
import Glibc
import SystemPackage
import XenUnits

/// Keeps the state in a directory that any number of processes share.
///
/// `state.json` holds what is of no domain, `domains/DOMID.json` what is of one, and `domains.list` a line for each. A file
/// is replaced as a whole, so readers need no lock: what they see of one domain is of one moment. A change of several files
/// is one all the same: they are written under other names, `pending.json` names them, and from then on they count, whether
/// or not the process lives to put them in their places; the next change does that first. Writers hold `lock` for one
/// reading, changing and writing, never across a step of an operation; the system drops the lock of a process that dies.
/// Nothing is synced: the domains of a host that loses power are gone too. The directory is made by the first change: without
/// it, and without `state.json`, the host is one that has just booted.
struct DirectoryStore: HostStore {
    private let files: DirectoryFiles
    private let booted: StoredState
    private let lastCommon = LastRead<CommonState>()
    private let lastWhole = LastRead<StoredState>()
    private let lastDomains = Locked<[DomainID: (bytes: [UInt8], state: DomainState)]>([:])
    private let lastTable = Locked(DomainTable())
    private let lastConfiguration = LastRead<FakeXenConfiguration>()

    /// In bytes: as much is kept in each of two files.
    private static let mostCalls = 4 << 20

    /// The host in `directory`; throws if that is no directory, or what is in it cannot be used.
    init(directory: FilePath, booted: Moment) throws(FakeXenError) {
        self.booted = .booted(at: booted)
        files = DirectoryFiles(directory: directory)
        try files.requireDirectory()
        _ = try configuration()
        _ = try layout()
    }

    var isMade: Bool { files.isMade }

    func load(at now: Moment) throws(FakeXenError) -> HostState {
        HostState(StateOrigin(try layout().source, now: now))
    }

    func update<Value: Sendable>(
        at now: () -> Moment, _ body: (inout HostState, Moment) -> Value
    ) throws(FakeXenError) -> Value {
        try files.locked { (lock) throws(FakeXenError) in
            try finishPending()
            let layout = try layout()
            let now = now()
            let origin = StateOrigin(layout.source, now: now)
            var state = HostState(origin)
            let value = body(&state, now)
            if let failure = state.failure { throw failure }
            // For people who look for what may be edited.
            if !files.exists(.configuration) {
                try files.replace(.configuration, with: files.encode(FakeXenConfiguration(), for: .configuration))
            }
            let changed = state.changed.filter { origin.stored($0.key) ?? DomainState() != $0.value }
            guard !changed.isEmpty || state.common != origin.common else { return value }
            switch layout {
            case .whole(var whole):
                whole.common = state.common
                for (domid, domain) in changed { whole.set(domain, of: domid) }
                try write(whole)
            case .apart: try write(changed, state.common, since: origin, serial: lock.serial)
            }
            try lock.count()
            return value
        }
    }

    func version() throws(FakeXenError) -> Int { try files.version() }

    func configuration() throws(FakeXenError) -> FakeXenConfiguration {
        guard let bytes = try files.content(.configuration) else { return FakeXenConfiguration() }
        return try lastConfiguration.value(of: bytes) { () throws(FakeXenError) in
            try files.decode(FakeXenConfiguration.self, from: bytes, of: .configuration)
        }
    }

    func updateConfiguration(_ body: (inout FakeXenConfiguration) -> Void) throws(FakeXenError) {
        try files.locked { (_) throws(FakeXenError) in
            var configuration = try self.configuration()
            body(&configuration)
            try files.replace(.configuration, with: files.encode(configuration, for: .configuration))
        }
    }

    func record(_ call: FakeCall) throws(FakeXenError) {
        // People look at this file, and hand it on.
        let call = FakeCall(operation: call.operation, arguments: Secrets.masked(call.arguments))
        let line = try files.encode(call, for: .calls, pretty: false) + [UInt8(ascii: "\n")]
        if !isMade { try files.locked { (_) throws(FakeXenError) in } }
        let size = try files.append(line, to: .calls)
        guard size > Self.mostCalls else { return }
        try files.locked { (_) throws(FakeXenError) in
            // Another process may have moved it aside since.
            guard files.size(of: .calls) ?? 0 > Self.mostCalls else { return }
            try files.rename(.calls, to: .olderCalls)
        }
    }

    func calls() throws(FakeXenError) -> [FakeCall] {
        var calls: [FakeCall] = []
        for file in [DirectoryFiles.Name.olderCalls, .calls] {
            guard let bytes = try files.content(file) else { continue }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                calls.append(try files.decode(FakeCall.self, from: Array(line), of: file))
            }
        }
        return calls
    }

    // MARK: What is stored

    /// How the state is kept.
    private enum Layout {
        /// In one value: of a host that has just booted, or that an older program kept in one file.
        case whole(StoredState)
        /// In a file for each domain.
        case apart(DirectorySource)

        var source: any DomainSource {
            switch self {
            case .whole(let state): state
            case .apart(let source): source
            }
        }
    }

    private struct Header: Decodable {
        var version: Int
    }

    private func layout() throws(FakeXenError) -> Layout {
        let pending = try pending()
        guard let bytes = try content(.state, pending) else { return .whole(booted) }
        if let common = lastCommon.value(of: bytes) { return .apart(source(common, pending)) }
        if let whole = lastWhole.value(of: bytes) { return .whole(whole) }
        let version = try files.decode(Header.self, from: bytes, of: .state).version
        switch version {
        case CommonState.currentVersion:
            let common = try lastCommon.value(of: bytes) { () throws(FakeXenError) in
                try files.decode(CommonState.self, from: bytes, of: .state)
            }
            return .apart(source(common, pending))
        case StoredState.Version2.version:
            return .whole(
                try lastWhole.value(of: bytes) { () throws(FakeXenError) in
                    StoredState(try files.decode(StoredState.Version2.self, from: bytes, of: .state))
                })
        default:
            throw .damaged(
                path: files.path(.state),
                reason: "it is of version \(version) and this program knows version \(CommonState.currentVersion)")
        }
    }

    private func source(_ common: CommonState, _ pending: [DirectoryFiles.Name: [UInt8]?]) -> DirectorySource {
        DirectorySource(common: common, store: self, pending: pending)
    }

    private func content(
        _ file: DirectoryFiles.Name, _ pending: [DirectoryFiles.Name: [UInt8]?]
    ) throws(FakeXenError) -> [UInt8]? {
        if let waiting = pending[file] { return waiting }
        return try files.content(file)
    }

    /// Reads what an update stored.
    private struct DirectorySource: DomainSource {
        let common: CommonState
        let store: DirectoryStore
        let pending: [DirectoryFiles.Name: [UInt8]?]

        func state(of domid: DomainID) throws(FakeXenError) -> DomainState? {
            try store.domain(domid, store.content(.domain(domid), pending))
        }

        func table() throws(FakeXenError) -> DomainTable {
            guard let bytes = try store.content(.list, pending) else {
                throw .damaged(path: store.files.path(.list), reason: "it is missing")
            }
            return store.lastTable.withLock { last in
                if !last.bytes.isExactly(bytes[...]) { last = DomainTable(bytes: bytes) }
                return last
            }
        }

        func failure(_ line: DomainTable.DamagedLine) -> FakeXenError {
            .damaged(path: store.files.path(.list), reason: "'\(line.text)' is no line of it")
        }
    }

    private func domain(_ domid: DomainID, _ bytes: [UInt8]?) throws(FakeXenError) -> DomainState? {
        guard let bytes else {
            lastDomains.withLock { $0[domid] = nil }
            return nil
        }
        let last = lastDomains.withLock { $0[domid] }
        if let last, last.bytes.isExactly(bytes) { return last.state }
        let state = try files.decode(DomainState.self, from: bytes, of: .domain(domid))
        guard state.domain.map({ $0.domid == domid }) ?? true else {
            throw .damaged(path: files.path(.domain(domid)), reason: "it is of another domain")
        }
        lastDomains.withLock { $0[domid] = (bytes, state) }
        return state
    }

    // MARK: Changes of several files

    private struct Pending: Codable {
        /// Another one for each change.
        var serial: UInt64
        var written: [DirectoryFiles.Name]
        var removed: [DirectoryFiles.Name]
    }

    /// What counts in the place of files, although it does not stand there yet; nil for a file that counts as gone.
    private func pending() throws(FakeXenError) -> [DirectoryFiles.Name: [UInt8]?] {
        var bytes = try files.content(.pending)
        while let found = bytes {
            let pending = try files.decode(Pending.self, from: found, of: .pending)
            var contents: [DirectoryFiles.Name: [UInt8]?] = [:]
            for file in pending.removed { contents[file] = .some(nil) }
            for file in pending.written {
                // One that is in its place already is read there.
                if let waiting = try files.content(file.fresh) { contents[file] = waiting }
            }
            // Somebody may have put them in their places, and begun with others.
            bytes = try files.content(.pending)
            if bytes == found { return contents }
        }
        return [:]
    }

    /// Puts the files of a change in their places, if there is one that is decided and not yet done.
    private func finishPending() throws(FakeXenError) {
        guard let bytes = try files.content(.pending) else { return }
        let pending = try files.decode(Pending.self, from: bytes, of: .pending)
        for file in pending.written where files.exists(file.fresh) { try files.rename(file.fresh, to: file) }
        for file in pending.removed { try files.remove(file) }
        try files.remove(.pending)
    }

    /// Stores what a change has made of some domains.
    private func write(
        _ changed: [DomainID: DomainState], _ common: CommonState, since origin: StateOrigin, serial: UInt64
    ) throws(FakeXenError) {
        var written: [(file: DirectoryFiles.Name, bytes: [UInt8])] = []
        var removed: [DirectoryFiles.Name] = []
        let before = origin.table()
        var table = before
        for (domid, state) in changed {
            table.set(state.isEmpty ? nil : DomainRow(state, of: domid), of: domid)
            guard !state.isEmpty else {
                removed.append(.domain(domid))
                continue
            }
            written.append((.domain(domid), try files.encode(state, for: .domain(domid))))
        }
        if let failure = origin.failure { throw failure }
        if table != before { written.append((.list, Array(table.bytes))) }
        if common != origin.common { written.append((.state, try files.encode(common, for: .state))) }
        if let (file, bytes) = written.first, written.count == 1, removed.isEmpty {
            try files.replace(file, with: bytes)
        } else {
            for (file, bytes) in written { try files.create(file.fresh, bytes) }
            let pending = Pending(serial: serial, written: written.map(\.file), removed: removed)
            try files.replace(.pending, with: files.encode(pending, for: .pending))
            try finishPending()
        }
        for (file, bytes) in written {
            guard case .domain(let domid) = file, let state = changed[domid] else { continue }
            lastDomains.withLock { $0[domid] = (bytes, state) }
        }
    }

    /// Stores everything anew. Nothing of it counts before the last file is in its place.
    private func write(_ whole: StoredState) throws(FakeXenError) {
        try files.remove(.pending)
        try files.emptyDomains()
        for (domid, state) in whole.domains {
            try files.replace(.domain(domid), with: files.encode(state, for: .domain(domid)))
        }
        try files.replace(.list, with: Array(whole.table().bytes))
        try files.replace(.state, with: files.encode(whole.common, for: .state))
    }
}

/// What a file's bytes were decoded to when it was last read, since that takes far longer than reading them.
private final class LastRead<Value: Sendable>: Sendable {
    private let last = Locked<(bytes: [UInt8], value: Value)?>(nil)

    /// What these very bytes were decoded to.
    func value(of bytes: [UInt8]) -> Value? {
        last.withLock { last in
            guard let last, last.bytes.isExactly(bytes) else { return nil }
            return last.value
        }
    }

    /// What these bytes are decoded to.
    func value(of bytes: [UInt8], _ decode: () throws(FakeXenError) -> Value) throws(FakeXenError) -> Value {
        if let value = value(of: bytes) { return value }
        let value = try decode()
        last.withLock { $0 = (bytes, value) }
        return value
    }
}
