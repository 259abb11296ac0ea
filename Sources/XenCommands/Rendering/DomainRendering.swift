import XenDriver
import XenModel
import XenUnits

extension Table {
    /// `list`'s table, with `titles` behind the states, and with who made the domains that run.
    init(domains: [DomainListing], titles: Bool = false, makers: Bool = false) {
        headings = ["Id", "Name", "State"] + (titles ? ["Title"] : []) + (makers ? ["Made by"] : [])
        rows = domains.map { domain in
            [domain.domid?.description ?? Table.none, domain.name, domain.state.rawValue]
                + (titles ? [domain.title ?? ""] : []) + (makers ? [domain.maker] : [])
        }
    }
}

extension DomainListing {
    /// Who made a domain that runs.
    fileprivate var maker: String {
        guard let domid, domid != .domain0 else { return Table.none }
        return isForeign ? "another toolstack" : Xenkeeper.name
    }

    /// What is to be said of a domain that is dying.
    var dyingNews: [String] {
        guard state == .dying, let domid, !holders.isEmpty else { return [] }
        return ["domain '\(name)' (id \(domid)) is dying: \(holders.joined(separator: "; "))"]
    }

    /// What is to be said of how the domain came to its state.
    var reasonNews: [String] {
        if let heldOff {
            let seconds = Int((heldOff.wait / .seconds(1)).rounded(.up))
            return [
                "the guest of domain '\(name)' ends again and again; xenkeeperd starts it in \(seconds) s,"
                    + " for the \(heldOff.restarts). time"
            ]
        }
        guard reason == .deviceModelDied else { return [] }
        return [
            "the QEMU of domain '\(name)' has ended, and its guest has no emulated devices any more;"
                + " 'destroy \(name)' and start it again"
        ]
    }

    /// What is to be said of a change that is not finished.
    var unfinishedNews: [String] {
        guard let unfinished else { return [] }
        return [
            "domain '\(name)' has an unfinished change: \(unfinished); if no command is at it,"
                + " the next one that changes the domain, or 'recover \(name)', puts it in order"
        ]
    }
}

/// A domain in `list --json`.
struct ListedDomain: Encodable, Hashable, Sendable {
    /// null if it does not run.
    let id: Nullable<UInt32>
    let name: String
    let uuid: String
    /// null if it has none.
    let title: Nullable<String>
    /// virsh's word, such as `running` or `shut off`.
    let state: String
    let persistent: Bool
    /// Whether it is started with the host.
    let autostart: Bool
    /// Whether another toolstack made it.
    let foreign: Bool
    /// What a command has begun and not ended, in words; null if there is nothing.
    let unfinished: Nullable<String>

    /// The record of a listed domain.
    init(_ domain: DomainListing) {
        id = Nullable(domain.domid?.rawValue)
        name = domain.name
        uuid = domain.uuid.description
        title = Nullable(domain.title)
        state = domain.state.rawValue
        persistent = domain.isPersistent
        autostart = domain.isAutostarted
        foreign = domain.isForeign
        unfinished = Nullable(domain.unfinished?.description)
    }
}

/// A domain in `dominfo --json`: one in `list --json`, and more.
struct DomainSummaryRecord: Encodable, Hashable, Sendable {
    let id: Nullable<UInt32>
    let name: String
    let uuid: String
    let title: Nullable<String>
    let state: String
    let persistent: Bool
    let autostart: Bool
    let foreign: Bool
    let unfinished: Nullable<String>
    /// `pv`, `pvh` or `hvm`.
    let guestType: String
    let vcpus: UInt32
    /// null if it does not run.
    let cpuTimeNanoseconds: Nullable<UInt64>
    let maximumMemoryKiB: UInt64
    let usedMemoryKiB: UInt64

    /// The record of a domain's summary.
    init(_ summary: DomainSummary) {
        let listing = ListedDomain(summary.listing)
        id = listing.id
        name = listing.name
        uuid = listing.uuid
        title = listing.title
        state = listing.state
        persistent = listing.persistent
        autostart = listing.autostart
        foreign = listing.foreign
        unfinished = listing.unfinished
        guestType = summary.guestType.rawValue
        vcpus = summary.vcpus
        cpuTimeNanoseconds = Nullable(summary.cpuTimeNanoseconds)
        maximumMemoryKiB = summary.maximumMemory.count
        usedMemoryKiB = summary.usedMemory.count
    }
}

extension DomainSummary {
    /// `dominfo`'s lines, in virsh's order; a CPU time only where there is one, as there.
    var lines: [String] {
        var fields = [
            ("Id", listing.domid?.description ?? Table.none),
            ("Name", listing.name),
            ("UUID", listing.uuid.description),
            ("OS Type", guestType.osType),
            ("State", listing.state.rawValue),
            ("CPU(s)", "\(vcpus)"),
        ]
        if let cpuTimeNanoseconds { fields.append(("CPU time", Self.seconds(cpuTimeNanoseconds))) }
        fields += [
            ("Max memory", "\(maximumMemory.count) KiB"),
            ("Used memory", "\(usedMemory.count) KiB"),
            ("Persistent", listing.isPersistent ? "yes" : "no"),
            ("Autostart", listing.isAutostarted ? "enable" : "disable"),
            // This version saves no domain.
            ("Managed save", "no"),
        ]
        if let unfinished = listing.unfinished { fields.append(("Unfinished", "\(unfinished)")) }
        return fields.map { name, value in
            "\(name):" + String(repeating: " ", count: 15 - name.count) + value
        }
    }

    /// Nanoseconds as seconds with one decimal, rounded half up.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let tenth: UInt64 = 100_000_000
        let tenths = nanoseconds / tenth + (nanoseconds % tenth >= tenth / 2 ? 1 : 0)
        return "\(tenths / 10).\(tenths % 10)s"
    }
}

extension GuestType {
    /// What a domain document calls it. Source: `/domain/os/type`.
    fileprivate var osType: String {
        switch self {
        case .pv: "xen"
        case .pvh: "xenpvh"
        case .hvm: "hvm"
        }
    }
}
