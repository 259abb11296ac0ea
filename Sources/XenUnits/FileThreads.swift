import Glibc

/// The threads for work that reads or writes files or takes locks in them, which may block a thread for as long as a disk
/// pleases: those of Swift's pool are few, and all tasks wait where one of them blocks.
///
/// Sendable: what changes is touched only while the POSIX mutex is held, and a condition and a key are any thread's to use.
package final class FileThreads: TaskExecutor, @unchecked Sendable {
    /// Those of this process.
    package static let shared = FileThreads()

    /// Who hears of the calls that a task makes on other threads because they may block; nil outside of tests.
    @TaskLocal private static var watcher: Watcher?

    private struct Watcher: Sendable {
        let tell: @Sendable (String) -> Void
    }

    /// More would only queue up at the disk.
    private static let most = 8

    private struct State {
        var jobs: [UnownedJob] = []
        var threads = 0
        var idle = 0
    }
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let isWork: UnsafeMutablePointer<pthread_cond_t>
    /// Has a value on these threads alone.
    private let mark: pthread_key_t?
    private var state = State()

    private init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        isWork = .allocate(capacity: 1)
        isWork.initialize(to: pthread_cond_t())
        pthread_cond_init(isWork, nil)
        var key = pthread_key_t()
        mark = pthread_key_create(&key, nil) == 0 ? key : nil
    }

    /// Runs `body` on these threads, wherever its caller runs, and all that it awaits that is no actor's.
    package static func run<Value, Failure: Error>(
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withTaskExecutorPreference(shared) { () throws(Failure) in try await body() }
    }

    /// To be said before a call on a file or a lock: tests see by it where none may be made.
    package static func willBlock(_ call: StaticString = #function) {
        guard let mark = shared.mark, pthread_getspecific(mark) == nil, let watcher else { return }
        watcher.tell("\(call)")
    }

    /// Runs `body`, and tells of each call on a file or a lock that it, or a task that it begins, makes on another thread
    /// than these; for tests.
    package static func watching(
        _ tell: @escaping @Sendable (_ call: String) -> Void, _ body: () async throws -> Void
    ) async rethrows {
        try await $watcher.withValue(Watcher(tell: tell)) { try await body() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        state.jobs.append(job)
        let isShort = state.idle < state.jobs.count && state.threads < Self.most
        if isShort { state.threads += 1 }
        pthread_cond_signal(isWork)
        pthread_mutex_unlock(mutex)
        guard isShort, !OwnThread.start({ self.work() }) else { return }
        pthread_mutex_lock(mutex)
        state.threads -= 1
        let mustRun = state.threads == 0 ? state.jobs.popLast() : nil
        pthread_mutex_unlock(mutex)
        // Without any thread of ours the caller's has to do.
        mustRun?.runSynchronously(on: asUnownedTaskExecutor())
    }

    private func work() {
        if let mark { pthread_setspecific(mark, UnsafeRawPointer(mutex)) }
        while true {
            pthread_mutex_lock(mutex)
            while state.jobs.isEmpty {
                state.idle += 1
                pthread_cond_wait(isWork, mutex)
                state.idle -= 1
            }
            let job = state.jobs.removeFirst()
            pthread_mutex_unlock(mutex)
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
