import LibxlAPI
import XenUnits

/// What a fake host keeps of one domain: the domain itself, what is about it wherever it stands, and what will happen to
/// it by itself.
///
/// Nodes are kept with the domain whose devices they are, so the backends in Domain-0 with their frontends' domains.
struct DomainState: Hashable, Sendable, Codable {
    /// nil if there is no such domain, but nodes that somebody wrote or left.
    var domain: FakeDomain?
    /// The nodes of xenstore, by their whole paths.
    var xenstore: [String: String] = [:]
    /// The host's ends of its NICs, by name.
    var links: [String: FakeLink] = [:]
    /// What other processes and its guest are about to do.
    var events: [Event] = []

    /// Whether there is nothing to keep.
    var isEmpty: Bool { domain == nil && xenstore.isEmpty && links.isEmpty && events.isEmpty }

    /// The first of its events by time; of those of one time the one that was planned first.
    var nextEvent: Event? { events.min { $0.due < $1.due } }

    /// Every device that has a backend, in order of the backends' paths.
    var devices: [XenstoreDevice] {
        let suffix = "/frontend-id"
        return xenstore.keys.filter { $0.hasPrefix("/local/domain/") && $0.hasSuffix(suffix) }.sorted()
            .compactMap { XenstoreDevice(backendPath: String($0.dropLast(suffix.count))) }
    }

    /// The names that scripts have still to give to links of it, or may have.
    var plannedLinks: [String] {
        events.flatMap { event in
            guard case .scriptEnds(_, _, let name?) = event.kind else { return [String]() }
            return [name, name + NetworkDeviceName.emulatedSuffix]
        }
    }
}

/// What is to be known of a domain without reading all that is kept of it.
struct DomainRow: Hashable, Sendable {
    let domid: DomainID
    /// nil if there is none, but something is kept under its number.
    let domain: DomainSummary?
    /// nil if libxl has not written it down.
    let name: String?
    /// When something happens to it next.
    let due: Moment?
    /// The domains other than Domain-0 that serve, or have served, devices of it.
    let backends: Set<DomainID>
    /// The links that it has, or will have, under names that somebody chose.
    let links: Set<String>
    /// Whether there are PCI devices, or USB controllers.
    let hasHostDevices: Bool

    init(_ state: DomainState, of domid: DomainID) {
        self.domid = domid
        domain = state.domain.map(DomainSummary.init)
        name = state.xenstore["/local/domain/\(domid)/name"]
        due = state.nextEvent?.due
        var backends: Set<DomainID> = []
        var hasHostDevices = false
        for path in state.xenstore.keys {
            if path.hasPrefix("/local/domain/"), !path.hasPrefix("/local/domain/0/") {
                if case .backend(let server, of: _) = NodePlace(path), server != domid { backends.insert(server) }
            }
            if path.contains("/pci/") || path.contains("/vusb/") { hasHostDevices = true }
        }
        self.backends = backends
        self.hasHostDevices = hasHostDevices
        let born = "vif\(domid)."
        links = Set((state.links.keys + state.plannedLinks).filter { !$0.hasPrefix(born) })
    }
}

/// What lists tell of a domain.
struct DomainSummary: Hashable, Sendable {
    let domid: DomainID
    let uuid: DomainUUID
    let guestType: GuestType
    let pauseCount: Int
    let dying: Bool
    let shutdownReason: LibxlShutdownReason?
    let currentMemory: Kibibytes
    let maximumMemory: Kibibytes
    let vcpuCount: UInt32
    let vcpuOnline: UInt32
    let processorTime: UInt64
    let runningSince: Moment?
    var configurationChanges: UInt64?

    /// What the hypervisor says of it. A guest is thought to be busy for a twentieth of the time.
    func info(at now: Moment) -> LibxlDomainInfo {
        var info = LibxlDomainInfo(
            domid: domid, uuid: uuid, guestType: guestType, currentMemory: currentMemory, maximumMemory: maximumMemory,
            vcpuCount: vcpuCount, vcpuOnline: vcpuOnline)
        info.paused = pauseCount > 0
        info.dying = dying
        info.shutdown = shutdownReason != nil
        info.shutdownReason = shutdownReason
        info.running = domid == .domain0
        info.blocked = answers && domid != .domain0
        info.cpuTime = processorTime(until: now)
        return info
    }

    /// Whether the guest's kernel can answer anything.
    var answers: Bool { pauseCount <= 0 && !dying && shutdownReason == nil }

    /// The time that the guest has run until now.
    func processorTime(until now: Moment) -> UInt64 {
        let since = runningSince.map { $0.nanoseconds(until: now) / 20 } ?? 0
        let (sum, isTooLong) = processorTime.addingReportingOverflow(since)
        return isTooLong ? .max : sum
    }
}

extension DomainSummary {
    init(_ domain: FakeDomain) {
        self.init(
            domid: domain.domid, uuid: domain.uuid, guestType: domain.guestType, pauseCount: domain.pauseCount,
            dying: domain.dying, shutdownReason: domain.shutdownReason, currentMemory: domain.currentMemory,
            maximumMemory: domain.maximumMemory, vcpuCount: domain.vcpuCount, vcpuOnline: domain.vcpuOnline,
            processorTime: domain.processorTime, runningSince: domain.runningSince,
            configurationChanges: domain.configurationChanges)
    }
}

/// Where a node is kept.
enum NodePlace: Hashable {
    /// With a domain.
    case domain(DomainID)
    /// With the domain `of` whose device it serves, somewhere below the domain that serves it.
    case backend(DomainID, of: DomainID)
    /// With the domain of this UUID.
    case uuid(DomainUUID)
    /// With nothing else.
    case host

    init(_ path: String) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 6)
        func number(_ index: Int) -> DomainID? {
            guard index < parts.count else { return nil }
            // As libxl writes it: any other spelling is another node.
            return UInt32(Substring(parts[index])).flatMap { number in
                "\(number)".utf8.elementsEqual(parts[index]) ? DomainID(rawValue: number) : nil
            }
        }
        func isWord(_ index: Int, _ word: StaticString) -> Bool {
            index < parts.count
                && word.withUTF8Buffer { buffer in parts[index].elementsEqual(buffer) }
        }
        self = .host
        if isWord(0, "local"), isWord(1, "domain"), let domid = number(2) {
            self = .domain(domid)
            if isWord(3, "backend"), let served = number(5) { self = .backend(domid, of: served) }
        } else if isWord(0, "libxl"), let domid = number(1) {
            self = .domain(domid)
        } else if isWord(0, "vm"), parts.count > 1, let uuid = DomainUUID(String(Substring(parts[1]))),
            "\(uuid)".utf8.elementsEqual(parts[1])
        {
            self = .uuid(uuid)
        }
    }
}
