import LibxlAPI
package import XenDriver
package import XenUnits

/// What is known of the host's domains, and who hears of what becomes of them.
///
/// Each look replaces what was known of the domains that it was at, and the difference goes to every subscriber, in order.
/// A subscriber that does not keep up is cut: its stream ends, and what it had not read by then is the last of it.
package actor Publisher {
    /// How many events a subscriber may be behind.
    package static let mostBehind = 1000

    private var domains: [DomainUUID: ObservedDomain] = [:]
    /// How guests ended, as libxl reported it, until their domains are gone.
    private var endings: [DomainID: LibxlShutdownReason] = [:]
    private var subscribers: [Int: AsyncStream<HostEvent>.Continuation] = [:]
    private var lastSubscriber = 0
    /// How often something was published: whoever has seen a number knows all up to then.
    package private(set) var generation: UInt64 = 0

    /// One who knows nothing yet.
    package init() {}

    /// What is known of the host's domains, in order of their names.
    package var snapshot: [ObservedDomain] { domains.values.sorted { $0.name < $1.name } }

    /// What is known of one domain.
    package func domain(_ uuid: DomainUUID) -> ObservedDomain? { domains[uuid] }

    /// The events from now on. The stream ends with the iterating task, and where its reader falls too far behind.
    package func events() -> AsyncStream<HostEvent> {
        let (stream, source) = AsyncStream.makeStream(
            of: HostEvent.self, bufferingPolicy: .bufferingOldest(Self.mostBehind))
        lastSubscriber += 1
        let number = lastSubscriber
        subscribers[number] = source
        source.onTermination = { _ in Task { await self.forget(number) } }
        return stream
    }

    /// How many subscribers there are.
    package var subscriberCount: Int { subscribers.count }

    private func forget(_ number: Int) {
        subscribers[number] = nil
    }

    /// The same looks, with the domains by UUID that have or had an id among them: a domain that is gone from Xen may have a
    /// definition, which only its UUID leads to.
    func expanded(_ looks: Set<DomainLook>) -> Set<DomainLook> {
        var looks = looks
        for domain in domains.values {
            if let domid = domain.domid, looks.contains(.domid(domid)) { looks.insert(.uuid(domain.uuid)) }
        }
        return looks
    }

    /// Takes what a guest's end was, for the case that its domain is gone before it is looked at.
    func remember(_ reason: LibxlShutdownReason, of domid: DomainID) {
        endings[domid] = reason
    }

    /// Takes what all domains are, and tells nobody: what happened before is over.
    func begin(with found: [ObservedDomain]) {
        domains = Dictionary(found.map { ($0.uuid, $0) }) { first, _ in first }
        generation += 1
    }

    /// Takes what a look at some domains has found; `looks` is at which, nil for all. Returns what has happened.
    @discardableResult
    func publish(_ found: [ObservedDomain], of looks: Set<DomainLook>?) -> [HostEvent] {
        let byUUID = Dictionary(found.map { ($0.uuid, $0) }) { first, _ in first }
        var subjects = Set(byUUID.keys)
        for (uuid, domain) in domains where byUUID[uuid] == nil && domain.isMeant(by: looks) { subjects.insert(uuid) }
        var events: [HostEvent] = []
        for uuid in subjects.sorted() {
            let (old, new) = (domains[uuid], byUUID[uuid])
            guard old != new else { continue }
            let ending = old?.domid.flatMap { endings[$0] }
            events += HostEvent.difference(from: old, to: new, ending: ending)
            if let domid = old?.domid, domid != new?.domid { endings[domid] = nil }
            domains[uuid] = new
        }
        generation += 1
        for event in events { tell(event) }
        return events
    }

    /// Ends the stream of every subscriber.
    func end() {
        for source in subscribers.values { source.finish() }
        subscribers = [:]
    }

    private func tell(_ event: HostEvent) {
        for (number, source) in subscribers {
            switch source.yield(event) {
            case .enqueued: continue
            case .dropped, .terminated:
                source.finish()
                subscribers[number] = nil
            @unknown default: continue
            }
        }
    }
}

extension ObservedDomain {
    /// Whether a look that has not found it was at it.
    fileprivate func isMeant(by looks: Set<DomainLook>?) -> Bool {
        guard let looks else { return true }
        return looks.contains(.uuid(uuid)) || looks.contains(.name(name))
    }
}
