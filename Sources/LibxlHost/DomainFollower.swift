import CXenInterface
import LibxlAPI
import Synchronization
import XenUnits

/// Follows what becomes of all domains, on a thread and a context of its own.
///
/// libxl reports a domain that it was asked to watch, and no new ones: xenstore does.
struct DomainFollower {
    private let context: LibxlContext
    private let tell: (LibxlDomainEvent) -> Void
    /// The domains that libxl watches, with its handle of each.
    private var followed: [DomainID: UnsafeMutableRawPointer] = [:]
    /// Those of them whose guest's end was reported.
    private var ended: Set<DomainID> = []

    /// How soon a guest that goes on after its end is watched anew: libxl reports one end to each watch, and nobody says that
    /// a guest goes on.
    private static let resumptionInterval: Duration = .seconds(2)

    /// Yields what happens until nobody iterates any more, or libxl or xenstore goes. `introductions` yields when there
    /// may be new domains. Throws if the domains that there are cannot be watched within `limit`.
    static func stream(
        _ shim: Shim, _ introductions: @escaping @Sendable () -> AsyncStream<XenstorePath>, limit: Duration,
        _ clock: any HostClock
    ) async throws(LibxlError) -> AsyncStream<LibxlDomainEvent> {
        let call = "libxl_evenable_domain_death"
        guard let alarm = Alarm() else { throw LibxlError(.noMemory, in: call, log: "out of open files") }
        let (stream, source) = AsyncStream.makeStream(of: LibxlDomainEvent.self)
        let herald = Task {
            for await _ in introductions() { alarm.wake() }
            alarm.end()
        }
        let ticker = Task {
            while true {
                do throws(CancellationError) {
                    try await clock.sleep(until: clock.now + resumptionInterval)
                } catch {
                    return
                }
                if alarm.hasEndedGuests { alarm.wake() }
            }
        }
        source.onTermination = { _ in
            herald.cancel()
            ticker.cancel()
        }
        let begun = Answer<Result<Void, LibxlError>>()
        let timer = Task {
            do {
                try await clock.sleep(until: clock.now + limit)
            } catch {
                return
            }
            herald.cancel()
            begun.give(.failure(LibxlError(.aborted, in: call, log: "libxl did not answer within \(limit)")))
        }
        defer { timer.cancel() }
        try await begun.value {
            let isStarted = OwnThread.start(signals: .received) {
                do throws(LibxlError) {
                    let context = try LibxlContext(shim)
                    context.onDisaster { _ in alarm.end() }
                    defer { context.onDisaster(nil) }
                    var follower = DomainFollower(context) { source.yield($0) }
                    try follower.followNewDomains()
                    begun.give(.success(()))
                    try follower.follow(until: alarm)
                } catch {
                    // Once it has begun whoever iterates sees that it has ended, and looks for himself.
                    begun.give(.failure(error))
                }
                source.finish()
            }
            if !isStarted { begun.give(.failure(LibxlError(.noMemory, in: call, log: "no more threads"))) }
        }.get()
        return stream
    }

    private init(_ context: LibxlContext, _ tell: @escaping (LibxlDomainEvent) -> Void) {
        self.context = context
        self.tell = tell
    }

    private mutating func follow(until alarm: Alarm) throws(LibxlError) {
        while alarm.isOn {
            try followNewDomains()
            alarm.hasEndedGuests = !ended.isEmpty
            while let event = try next(unless: alarm) {
                handle(event)
                alarm.hasEndedGuests = !ended.isEmpty
            }
        }
    }

    private mutating func followNewDomains() throws(LibxlError) {
        let infos = try context.listDomains()
        for info in infos where !info.shutdown && ended.contains(info.domid) { forget(info.domid) }
        let strangers = infos.filter { $0.domid != .domain0 && !$0.dying && followed[$0.domid] == nil }
        guard !strangers.isEmpty else { return }
        for info in strangers {
            var handle: UnsafeMutableRawPointer?
            let code = context.shim.functions.evenable_domain_death(context.raw, info.domid.rawValue, &handle)
            try context.check(code, "libxl_evenable_domain_death")
            followed[info.domid] = handle
        }
        // What happened before libxl watched it does not tell.
        let domains = Dictionary(try context.listDomains().map { ($0.domid, $0) }) { first, _ in first }
        for domid in followed.keys.sorted() {
            guard let info = domains[domid], !info.dying else {
                hasDied(domid)
                continue
            }
            if info.shutdown { hasEnded(domid, info.shutdownReason ?? .unknown) }
        }
    }

    /// Waits for libxl's next event; nil if the alarm goes off.
    private func next(unless alarm: Alarm) throws(LibxlError) -> cxen_domain_event? {
        var event = cxen_domain_event()
        let code = context.shim.functions.wait_domain_event(context.raw, alarm.reader, &event)
        if code == LibxlError.Code.notReady.rawValue { return nil }
        try context.check(code, "libxl_event_check")
        return event
    }

    private mutating func handle(_ event: cxen_domain_event) {
        let domid = DomainID(rawValue: event.domid)
        guard !event.is_death else {
            hasDied(domid)
            return
        }
        let reason = event.shutdown_reason.flatMap { LibxlShutdownReason(rawValue: String(cString: $0)) } ?? .unknown
        hasEnded(domid, reason)
    }

    private mutating func hasEnded(_ domid: DomainID, _ reason: LibxlShutdownReason) {
        guard followed[domid] != nil, ended.insert(domid).inserted else { return }
        tell(.shutdown(domid, reason))
    }

    private mutating func hasDied(_ domid: DomainID) {
        if forget(domid) { tell(.death(domid)) }
    }

    /// Has libxl watch a domain no more; false if it did not.
    @discardableResult
    private mutating func forget(_ domid: DomainID) -> Bool {
        guard let handle = followed.removeValue(forKey: domid) else { return false }
        context.shim.functions.evdisable_domain_death(context.raw, handle)
        ended.remove(domid)
        return true
    }

    /// Wakes the thread from its wait: for new domains, or to end.
    private final class Alarm: Sendable {
        private let socket: WakeSocket
        private let isOver = Atomic(false)
        private let hasEnded = Atomic(false)

        init?() {
            guard let socket = WakeSocket() else { return nil }
            self.socket = socket
        }

        var reader: Int32 { socket.reader }

        /// Whether there are domains whose guests may go on.
        var hasEndedGuests: Bool {
            get { hasEnded.load(ordering: .relaxed) }
            set { hasEnded.store(newValue, ordering: .relaxed) }
        }

        func wake() {
            socket.wake()
        }

        func end() {
            isOver.store(true, ordering: .sequentiallyConsistent)
            socket.wake()
        }

        /// Whether the thread is to go on; what it was woken for until now is its to look at.
        var isOn: Bool {
            socket.sleep()
            return !isOver.load(ordering: .sequentiallyConsistent)
        }
    }
}
