/// One call on one of the three protocols, as it crossed the boundary.
public struct FakeCall: Hashable, Sendable, Codable {
    /// What was called.
    public let operation: FakeOperation
    /// Every argument but the deadline, as a JSON object.
    public let arguments: String

    /// A call of `operation` with these arguments.
    public init(operation: FakeOperation, arguments: String) {
        self.operation = operation
        self.arguments = arguments
    }
}
