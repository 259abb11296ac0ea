import Foundation
import Glibc
package import SystemPackage

/// A file system of its own that is soon full: a tmpfs, gone when the test ends. Mounting one takes root's rights.
package final class SmallDisk: Sendable {
    /// Where it is mounted.
    package let path: FilePath

    private var filler: FilePath { path.appending("filler") }

    /// Whether this process may mount a file system at all.
    package static let isAvailable: Bool = {
        do {
            _ = try SmallDisk()
            return true
        } catch {
            return false
        }
    }()

    /// An empty one.
    package init() throws {
        path = FilePath(NSTemporaryDirectory()).appending("xenkeeper-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
        guard mount("tmpfs", path.string, "tmpfs", 0, "size=256k") == 0 else {
            let errno = Errno(rawValue: errno)
            try FileManager.default.removeItem(atPath: path.string)
            throw errno
        }
    }

    deinit {
        umount2(path.string, Int32(MNT_DETACH))
        rmdir(path.string)
    }

    /// Takes every free byte.
    package func fill() throws(Errno) {
        let descriptor = open(filler.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0x2e, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        guard errno == ENOSPC else { throw Errno(rawValue: errno) }
    }

    /// Gives back what `fill` took.
    package func free() throws(Errno) {
        // A process that another test is just starting may have the file open until it runs its program.
        guard truncate(filler.string, 0) == 0, unlink(filler.string) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Has it take no more writes, or take them again.
    package func setWritable(_ isWritable: Bool) throws(Errno) {
        let flags = UInt(MS_REMOUNT) | (isWritable ? 0 : UInt(MS_RDONLY))
        guard mount("tmpfs", path.string, "tmpfs", flags, nil) == 0 else { throw Errno(rawValue: errno) }
    }
}
