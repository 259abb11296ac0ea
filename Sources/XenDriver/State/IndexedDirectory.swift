import SystemPackage
import XenUnits

/// What the files of a directory are at one moment of it, a line for each.
///
/// Each line begins with a slash, the file's name as `IndexLine` writes it, and a tab.
struct DirectoryIndex: Sendable {
    /// When the directory was last changed.
    let directory: FileTime
    let lines: LineTable

    init(_ lines: LineTable, of directory: FileTime) {
        self.directory = directory
        self.lines = lines
    }

    /// Reads the file of an index; nil for what has another title, or is damaged.
    init?(file: [UInt8], title: String) {
        guard let (head, lines) = IndexFile.read(file, title: title), let time = FileTime(head) else { return nil }
        self.init(lines, of: time)
    }

    /// The index as it is written.
    func file(title: String) -> [UInt8] { IndexFile.bytes(lines, title: title, head: "\(directory)") }

    /// Where the line of a file is; nil if it has none.
    func place(of file: [UInt8]) -> Range<Int>? { lines.places(with: "/\(IndexLine.escaped(file))\t").first }

    /// What tells the files of the index from others, in whichever order.
    var names: FileNameSum {
        var sum = FileNameSum()
        lines.forEach { line in
            guard let tab = line.place(of: UInt8(ascii: "\t")), tab > 0 else { return }
            sum.add(escaped: UnsafeRawBufferPointer(rebasing: line[1..<tab]))
        }
        return sum
    }
}

/// A file of lines behind a first one: its title, a word of its own, and a number that shows whether the lines are
/// damaged. What is looked for and not found would not show it.
enum IndexFile {
    /// The word and the lines; nil for what has another title, or is damaged.
    static func read(_ file: [UInt8], title: String) -> (head: Substring, lines: LineTable)? {
        let lineFeed = UInt8(ascii: "\n")
        guard let end = file.firstIndex(of: lineFeed), file.last == lineFeed else { return nil }
        let first = String(decoding: file[..<end], as: UTF8.self)
        guard first.hasPrefix(title + " ") else { return nil }
        let words = first.dropFirst(title.count + 1).split(separator: " ")
        let lines = LineTable(bytes: file, from: end + 1)
        guard words.count == 2, words[1] == "\(lines.checksum)" else { return nil }
        return (words[0], lines)
    }

    static func bytes(_ lines: LineTable, title: String, head: String) -> [UInt8] {
        let first = Array("\(title) \(head) \(lines.checksum)\n".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(first.count + lines.bytes.count)
        bytes += first
        bytes += lines.bytes
        return bytes
    }
}

/// A directory whose files an index tells of.
///
/// The index counts only while the directory has the very time of its last change that it names. Who changes a file
/// brings it up to date, and whoever has a domain in hand makes it anew where it does not count. Without it every file
/// is read.
struct IndexedDirectory: Sendable {
    let path: FilePath
    /// The index and the lock of whoever changes both lie here, under this name.
    let indexes: FilePath
    let name: String
    /// The form of the index's file that this program writes; another one is none.
    let title: String
    /// Whether a name is one of the files that the index tells of.
    let isMember: @Sendable (UnsafeRawBufferPointer) -> Bool

    private static let largest = 256 << 20

    private let last = Memo<LineTable, DirectoryIndex?>()

    init(
        path: FilePath, indexes: FilePath, name: String, title: String,
        isMember: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool
    ) {
        self.path = path
        self.indexes = indexes
        self.name = name
        self.title = title
        self.isMember = isMember
    }

    private var file: FilePath { indexes.appending(name) }
    private var lock: FilePath { indexes.appending("\(name).lock") }

    /// The index, if there is one that counts.
    func index() throws(StateError) -> DirectoryIndex? {
        guard let index = try former(), FileSystem.lastChange(of: path) == index.directory else { return nil }
        return index
    }

    /// The index, of whichever moment.
    private func former() throws(StateError) -> DirectoryIndex? {
        do throws(StateError) {
            guard let file = try FileSystem.read(file, atMost: Self.largest) else { return nil }
            return last.value(of: LineTable(bytes: file)) { DirectoryIndex(file: file, title: title) }
        } catch {
            guard !error.isOfProcess else { throw error }
            return nil
        }
    }

    /// Makes the index anew where there is none that counts, for somebody who may write. `lines` makes it of the files
    /// and of an index of an earlier moment; nil if one of them went meanwhile. That it cannot be made is of no matter.
    /// Tells whether there was one that counts.
    func renew(_ lines: ([[UInt8]], DirectoryIndex?) throws(StateError) -> LineTable?) throws(StateError) -> Bool {
        guard try index() == nil else { return true }
        try FileLock.holdIfFree(lock) { () throws(StateError) in
            guard let time = FileSystem.mark(path) else { return }
            var files: [[UInt8]] = []
            try eachFile { files.append(Array($0)) }
            guard let lines = try lines(files, former()) else { return }
            try write(DirectoryIndex(lines, of: time))
        }
        return false
    }

    /// Does `change`, which makes, replaces or takes away files, and brings an index that counted up to date by
    /// `update`, which is nil where it cannot.
    func withDomain(
        _ change: () throws(StateError) -> Void, _ update: (DirectoryIndex) throws(StateError) -> LineTable?
    ) throws(StateError) {
        var isDone = false
        var failure: StateError?
        do throws(StateError) {
            try FileLock.holdBriefly(lock) { () throws(StateError) in
                let before = try index()
                isDone = true
                do throws(StateError) { try change() } catch {
                    failure = error
                    return
                }
                guard let before, let time = FileSystem.mark(path) else { return }
                guard let lines = try update(before) else { return }
                let after = DirectoryIndex(lines, of: time)
                // Somebody else may have changed the directory before it was marked.
                var names = FileNameSum()
                try eachFile { names.add($0) }
                if after.names == names { try write(after) }
            }
        } catch {
            // The files are what counts: where the index is not right any more it does not count.
        }
        if let failure { throw failure }
        // Somebody makes the index anew, and will see that the directory has changed; or there can be none.
        if !isDone { try change() }
    }

    /// Writes the index, unless somebody has changed the directory meanwhile.
    private func write(_ index: DirectoryIndex) throws(StateError) {
        guard FileSystem.lastChange(of: path) == index.directory else { return }
        try FileSystem.replace(file, with: index.file(title: title))
    }

    private func eachFile(_ look: (UnsafeRawBufferPointer) -> Void) throws(StateError) {
        try FileSystem.eachName(in: path) { if isMember($0) { look($0) } }
    }
}

/// The words of an index's line.
enum IndexLine {
    /// That there is nothing.
    static let none: StaticString = "-"

    /// A line of these words.
    static func bytes(_ words: [String]) -> [UInt8] { Array(words.joined(separator: "\t").utf8) + [UInt8(ascii: "\n")] }

    /// Whether a byte stands for itself in a line.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "!"), UInt8(ascii: "="): false
        case 0x21...0x7e: true
        default: false
        }
    }

    /// ASCII without the characters that mean something in a line.
    static func escaped(_ bytes: [UInt8]) -> String { PercentEncoding.text(of: bytes, isPlain: isPlain) }
}

extension FileStamp {
    /// The stamp as a word of a line.
    var text: String { "\(number) \(size) \(time)" }

    /// Reads the text form.
    init?(text: ArraySlice<UInt8>) {
        let words = text.split(separator: UInt8(ascii: " "))
        guard words.count == 3, let number = words[0].number, let size = words[1].number.flatMap(Int64.init(exactly:)),
            let time = FileTime(String(decoding: words[2], as: UTF8.self))
        else { return nil }
        self.init(number: number, size: size, time: time)
    }
}

/// A number that tells one set of file names from another, in whichever order they come.
struct FileNameSum: Hashable {
    private var count = 0
    private var sum: UInt64 = 0

    mutating func add(_ name: UnsafeRawBufferPointer) {
        var hash = FNV()
        for byte in name {
            if IndexLine.isPlain(byte) {
                hash.add(byte)
            } else {
                hash.add(UInt8(ascii: "%"))
                hash.add(UInt8(hexadecimalDigit: UInt64(byte >> 4)))
                hash.add(UInt8(hexadecimalDigit: UInt64(byte & 0xf)))
            }
        }
        add(hash)
    }

    /// Adds a name as it stands in a line of an index.
    mutating func add(escaped name: UnsafeRawBufferPointer) {
        var hash = FNV()
        for byte in name { hash.add(byte) }
        add(hash)
    }

    private mutating func add(_ hash: FNV) {
        count += 1
        sum &+= hash.value
    }
}

/// The hash FNV-1a of 64 bits.
struct FNV {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
