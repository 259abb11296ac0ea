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
    var bytes: [UInt8] { lines.bytes }

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
        let words = line.words
        guard words.count == Self.domainFields + 7 else { return nil }
        func text(_ index: Int) -> String { String(decoding: words[index], as: UTF8.self) }
        func isNone(_ index: Int) -> Bool { words[index].isExactly("-") }
        func moment(_ index: Int) -> Moment?? {
            if isNone(index) { return .some(nil) }
            return Int64(text(index)).map { Moment(nanoseconds: $0) }
        }
        func list(_ index: Int, _ separator: UInt8) -> [String] {
            isNone(index)
                ? [] : words[index].split(separator: separator).map { String(decoding: $0, as: UTF8.self) }
        }
        guard let domid = words[0].number32, let due = moment(12) else { return nil }
        self.domid = DomainID(rawValue: domid)
        self.due = due
        if isNone(1) {
            domain = nil
        } else {
            guard let uuid = words[1].dropFirst().withUnsafeBytes({ DomainUUID(canonical: $0) }),
                let type = GuestType(rawValue: text(2)), let pauses = Int(text(3)),
                let current = words[6].number, let maximum = words[7].number,
                let vcpus = words[8].number32, let online = words[9].number32,
                let time = words[10].number, let since = moment(11)
            else { return nil }
            let reason = isNone(5) ? nil : LibxlShutdownReason(rawValue: text(5))
            guard isNone(5) || reason != nil else { return nil }
            domain = DomainSummary(
                domid: self.domid, uuid: uuid, guestType: type, pauseCount: pauses, dying: !isNone(4),
                shutdownReason: reason, currentMemory: Kibibytes(current), maximumMemory: Kibibytes(maximum),
                vcpuCount: vcpus, vcpuOnline: online, processorTime: time, runningSince: since,
                // Earlier programs wrote none.
                configurationChanges: words[17].number)
        }
        hasHostDevices = !isNone(13)
        backends = Set(list(14, UInt8(ascii: "+")).compactMap { UInt32($0) }.map(DomainID.init(rawValue:)))
        links = Set(list(15, UInt8(ascii: "/")).map(Self.unescaped))
        name = isNone(16) ? nil : Self.unescaped(String(text(16).dropFirst()))
    }

    /// A text without tabs, line ends and slashes.
    fileprivate static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0..<0x20, UInt8(ascii: "%"), UInt8(ascii: "/"), 0x7f:
                result.append(UInt8(ascii: "%"))
                for digit in [UInt64(byte >> 4), UInt64(byte & 0xf)] { result.append(UInt8(hexadecimalDigit: digit)) }
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(code)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
