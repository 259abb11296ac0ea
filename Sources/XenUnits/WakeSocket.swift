import Glibc

/// Wakes a thread that polls; open until both ends have let go of it.
package final class WakeSocket: Sendable {
    /// Readable once somebody has woken the thread; not to be closed.
    package let reader: Int32
    private let writer: Int32

    /// Nil if the process has no descriptors left.
    package init?() {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else { return nil }
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Makes the reader's end readable, until `sleep`.
    package func wake() {
        var byte: UInt8 = 0
        // Full is as good as written.
        _ = write(writer, &byte, 1)
    }

    /// Takes back every `wake` so far.
    package func sleep() {
        var bytes: [UInt8] = Array(repeating: 0, count: 256)
        while read(reader, &bytes, bytes.count) > 0 {}
    }
}
