import Glibc
import XenModel
import XenUnits

/// What the files of definitions are, a line for each: their domains' names, UUIDs and titles, and which are none.
///
/// A text that is searched and not decoded. It is of one moment of the folder, which its first line names; whoever uses a
/// line reads that file, so that a wrong one does no harm.
struct DefinitionIndex: Sendable {
    /// When the folder was last changed.
    private(set) var folder: FileTime
    /// The lines behind the first.
    private var bytes: [UInt8]

    /// The form of the file that this program writes; another one is none.
    private static let title = "xenkeeper definitions 1 "

    /// A file of the folder.
    struct Row: Hashable, Sendable {
        /// Its name, byte for byte.
        var file: [UInt8]
        var stamp: FileStamp
        /// What it is of; nil where that cannot be told.
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

    init(_ rows: [Row], of folder: FileTime) {
        self.folder = folder
        let twins = Set(
            Dictionary(grouping: rows.filter(\.isSound).compactMap(\.uuid)) { $0 }.filter { $1.count > 1 }.keys)
        bytes = []
        for var row in rows {
            row.isTwin = row.isSound && row.uuid.map(twins.contains) ?? false
            bytes += row.line
        }
    }

    /// Reads the file of an index; nil for what is none of this version.
    init?(file: [UInt8]) {
        guard let end = file.firstIndex(of: Self.newline), file.last == Self.newline else { return nil }
        let head = String(decoding: file[..<end], as: UTF8.self)
        guard head.hasPrefix(Self.title) else { return nil }
        let words = head.dropFirst(Self.title.count).split(separator: " ")
        guard words.count == 2, let time = FileTime(words[0]) else { return nil }
        folder = time
        bytes = Array(file[(end + 1)...])
        // What is looked for and not found would else not show that lines are damaged.
        guard words[1] == "\(checksum)" else { return nil }
    }

    /// The index as it is written.
    var file: [UInt8] { Array("\(Self.title)\(folder) \(checksum)\n".utf8) + bytes }

    /// Tells damaged lines from sound ones, eight bytes at a time.
    private var checksum: UInt64 {
        bytes.withUnsafeBytes { text in
            var sum = UInt64(text.count)
            func add(_ word: UInt64) {
                sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
                sum ^= sum >> 29
            }
            var place = 0
            while place + 8 <= text.count {
                add(text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                place += 8
            }
            for byte in text[place...] { add(UInt64(byte)) }
            return sum
        }
    }

    // MARK: Looking up

    /// Every row; nil if a line is none.
    var rows: [Row]? { rows(of: allLines) }

    /// The rows of files that no one may take for a definition, or only some of them.
    var troubled: [Row]? { rows(with: Row.trouble) }

    func rows(uuid: DomainUUID) -> [Row]? { rows(with: "#\(uuid)\t").map { $0.filter { $0.uuid == uuid } } }

    /// Whether any file is of this UUID.
    func has(_ uuid: DomainUUID) -> Bool? { rows(uuid: uuid).map { !$0.isEmpty } }

    /// The row of a file.
    func row(file: [UInt8]) -> Row?? {
        rows(with: "/\(Row.escaped(file))\t").map { $0.first { $0.file == file } }
    }

    /// The UUIDs of all files.
    var uuids: Set<DomainUUID> {
        bytes.withUnsafeBytes { text in
            guard let base = text.baseAddress else { return [] }
            var uuids = Set<DomainUUID>(minimumCapacity: text.count / 100)
            var start = 0
            while let found = memchr(base + start, CInt(UInt8(ascii: "#")), text.count - start) {
                start = UnsafeRawPointer(found) - base + 1
                guard text.count - start >= DomainUUID.textLength else { break }
                let digits = UnsafeRawBufferPointer(rebasing: text[start..<(start + DomainUUID.textLength)])
                if let uuid = DomainUUID(canonical: digits) { uuids.insert(uuid) }
            }
            return uuids
        }
    }

    // MARK: Changing

    /// The index once a file has become another one, or, with nil, is gone; nil if a line is none.
    func replacing(_ file: [UInt8], with row: Row?, of folder: FileTime) -> DefinitionIndex? {
        guard let former = self.row(file: file) else { return nil }
        // Those of the UUIDs that it had and has: whether they are alone may have changed.
        var others: [Row] = []
        for uuid in Set([former?.uuid, row?.uuid].compactMap(\.self)) {
            guard let found = rows(uuid: uuid) else { return nil }
            others += found.filter { $0.file != file }
        }
        var after = self
        after.folder = folder
        for gone in [former].compactMap(\.self) + others { after.bytes.removeSubrange(after.place(of: gone)) }
        after.bytes += DefinitionIndex(others + [row].compactMap(\.self), of: folder).bytes
        return after
    }

    /// Where the line of a row is.
    private func place(of row: Row) -> Range<Int> {
        lines(with: "/\(Row.escaped(row.file))\t").first ?? 0..<0
    }

    /// What tells the files of the index from others, in whichever order.
    var sum: FileNameSum {
        bytes.withUnsafeBytes { text in
            var sum = FileNameSum()
            var start = 0
            while let base = text.baseAddress, start < text.count {
                let rest = text.count - start
                guard let tab = memchr(base + start, 0x09, rest), let end = memchr(base + start, 0x0a, rest) else {
                    break
                }
                let name = UnsafeRawBufferPointer(rebasing: text[(start + 1)..<(UnsafeRawPointer(tab) - base)])
                sum.add(escaped: name)
                start = UnsafeRawPointer(end) - base + 1
            }
            return sum
        }
    }

    // MARK: Lines

    private static let newline = UInt8(ascii: "\n")

    private var allLines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            let end = Self.lineEnd(bytes, from: start)
            lines.append(start..<end)
            start = end
        }
        return lines
    }

    private static func lineEnd(_ bytes: [UInt8], from start: Int) -> Int {
        bytes.withUnsafeBytes { text in
            guard let base = text.baseAddress, let found = memchr(base + start, CInt(newline), text.count - start)
            else {
                return text.count
            }
            return UnsafeRawPointer(found) - base + 1
        }
    }

    /// The rows of the lines that have `text` in them; its first byte is nearly only where such a field begins.
    private func rows(with text: String) -> [Row]? { rows(of: lines(with: text)) }

    private func lines(with text: String) -> [Range<Int>] {
        let needle = Array(text.utf8)
        let sign = CInt(needle[0])
        return bytes.withUnsafeBytes { text in
            guard let base = text.baseAddress else { return [] }
            var lines: [Range<Int>] = []
            var start = 0
            while let found = memchr(base + start, sign, text.count - start) {
                let place = UnsafeRawPointer(found) - base
                start = place + 1
                guard place + needle.count <= text.count, memcmp(found, needle, needle.count) == 0 else { continue }
                var first = place
                while first > 0, text[first - 1] != Self.newline { first -= 1 }
                var end = place
                while text[end] != Self.newline { end += 1 }
                start = end + 1
                lines.append(first..<start)
            }
            return lines
        }
    }

    private func rows(of lines: [Range<Int>]) -> [Row]? {
        var rows: [Row] = []
        for line in lines {
            guard let row = Row(line: bytes[line].dropLast()) else { return nil }
            rows.append(row)
        }
        return rows
    }
}

extension DefinitionIndex.Row {
    fileprivate static let trouble = "!"
    private static let none = "-"

    /// Its fields, each before a tab but the last: file, inode, size, time, state, UUID, name, title.
    fileprivate var line: [UInt8] {
        func text(_ value: String?) -> String { value.map { "=" + Self.escaped(Array($0.utf8)) } ?? Self.none }
        let fields = [
            "/" + Self.escaped(file), "\(stamp.number)", "\(stamp.size)", "\(stamp.time)",
            isSound ? (isTwin ? Self.trouble + "twin" : "sound") : Self.trouble + "none",
            uuid.map { "#\($0)" } ?? Self.none, text(name), text(title),
        ]
        return Array(fields.joined(separator: "\t").utf8) + [UInt8(ascii: "\n")]
    }

    fileprivate init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        guard fields.count == 8, fields[0].first == UInt8(ascii: "/"),
            let number = UInt64(String(decoding: fields[1], as: UTF8.self)),
            let size = Int64(String(decoding: fields[2], as: UTF8.self)),
            let time = FileTime(String(decoding: fields[3], as: UTF8.self)[...])
        else { return nil }
        func value(_ index: Int) -> String?? {
            if fields[index].elementsEqual(Self.none.utf8) { return .some(nil) }
            guard fields[index].first == UInt8(ascii: "=") else { return nil }
            return String(decoding: Self.unescaped(fields[index].dropFirst()), as: UTF8.self)
        }
        guard let name = value(6), let title = value(7) else { return nil }
        file = Self.unescaped(fields[0].dropFirst())
        stamp = FileStamp(number: number, size: size, time: time)
        self.name = name
        self.title = title
        if !fields[5].elementsEqual(Self.none.utf8) {
            let digits = Array(fields[5].dropFirst())
            guard let uuid = digits.withUnsafeBytes({ DomainUUID(canonical: $0) }) else { return nil }
            self.uuid = uuid
        }
        switch String(decoding: fields[4], as: UTF8.self) {
        case "sound": isSound = true
        case Self.trouble + "twin": (isSound, isTwin) = (true, true)
        case Self.trouble + "none": isSound = false
        default: return nil
        }
    }

    /// Whether a byte stands for itself in a line.
    fileprivate static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "!"), UInt8(ascii: "="): false
        case 0x21...0x7e: true
        default: false
        }
    }

    /// ASCII without the characters that mean something in a line.
    static func escaped(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes {
            guard !isPlain(byte) else {
                result.append(byte)
                continue
            }
            result.append(UInt8(ascii: "%"))
            for digit in [UInt64(byte >> 4), UInt64(byte & 0xf)] { result.append(UInt8(hexadecimalDigit: digit)) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "%")) else { return Array(bytes) }
        var result: [UInt8] = []
        var rest = bytes
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
        return result
    }
}

/// A number that tells one set of file names from another, in whichever order they come.
struct FileNameSum: Hashable {
    private var count = 0
    private var sum: UInt64 = 0

    mutating func add(_ name: UnsafeRawBufferPointer) {
        var hash = FNV()
        for byte in name {
            if DefinitionIndex.Row.isPlain(byte) {
                hash.add(byte)
            } else {
                hash.add(UInt8(ascii: "%"))
                hash.add(UInt8(hexadecimalDigit: UInt64(byte >> 4)))
                hash.add(UInt8(hexadecimalDigit: UInt64(byte & 0xf)))
            }
        }
        add(hash)
    }

    /// Adds a name as it stands in a line of the index.
    mutating func add(escaped name: UnsafeRawBufferPointer) {
        var hash = FNV()
        for byte in name { hash.add(byte) }
        add(hash)
    }

    private mutating func add(_ hash: FNV) {
        count += 1
        sum &+= hash.value
    }

    /// The hash FNV-1a of 64 bits.
    private struct FNV {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}
