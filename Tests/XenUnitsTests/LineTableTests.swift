import Testing
import XenUnits

@Suite("The lines of a table and what stands in them")
struct LineTableTests {
    private static func words(_ line: ArraySlice<UInt8>) -> [String] {
        var words = LineWords(line)
        var texts: [String] = []
        while let word = words.next() { texts.append(String(decoding: word, as: UTF8.self)) }
        return texts
    }

    @Test(
        "A word ends before a tab or with the line, and may be empty",
        arguments: [
            ("", [""]), ("a", ["a"]), ("a\tbc", ["a", "bc"]), ("\t", ["", ""]), ("a\t\tb\t", ["a", "", "b", ""]),
        ] as [(String, [String])])
    func splitsWords(line: String, words: [String]) {
        #expect(Self.words(Array(line.utf8)[...]) == words)
        #expect(Self.words(Array("before\t\(line)".utf8)[7...]) == words)
    }

    @Test(
        "A number is digits alone, and fits",
        arguments: [
            ("0", 0), ("007", 7), ("18446744073709551615", .max), ("18446744073709551616", nil), ("", nil), ("-1", nil),
            ("+1", nil), ("1 ", nil), ("1a", nil), ("99999999999999999999999", nil),
        ] as [(String, UInt64?)])
    func readsNumbers(text: String, number: UInt64?) {
        #expect(Array(text.utf8)[...].number == number)
        #expect(Array(text.utf8)[...].number32 == number.flatMap(UInt32.init(exactly:)))
    }

    @Test("A line is shown without its end, the last one with or without")
    func showsLines() {
        let table = LineTable(bytes: Array("one\n\ntwo\nthree".utf8))
        let shown = table.places.map { String(decoding: table[$0], as: UTF8.self) }
        #expect(shown == ["one", "", "two", "three"])
        var all: [String] = []
        table.forEach { all.append(String(decoding: $0, as: UTF8.self)) }
        #expect(all == shown)
    }

    @Test("Bytes come back from the text that stands for them, whichever stand for themselves")
    func encodesBytes() {
        let bytes = (0...255).map { UInt8($0) } + Array("%2 %zz %".utf8)
        let plain: [@Sendable (UInt8) -> Bool] = [
            { _ in false }, { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "%") },
        ]
        for isPlain in plain {
            let text = PercentEncoding.text(of: bytes, isPlain: isPlain)
            #expect(text.utf8.allSatisfy { (0x21...0x7e).contains($0) })
            #expect(PercentEncoding.bytes(of: Array(text.utf8)[...]) == bytes)
        }
        #expect(PercentEncoding.text(of: [0x2f, 0xa0]) { _ in false } == "%2f%a0")
    }

    @Test("A percent sign before anything but two digits stands for itself", arguments: ["%", "%2", "%zz", "a%"])
    func keepsPercentSigns(text: String) {
        #expect(PercentEncoding.bytes(of: Array(text.utf8)[...]) == Array(text.utf8))
        #expect(PercentEncoding.decoded(Array(text.utf8)[...]) == text)
    }

    @Test("A UUID is read at once only as it is written")
    func readsWrittenUUIDs() throws {
        let uuids = [
            DomainUUID.zero, DomainUUID(high: .max, low: .max),
            DomainUUID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210),
        ]
        func read(_ text: [UInt8]) -> DomainUUID? { text.withUnsafeBytes { DomainUUID(canonical: $0) } }
        for uuid in uuids {
            let text = Array(uuid.description.utf8)
            #expect(read(text) == uuid)
            #expect(read(Array(text.dropLast())) == nil)
            #expect(read(text + [0x30]) == nil)
        }
        let text = Array(uuids[2].description.utf8)
        for place in text.indices {
            for byte in UInt8.min...UInt8.max where byte != text[place] {
                var changed = text
                changed[place] = byte
                let isDigit = (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                let isWritten = isDigit && text[place] != UInt8(ascii: "-")
                let expected = isWritten ? DomainUUID(String(decoding: changed, as: UTF8.self)) : nil
                #expect(read(changed) == expected, "byte \(byte) at \(place)")
                #expect(!isWritten || expected != nil)
            }
        }
    }
}
