import CXenInterface
import Glibc
import LibxlAPI
import XenUnits

/// A watch on xenstore: a connection and a thread of its own, for as long as somebody iterates.
enum XenstoreWatch {
    /// Yields the path of each change at or below `path`; ends with xenstore, or with the iterating task.
    static func stream(of path: XenstorePath, _ shim: Shim) -> AsyncStream<XenstorePath> {
        let (stream, source) = AsyncStream.makeStream(of: XenstorePath.self)
        guard let wake = WakeSocket() else {
            source.finish()
            return stream
        }
        source.onTermination = { _ in wake.wake() }
        let isStarted = OwnThread.start(signals: .received) {
            follow(path, shim, until: wake) { source.yield($0) }
            source.finish()
        }
        if !isStarted { source.finish() }
        return stream
    }

    /// Calls `changed` once xenstore has taken the watch, and at each change, until `wake` is woken or xenstore goes.
    private static func follow(
        _ path: XenstorePath, _ shim: Shim, until wake: WakeSocket, changed: (XenstorePath) -> Void
    ) {
        guard let handle = shim.functions.store_open() else { return }
        defer { shim.functions.store_close(handle) }
        // xenstore itself reports each new watch once.
        guard shim.functions.store_watch(handle, path.text, "change") else { return }
        let input = Int16(POLLIN)
        while true {
            var descriptors = [
                pollfd(fd: shim.functions.store_fileno(handle), events: input, revents: 0),
                pollfd(fd: wake.reader, events: input, revents: 0),
            ]
            let ready = poll(&descriptors, nfds_t(descriptors.count), probeInterval)
            guard ready >= 0 else {
                guard errno == EINTR else { return }
                continue
            }
            guard descriptors[1].revents == 0 else { return }
            var changes: Set<String> = []
            while let event = shim.functions.store_check_watch(handle) {
                // The path comes first.
                changes.insert(String(cString: event[0]))
                free(event)
            }
            for change in changes.sorted() { changed(XenstorePath(change)) }
            guard !changes.isEmpty || isAlive(handle, shim) else { return }
        }
    }

    /// How often to see whether xenstore is there, in milliseconds: libxenstore keeps it to itself when a connection
    /// that is watched by ends.
    private static let probeInterval: Int32 = 1000

    private static func isAlive(_ handle: OpaquePointer, _ shim: Shim) -> Bool {
        var length: UInt32 = 0
        if let value = shim.functions.store_read(handle, "/", &length) {
            free(value)
            return true
        }
        return errno == ENOENT || errno == EACCES
    }
}

extension XenstorePath {
    /// Not a node: watched, it tells that domains came. Source: xenstore's `@introduceDomain`.
    static let introductions = XenstorePath("@introduceDomain")
}
