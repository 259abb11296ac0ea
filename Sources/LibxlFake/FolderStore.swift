import FoundationEssentials
import Glibc
import SystemPackage
import XenUnits

/// Keeps the state in a folder that any number of processes share.
///
/// `state.json` is replaced as a whole, so readers need no lock. Writers hold `lock` for one reading, changing and
/// writing, never across a step of an operation; the system drops the lock of a process that dies. Nothing is synced:
/// the domains of a host that loses power are gone too. The folder is made by the first change: without it, and without
/// its files, the host is one that has just booted.
struct FolderStore: StateStore {
    private let folder: FilePath
    private let stateFile: FilePath
    private let configurationFile: FilePath
    private let lockFile: FilePath
    private let callsFile: FilePath
    private let olderCallsFile: FilePath
    private let booted: HostState
    private let lastState = LastRead<HostState>()
    private let lastConfiguration = LastRead<FakeXenConfiguration>()

    /// In bytes: as much is kept in each of two files.
    private static let mostCalls = 4 << 20
    /// In bytes.
    private static let largestFile = 256 << 20

    /// The host in `folder`; throws if that is no folder, or what is in it cannot be used.
    init(folder: FilePath, booted: Moment) throws(FakeXenError) {
        self.booted = .booted(at: booted)
        self.folder = folder
        stateFile = folder.appending("state.json")
        configurationFile = folder.appending("host.json")
        lockFile = folder.appending("lock")
        callsFile = folder.appending("calls.jsonl")
        olderCallsFile = folder.appending("calls.old.jsonl")
        var status = stat()
        if stat(folder.string, &status) != 0 {
            guard errno == ENOENT else {
                throw .unreadable(path: folder.string, reason: Errno(rawValue: errno).description)
            }
        } else if status.st_mode & S_IFMT != S_IFDIR {
            throw .unreadable(path: folder.string, reason: Errno.notDirectory.description)
        }
        _ = try configuration()
        _ = try load()
    }

    var isMade: Bool {
        var status = stat()
        return stat(folder.string, &status) == 0
    }

    func load() throws(FakeXenError) -> HostState {
        guard let state = try decode(stateFile, unlessIn: lastState) else { return booted }
        guard state.version == HostState.currentVersion else {
            throw .damaged(
                path: stateFile.string,
                reason: "it is of version \(state.version) and this program knows version \(HostState.currentVersion)")
        }
        return state
    }

    func update<Value: Sendable>(_ body: (inout HostState) -> Value) throws(FakeXenError) -> Value {
        try locked { () throws(FakeXenError) in
            let before = try load()
            var state = before
            let value = body(&state)
            // For people who look for what may be edited.
            var status = stat()
            if lstat(configurationFile.string, &status) != 0, errno == ENOENT {
                try replace(configurationFile, with: FakeXenConfiguration())
            }
            if state != before { try replace(stateFile, with: state) }
            return value
        }
    }

    func version() throws(FakeXenError) -> Int {
        var status = stat()
        guard stat(stateFile.string, &status) == 0 else {
            guard errno == ENOENT else {
                throw .unreadable(path: stateFile.string, reason: Errno(rawValue: errno).description)
            }
            return 0
        }
        var hasher = Hasher()
        hasher.combine(status.st_ino)
        hasher.combine(status.st_size)
        hasher.combine(status.st_mtim.tv_sec)
        hasher.combine(status.st_mtim.tv_nsec)
        return hasher.finalize()
    }

    func configuration() throws(FakeXenError) -> FakeXenConfiguration {
        try decode(configurationFile, unlessIn: lastConfiguration) ?? FakeXenConfiguration()
    }

    func updateConfiguration(_ body: (inout FakeXenConfiguration) -> Void) throws(FakeXenError) {
        try locked { () throws(FakeXenError) in
            var configuration = try self.configuration()
            body(&configuration)
            try replace(configurationFile, with: configuration)
        }
    }

    func record(_ call: FakeCall) throws(FakeXenError) {
        // People look at this file, and hand it on.
        let call = FakeCall(operation: call.operation, arguments: Secrets.masked(call.arguments))
        let line = try encode(call, for: callsFile, pretty: false) + [UInt8(ascii: "\n")]
        if !isMade { try locked { () throws(FakeXenError) in } }
        let size = try append(line)
        guard size > Self.mostCalls else { return }
        try locked { () throws(FakeXenError) in
            // Another process may have moved it aside since.
            var status = stat()
            guard stat(callsFile.string, &status) == 0, status.st_size > Self.mostCalls else { return }
            try rename(callsFile, to: olderCallsFile)
        }
    }

    func calls() throws(FakeXenError) -> [FakeCall] {
        var calls: [FakeCall] = []
        for file in [olderCallsFile, callsFile] {
            guard let bytes = try content(of: file) else { continue }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                calls.append(try decode(FakeCall.self, from: Data(line), of: file))
            }
        }
        return calls
    }

    // MARK: Files

    /// Runs a change with everyone else shut out, in a folder that is made if it is not there.
    private func locked<Value>(_ body: () throws(FakeXenError) -> Value) throws(FakeXenError) -> Value {
        let descriptor: CInt
        do throws(RegularFileError) {
            try RegularFile.makeDirectory(folder.string)
            descriptor = try RegularFile.open(lockFile.string, O_RDWR | O_CREAT)
        } catch {
            throw .unwritable(path: lockFile.string, reason: error.description)
        }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .unwritable(path: lockFile.string, reason: Errno(rawValue: errno).description)
            }
        }
        return try body()
    }

    /// The bytes of a file; nil if there is none.
    private func content(of file: FilePath) throws(FakeXenError) -> [UInt8]? {
        do throws(RegularFileError) {
            return try RegularFile.read(file.string, atMost: Self.largestFile)
        } catch {
            throw .unreadable(path: file.string, reason: error.description)
        }
    }

    private func replace(_ file: FilePath, with value: some Encodable) throws(FakeXenError) {
        let bytes = try encode(value, for: file, pretty: true)
        // One name is enough: only the holder of the lock writes, and what a killed one left is written over.
        let fresh = FilePath(file.string + ".new")
        do throws(RegularFileError) {
            try RegularFile.create(fresh.string, bytes, synced: false)
        } catch {
            throw .unwritable(path: file.string, reason: error.description)
        }
        try rename(fresh, to: file)
    }

    private func rename(_ from: FilePath, to file: FilePath) throws(FakeXenError) {
        guard Glibc.rename(from.string, file.string) == 0 else {
            throw .unwritable(path: file.string, reason: Errno(rawValue: errno).description)
        }
    }

    /// Adds a line to the calls and returns the file's size.
    private func append(_ line: [UInt8]) throws(FakeXenError) -> Int64 {
        do throws(RegularFileError) {
            let descriptor = try RegularFile.open(callsFile.string, O_WRONLY | O_CREAT | O_APPEND)
            defer { close(descriptor) }
            // In one write, so that lines of several processes do not mix.
            let before = lseek(descriptor, 0, SEEK_END)
            guard before >= 0 else { throw .system(errno) }
            guard Glibc.write(descriptor, line, line.count) == line.count else {
                // A torn line would spoil the file for every reader.
                ftruncate(descriptor, before)
                throw .system(ENOSPC)
            }
            return Int64(before) + Int64(line.count)
        } catch {
            throw .unwritable(path: callsFile.string, reason: error.description)
        }
    }

    // MARK: JSON

    /// What a file holds; nil if there is none.
    private func decode<Value: Decodable>(
        _ file: FilePath, unlessIn last: LastRead<Value>
    ) throws(FakeXenError) -> Value? {
        guard let bytes = try content(of: file).map({ Data($0) }) else { return nil }
        if let value = last.value(of: bytes) { return value }
        let value = try decode(Value.self, from: bytes, of: file)
        last.keep(value, of: bytes)
        return value
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: Data, of file: FilePath
    ) throws(FakeXenError) -> Value {
        do throws(any Error) {
            return try JSONDecoder().decode(type, from: bytes)
        } catch {
            throw .damaged(path: file.string, reason: JSONText.reason(error))
        }
    }

    private func encode(_ value: some Encodable, for file: FilePath, pretty: Bool) throws(FakeXenError) -> [UInt8] {
        do throws(any Error) {
            return try JSONText.bytes(of: value, pretty: pretty)
        } catch {
            throw .unwritable(path: file.string, reason: JSONText.reason(error))
        }
    }
}

/// What a file's bytes were decoded to when it was last read, since that takes far longer than reading them.
private final class LastRead<Value: Sendable>: Sendable {
    private let last = Locked<(bytes: Data, value: Value)?>(nil)

    /// What these very bytes were decoded to.
    func value(of bytes: Data) -> Value? {
        last.withLock { last in
            guard let last, last.bytes == bytes else { return nil }
            return last.value
        }
    }

    func keep(_ value: Value, of bytes: Data) {
        last.withLock { $0 = (bytes, value) }
    }
}
