import CXenInterface
import Glibc
public import LibxlAPI
package import XenUnits

/// The real xenstore, read only.
///
/// Reads share a connection and a thread; each watch has its own. A read that xenstore does not answer in time throws,
/// and the next one connects anew.
public struct HostXenstore: Xenstore {
    private let connection: XenstoreConnection
    private let shim: Shim

    /// A xenstore that is connected to when it is first asked. `readLimit` is how long a read may take.
    package init(_ shim: Shim, clock: any HostClock, readLimit: Duration = .seconds(30)) {
        self.shim = shim
        connection = XenstoreConnection(shim, limit: readLimit, clock)
    }

    public func read(_ path: XenstorePath) async throws(XenstoreError) -> String? {
        try await read([path])[0]
    }

    public func read(_ paths: [XenstorePath]) async throws(XenstoreError) -> [String?] {
        try await connection.ask(paths) { [shim] handle, path in
            var length: UInt32 = 0
            guard let value = shim.functions.store_read(handle, path.text, &length) else { return nil }
            defer { free(value) }
            return String(decoding: UnsafeRawBufferPointer(start: value, count: Int(length)), as: UTF8.self)
        }
    }

    public func list(_ path: XenstorePath) async throws(XenstoreError) -> [String]? {
        try await connection.ask([path]) { [shim] handle, path in
            var count: UInt32 = 0
            guard let names = shim.functions.store_directory(handle, path.text, &count) else { return nil }
            // One block of memory holds the pointers and the names.
            defer { free(names) }
            return (0..<Int(count)).map { String(cString: names[$0]) }.sorted()
        }[0]
    }

    public func watch(_ path: XenstorePath) -> AsyncStream<XenstorePath> {
        XenstoreWatch.stream(of: path, shim)
    }
}
