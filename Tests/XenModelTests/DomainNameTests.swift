import Testing
import XenModel

@Suite("A domain's name")
struct DomainNameTests {
    @Test(
        "may be anything that a file and a line can carry",
        arguments: [
            "a", "guest-1", "two words", "...", ".hidden", "a..b", "-x", "ümlaut", "😀", "'\"$`\\", "a:b", "%s", "~",
            String(repeating: "x", count: 240), String(repeating: "ü", count: 120), "a\u{200b}b",
        ])
    func good(name: String) throws {
        #expect(try DomainName(name).text == name)
        #expect(try DomainName(name).description == name)
    }

    @Test(
        "is refused by the rule that it breaks",
        arguments: [
            ("", .empty), (".", .reserved(".")), ("..", .reserved("..")),
            (String(repeating: "x", count: 241), .tooLong(bytes: 241)),
            (String(repeating: "x", count: 300), .tooLong(bytes: 300)),
            (String(repeating: "ü", count: 121), .tooLong(bytes: 242)),
            ("a/b", .forbiddenCharacter(name: "a/b", character: "/")),
            ("/", .forbiddenCharacter(name: "/", character: "/")),
            ("../x", .forbiddenCharacter(name: "../x", character: "/")),
            ("a\nb", .forbiddenCharacter(name: "a\nb", character: "\n")),
            ("a\u{0}", .forbiddenCharacter(name: "a\u{0}", character: "\u{0}")),
            ("a\u{1b}[2J", .forbiddenCharacter(name: "a\u{1b}[2J", character: "\u{1b}")),
            ("a\u{7f}", .forbiddenCharacter(name: "a\u{7f}", character: "\u{7f}")),
            ("a\u{85}b", .forbiddenCharacter(name: "a\u{85}b", character: "\u{85}")),
            ("a\u{2028}b", .forbiddenCharacter(name: "a\u{2028}b", character: "\u{2028}")),
            (" a", .whitespaceAtEnd(name: " a")), ("a ", .whitespaceAtEnd(name: "a ")),
            ("a\u{a0}", .whitespaceAtEnd(name: "a\u{a0}")), (" ", DomainNameError.whitespaceAtEnd(name: " ")),
        ])
    func bad(name: String, error: DomainNameError) {
        #expect(throws: error) { try DomainName(name) }
    }

    @Test("that is refused is never printed raw, so that it cannot play with the terminal")
    func quoted() {
        let error = #expect(throws: DomainNameError.self) { try DomainName("a\u{1b}[2J") }
        #expect(error?.description.contains("\u{1b}") == false)
        #expect(error?.description.contains("\\u{1B}") == true)
    }
}
