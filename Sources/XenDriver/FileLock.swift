import Glibc
import SystemPackage

/// Exclusive locks between processes, and between tasks of one: `flock(2)` on files that are never removed.
///
/// The lock goes when its descriptor closes, also by the death of the process; libxl's long-lived children do not
/// inherit it.
enum FileLock {
    /// Why a lock was not had.
    enum Failure: Error {
        /// Somebody held it all the time; the process that wrote itself into the file, if it did.
        case timedOut(holder: Int32?)
        case state(StateError)
    }

    /// Runs `body` while holding the lock at `path`, waiting for it until `deadline`.
    static func hold<Result, Caught: Error>(
        _ path: FilePath, until deadline: ContinuousClock.Instant, orThrow convert: (Failure) -> Caught,
        _ body: () async throws(Caught) -> Result
    ) async throws(Caught) -> Result {
        let descriptor: Int32
        do throws(Failure) {
            descriptor = try await acquire(path, until: deadline)
        } catch {
            throw convert(error)
        }
        defer { close(descriptor) }
        return try await body()
    }

    private static func acquire(_ path: FilePath, until deadline: ContinuousClock.Instant) async throws(Failure)
        -> Int32
    {
        let descriptor = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .state(StateError(.lock, path, Errno(rawValue: errno))) }
        var pause = Duration.milliseconds(1)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let reason = errno
            guard reason == EWOULDBLOCK || reason == EINTR else {
                close(descriptor)
                throw .state(StateError(.lock, path, Errno(rawValue: reason)))
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                let holder = holder(descriptor)
                close(descriptor)
                throw .timedOut(holder: holder)
            }
            // Cancellation ends the wait at the check above.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(25))
        }
        // The holder's number is a help for people alone, so a full disk does not matter here.
        let note = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, note, note.count, 0) }
        return descriptor
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 1 else { return nil }
        return Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self))
    }
}
