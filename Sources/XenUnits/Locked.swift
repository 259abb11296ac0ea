import Glibc

/// A value that one thread at a time can get at: the one lock for state that is shared.
///
/// Not `Mutex`: that one is handed over by the kernel when it is contended, which the thread sanitizer cannot see, so that
/// it reports races where there are none.
///
/// Sendable: the value is touched only while the POSIX mutex is held, whose memory stays where it is until nobody refers
/// to this object any more, and comes in and goes out only as what nobody else refers to.
package final class Locked<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// A lock around `value`.
    package init(_ value: sending Value) {
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
    package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}

/// What was made of something last, for whoever makes it of the same thing again: to compare is less work than to make.
package final class Memo<Key: Equatable & Sendable, Value: Sendable>: Sendable {
    private let last = Locked<(key: Key, value: Value)?>(nil)

    /// Nothing was made yet.
    package init() {}

    /// What `make` makes of `key`, now or before.
    package func value(of key: Key, _ make: () -> Value) -> Value {
        if let last = last.withLock({ $0 }), last.key == key { return last.value }
        let value = make()
        last.withLock { $0 = (key, value) }
        return value
    }
}
