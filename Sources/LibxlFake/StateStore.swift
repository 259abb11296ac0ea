import XenUnits

/// Where a fake host keeps its state: in memory or in a folder.
protocol StateStore: Sendable {
    /// The state as it was last stored; time has not passed in it.
    func load() throws(FakeXenError) -> HostState

    /// Reads the state, changes it and stores it, with everyone else shut out.
    func update<Value: Sendable>(_ body: (inout HostState) -> Value) throws(FakeXenError) -> Value

    /// A number that is another one once another state was stored.
    func version() throws(FakeXenError) -> Int

    func configuration() throws(FakeXenError) -> FakeXenConfiguration
    func updateConfiguration(_ body: (inout FakeXenConfiguration) -> Void) throws(FakeXenError)

    /// Whether there is anything to keep calls in: a host that was only looked at so far leaves no trace.
    var isMade: Bool { get }
    func record(_ call: FakeCall) throws(FakeXenError)
    func calls() throws(FakeXenError) -> [FakeCall]
}

/// Keeps the state in memory.
final class MemoryStore: StateStore {
    private struct Content: Sendable {
        var state: HostState
        var version = 0
        var configuration: FakeXenConfiguration
        var calls: [FakeCall] = []
    }

    /// More calls than this are of no use to anyone who reads them; a long-lived host must not grow without end.
    private static let mostCalls = 100_000

    private let content: Locked<Content>

    init(configuration: FakeXenConfiguration, booted: Moment) {
        content = Locked(Content(state: .booted(at: booted), configuration: configuration))
    }

    func load() throws(FakeXenError) -> HostState {
        content.withLock { $0.state }
    }

    func update<Value: Sendable>(_ body: (inout HostState) -> Value) throws(FakeXenError) -> Value {
        content.withLock { content in
            content.version += 1
            return body(&content.state)
        }
    }

    func version() throws(FakeXenError) -> Int {
        content.withLock { $0.version }
    }

    func configuration() throws(FakeXenError) -> FakeXenConfiguration {
        content.withLock { $0.configuration }
    }

    func updateConfiguration(_ body: (inout FakeXenConfiguration) -> Void) throws(FakeXenError) {
        content.withLock { body(&$0.configuration) }
    }

    var isMade: Bool { true }

    func record(_ call: FakeCall) throws(FakeXenError) {
        content.withLock { content in
            content.calls.append(call)
            if content.calls.count > Self.mostCalls { content.calls.removeFirst(Self.mostCalls / 2) }
        }
    }

    func calls() throws(FakeXenError) -> [FakeCall] {
        content.withLock { $0.calls }
    }
}
