/// Called as a process reaches each named step of an operation.
///
/// A fault test gives one that ends, stops or counts at the n-th step; the default does nothing. It is called with no
/// lock held that another process's reader needs.
public struct StepHook: Sendable {
    private let body: @Sendable (String) -> Void

    /// A hook that calls `body` with each step's name.
    public init(_ body: @escaping @Sendable (String) -> Void) {
        self.body = body
    }

    /// Does nothing.
    public static let none = StepHook { _ in }

    /// Tells the hook that the process is at `step`.
    public func reached(_ step: String) {
        body(step)
    }
}
