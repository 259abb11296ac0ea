import FoundationEssentials
import Glibc
import SystemPackage
import XenUnits

/// The files of a fake host's directory, and the few things that are done with them.
struct DirectoryFiles: Sendable {
    private let directory: FilePath
    private let domains: FilePath

    /// In bytes.
    private static let largestFile = 256 << 20

    init(directory: FilePath) {
        self.directory = directory
        domains = directory.appending("domains")
    }

    /// A file of the directory.
    enum Name: Hashable, Sendable {
        case state
        /// A line for each domain.
        case list
        case domain(DomainID)
        case pending
        case configuration
        case lock
        case calls
        case olderCalls
        /// What is to become a file.
        indirect case new(Name)

        /// What is to become this file. One name is enough: only the holder of the lock writes, and what a killed one left
        /// is written over.
        var fresh: Name { .new(self) }

        var text: String {
            switch self {
            case .state: "state.json"
            case .list: "domains.list"
            case .domain(let domid): "domains/\(domid).json"
            case .pending: "pending.json"
            case .configuration: "host.json"
            case .lock: "lock"
            case .calls: "calls.jsonl"
            case .olderCalls: "calls.old.jsonl"
            case .new(let name): name.text + ".new"
            }
        }
    }

    func path(_ file: Name) -> String { directory.string + "/" + file.text }

    // MARK: The directory

    /// Throws if there is something in the place of the directory that is none.
    func requireDirectory() throws(FakeXenError) {
        var status = stat()
        if stat(directory.string, &status) != 0 {
            guard errno == ENOENT else {
                throw .unreadable(path: directory.string, reason: Errno(rawValue: errno).description)
            }
        } else if status.st_mode & S_IFMT != S_IFDIR {
            throw .unreadable(path: directory.string, reason: Errno.notDirectory.description)
        }
    }

    var isMade: Bool {
        var status = stat()
        return stat(directory.string, &status) == 0
    }

    /// Makes the directory of the domains' files, and takes out what is in it.
    func emptyDomains() throws(FakeXenError) {
        do throws(RegularFileError) { try RegularFile.makeDirectory(domains.string) } catch {
            throw .unwritable(path: domains.string, reason: error.description)
        }
        guard let directory = opendir(domains.string) else {
            throw .unreadable(path: domains.string, reason: Errno(rawValue: errno).description)
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            let path = domains.appending(name).string
            guard unlink(path) == 0 || errno == ENOENT else {
                throw .unwritable(path: path, reason: Errno(rawValue: errno).description)
            }
        }
    }

    /// A number that is another one once another state was stored.
    func version() throws(FakeXenError) -> Int {
        FileThreads.willBlock()
        var hasher = Hasher()
        // The count alone would do, if every process lived to count what it has stored.
        hasher.combine(try content(.lock) ?? [])
        for path in [path(.state), path(.list), path(.pending), domains.string] {
            var status = stat()
            guard stat(path, &status) == 0 else {
                guard errno == ENOENT else {
                    throw .unreadable(path: path, reason: Errno(rawValue: errno).description)
                }
                hasher.combine(0)
                continue
            }
            hasher.combine(status.st_ino)
            hasher.combine(status.st_mtim.tv_sec)
            hasher.combine(status.st_mtim.tv_nsec)
        }
        return hasher.finalize()
    }

    // MARK: The lock

    /// The lock of the directory, which also counts how often something was stored.
    struct Lock {
        fileprivate let descriptor: CInt
        private let path: String
        /// How often something has been stored.
        let serial: UInt64

        fileprivate init(_ descriptor: CInt, path: String) {
            self.descriptor = descriptor
            self.path = path
            var number: UInt64 = 0
            let size = withUnsafeMutableBytes(of: &number) { pread(descriptor, $0.baseAddress, $0.count, 0) }
            serial = size == MemoryLayout<UInt64>.size ? number : 0
        }

        /// Counts something that was stored.
        func count() throws(FakeXenError) {
            let next = serial &+ 1
            let size = withUnsafeBytes(of: next) { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            guard size == MemoryLayout<UInt64>.size else {
                throw .unwritable(path: path, reason: Errno(rawValue: size < 0 ? errno : ENOSPC).description)
            }
        }
    }

    /// Runs a change with everyone else shut out, in a directory that is made if it is not there.
    func locked<Value>(_ body: (Lock) throws(FakeXenError) -> Value) throws(FakeXenError) -> Value {
        let descriptor: CInt
        do throws(RegularFileError) {
            try RegularFile.makeDirectory(directory.string)
            descriptor = try RegularFile.open(path(.lock), O_RDWR | O_CREAT)
        } catch {
            throw .unwritable(path: path(.lock), reason: error.description)
        }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .unwritable(path: path(.lock), reason: Errno(rawValue: errno).description)
            }
        }
        return try body(Lock(descriptor, path: path(.lock)))
    }

    // MARK: Files

    /// The bytes of a file; nil if there is none.
    func content(_ file: Name) throws(FakeXenError) -> [UInt8]? {
        do throws(RegularFileError) {
            return try RegularFile.read(path(file), atMost: Self.largestFile)
        } catch {
            throw .unreadable(path: path(file), reason: error.description)
        }
    }

    /// Whether anything has the file's name.
    func exists(_ file: Name) -> Bool {
        var status = stat()
        return lstat(path(file), &status) == 0 || errno != ENOENT
    }

    /// In bytes.
    func size(of file: Name) -> Int? {
        var status = stat()
        return stat(path(file), &status) == 0 ? Int(status.st_size) : nil
    }

    func create(_ file: Name, _ bytes: [UInt8]) throws(FakeXenError) {
        do throws(RegularFileError) {
            try RegularFile.create(path(file), bytes, synced: false)
        } catch {
            throw .unwritable(path: path(file), reason: error.description)
        }
    }

    func replace(_ file: Name, with bytes: [UInt8]) throws(FakeXenError) {
        try create(file.fresh, bytes)
        try rename(file.fresh, to: file)
    }

    func rename(_ from: Name, to file: Name) throws(FakeXenError) {
        guard Glibc.rename(path(from), path(file)) == 0 else {
            throw .unwritable(path: path(file), reason: Errno(rawValue: errno).description)
        }
    }

    /// Removes a file; nothing if there is none.
    func remove(_ file: Name) throws(FakeXenError) {
        guard unlink(path(file)) == 0 || errno == ENOENT else {
            throw .unwritable(path: path(file), reason: Errno(rawValue: errno).description)
        }
    }

    /// Adds a line to a file and returns the file's size.
    func append(_ line: [UInt8], to file: Name) throws(FakeXenError) -> Int64 {
        do throws(RegularFileError) {
            let descriptor = try RegularFile.open(path(file), O_WRONLY | O_CREAT | O_APPEND)
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
            throw .unwritable(path: path(file), reason: error.description)
        }
    }

    // MARK: JSON

    func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], of file: Name
    ) throws(FakeXenError) -> Value {
        do throws(any Error) {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .damaged(path: path(file), reason: JSONText.reason(error))
        }
    }

    func encode(_ value: some Encodable, for file: Name, pretty: Bool = true) throws(FakeXenError) -> [UInt8] {
        do throws(any Error) {
            return try JSONText.bytes(of: value, pretty: pretty)
        } catch {
            throw .unwritable(path: path(file), reason: JSONText.reason(error))
        }
    }
}

extension DirectoryFiles.Name: Codable {
    /// Reads the name of a file of the state; another one is no part of a change.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let number = text.hasPrefix("domains/") ? UInt32(text.dropFirst(8).prefix { $0 != "." }) : nil
        var candidates: [DirectoryFiles.Name] = [.state, .list]
        if let number { candidates.append(.domain(DomainID(rawValue: number))) }
        guard let name = candidates.first(where: { $0.text == text }) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no file of the state")
        }
        self = name
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
