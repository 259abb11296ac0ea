public import LibxlAPI
import XenUnits

extension FakeXenHost {
    public func domainEvents() async throws(LibxlError) -> AsyncStream<LibxlDomainEvent> {
        let domains = try await reading(.domainEvents, NoArguments()) { code, log in
            LibxlError(code, in: FakeOperation.domainEvents.rawValue, log: log)
        } _: {
            $0.domains
        }
        let (stream, source) = AsyncStream.makeStream(of: LibxlDomainEvent.self)
        var watch = DomainWatch()
        for event in watch.news(in: domains) { source.yield(event) }
        let task = Task(executorPreference: FileThreads.shared) { [watch] in
            var watch = watch
            await self.followState { state in
                state.domains
            } _: { domains in
                for event in watch.news(in: domains) { source.yield(event) }
            }
            source.finish()
        }
        source.onTermination = { _ in task.cancel() }
        return stream
    }

    /// Shows the state as it is, and each time that it may have changed, until the task is cancelled or the host cannot
    /// be read any more.
    func followState<Value: Sendable>(_ look: (HostState) -> Value, _ tell: (Value) -> Void) async {
        var version: Int?
        var due: Moment?
        while !Task.isCancelled {
            do throws(any Error) {
                let latest = try store.version()
                if latest != version || due.map({ $0 <= .now(clock) }) ?? false {
                    let (value, nextDue) = try current { (look($0), $0.nextDue) }
                    version = latest
                    due = nextDue
                    tell(value)
                }
                try await clock.sleep(until: clock.now + .milliseconds(10))
            } catch {
                return
            }
        }
    }
}

/// What was reported of domains.
private struct DomainWatch {
    private var alive: Set<DomainID> = []
    private var ended: Set<DomainID> = []

    /// What has become of domains since this was last asked.
    mutating func news(in all: [DomainSummary]) -> [LibxlDomainEvent] {
        var news: [LibxlDomainEvent] = []
        let domains = all.filter { $0.domid != .domain0 && !$0.dying }
        for domain in domains {
            alive.insert(domain.domid)
            guard let reason = domain.shutdownReason else {
                // It goes on, and is watched anew.
                ended.remove(domain.domid)
                continue
            }
            if ended.insert(domain.domid).inserted { news.append(.shutdown(domain.domid, reason)) }
        }
        for domid in alive.subtracting(domains.map(\.domid)).sorted() {
            alive.remove(domid)
            ended.remove(domid)
            news.append(.death(domid))
        }
        return news
    }
}
