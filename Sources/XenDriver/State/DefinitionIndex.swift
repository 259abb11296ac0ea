import XenModel
import XenUnits

/// What the files of definitions are, a line for each: their domains' names, UUIDs and titles, and which are none.
///
/// A text that is searched and not decoded. It is of one moment of the directory; whoever uses a line reads that file,
/// so that a wrong one does no harm.
struct DefinitionIndex: Sendable {
    let lines: LineTable

    /// The form of the file that this program writes; another one is none.
    static let title = "xenkeeper definitions 2"

    /// A file of the directory.
    struct Row: Hashable, Sendable {
        /// Its name, byte for byte.
        var file: [UInt8]
        var stamp: FileStamp
        /// What it is of; nil where that cannot be read.
        var uuid: DomainUUID?
        var name: String?
        /// What people call the domain.
        var title: String?
        /// Whether it is the definition of a domain; else nobody may take it for one.
        var isSound: Bool
        /// Whether another file has the same UUID.
        var isTwin = false

        var entry: FileSystem.Entry {
            let text = String(decoding: file, as: UTF8.self)
            return FileSystem.Entry(name: text, isText: text.utf8.elementsEqual(file))
        }
    }

    init(_ index: DirectoryIndex) {
        lines = index.lines
    }

    /// The lines of an index of these rows.
    static func lines(of rows: [Row]) -> LineTable {
        let twins = Set(
            Dictionary(grouping: rows.filter(\.isSound).compactMap(\.uuid)) { $0 }.filter { $1.count > 1 }.keys)
        var bytes: [UInt8] = []
        for var row in rows {
            row.isTwin = row.isSound && row.uuid.map(twins.contains) ?? false
            bytes += row.line
        }
        return LineTable(bytes: bytes)
    }

    // MARK: Looking up

    /// Every row; nil if a line is none.
    var rows: [Row]? { rows(of: lines.places) }

    /// The rows of files that no one may take for a definition, or only some of them; nil if a line is none.
    var troubled: [Row]? { rows(with: Row.trouble) }

    /// The rows of the files of this UUID; nil if a line is none.
    func rows(uuid: DomainUUID) -> [Row]? { rows(with: "#\(uuid)\t").map { $0.filter { $0.uuid == uuid } } }

    /// The row of a file, or that there is none; nil if a line is none.
    func row(file: [UInt8]) -> Row?? {
        rows(with: "/\(IndexLine.escaped(file))\t").map { $0.first { $0.file == file } }
    }

    /// The UUIDs of all files.
    var uuids: SortedSet<DomainUUID> {
        var uuids: [DomainUUID] = []
        lines.forEach { line in
            guard let start = line.place(of: UInt8(ascii: "#")), line.count > start + DomainUUID.textLength else {
                return
            }
            let digits = UnsafeRawBufferPointer(rebasing: line[(start + 1)...].prefix(DomainUUID.textLength))
            if let uuid = DomainUUID(canonical: digits) { uuids.append(uuid) }
        }
        return SortedSet(uuids)
    }

    // MARK: Changing

    /// The lines once a file has become another one, or, with nil, is gone; nil if a line is none.
    func replacing(_ file: [UInt8], with row: Row?) -> LineTable? {
        guard let former = self.row(file: file) else { return nil }
        // Those of the UUIDs that it had and has: whether they are alone may have changed.
        var others: [Row] = []
        for uuid in Set([former?.uuid, row?.uuid].compactMap(\.self)) {
            guard let found = rows(uuid: uuid) else { return nil }
            others += found.filter { $0.file != file }
        }
        var after = lines
        for gone in [former].compactMap(\.self) + others {
            guard let place = after.places(with: "/\(IndexLine.escaped(gone.file))\t").first else { continue }
            after.replace(place, with: [])
        }
        after.append(Array(Self.lines(of: others + [row].compactMap(\.self)).bytes))
        return after
    }

    // MARK: Lines

    /// The rows of the lines that have `text` in them; its first byte is nearly only where such a word begins.
    private func rows(with text: String) -> [Row]? { rows(of: lines.places(with: text)) }

    private func rows(of places: [Range<Int>]) -> [Row]? {
        var rows: [Row] = []
        for place in places {
            guard let row = Row(line: lines[place]) else { return nil }
            rows.append(row)
        }
        return rows
    }
}

extension DefinitionIndex.Row {
    fileprivate static let trouble = "!"

    /// Its words: file, stamp, state, UUID, name, title.
    fileprivate var line: [UInt8] {
        func text(_ value: String?) -> String {
            value.map { "=" + IndexLine.escaped(Array($0.utf8)) } ?? "\(IndexLine.none)"
        }
        return IndexLine.bytes([
            "/" + IndexLine.escaped(file), stamp.text,
            isSound ? (isTwin ? Self.trouble + "twin" : "sound") : Self.trouble + "none",
            uuid.map { "#\($0)" } ?? "\(IndexLine.none)", text(name), text(title),
        ])
    }

    fileprivate init?(line: ArraySlice<UInt8>) {
        func value(_ word: ArraySlice<UInt8>) -> String?? {
            if word.isExactly(IndexLine.none) { return .some(nil) }
            return word.first == UInt8(ascii: "=") ? PercentEncoding.decoded(word.dropFirst()) : nil
        }
        var words = LineWords(line)
        guard let file = words.next(), file.first == UInt8(ascii: "/"),
            let stamp = words.next().flatMap({ FileStamp(text: $0) }), let state = words.next()
        else { return nil }
        if !words.takeNone() {
            guard let uuid = words.takeUUID(behind: "#") else { return nil }
            self.uuid = uuid
        }
        guard let name = words.next().flatMap(value), let title = words.next().flatMap(value), words.next() == nil
        else {
            return nil
        }
        self.file = PercentEncoding.bytes(of: file.dropFirst())
        self.stamp = stamp
        self.name = name
        self.title = title
        switch String(decoding: state, as: UTF8.self) {
        case "sound": isSound = true
        case Self.trouble + "twin": (isSound, isTwin) = (true, true)
        case Self.trouble + "none": isSound = false
        default: return nil
        }
    }
}
