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
