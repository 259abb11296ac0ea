import Glibc
import SystemPackage
import XenUnits

/// The few calls on files that the driver's state needs, each failing with the path and the reason.
enum FileSystem {
    /// The bytes of a file, `most` of them at most; nil if there is none.
    static func read(_ path: FilePath, atMost most: Int) throws(StateError) -> [UInt8]? {
        do throws(RegularFileError) { return try RegularFile.read(path.string, atMost: most) } catch {
            throw StateError(.read, path, error)
        }
    }

    /// Writes a whole new file, synced to the disk if it must outlive a power cut.
    static func write(_ bytes: [UInt8], to path: FilePath, synced: Bool) throws(StateError) {
        do throws(RegularFileError) { try RegularFile.create(path.string, bytes, synced: synced) } catch {
            throw StateError(.write, path, error)
        }
    }

    /// Puts a whole new file in the place of any that is there, in one step; not synced, which does for what can be made
    /// again, unless it is asked for.
    static func replace(_ path: FilePath, with bytes: [UInt8], synced: Bool = false) throws(StateError) {
        let fresh = path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "").new")
        try write(bytes, to: fresh, synced: synced)
        try rename(fresh, to: path, synced: synced)
    }

    /// Gives `path` the new name `target`, whose file, if any, it replaces in one step.
    static func rename(_ path: FilePath, to target: FilePath, synced: Bool) throws(StateError) {
        FileThreads.willBlock()
        guard Glibc.rename(path.string, target.string) == 0 else { throw failed(.rename, path) }
        if synced { try syncDirectory(target.removingLastComponent()) }
    }

    /// Removes a file; success if there is none.
    static func remove(_ path: FilePath, synced: Bool = false) throws(StateError) {
        FileThreads.willBlock()
        guard unlink(path.string) == 0 || errno == ENOENT else { throw failed(.remove, path) }
        if synced { try syncDirectory(path.removingLastComponent()) }
    }

    /// Whether anything has the name `path`, whatever it is.
    static func exists(_ path: FilePath) throws(StateError) -> Bool {
        FileThreads.willBlock()
        var status = stat()
        if lstat(path.string, &status) == 0 { return true }
        guard errno == ENOENT else { throw failed(.read, path) }
        return false
    }

    /// Whether `path` is a plain file.
    static func isFile(_ path: FilePath) -> Bool {
        FileThreads.willBlock()
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether `path` is a symbolic link, wherever it leads.
    static func isLink(_ path: FilePath) -> Bool {
        FileThreads.willBlock()
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Makes a symbolic link at `path`, which outlives a power cut; nothing if there is one.
    static func makeLink(_ path: FilePath, to target: String) throws(StateError) {
        FileThreads.willBlock()
        guard symlink(target, path.string) == 0 || errno == EEXIST && isLink(path) else { throw failed(.write, path) }
        try syncDirectory(path.removingLastComponent())
    }

    /// Makes a directory and those above it, for their owner alone.
    static func createDirectory(_ path: FilePath, synced: Bool) throws(StateError) {
        do throws(RegularFileError) { try RegularFile.makeDirectory(path.string, synced: synced) } catch {
            throw StateError(.createDirectory, path, error)
        }
    }

    /// A name in a directory.
    struct Entry: Hashable, Sendable {
        /// Where it is no UTF-8, something that looks like it.
        var name: String
        var isText: Bool
    }

    /// The names in a directory, sorted; empty if there is no such directory.
    static func list(_ path: FilePath) throws(StateError) -> [Entry] {
        FileThreads.willBlock()
        guard let directory = opendir(path.string) else {
            if errno == ENOENT { return [] }
            throw failed(.list, path)
        }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw failed(.list, path) }
                return entries.sorted { ExactText($0.name) < ExactText($1.name) }
            }
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if name != ".", name != ".." {
                entries.append(Entry(name: name, isText: name.utf8.elementsEqual(bytes)))
            }
        }
    }

    /// Which file or block device of the host `path` leads to, links followed; nil if there is none, or it is another
    /// kind.
    static func identity(_ path: String) -> FileIdentity? {
        FileThreads.willBlock()
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file(device: status.st_dev, number: status.st_ino)
        case S_IFBLK: return .blockDevice(status.st_rdev)
        default: return nil
        }
    }

    private static func syncDirectory(_ path: FilePath) throws(StateError) {
        do throws(RegularFileError) { try RegularFile.syncDirectory(path.string) } catch {
            throw StateError(.write, path, error)
        }
    }

    /// The system's refusal that `errno` tells of.
    static func failed(_ action: StateError.Action, _ path: FilePath) -> StateError {
        StateError(action, path, .system(Errno(rawValue: errno)))
    }
}

/// What a path leads to, however it is spelt.
enum FileIdentity: Hashable {
    /// A regular file, by its file system's device and its inode.
    case file(device: dev_t, number: ino_t)
    case blockDevice(dev_t)
}
