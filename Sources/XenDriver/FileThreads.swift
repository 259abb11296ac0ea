import Glibc
import XenUnits

/// The threads that a change runs on between its waits, for files and locks may block a thread for as long as a disk
/// pleases: Swift's own are few, and all tasks wait where one of them blocks.
///
/// Sendable: what it has is its lock, and a condition that POSIX lets any thread use.
final class FileThreads: TaskExecutor, @unchecked Sendable {
    /// Those of this process.
    static let shared = FileThreads()

    /// More would only queue up at the disk.
    private static let most = 8

    private struct State {
        var jobs: [UnownedJob] = []
        var threads = 0
        var idle = 0
    }
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let isWork: UnsafeMutablePointer<pthread_cond_t>
    private var state = State()

    private init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        isWork = .allocate(capacity: 1)
        isWork.initialize(to: pthread_cond_t())
        pthread_cond_init(isWork, nil)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        state.jobs.append(job)
        let isShort = state.idle < state.jobs.count && state.threads < Self.most
        if isShort { state.threads += 1 }
        pthread_cond_signal(isWork)
        pthread_mutex_unlock(mutex)
        guard isShort, !startThread() else { return }
        pthread_mutex_lock(mutex)
        state.threads -= 1
        let mustRun = state.threads == 0 ? state.jobs.popLast() : nil
        pthread_mutex_unlock(mutex)
        // Without any thread of ours the caller's has to do.
        mustRun?.runSynchronously(on: asUnownedTaskExecutor())
    }

    private func startThread() -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        return pthread_create(
            &thread, &attributes,
            { _ in
                FileThreads.shared.work()
                return nil
            }, nil) == 0
    }

    private func work() {
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
