import Glibc

/// Wakes a thread that polls; open until both ends have let go of it.
final class WakeSocket: Sendable {
    let reader: Int32
    private let writer: Int32

    init?() {
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
    func wake() {
        var byte: UInt8 = 0
        // Full is as good as written.
        _ = write(writer, &byte, 1)
    }

    /// Takes back every `wake` so far.
    func sleep() {
        var bytes: [UInt8] = Array(repeating: 0, count: 256)
        while read(reader, &bytes, bytes.count) > 0 {}
    }
}
