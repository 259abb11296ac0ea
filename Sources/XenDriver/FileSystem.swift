import Glibc
import SystemPackage

/// The few calls on files that the driver's state needs, each failing with the path and the system's reason.
enum FileSystem {
    /// The bytes of a file; nil if there is none.
    static func read(_ path: FilePath) throws(StateError) -> [UInt8]? {
        do {
            let descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 65536)
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes.append(contentsOf: chunk[..<count])
                }
            }
        } catch let errno as Errno {
            if errno == .noSuchFileOrDirectory { return nil }
            throw StateError(.read, path, errno)
        } catch {
            throw StateError(.read, path, .ioError)
        }
    }

    /// Writes a whole new file, synced to the disk if it must outlive a power cut.
    static func write(_ bytes: [UInt8], to path: FilePath, synced: Bool) throws(StateError) {
        do {
            let descriptor = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite])
            try descriptor.closeAfter {
                try descriptor.writeAll(bytes)
                if synced, fsync(descriptor.rawValue) != 0 { throw Errno(rawValue: errno) }
            }
        } catch let failure as Errno {
            unlink(path.string)
            throw StateError(.write, path, failure)
        } catch {
            throw StateError(.write, path, .ioError)
        }
    }

    /// Gives `path` the new name `target`, whose file, if any, it replaces in one step.
    static func rename(_ path: FilePath, to target: FilePath, synced: Bool) throws(StateError) {
        guard Glibc.rename(path.string, target.string) == 0 else {
            throw StateError(.rename, path, Errno(rawValue: errno))
        }
        if synced { try syncFolder(target.removingLastComponent()) }
    }

    /// Removes a file; success if there is none.
    static func remove(_ path: FilePath, synced: Bool = false) throws(StateError) {
        guard unlink(path.string) == 0 || errno == ENOENT else {
            throw StateError(.remove, path, Errno(rawValue: errno))
        }
        if synced { try syncFolder(path.removingLastComponent()) }
    }

    /// Makes a folder and those above it.
    static func createFolder(_ path: FilePath) throws(StateError) {
        if mkdir(path.string, 0o755) == 0 || errno == EEXIST { return }
        let failure = Errno(rawValue: errno)
        let parent = path.removingLastComponent()
        guard failure == .noSuchFileOrDirectory, !parent.isEmpty, parent != path else {
            throw StateError(.createFolder, path, failure)
        }
        try createFolder(parent)
        guard mkdir(path.string, 0o755) == 0 || errno == EEXIST else {
            throw StateError(.createFolder, path, Errno(rawValue: errno))
        }
    }

    /// The names in a folder, sorted; empty if there is no such folder.
    static func list(_ path: FilePath) throws(StateError) -> [String] {
        guard let folder = opendir(path.string) else {
            if errno == ENOENT { return [] }
            throw StateError(.list, path, Errno(rawValue: errno))
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func syncFolder(_ path: FilePath) throws(StateError) {
        let descriptor = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateError(.write, path, Errno(rawValue: errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StateError(.write, path, Errno(rawValue: errno)) }
    }
}
