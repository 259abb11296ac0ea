import Testing

@testable import XenCommands

@Suite("A foreign name cannot do more to a terminal than be read")
struct DisplayTextTests {
    @Test(
        "What would move the cursor, break a line, reorder or hide text is written as its bytes",
        arguments: [
            ("\u{1b}[31mred", "\\x1b[31mred", 11),
            ("two\nlines", "two\\x0alines", 12),
            ("tab\t", "tab\\x09", 7),
            ("nul\0", "nul\\x00", 7),
            ("\u{7f}", "\\x7f", 4),
            ("\u{85}", "\\xc2\\x85", 8),
            ("a\u{202e}b", "a\\xe2\\x80\\xaeb", 14),
            ("\u{2028}", "\\xe2\\x80\\xa8", 12),
            ("\u{200b}", "\\xe2\\x80\\x8b", 12),
            ("\r\n", "\\x0d\\x0a", 8),
        ])
    func escaped(raw: String, text: String, width: Int) {
        #expect(DisplayText(raw).text == text)
        #expect(DisplayText(raw).width == width)
    }

    @Test(
        "What can be read stays as it is, and is counted in terminal columns",
        arguments: [
            ("", 0), ("plain", 5), ("a b", 3), ("back\\slash", 10), ("k\u{f6}nig", 5), ("o\u{308}", 1),
            ("\u{6f22}\u{5b57}", 4), ("\u{ac00}", 2), ("\u{ff21}", 2), ("\u{ff71}", 1), ("\u{1f600}", 2),
            ("\u{2714}", 1), ("\u{1f1e9}", 1), ("\u{416}", 1), ("\u{20000}", 2),
        ])
    func readable(raw: String, width: Int) {
        #expect(DisplayText(raw).text == raw)
        #expect(DisplayText(raw).width == width)
    }
}
