import Glibc

/// A value that one thread at a time can get at.
///
/// Not `Mutex`: that one is handed over by the kernel when it is contended, which the thread sanitizer cannot see, so that
/// it reports races where there are none.
///
/// Sendable: the value is touched only while the POSIX mutex is held, whose memory stays where it is until nobody refers
/// to this object any more.
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` with everyone else shut out.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
