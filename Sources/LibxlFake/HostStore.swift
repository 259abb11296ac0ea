import LibxlAPI
import XenUnits

/// Where a fake host keeps its state: in memory or in a directory.
protocol HostStore: Sendable {
    /// The state as it is at `now`.
    func load(at now: Moment) throws(FakeXenError) -> HostState

    /// Changes the state as it is when everyone else is shut out, and stores it.
    func update<Value: Sendable>(
        at now: () -> Moment, _ body: (inout HostState, Moment) -> Value
    ) throws(FakeXenError) -> Value

    /// A number that is another one once another state was stored.
    func version() throws(FakeXenError) -> Int

    func configuration() throws(FakeXenError) -> FakeXenConfiguration
    func updateConfiguration(_ body: (inout FakeXenConfiguration) -> Void) throws(FakeXenError)

    /// Whether there is anything to keep calls in: a host that was only looked at so far leaves no trace.
    var isMade: Bool { get }
    func record(_ call: FakeCall) throws(FakeXenError)
    func calls() throws(FakeXenError) -> [FakeCall]
}

/// All that a fake host keeps, as one value.
struct StoredState: Hashable, Sendable {
    var common: CommonState
    private(set) var domains: [DomainID: DomainState]
    private var rows = DomainTable()

    init(common: CommonState, domains: [DomainID: DomainState]) {
        self.common = common
        self.domains = [:]
        for (domid, state) in domains.sorted(by: { $0.key < $1.key }) { set(state, of: domid) }
    }

    mutating func set(_ state: DomainState, of domid: DomainID) {
        domains[domid] = state.isEmpty ? nil : state
        rows.set(state.isEmpty ? nil : DomainRow(state, of: domid), of: domid)
    }

    /// A host that has just booted: Domain-0 and nothing else.
    static func booted(at now: Moment) -> StoredState {
        let memory = Kibibytes(2 << 20)
        var createInfo = LibxlDomainCreateInfo(type: .pv, name: "Domain-0", uuid: .zero)
        createInfo.passthrough = .disabled
        let domain = FakeDomain(
            domid: .domain0, uuid: .zero, guestType: .pv, pauseCount: 0, dying: false, currentMemory: memory,
            maximumMemory: memory, vcpuCount: 2, vcpuOnline: 2, guest: .coOperating,
            storedConfiguration: LibxlDomainConfig(
                createInfo: createInfo,
                buildInfo: LibxlDomainBuildInfo(
                    maxVCPUs: 2, availableVCPUs: [0, 1], maxMemory: memory, targetMemory: memory)),
            processorTime: 0, runningSince: now)
        let nodes = [
            "/local/domain/0/name": "Domain-0", "/local/domain/0/domid": "0",
            "/local/domain/0/vm": "/vm/\(DomainUUID.zero)", "/vm/\(DomainUUID.zero)/name": "Domain-0",
            "/vm/\(DomainUUID.zero)/uuid": "\(DomainUUID.zero)",
        ]
        return StoredState(
            common: CommonState(nextDomainID: DomainID(rawValue: 1)),
            domains: [.domain0: DomainState(domain: domain, xenstore: nodes)])
    }
}

extension StoredState: DomainSource {
    func state(of domid: DomainID) -> DomainState? { domains[domid] }

    func table() -> DomainTable { rows }

    func failure(_ line: DomainTable.DamagedLine) -> FakeXenError {
        .damaged(path: "domains.list", reason: "'\(line.text)' is no line of it")
    }
}

extension StoredState {
    /// The form in which one file held everything, until version 2.
    struct Version2: Decodable {
        var xen: FakeXenState
        var events: [Event]
        var faults: [FakeFault]

        static let version = 2
    }

    init(_ old: Version2) {
        var common = CommonState(nextDomainID: old.xen.nextDomainID, faults: old.faults)
        var domains: [DomainID: DomainState] = [:]
        for domain in old.xen.domains { domains[domain.domid, default: DomainState()].domain = domain }
        for (path, value) in old.xen.xenstore {
            switch NodePlace(path) {
            case .domain(let domid), .backend(_, of: let domid):
                domains[domid, default: DomainState()].xenstore[path] = value
            case .uuid(let uuid):
                let owner = old.xen.domains.first { $0.uuid == uuid }?.domid
                if let owner {
                    domains[owner, default: DomainState()].xenstore[path] = value
                } else {
                    common.xenstore[path] = value
                }
            case .host: common.xenstore[path] = value
            }
        }
        for (name, link) in old.xen.links { domains[link.domid, default: DomainState()].links[name] = link }
        for event in old.events { domains[event.domid, default: DomainState()].events.append(event) }
        self.init(common: common, domains: domains)
    }
}

/// Keeps the state in memory.
///
/// What comes out of the lock is never changed in its place later, although nobody may share it any more by then: the thread
/// sanitizer does not see how Swift counts that.
final class MemoryStore: HostStore {
    private struct Content: Sendable {
        var state: StoredState
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

    func load(at now: Moment) throws(FakeXenError) -> HostState {
        HostState(StateOrigin(content.withLock { $0.state }, now: now))
    }

    func update<Value: Sendable>(
        at now: () -> Moment, _ body: (inout HostState, Moment) -> Value
    ) throws(FakeXenError) -> Value {
        try content.withLock { (content) throws(FakeXenError) in
            let now = now()
            var state = HostState(StateOrigin(content.state, now: now))
            let value = body(&state, now)
            if let failure = state.failure { throw failure }
            content.version += 1
            var next = content.state
            next.common = state.common
            for (domid, changed) in state.changed { next.set(changed, of: domid) }
            content.state = next
            return value
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
        content.withLock { $0.calls.map { $0 } }
    }
}
