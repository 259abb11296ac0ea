import FoundationEssentials
import Glibc
import Synchronization
import SystemPackage

/// Keeps the state in a folder that any number of processes share.
///
/// `state.json` is replaced as a whole, so readers need no lock. Writers hold `lock` for one reading, changing and
/// writing, never across a step of an operation; the system drops the lock of a process that dies. Nothing is synced:
/// the domains of a host that loses power are gone too.
struct FolderStore: StateStore {
    private let stateFile: FilePath
    private let configurationFile: FilePath
    private let lockFile: FilePath
    private let callsFile: FilePath
    private let olderCallsFile: FilePath
    private let lastState = LastRead<HostState>()
    private let lastConfiguration = LastRead<FakeXenConfiguration>()

    /// In bytes: as much is kept in each of two files.
    private static let mostCalls = 4 << 20

    /// Opens the host in `folder`, making what is missing of it.
    init(folder: FilePath) throws(FakeXenError) {
        stateFile = folder.appending("state.json")
        configurationFile = folder.appending("host.json")
        lockFile = folder.appending("lock")
        callsFile = folder.appending("calls.jsonl")
        olderCallsFile = folder.appending("calls.old.jsonl")
        try Self.makeFolder(folder)
        if try content(of: configurationFile) == nil {
            try locked { () throws(FakeXenError) in
                guard try content(of: configurationFile) == nil else { return }
                try replace(configurationFile, with: FakeXenConfiguration())
            }
        }
        if try content(of: stateFile) == nil {
            try locked { () throws(FakeXenError) in
                guard try content(of: stateFile) == nil else { return }
                try replace(stateFile, with: HostState.booted(at: .now()))
            }
        }
        _ = try configuration()
        _ = try load()
    }

    func load() throws(FakeXenError) -> HostState {
        let state = try decode(stateFile, unlessIn: lastState)
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
            if state != before { try replace(stateFile, with: state) }
            return value
        }
    }

    func version() throws(FakeXenError) -> Int {
        var status = stat()
        guard stat(stateFile.string, &status) == 0 else {
            throw .unreadable(path: stateFile.string, reason: Errno(rawValue: errno).description)
        }
        var hasher = Hasher()
        hasher.combine(status.st_ino)
        hasher.combine(status.st_size)
        hasher.combine(status.st_mtim.tv_sec)
        hasher.combine(status.st_mtim.tv_nsec)
        return hasher.finalize()
    }

    func configuration() throws(FakeXenError) -> FakeXenConfiguration {
        try decode(configurationFile, unlessIn: lastConfiguration)
    }

    func updateConfiguration(_ body: (inout FakeXenConfiguration) -> Void) throws(FakeXenError) {
        try locked { () throws(FakeXenError) in
            var configuration = try self.configuration()
            body(&configuration)
            try replace(configurationFile, with: configuration)
        }
    }

    func record(_ call: FakeCall) throws(FakeXenError) {
        let line = try encode(call, for: callsFile, pretty: false) + [UInt8(ascii: "\n")]
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

    private static func makeFolder(_ folder: FilePath) throws(FakeXenError) {
        var path = FilePath(root: folder.root)
        for component in folder.components {
            path.append(component)
            if mkdir(path.string, 0o755) != 0, errno != EEXIST {
                throw .unwritable(path: path.string, reason: Errno(rawValue: errno).description)
            }
        }
    }

    private func locked<Value>(_ body: () throws(FakeXenError) -> Value) throws(FakeXenError) -> Value {
        let descriptor: FileDescriptor
        do throws(any Error) {
            descriptor = try FileDescriptor.open(
                lockFile, .readWrite, options: [.create, .closeOnExec], permissions: Self.filePermissions)
        } catch {
            throw .unwritable(path: lockFile.string, reason: Self.reason(error))
        }
        defer { try? descriptor.close() }
        while flock(descriptor.rawValue, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .unwritable(path: lockFile.string, reason: Errno(rawValue: errno).description)
            }
        }
        return try body()
    }

    private static let filePermissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]

    /// The bytes of a file; nil if there is none.
    private func content(of file: FilePath) throws(FakeXenError) -> [UInt8]? {
        do throws(any Error) {
            let descriptor = try FileDescriptor.open(file, .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter {
                var bytes: [UInt8] = []
                while true {
                    let chunk = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                        count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
                    }
                    guard !chunk.isEmpty else { return bytes }
                    bytes += chunk
                }
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch {
            throw .unreadable(path: file.string, reason: Self.reason(error))
        }
    }

    private func replace(_ file: FilePath, with value: some Encodable) throws(FakeXenError) {
        let bytes = try encode(value, for: file, pretty: true)
        // One name is enough: only the holder of the lock writes, and what a killed one left is written over.
        let fresh = FilePath(file.string + ".new")
        do throws(any Error) {
            let descriptor = try FileDescriptor.open(
                fresh, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: Self.filePermissions)
            _ = try descriptor.closeAfter { try descriptor.writeAll(bytes) }
        } catch {
            unlink(fresh.string)
            throw .unwritable(path: file.string, reason: Self.reason(error))
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
        do throws(any Error) {
            let descriptor = try FileDescriptor.open(
                callsFile, .writeOnly, options: [.create, .append, .closeOnExec], permissions: Self.filePermissions)
            return try descriptor.closeAfter {
                // In one write, so that lines of several processes do not mix.
                let before = try descriptor.seek(offset: 0, from: .end)
                guard try line.withUnsafeBytes({ try descriptor.write($0) }) == line.count else {
                    // A torn line would spoil the file for every reader.
                    ftruncate(descriptor.rawValue, off_t(before))
                    throw Errno.noSpace
                }
                return before + Int64(line.count)
            }
        } catch {
            throw .unwritable(path: callsFile.string, reason: Self.reason(error))
        }
    }

    // MARK: JSON

    private func decode<Value: Decodable>(
        _ file: FilePath, unlessIn last: LastRead<Value>
    ) throws(FakeXenError) -> Value {
        guard let bytes = try content(of: file).map({ Data($0) }) else {
            throw .unreadable(path: file.string, reason: Errno.noSuchFileOrDirectory.description)
        }
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

    private static func reason(_ error: any Error) -> String {
        (error as? Errno)?.description ?? "\(error)"
    }
}

/// What a file's bytes were decoded to when it was last read, since that takes far longer than reading them.
private final class LastRead<Value: Sendable>: Sendable {
    private let last = Mutex<(bytes: Data, value: Value)?>(nil)

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
