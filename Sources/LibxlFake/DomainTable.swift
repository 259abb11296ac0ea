import LibxlAPI
import XenUnits

/// A line for each domain that there is something of, in order of domid: what lists and look-ups need.
///
/// A text that is searched and not decoded, so that one domain is found among many in the time that it takes to read it.
struct DomainTable: Hashable, Sendable {
    private var lines: LineTable
    /// What the lines are, once somebody has wanted all of them.
    private var decoded = Decoded()

    init(bytes: [UInt8] = []) {
        lines = LineTable(bytes: bytes)
    }

    private final class Decoded: Sendable {
        let rows = Locked<[DomainRow]?>(nil)
    }

    static func == (left: DomainTable, right: DomainTable) -> Bool { left.lines == right.lines }

    func hash(into hasher: inout Hasher) { hasher.combine(lines) }

    /// As it stands in the file.
    var bytes: ArraySlice<UInt8> { lines.bytes }

    /// Every row; throws the line that is none.
    func rows() throws(DamagedLine) -> [DomainRow] {
        if let rows = decoded.rows.withLock({ $0 }) { return rows }
        let rows = try rows(of: lines.places)
        decoded.rows.withLock { $0 = rows }
        return rows
    }

    /// A line that says of no domain what there is to be said.
    struct DamagedLine: Error {
        let text: String

        init(_ line: ArraySlice<UInt8>) {
            text = String(decoding: line.prefix(80), as: UTF8.self)
        }
    }

    /// The row of a domain; nil if there is none.
    func row(_ domid: DomainID) throws(DamagedLine) -> DomainRow? {
        let place = lines.place(ofNumber: domid.rawValue)
        return place.isEmpty ? nil : try rows(of: [place]).first
    }

    /// Puts a domain's row in the place of any that it has; nil takes it out.
    mutating func set(_ row: DomainRow?, of domid: DomainID) {
        lines.replace(lines.place(ofNumber: domid.rawValue), with: row?.line ?? [])
        decoded = Decoded()
    }

    /// The rows of the domains with this UUID.
    func rows(uuid: DomainUUID) throws(DamagedLine) -> [DomainRow] {
        try rows(with: "#\(uuid)\t").filter { $0.domain?.uuid == uuid }
    }

    /// The rows of the domains with this name, byte for byte.
    func rows(name: String) throws(DamagedLine) -> [DomainRow] {
        try rows(with: "=\(DomainRow.escaped(name))\t").filter { $0.name?.isExactly(name) == true }
    }

    /// The rows of the domains that have a link of this name, or will have, if it is none that links are born with.
    func rows(link: String) throws(DamagedLine) -> [DomainRow] {
        try rows(with: "/\(DomainRow.escaped(link))/").filter { $0.links.contains(link) }
    }

    /// The rows of the domains that have devices served by `domid`, which is not Domain-0.
    func rows(servedBy domid: DomainID) throws(DamagedLine) -> [DomainRow] {
        try rows(with: "+\(domid)+").filter { $0.backends.contains(domid) }
    }

    /// The rows of the domains that may have PCI or USB devices of the host's.
    func rowsWithHostDevices() throws(DamagedLine) -> [DomainRow] {
        try rows(with: "\(DomainRow.hostDevices)\t").filter(\.hasHostDevices)
    }

    /// The rows of the lines that have `text` in them; its first byte is nearly only in the one field that is looked in.
    private func rows(with text: String) throws(DamagedLine) -> [DomainRow] {
        try rows(of: lines.places(with: text))
    }

    private func rows(of places: [Range<Int>]) throws(DamagedLine) -> [DomainRow] {
        var rows: [DomainRow] = []
        rows.reserveCapacity(places.count)
        for place in places {
            let line = lines[place]
            guard let row = DomainRow(line: line) else { throw DamagedLine(line) }
            rows.append(row)
        }
        return rows
    }
}

extension DomainRow {
    fileprivate static let hostDevices = "@host"
    private static let none = "-"

    /// The row as a line of the table.
    fileprivate var line: [UInt8] {
        func list(_ words: [String], _ separator: String) -> String {
            words.isEmpty ? Self.none : separator + words.joined(separator: separator) + separator
        }
        func number(_ moment: Moment?) -> String { moment.map { "\($0.nanoseconds)" } ?? Self.none }
        var fields = ["\(domid)"]
        if let domain {
            fields += [
                "#\(domain.uuid)", domain.guestType.rawValue, "\(domain.pauseCount)",
                domain.dying ? "dying" : Self.none,
                domain.shutdownReason?.rawValue ?? Self.none, "\(domain.currentMemory.count)",
                "\(domain.maximumMemory.count)", "\(domain.vcpuCount)", "\(domain.vcpuOnline)",
                "\(domain.processorTime)", number(domain.runningSince),
            ]
        } else {
            fields += Array(repeating: Self.none, count: Self.domainFields)
        }
        fields += [
            number(due), hasHostDevices ? Self.hostDevices : Self.none,
            list(backends.sorted().map(\.description), "+"), list(links.sorted().map(Self.escaped), "/"),
            name.map { "=" + Self.escaped($0) } ?? Self.none,
            domain?.configurationChanges.map(String.init) ?? "",
        ]
        return Array(fields.joined(separator: "\t").utf8) + [UInt8(ascii: "\n")]
    }

    private static let domainFields = 11

    fileprivate init?(line: ArraySlice<UInt8>) {
        var words = LineWords(line)
        func moment() -> Moment?? {
            if words.takeNone() { return .some(nil) }
            return words.takeNumber().flatMap(Int64.init(exactly:)).map { Moment(nanoseconds: $0) }
        }
        /// Whether the next word says that something is there; nil if there is none.
        func isSaid() -> Bool? { words.takeNone() ? false : words.next().map { _ in true } }
        func list(_ separator: Unicode.Scalar) -> [ArraySlice<UInt8>]? {
            words.takeNone() ? [] : words.next()?.split(separator: UInt8(ascii: separator))
        }
        guard let domid = words.takeNumber32() else { return nil }
        self.domid = DomainID(rawValue: domid)
        var domain: DomainSummary?
        if words.takeNone() {
            for _ in 1..<Self.domainFields { guard words.takeNone() else { return nil } }
        } else {
            guard let uuid = words.takeUUID(behind: "#"),
                let type = words.next().flatMap({ GuestType(rawValue: $0.text) }),
                let pauseCount = words.takeNumber().flatMap(Int.init(exactly:)), let isDying = isSaid()
            else { return nil }
            var reason: LibxlShutdownReason?
            if !words.takeNone() {
                reason = words.next().flatMap { LibxlShutdownReason(rawValue: $0.text) }
                guard reason != nil else { return nil }
            }
            guard let currentMemory = words.takeNumber(), let maximumMemory = words.takeNumber(),
                let vcpuCount = words.takeNumber32(), let vcpuOnline = words.takeNumber32(),
                let processorTime = words.takeNumber(), let runningSince = moment()
            else { return nil }
            domain = DomainSummary(
                domid: self.domid, uuid: uuid, guestType: type, pauseCount: pauseCount, dying: isDying,
                shutdownReason: reason, currentMemory: Kibibytes(currentMemory),
                maximumMemory: Kibibytes(maximumMemory), vcpuCount: vcpuCount, vcpuOnline: vcpuOnline,
                processorTime: processorTime, runningSince: runningSince, configurationChanges: nil)
        }
        guard let due = moment(), let hasHostDevices = isSaid(), let backends = list("+"), let links = list("/") else {
            return nil
        }
        self.due = due
        self.hasHostDevices = hasHostDevices
        self.backends = Set(backends.compactMap(\.number32).map(DomainID.init(rawValue:)))
        self.links = Set(links.map(PercentEncoding.decoded))
        if words.takeNone() {
            name = nil
        } else {
            guard let name = words.next() else { return nil }
            self.name = PercentEncoding.decoded(name.dropFirst())
        }
        // Earlier programs wrote none.
        guard let changes = words.next(), words.next() == nil else { return nil }
        domain?.configurationChanges = changes.number
        self.domain = domain
    }

    /// A text without tabs, line ends and slashes.
    fileprivate static func escaped(_ text: String) -> String {
        PercentEncoding.text(of: text.utf8) { byte in
            switch byte {
            case 0..<0x20, UInt8(ascii: "%"), UInt8(ascii: "/"), 0x7f: false
            default: true
            }
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
