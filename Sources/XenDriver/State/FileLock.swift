import CProcess
import Glibc
import SystemPackage
import XenUnits

/// Exclusive locks between processes, and between tasks of one: `flock(2)` on files.
///
/// The lock goes when its descriptor closes, also by the death of the process; no child inherits it, neither one that
/// runs another program nor one that is forked and goes on, as some of libxl's do. Its file may be removed by the
/// lock's holder alone, and counts only while it has its name: whoever waited for one that is gone by then waits for
/// the next.
enum FileLock {
    /// Why a lock was not had.
    enum Failure: Error {
        /// Somebody held it all the time; the process that wrote itself into the file, if it did.
        case timedOut(holder: Int32?)
        /// The waiting task was cancelled, `waited` after it had begun.
        case cancelled(holder: Int32?, waited: Duration)
        case state(StateError)
    }

    /// Runs `body` while holding the lock at `path`, waiting for it until `deadline`. `removesFile` is whether its
    /// file goes with it. `tell` is called once the wait has become a long one.
    static func hold<Result, Caught: Error>(
        _ path: FilePath, until deadline: ContinuousClock.Instant, _ clock: any HostClock,
        orThrow convert: (Failure) -> Caught,
        _ tell: (_ holder: Int32?) -> Void = { _ in },
        removesFile: Bool = false, _ body: () async throws(Caught) -> Result
    ) async throws(Caught) -> Result {
        let descriptor: CInt
        do throws(Failure) {
            descriptor = try await acquire(path, until: deadline, clock, tell)
        } catch {
            throw convert(error)
        }
        defer { release(descriptor, path, removesFile: removesFile) }
        return try await body()
    }

    /// Runs `body` while holding the lock at `path`, if nobody else holds it.
    static func holdIfFree(
        _ path: FilePath, removesFile: Bool = false, _ body: () throws(StateError) -> Void
    ) throws(StateError) {
        let descriptor = try open(path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isNamed(descriptor, path) else {
            cproc_close(descriptor)
            return
        }
        defer { release(descriptor, path, removesFile: removesFile) }
        try body()
    }

    /// Runs `body` while holding the lock at `path`, which everyone holds for a moment alone; not if somebody has it
    /// longer, who may have been stopped.
    static func holdBriefly(_ path: FilePath, _ body: () throws(StateError) -> Void) throws(StateError) {
        for _ in 0..<tries {
            var isHeld = false
            try holdIfFree(path) { () throws(StateError) in
                isHeld = true
                try body()
            }
            guard !isHeld else { return }
            usleep(pauseInMicroseconds)
        }
    }

    /// Whether somebody holds the lock at `path`; of a file that cannot be opened nobody knows, and the answer is no.
    static func isHeld(_ path: FilePath) -> Bool {
        FileThreads.willBlock()
        guard let descriptor = try? RegularFile.open(path.string, O_RDONLY) else { return false }
        defer { close(descriptor) }
        // Shared and for a moment: two who ask at once are not taken for a holder, and the holder waits a moment for its lock.
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Who holds the lock at `path`, as process `pid` if that is known; nil if nobody does, or it cannot be opened.
    static func holder(of path: FilePath) -> Holder? {
        FileThreads.willBlock()
        guard let descriptor = try? RegularFile.open(path.string, O_RDONLY) else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return Holder(pid: holder(descriptor))
    }

    struct Holder: Hashable, Sendable {
        var pid: Int32?
    }

    private static let tries = 100
    private static let pauseInMicroseconds: UInt32 = 500

    private static func acquire(
        _ path: FilePath, until deadline: ContinuousClock.Instant, _ clock: any HostClock,
        _ tell: (_ holder: Int32?) -> Void
    ) async throws(Failure) -> CInt {
        let begun = clock.now
        var pause = Duration.milliseconds(1)
        var isReported = false
        while true {
            let descriptor: CInt
            do throws(StateError) { descriptor = try open(path) } catch { throw .state(error) }
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let reason = errno
                guard reason == EWOULDBLOCK || reason == EINTR else {
                    cproc_close(descriptor)
                    throw .state(StateError(.lock, path, .system(Errno(rawValue: reason))))
                }
                let now = clock.now
                guard now < deadline, !Task.isCancelled else {
                    let holder = holder(descriptor)
                    cproc_close(descriptor)
                    throw now < deadline
                        ? .cancelled(holder: holder, waited: now - begun) : .timedOut(holder: holder)
                }
                if !isReported, now - begun >= Wait.long {
                    isReported = true
                    tell(holder(descriptor))
                }
                // Cancellation ends the wait at the check above.
                try? await clock.sleep(until: now + pause)
                pause = min(pause * 2, .milliseconds(25))
            }
            guard isNamed(descriptor, path) else {
                cproc_close(descriptor)
                continue
            }
            // The holder's number is a help for people alone, so a full disk does not matter here.
            let note = Array("\(getpid())\n".utf8)
            if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, note, note.count, 0) }
            return descriptor
        }
    }

    private static func open(_ path: FilePath) throws(StateError) -> CInt {
        FileThreads.willBlock()
        let descriptor: CInt
        cproc_begin_open()
        do throws(RegularFileError) { descriptor = try RegularFile.open(path.string, O_RDWR | O_CREAT) } catch {
            cproc_end_open(-1)
            throw StateError(.lock, path, error)
        }
        let code = cproc_end_open(descriptor)
        guard code == 0 else {
            close(descriptor)
            throw StateError(.lock, path, .system(Errno(rawValue: code)))
        }
        return descriptor
    }

    private static func release(_ descriptor: CInt, _ path: FilePath, removesFile: Bool) {
        FileThreads.willBlock()
        if removesFile { unlink(path.string) }
        cproc_close(descriptor)
    }

    /// Whether the file that is open still has the name `path`.
    private static func isNamed(_ descriptor: CInt, _ path: FilePath) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(descriptor, &held) == 0 && lstat(path.string, &named) == 0
            && held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }

    private static func holder(_ descriptor: CInt) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 1 else { return nil }
        return Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self))
    }
}
