import Glibc
import SystemPackage
import XenUnits

/// The names of files in a directory, as they come, go or are replaced: what other processes do to the driver's files.
/// Source: inotify(7).
enum DirectoryWatch {
    /// Yields the name of each file that changes; an empty name when the kernel has lost some. Ends with the iterating
    /// task, or when the directory is removed. Nil if it cannot be watched, as one that is not there.
    static func names(in directory: FilePath) -> AsyncStream<String>? {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { return nil }
        let events =
            UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE) | UInt32(IN_CREATE)
            | UInt32(IN_CLOSE_WRITE) | UInt32(IN_DELETE_SELF) | UInt32(IN_ONLYDIR)
        guard inotify_add_watch(descriptor, directory.string, events) >= 0 else {
            close(descriptor)
            return nil
        }
        return DescriptorEvents.stream(of: descriptor) { names in
            for event in read(descriptor) {
                names.yield(event.name)
                if event.isEnd { names.finish() }
            }
        }
    }

    private struct Event {
        var name: String
        /// Whether there will be no more.
        var isEnd: Bool
    }

    private static func read(_ descriptor: CInt) -> [Event] {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return [] }
        return buffer.withUnsafeBytes { bytes in
            var events: [Event] = []
            var offset = 0
            let head = MemoryLayout<inotify_event>.size
            while offset + head <= count {
                let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let name = bytes[(offset + head)..<min(offset + head + Int(event.len), count)].prefix { $0 != 0 }
                let isLost = event.mask & UInt32(IN_Q_OVERFLOW) != 0
                let isEnd = event.mask & (UInt32(IN_IGNORED) | UInt32(IN_DELETE_SELF)) != 0
                events.append(Event(name: isLost ? "" : String(decoding: name, as: UTF8.self), isEnd: isEnd))
                offset += head + Int(event.len)
            }
            return events
        }
    }
}
