import Glibc

/// A text of lines that is searched and not decoded, so that one line is found among many in the time that it takes to read
/// them.
///
/// Each line ends in a line feed. A place is the range of a line's bytes, that end included.
package struct LineTable: Hashable, Sendable {
    /// As it stands in a file.
    package private(set) var bytes: [UInt8]

    /// The lines that are `bytes`; what follows the last line feed is a line too.
    package init(bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    package static func == (left: LineTable, right: LineTable) -> Bool { left.bytes.isExactly(right.bytes) }

    private static let lineFeed = UInt8(ascii: "\n")

    /// Where each line is.
    package var places: [Range<Int>] {
        bytes.withUnsafeBytes { text in
            var places: [Range<Int>] = []
            var start = 0
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
        bytes.withUnsafeBytes { text in
            var start = 0
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
        guard let first = needle.first else { return places }
        return bytes.withUnsafeBytes { text in
            var places: [Range<Int>] = []
            var start = 0
            while let place = text.place(of: first, from: start) {
                start = place + 1
                guard place + needle.count <= text.count,
                    needle.withUnsafeBytes({
                        UnsafeRawBufferPointer(rebasing: text[place..<(place + needle.count)]).isExactly($0)
                    })
                else { continue }
                var begin = place
                while begin > 0, text[begin - 1] != Self.lineFeed { begin -= 1 }
                start = Self.end(text, from: place)
                places.append(begin..<start)
            }
            return places
        }
    }

    /// Where the line of this number is among lines that begin with numbers, in their order; where it would be if there is
    /// none.
    package func place(ofNumber number: UInt32) -> Range<Int> {
        bytes.withUnsafeBytes { text in
            var start = 0
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
        let line = bytes[place]
        return line.last == Self.lineFeed ? line.dropLast() : line
    }

    /// Puts lines, each with its end, in the place of others.
    package mutating func replace(_ place: Range<Int>, with lines: [UInt8]) {
        bytes.replaceSubrange(place, with: lines)
    }

    /// Puts lines, each with its end, behind the others.
    package mutating func append(_ lines: [UInt8]) {
        bytes += lines
    }

    /// A number that nearly always is another one for other bytes.
    package var checksum: UInt64 {
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

    /// Behind the line that `start` is in.
    private static func end(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        text.place(of: lineFeed, from: start).map { $0 + 1 } ?? text.count
    }
}

extension ArraySlice<UInt8> {
    /// The words of a line, each before a tab but the last.
    package var words: [ArraySlice<UInt8>] {
        let tab = UInt8(ascii: "\t")
        return withUnsafeBytes { text in
            var words: [ArraySlice<UInt8>] = []
            words.reserveCapacity(20)
            var start = 0
            while let end = text.place(of: tab, from: start) {
                words.append(self[(startIndex + start)..<(startIndex + end)])
                start = end + 1
            }
            words.append(self[(startIndex + start)...])
            return words
        }
    }

    /// The decimal number that a word is, without a sign; nil for anything else.
    package var number: UInt64? {
        guard !isEmpty else { return nil }
        return withUnsafeBytes { text in
            var number: UInt64 = 0
            for byte in text {
                guard (0x30...0x39).contains(byte) else { return nil }
                let (tens, isTooLong) = number.multipliedReportingOverflow(by: 10)
                let (sum, isTooMuch) = tens.addingReportingOverflow(UInt64(byte &- 0x30))
                guard !isTooLong, !isTooMuch else { return nil }
                number = sum
            }
            return number
        }
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

    /// Where a byte is first, found out by the system: texts are long.
    package func place(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, CInt(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }
}
