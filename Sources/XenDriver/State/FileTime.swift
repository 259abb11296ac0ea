import Glibc
import SystemPackage
import XenUnits

/// A time as a file system keeps it.
struct FileTime: Hashable, Sendable, CustomStringConvertible {
    var seconds: Int
    var nanoseconds: Int

    init(_ time: timespec) {
        seconds = time.tv_sec
        nanoseconds = time.tv_nsec
    }

    /// Reads the text form.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int(parts[0]), let nanoseconds = Int(parts[1]) else { return nil }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    var description: String { "\(seconds).\(nanoseconds)" }
}

/// What tells one content of a file from a later one.
struct FileStamp: Hashable, Sendable {
    /// Its inode.
    var number: UInt64
    var size: Int64
    var time: FileTime

    /// Of what is not there.
    static let none = FileStamp(number: 0, size: 0, time: FileTime(timespec()))
}

extension FileSystem {
    /// What tells the content of `path` from a later one, a link not followed; nil if there is nothing.
    static func stamp(_ path: FilePath) -> FileStamp? {
        FileThreads.willBlock()
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return nil }
        return FileStamp(
            number: UInt64(status.st_ino), size: Int64(status.st_size), time: FileTime(status.st_mtim))
    }

    /// When names were last made or taken away in a directory.
    static func lastChange(of directory: FilePath) -> FileTime? {
        FileThreads.willBlock()
        var status = stat()
        return stat(directory.string, &status) == 0 ? FileTime(status.st_mtim) : nil
    }

    /// Gives a directory a time of its last change that no change will give it, so that the next one shows however soon
    /// it comes: a file system's clock stands still for milliseconds. Nil where that cannot be done.
    static func mark(_ directory: FilePath) -> FileTime? {
        FileThreads.willBlock()
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        now.tv_nsec = Int.random(in: 0..<1_000_000_000)
        let times = [now, now]
        guard utimensat(AT_FDCWD, directory.string, times, 0) == 0 else { return nil }
        return lastChange(of: directory).flatMap { $0 == FileTime(now) ? $0 : nil }
    }

    /// Shows each name in a directory, byte for byte and in no order; none if there is no such directory.
    static func eachName(in path: FilePath, _ look: (UnsafeRawBufferPointer) -> Void) throws(StateError) {
        FileThreads.willBlock()
        guard let directory = opendir(path.string) else {
            if errno == ENOENT { return }
            throw failed(.list, path)
        }
        defer { closedir(directory) }
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw failed(.list, path) }
                return
            }
            withUnsafeBytes(of: &entry.pointee.d_name) { name in
                let length = name.baseAddress.map { strnlen($0.assumingMemoryBound(to: CChar.self), name.count) } ?? 0
                look(UnsafeRawBufferPointer(rebasing: name[..<length]))
            }
        }
    }
}
