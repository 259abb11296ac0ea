import CXenInterface
import Dispatch
import Glibc
import LibxlAPI
import XenUnits

/// A connection to xenstore and the thread that waits on it, one question after the other.
final class XenstoreConnection: Sendable {
    private let worker = Locked<Worker?>(nil)
    private let shim: Shim
    private let limit: Duration
    private let patience: Patience

    /// A connection on which questions that are asked together are answered within `limit`, or given up.
    init(_ shim: Shim, limit: Duration, _ clock: any HostClock) {
        self.shim = shim
        self.limit = limit
        patience = Patience(limit: limit, clock)
    }

    deinit {
        worker.withLock { $0 }?.submit(nil)
    }

    /// Asks xenstore about each of `paths`, in one go, on the connection's thread; nil for a node that is not there.
    ///
    /// `question` returns nil with `errno` set for a failure, as libxenstore does.
    func ask<Value: Sendable>(
        _ paths: [XenstorePath], _ question: @escaping @Sendable (OpaquePointer, XenstorePath) -> Value?
    ) async throws(XenstoreError) -> [Value?] {
        guard let first = paths.first else { return [] }
        let answer = Answer<Result<[Value?], XenstoreError>>()
        let fail = { @Sendable (path: XenstorePath, reason: String) in
            _ = answer.give(.failure(XenstoreError(path: path, reason: reason)))
        }
        let ticket = patience.begin {
            // Whoever asks next must not wait behind this one.
            self.drop(nil)
            fail(first, "xenstored did not answer within \(self.limit)")
        }
        return try await answer.value {
            self.submit { worker, handle in
                // Here, for the task may be slow to take the answer.
                defer { self.patience.end(ticket) }
                guard let handle else {
                    let reason = worker == nil ? "no more threads" : String(cString: strerror(errno))
                    self.drop(worker)
                    fail(first, "cannot connect to xenstored: \(reason)")
                    return
                }
                var values: [Value?] = []
                for path in paths {
                    errno = 0
                    let value = question(handle, path)
                    let failure = errno
                    guard value != nil || failure == ENOENT else {
                        // A refusal leaves the connection as it was; anything else may have broken it.
                        if failure != EACCES { self.drop(worker) }
                        fail(path, String(cString: strerror(failure)))
                        return
                    }
                    values.append(value)
                }
                answer.give(.success(values))
            }
        }.get()
    }

    /// Has the connection's thread do `job`, and starts one where there is none. Where there can be none, does it here
    /// and without worker.
    private func submit(_ job: @escaping Worker.Job) {
        let isSubmitted = worker.withLock { worker in
            if worker == nil { worker = Worker.start(shim) }
            worker?.submit(job)
            return worker != nil
        }
        if !isSubmitted { job(nil, nil) }
    }

    /// Lets go of the thread, so that the next question goes to a new one; nil is whichever there is.
    private func drop(_ broken: Worker?) {
        worker.withLock { worker in
            guard broken == nil || worker === broken else { return }
            worker?.submit(nil)
            worker = nil
        }
    }
}

/// A thread with a xenstore connection of its own, which it opens first and closes last.
private final class Worker: Sendable {
    /// Gets the worker, and its connection; without one `errno` says why.
    typealias Job = @Sendable (Worker?, OpaquePointer?) -> Void
    private let jobs = Locked<[Job?]>([])
    private let waiting = DispatchSemaphore(value: 0)

    static func start(_ shim: Shim) -> Worker? {
        let worker = Worker()
        return OwnThread.start(signals: .received) { worker.work(shim) } ? worker : nil
    }

    /// Has the thread do `job` after all earlier ones; nil ends the thread.
    func submit(_ job: Job?) {
        jobs.withLock { $0.append(job) }
        waiting.signal()
    }

    private func work(_ shim: Shim) {
        let handle = shim.functions.store_open()
        let failure = errno
        defer { if let handle { shim.functions.store_close(handle) } }
        while true {
            waiting.wait()
            guard let job = jobs.withLock({ $0.removeFirst() }) else { return }
            if handle == nil { errno = failure }
            job(self, handle)
        }
    }
}
