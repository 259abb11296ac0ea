import XenDriver
import XenModel
import XenUnits

extension Table {
    /// `list`'s table.
    init(domains: [DomainListing]) {
        headings = ["Id", "Name", "State"]
        rows = domains.map { [$0.domid?.description ?? Table.none, $0.name, $0.state.rawValue] }
    }
}

/// A domain in `list --json`.
struct DomainRecord: Encodable, Hashable, Sendable {
    /// null if it does not run.
    let id: Nullable<UInt32>
    let name: String
    let uuid: String
    /// virsh's word, such as `running` or `shut off`.
    let state: String
    let persistent: Bool
    /// Whether another toolstack made it.
    let foreign: Bool

    /// The record of a listed domain.
    init(_ domain: DomainListing) {
        id = Nullable(domain.domid?.rawValue)
        name = domain.name
        uuid = domain.uuid.description
        state = domain.state.rawValue
        persistent = domain.isPersistent
        foreign = domain.isForeign
    }
}

/// A domain in `dominfo --json`: one in `list --json`, and more.
struct DomainSummaryRecord: Encodable, Hashable, Sendable {
    let id: Nullable<UInt32>
    let name: String
    let uuid: String
    let state: String
    let persistent: Bool
    let foreign: Bool
    /// `pv`, `pvh` or `hvm`.
    let guestType: String
    let vcpus: UInt32
    /// null if it does not run.
    let cpuTimeNanoseconds: Nullable<UInt64>
    let maximumMemoryKiB: UInt64
    let usedMemoryKiB: UInt64

    /// The record of a domain's summary.
    init(_ summary: DomainSummary) {
        let listing = DomainRecord(summary.listing)
        id = listing.id
        name = listing.name
        uuid = listing.uuid
        state = listing.state
        persistent = listing.persistent
        foreign = listing.foreign
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
        ]
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
