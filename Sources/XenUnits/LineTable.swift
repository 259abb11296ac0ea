import Glibc

/// A text of lines that is searched and not decoded, so that one line is found among many in the time that it takes to read
/// them.
///
/// Each line ends in a line feed. A place is the range of a line's bytes, that end included.
package struct LineTable: Hashable, Sendable {
    /// The lines, behind what is none of them.
    private var content: [UInt8]
    /// Where the first line begins.
    private let first: Int

    /// The lines that are `bytes` but for the `first` ones; what follows the last line feed is a line too.
    package init(bytes: [UInt8] = [], from first: Int = 0) {
        content = bytes
        self.first = first
    }

    /// As the lines stand in a file.
    package var bytes: ArraySlice<UInt8> { content[first...] }

    package static func == (left: LineTable, right: LineTable) -> Bool { left.bytes.isExactly(right.bytes) }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    private static let lineFeed = UInt8(ascii: "\n")

    /// Where each line is.
    package var places: [Range<Int>] {
        content.withUnsafeBytes { text in
            var places: [Range<Int>] = []
            var start = first
            while start < text.count {
                let end = Self.end(text, from: start)
                places.append(start..<end)
                start = end
            }
            return places
        }
    }

    /// Shows each line without its end.
    package func forEach(_ look: (UnsafeRawBufferPointer) -> Void) {
        content.withUnsafeBytes { text in
            var start = first
            while start < text.count {
                let end = Self.end(text, from: start)
                let isWhole = text[end - 1] == Self.lineFeed
                look(UnsafeRawBufferPointer(rebasing: text[start..<(isWhole ? end - 1 : end)]))
                start = end
            }
        }
    }

    /// Where the lines are that have `text` in them. Fastest if its first byte is in few other places.
    package func places(with text: String) -> [Range<Int>] {
        let needle = Array(text.utf8)
        guard let initial = needle.first else { return places }
        return content.withUnsafeBytes { text in
            var places: [Range<Int>] = []
            var start = first
            // Lines begin alike: one word near the end of what is looked for tells most of them from it.
            let end = needle.count - 8
            func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
                bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            }
            let last = end >= 0 ? needle.withUnsafeBytes { word($0, end) } : nil
            while let place = text.place(of: initial, from: start) {
                start = place + 1
                guard place + needle.count <= text.count, last.map({ $0 == word(text, place + end) }) ?? true,
                    needle.withUnsafeBytes({
                        UnsafeRawBufferPointer(rebasing: text[place..<(place + needle.count)]).isExactly($0)
                    })
                else { continue }
                var begin = place
                while begin > first, text[begin - 1] != Self.lineFeed { begin -= 1 }
                start = Self.end(text, from: place)
                places.append(begin..<start)
            }
            return places
        }
    }

    /// Where the line of this number is among lines that begin with numbers, in their order; where it would be if there is
    /// none.
    package func place(ofNumber number: UInt32) -> Range<Int> {
        content.withUnsafeBytes { text in
            var start = first
            while start < text.count {
                let end = Self.end(text, from: start)
                var found: UInt64 = 0
                var index = start
                while index < end, (0x30...0x39).contains(text[index]), found < 1 << 32 {
                    found = found * 10 + UInt64(text[index] - 0x30)
                    index += 1
                }
                if found == UInt64(number) { return start..<end }
                if found > UInt64(number) { break }
                start = end
            }
            return start..<start
        }
    }

    /// A line without its end.
    package subscript(_ place: Range<Int>) -> ArraySlice<UInt8> {
        let line = content[place]
        return line.last == Self.lineFeed ? line.dropLast() : line
    }

    /// Puts lines, each with its end, in the place of others.
    package mutating func replace(_ place: Range<Int>, with lines: [UInt8]) {
        content.replaceSubrange(place, with: lines)
    }

    /// Puts lines, each with its end, behind the others.
    package mutating func append(_ lines: [UInt8]) {
        content += lines
    }

    /// A number that nearly always is another one for other bytes.
    package var checksum: UInt64 {
        bytes.withUnsafeBytes { text in
            func mixed(_ sum: UInt64, _ word: UInt64) -> UInt64 {
                let product = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
                return product ^ product >> 29
            }
            func word(_ place: Int) -> UInt64 { text.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
            // Sums beside each other, which none waits for another one's.
            var (a, b, c, d) = (UInt64(text.count), 1 as UInt64, 2 as UInt64, 3 as UInt64)
            var place = 0
            while place &+ 32 <= text.count {
                a = mixed(a, word(place))
                b = mixed(b, word(place &+ 8))
                c = mixed(c, word(place &+ 16))
                d = mixed(d, word(place &+ 24))
                place &+= 32
            }
            var sum = mixed(mixed(mixed(a, b), c), d)
            for byte in text[place...] { sum = mixed(sum, UInt64(byte)) }
            return sum
        }
    }

    /// Behind the line that `start` is in.
    private static func end(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        text.place(of: lineFeed, from: start).map { $0 + 1 } ?? text.count
    }
}

/// The words of a line, one after the other, each before a tab but the last.
package struct LineWords: IteratorProtocol {
    private let line: ArraySlice<UInt8>
    /// Where the next one begins; nil behind the last.
    private var start: Int?

    /// The words of a line without its end.
    package init(_ line: ArraySlice<UInt8>) {
        self.line = line
        start = line.startIndex
    }

    package mutating func next() -> ArraySlice<UInt8>? {
        guard let start else { return nil }
        let first = line.startIndex
        let tab = line.withUnsafeBytes { $0.place(of: Self.tab, from: start - first) }
        self.start = tab.map { first + $0 + 1 }
        return line[start..<(tab.map { first + $0 } ?? line.endIndex)]
    }

    // What is read far more often than a text, without making the word.

    /// Takes the next word if it says that there is nothing, and tells whether it did.
    package mutating func takeNone() -> Bool {
        guard let start, line.endIndex > start, line[start] == UInt8(ascii: "-") else { return false }
        return end(at: start + 1)
    }

    /// Takes the next word if it is a decimal number without a sign; nil, and nothing is taken, if it is anything else.
    package mutating func takeNumber() -> UInt64? {
        guard let start else { return nil }
        let (first, last) = (start - line.startIndex, line.count)
        let found = line.withUnsafeBytes { text -> (number: UInt64, end: Int)? in
            var number: UInt64 = 0
            var place = first
            while place < last, text[place] != Self.tab {
                let digit = UInt64(text[place] &- 0x30)
                guard digit < 10 else { return nil }
                if place &- first < 19 {
                    number = number &* 10 &+ digit
                } else {
                    // Nineteen digits always fit.
                    let (tens, isTooLong) = number.multipliedReportingOverflow(by: 10)
                    let (sum, isTooMuch) = tens.addingReportingOverflow(digit)
                    guard !isTooLong, !isTooMuch else { return nil }
                    number = sum
                }
                place &+= 1
            }
            return place > first ? (number, place) : nil
        }
        guard let found, end(at: line.startIndex + found.end) else { return nil }
        return found.number
    }

    /// The same for one of 32 bits.
    package mutating func takeNumber32() -> UInt32? { takeNumber().flatMap(UInt32.init(exactly:)) }

    /// Takes the next word if it is a UUID behind `mark`; nil, and nothing is taken, if it is anything else.
    package mutating func takeUUID(behind mark: Unicode.Scalar) -> DomainUUID? {
        guard let start, line.endIndex - start > DomainUUID.textLength, line[start] == UInt8(ascii: mark) else {
            return nil
        }
        let place = start + 1 - line.startIndex
        let uuid = line.withUnsafeBytes {
            DomainUUID(canonical: UnsafeRawBufferPointer(rebasing: $0[place..<(place + DomainUUID.textLength)]))
        }
        guard let uuid, end(at: start + 1 + DomainUUID.textLength) else { return nil }
        return uuid
    }

    private static let tab = UInt8(ascii: "\t")

    /// Takes the word that ends at `place`; false, and nothing is taken, if none does.
    private mutating func end(at place: Int) -> Bool {
        guard place < line.endIndex else {
            start = nil
            return true
        }
        guard line[place] == Self.tab else { return false }
        start = place + 1
        return true
    }
}

extension ArraySlice<UInt8> {
    /// The decimal number that a word is, without a sign; nil for anything else.
    package var number: UInt64? {
        var words = LineWords(self)
        let number = words.takeNumber()
        return words.next() == nil ? number : nil
    }

    /// The same as a number of 32 bits; nil for a larger one.
    package var number32: UInt32? { number.flatMap(UInt32.init(exactly:)) }

    /// Whether these are the bytes of `text`.
    package func isExactly(_ text: StaticString) -> Bool {
        withUnsafeBytes { bytes in
            text.withUTF8Buffer { bytes.isExactly(UnsafeRawBufferPointer($0)) }
        }
    }

    /// Whether this has the same bytes as `other`.
    package func isExactly(_ other: ArraySlice<UInt8>) -> Bool {
        withUnsafeBytes { mine in other.withUnsafeBytes { mine.isExactly($0) } }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether this has the same bytes as `other`, found out by the system.
    package func isExactly(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let mine = baseAddress, let theirs = other.baseAddress else { return true }
        return memcmp(mine, theirs, count) == 0
    }

    /// Whether the last bytes are these.
    package func ends(with other: [UInt8]) -> Bool {
        count >= other.count
            && other.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: self[(count - other.count)...]).isExactly($0) }
    }

    /// Where a byte is first, found out by the system: texts are long.
    package func place(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, CInt(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }
}
