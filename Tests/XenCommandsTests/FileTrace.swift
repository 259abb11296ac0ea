import Foundation
import Glibc

/// What a command told the kernel to do to files below a directory, as strace saw it.
struct FileTrace: Sendable {
    enum Operation: Hashable, Sendable {
        case create(String)
        case write(String, [UInt8])
        case rename(String, to: String)
        case remove(String)
        case makeDirectory(String)
        /// Of a file, or of a directory's names.
        case sync(String)

        /// The file or directory that it is on; the old name of one that gets a new one.
        var path: String {
            switch self {
            case .create(let path), .write(let path, _), .rename(let path, _), .remove(let path),
                .makeDirectory(let path), .sync(let path):
                path
            }
        }
    }

    /// With paths below the directory; that one is empty itself.
    let operations: [Operation]

    static let isAvailable = ["/usr/bin/strace", "/bin/strace"].contains(where: FileManager.default.isExecutableFile)

    /// What a command is run under for its trace to be written to `file`.
    static func tracer(to file: String) -> [String] {
        let calls = [
            "openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink",
            "unlinkat",
            "mkdir", "mkdirat",
        ]
        return ["strace", "-f", "-y", "-s", "16777216", "-e", "trace=\(calls.joined(separator: ","))", "-o", file]
    }

    /// Reads a trace; what it has of paths elsewhere than below `directory` is left out.
    init(_ text: String, below directory: String) throws {
        var operations: [Operation] = []
        var unfinished: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            guard let blank = line.firstIndex(of: " ") else { continue }
            let thread = line[..<blank]
            var call = String(line[blank...].drop { $0 == " " })
            if let end = call.range(of: " <unfinished ...>") {
                unfinished[thread] = String(call[..<end.lowerBound])
                continue
            }
            if call.hasPrefix("<... "), let end = call.range(of: " resumed>") {
                call = (unfinished.removeValue(forKey: thread) ?? "") + call[end.upperBound...]
            }
            guard let operation = try Self.operation(call, below: directory + "/") else { continue }
            operations.append(operation)
        }
        self.operations = operations
    }

    private static func operation(_ call: String, below directory: String) throws -> Operation? {
        guard let open = call.firstIndex(of: "("),
            let result = call.range(of: ") = ", options: .backwards)
                ?? call.range(of: "= ", options: .backwards), !call[result.upperBound...].hasPrefix("-1")
        else { return nil }
        let name = call[..<open]
        let texts = quoted(call[open...])
        /// The path that a text, or the descriptor of the call, stands for.
        func path(_ index: Int) -> String? {
            guard index < texts.count else { return nil }
            let path = String(decoding: texts[index], as: UTF8.self)
            return path.hasPrefix(directory) ? String(path.dropFirst(directory.count)) : nil
        }
        var descriptor: String? {
            guard let start = call.firstIndex(of: "<"), let end = call[start...].firstIndex(of: ">") else { return nil }
            let path = String(call[call.index(after: start)..<end])
            if path + "/" == directory { return "" }
            return path.hasPrefix(directory) ? String(path.dropFirst(directory.count)) : nil
        }
        switch name {
        case "openat": return call.contains("O_CREAT") && call.contains("O_EXCL") ? path(0).map { .create($0) } : nil
        case "write": return descriptor.map { .write($0, texts.first ?? []) }
        case "fsync", "fdatasync": return descriptor.map { .sync($0) }
        case "rename":
            guard let old = path(0), let new = path(1) else { return nil }
            return .rename(old, to: new)
        case "unlink": return path(0).map { .remove($0) }
        case "mkdir": return path(0).map { .makeDirectory($0) }
        case "pwrite64": return nil
        default:
            // A sanitizer has files of its own elsewhere.
            guard path(0) != nil || descriptor != nil else { return nil }
            throw Unknown(call: String(name))
        }
    }

    struct Unknown: Error {
        let call: String
    }

    /// The quoted texts of a call.
    private static func quoted(_ call: Substring) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var rest = Array(call.utf8)[...]
        let escapes: [UInt8: UInt8] = [0x6e: 0x0a, 0x74: 0x09, 0x72: 0x0d, 0x76: 0x0b, 0x66: 0x0c]
        while let start = rest.firstIndex(of: UInt8(ascii: "\"")) {
            rest = rest[(start + 1)...]
            var text: [UInt8] = []
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                    text.append(byte)
                    continue
                }
                guard (0x30...0x37).contains(escaped) else {
                    text.append(escapes[escaped] ?? escaped)
                    continue
                }
                var number = escaped - 0x30
                for _ in 0..<2 {
                    guard let digit = rest.first, (0x30...0x37).contains(digit) else { break }
                    number = number &* 8 &+ (digit - 0x30)
                    rest = rest.dropFirst()
                }
                text.append(number)
            }
            texts.append(text)
        }
        return texts
    }
}

/// What a disk may hold after a power cut: what was synced, and of the rest any part.
///
/// A name in a directory is on the disk once that directory was synced after it, a file's content once the file was. Before
/// that each may be there or not, whatever came before or after it; of a content also nothing, or its first half.
struct DiskStates {
    /// A file's content, by the file's number.
    private var contents: [Int: [UInt8]] = [:]
    private var synced: Set<Int> = []
    /// What each name may stand for: nil for nothing, else the file's number; -1 for a directory. The last one is what a
    /// running system sees.
    private var names: [String: [Int?]] = [:]

    /// Everything of `directory` is on the disk.
    init(of directory: HostDirectory) {
        for (number, file) in directory.files.enumerated() {
            contents[number] = file.value
            synced.insert(number)
            names[file.key] = [number]
        }
        for directory in directory.directories { names[directory] = [-1] }
    }

    mutating func apply(_ operation: FileTrace.Operation) {
        func number(_ path: String) -> Int? { names[path]?.last ?? nil }
        switch operation {
        case .create(let path):
            let number = contents.count
            contents[number] = []
            names[path, default: [nil]].append(number)
        case .write(let path, let bytes):
            guard let number = number(path) else { return }
            contents[number, default: []] += bytes
            synced.remove(number)
        case .rename(let old, let new):
            guard let number = number(old) else { return }
            names[old]?.append(nil)
            names[new, default: [nil]].append(number)
        case .remove(let path): names[path]?.append(nil)
        case .makeDirectory(let path): names[path, default: [nil]].append(-1)
        case .sync(let path):
            if let number = number(path), number >= 0 {
                synced.insert(number)
                return
            }
            for (name, values) in names where (name as NSString).deletingLastPathComponent == path {
                names[name] = values.suffix(1)
            }
        }
    }

    /// Every legal state of the disk now.
    var all: Set<HostDirectory> {
        var states: Set<HostDirectory> = [HostDirectory()]
        // Directories come before what is in them.
        for (name, values) in names.sorted(by: { $0.key < $1.key }) {
            let parent = (name as NSString).deletingLastPathComponent
            var next: Set<HostDirectory> = []
            for state in states {
                for value in Set(values) {
                    guard let number = value, parent.isEmpty || state.directories.contains(parent) else {
                        next.insert(state)
                        continue
                    }
                    guard number >= 0, let content = contents[number] else {
                        next.insert(state.with(directory: name))
                        continue
                    }
                    let parts =
                        synced.contains(number) ? [content] : [[], Array(content.prefix(content.count / 2)), content]
                    for part in parts { next.insert(state.with(part, at: name)) }
                }
            }
            states = next
        }
        return states
    }
}

extension HostDirectory {
    fileprivate func with(directory: String) -> HostDirectory {
        var next = self
        next.directories.insert(directory)
        return next
    }

    fileprivate func with(_ content: [UInt8], at path: String) -> HostDirectory {
        var directory = self
        directory.files[path] = content
        return directory
    }
}
