import Foundation

import func LibxlTestKit.contents

/// The directory of a fake host and its driver, as it stood at a moment.
struct HostDirectory: Hashable, Sendable {
    /// What each file holds, by its path below the directory.
    ///
    /// Bytes, not `Data`: what that one refers to, the address sanitizer takes for lost.
    var files: [String: [UInt8]] = [:]
    var directories: Set<String> = []

    /// One with nothing in it.
    init() {}

    /// The directory as it is, empty if it is not there.
    init(at path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            let full = "\(path)/\(name)"
            let kind = try FileManager.default.attributesOfItem(atPath: full)[.type] as? FileAttributeType
            if kind == .typeDirectory {
                directories.insert(name)
            } else {
                files[name] = Array(try contents(ofFile: full))
            }
        }
    }

    /// Makes a directory that is like it, for its owner alone as the driver's are.
    func write(to path: String) throws {
        for directory in [""] + directories.sorted() {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(directory)", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        for (name, content) in files {
            let isMade = FileManager.default.createFile(
                atPath: "\(path)/\(name)", contents: Data(content), attributes: [.posixPermissions: 0o600])
            guard isMade else { throw CocoaError(.fileWriteUnknown) }
        }
    }

    /// The files that say something about domains: neither locks nor what was called, nor what is made of the others.
    var records: [String: [UInt8]] {
        files.filter { path, _ in
            !path.hasSuffix("lock") && !path.hasPrefix("xen/calls") && !path.hasPrefix("run/xenkeeper/index/")
        }
    }

    /// The lines of the records that only one of the two has, but for moments: when something was begun, or is due.
    func timelessDifference(from other: HostDirectory) -> [String] {
        let (lines, others) = (timelessLines, other.timelessLines)
        return lines.subtracting(others).sorted() + others.subtracting(lines).sorted().map { "other: \($0)" }
    }

    /// Each line of the records behind its path and number, without what differs from run to run.
    private var timelessLines: Set<String> {
        var lines: Set<String> = []
        for (path, content) in records {
            let text = String(decoding: content, as: UTF8.self)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let isMoment = Self.moments.contains { line.contains("\"\($0)\" :") }
                let kept = isMoment ? line.prefix { $0 != ":" } : path.hasSuffix(".list") ? Self.timeless(line) : line
                lines.insert("\(path):\(number + 1): \(kept)")
            }
        }
        return lines
    }

    /// A line of the fake host's list without the fields that tell a time.
    private static func timeless(_ line: Substring) -> Substring {
        var fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        for index in 10...12 where fields.indices.contains(index) { fields[index] = "" }
        return fields.joined(separator: "\t")[...]
    }

    /// Members of the records that tell a time.
    private static let moments = ["begun", "started", "deadline", "due", "processorTime", "runningSince"]
}
