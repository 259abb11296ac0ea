#if Xen
import CLibxl
import Glibc
public import LibxlAPI
public import XenUnits

/// The real xenstore, read only.
///
/// Reads share a connection and a thread; each watch has its own. A read that xenstore does not answer in time throws,
/// and the next one connects anew.
public struct HostXenstore: Xenstore {
    private let connection: XenstoreConnection

    /// A xenstore that is connected to when it is first asked. `readLimit` is how long a read may take.
    public init(clock: any HostClock, readLimit: Duration = .seconds(30)) {
        connection = XenstoreConnection(limit: readLimit, clock)
    }

    public func read(_ path: XenstorePath) async throws(XenstoreError) -> String? {
        try await read([path])[0]
    }

    public func read(_ paths: [XenstorePath]) async throws(XenstoreError) -> [String?] {
        try await connection.ask(paths) { handle, path in
            var length: UInt32 = 0
            guard let value = xs_read(handle, 0, path.text, &length) else { return nil }
            defer { free(value) }
            return String(decoding: UnsafeRawBufferPointer(start: value, count: Int(length)), as: UTF8.self)
        }
    }

    public func list(_ path: XenstorePath) async throws(XenstoreError) -> [String]? {
        try await connection.ask([path]) { handle, path in
            var count: UInt32 = 0
            guard let names = xs_directory(handle, 0, path.text, &count) else { return nil }
            // One block of memory holds the pointers and the names.
            defer { free(names) }
            return (0..<Int(count)).compactMap { names[$0].text }.sorted()
        }[0]
    }

    public func watch(_ path: XenstorePath) -> AsyncStream<Void> {
        XenstoreWatch.stream(of: path)
    }
}
#endif
