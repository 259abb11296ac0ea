import LibXML
import Testing

@Suite("Reading XML")
struct ParsingTests {
    @Test("an element's name, attributes, text, children and line are what the document says")
    func wholeElement() throws {
        let root = try parse("<?xml version='1.0'?>\n<a x='1' y=\"&lt;2\">one<b/>\n<b>two</b></a>")
        #expect(root.name == "a")
        #expect(root.attributes == [XMLAttribute("x", "1"), XMLAttribute("y", "<2")])
        #expect(root.text == "one\n")
        #expect(root.children.map(\.text) == ["", "two"])
        #expect(root.line == 2)
        #expect(root.children.map(\.line) == [2, 3])
    }

    @Test("a line past 65535 is reported as it is")
    func lateLine() throws {
        let root = try parse("<a>" + String(repeating: "\n", count: 70_000) + "<b>text</b></a>")
        #expect(root.children.map(\.line) == [70_001])
    }

    @Test("prefixes, namespaces and their declarations are kept")
    func namespaces() throws {
        let root = try parse("<a xmlns:p='urn:p'><p:b p:x='1' x='2'/><c xmlns='urn:c'><d/></c></a>")
        let prefixed = try #require(root.children.first)
        #expect(root.declarations == [XMLNamespace(prefix: "p", uri: "urn:p")])
        #expect(prefixed.qualifiedName == "p:b")
        #expect(prefixed.namespace == "urn:p")
        #expect(prefixed.attribute("x") == "2")
        #expect(prefixed.attributes.map(\.namespace) == ["urn:p", nil])
        let inner = try #require(root.children.last?.children.first)
        #expect(inner.prefix == nil)
        #expect(inner.namespace == "urn:c")
    }

    @Test("CDATA is text, and text is never in two pieces")
    func cdata() throws {
        #expect(try parse("<a>x<![CDATA[<&>]]>y&amp;&#10;z</a>").content == [.text("x<&>y&\nz")])
    }

    @Test("a long text is one text", arguments: ["x", "é", "é\n", "\r\n", "&amp;", "<![CDATA[&]]>"])
    func longText(part: String) throws {
        let count = 100_000
        let content = try parse("<a>" + String(repeating: part, count: count) + "</a>").content
        let said = ["\r\n": "\n", "&amp;": "&", "<![CDATA[&]]>": "&"][part] ?? part
        #expect(content == [.text(String(repeating: said, count: count))])
    }

    @Test("what is in a value by reference is in it as what it stands for")
    func references() throws {
        let root = try parse("<a x='&amp;&lt;&gt;&quot;&apos;&#38;&#x26;#38;&#10;' y='a\tb\nc'/>")
        #expect(root.attributes == [XMLAttribute("x", "&<>\"'&&#38;\n"), XMLAttribute("y", "a b c")])
    }

    @Test("comments and processing instructions are kept apart from text")
    func otherNodes() throws {
        let expected: [XMLNode] = [
            .comment(" c "), .text("t"), .instruction(target: "p", data: "d e"),
            .instruction(target: "q", data: nil),
        ]
        #expect(try parse("<a><!-- c -->t<?p d e?><?q?></a>").content == expected)
    }

    @Test("a byte order mark and a declaration of UTF-8 are let in", arguments: ["UTF-8", "utf-8", "UTF8"])
    func utf8(name: String) throws {
        #expect(try parse("\u{feff}<?xml version=\"1.0\" encoding=\"\(name)\"?><a>ü€😀</a>").text == "ü€😀")
    }

    @Test("elements may be nested 256 deep and no deeper", arguments: [256, 257, 300, 200_000])
    func depth(levels: Int) throws {
        let document = String(repeating: "<a>", count: levels) + String(repeating: "</a>", count: levels)
        if levels <= XMLElement.maximumDepth {
            #expect(try parse(document).deepest == levels)
        } else {
            let error = #expect(throws: XMLSyntaxError.self) { try parse(document) }
            #expect(error?.reason == .tooDeep(limit: 256))
            #expect(error?.line == 1)
        }
    }

    @Test("an element may have 256 attributes and no more", arguments: [256, 257, 100_000])
    func attributes(count: Int) throws {
        let list = (0..<count).map { $0 % 2 == 0 ? "a\($0)='>\"'" : "xmlns:a\($0) = \"<'>\"" }.joined(separator: "\n")
            .replacing("<", with: "&lt;")
        let document = "<a>\n<b \(list)/></a>"
        if count <= XMLElement.maximumAttributes {
            let element = try #require(try parse(document).children.first)
            #expect(element.attributes.count + element.declarations.count == count)
        } else {
            let error = #expect(throws: XMLSyntaxError.self) { try parse(document) }
            #expect(error == XMLSyntaxError(.tooManyAttributes(limit: 256), line: 2, column: 1))
        }
    }

    @Test(
        "quotes that delimit no attribute are not counted as such",
        arguments: [
            "<!-- < \(quotes) -->", "<![CDATA[< - ]] \(quotes)]]>", "<?p <a \(quotes) ?>", quotes, "<b/> \(quotes)",
        ])
    func otherQuotes(content: String) throws {
        #expect(try parse("<a>\(content)<c d='e'/></a>").children.last?.attribute("d") == "e")
    }

    private static let quotes = String(repeating: "'x' ", count: 1000) + "'"

    @Test("16 MiB are read and one byte more is not")
    func size() throws {
        let limit = XMLElement.maximumSize
        let shell = "<a></a>".utf8.count
        let text = String(repeating: "x", count: limit - shell)
        #expect(try parse("<a>\(text)</a>").text.utf8.count == limit - shell)
        let error = #expect(throws: XMLSyntaxError.self) { try parse("<a> \(text)</a>") }
        #expect(error == XMLSyntaxError(.tooLarge(bytes: limit + 1, limit: limit)))
    }

    @Test("many threads may read at once")
    func threads() async throws {
        let documents = (0..<64).map { "<a n='\($0)'>" + String(repeating: "<b c='d'>e</b>", count: 200) + "</a>" }
        try await withThrowingTaskGroup(of: (Int, String?, Int).self) { group in
            for (number, document) in documents.enumerated() {
                group.addTask {
                    let broken = Result { try parse(document + "<") }
                    #expect(throws: XMLSyntaxError.self) { try broken.get() }
                    let root = try parse(document)
                    return (number, root.attribute("n"), root.children.count)
                }
            }
            for try await (number, attribute, children) in group {
                #expect(attribute == "\(number)")
                #expect(children == 200)
            }
        }
    }
}

/// A text that is refused, and how.
struct Refusal: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let document: [UInt8]
    let reason: XMLSyntaxError.Reason
    let line: Int
    let column: Int

    init(_ what: String, _ document: String, _ reason: XMLSyntaxError.Reason, line: Int = 0, column: Int = 0) {
        self.init(what, bytes: Array(document.utf8), reason, line: line, column: column)
    }

    init(_ what: String, bytes: [UInt8], _ reason: XMLSyntaxError.Reason, line: Int = 0, column: Int = 0) {
        testDescription = what
        document = bytes
        self.reason = reason
        self.line = line
        self.column = column
    }
}

@Suite("Refusing what is not plain XML")
struct RefusalTests {
    @Test(
        "is by reason, line and column",
        arguments: [
            Refusal("nothing", "", .empty),
            Refusal("white space", " \n\t\r\n ", .empty),
            Refusal("a byte order mark alone", "\u{feff}", .empty),
            Refusal("NUL", "<a>\n x\0</a>", .nulByte, line: 2, column: 3),
            Refusal("a broken UTF-8 sequence", bytes: Array("<a>\nü".utf8) + [0xff], .notUTF8, line: 2, column: 3),
            Refusal("a cut UTF-8 sequence", bytes: Array("<a>".utf8) + [0xe2, 0x82], .notUTF8, line: 1, column: 4),
            Refusal("Latin-1", bytes: [0x3c, 0x61, 0x3e, 0xfc, 0x3c, 0x2f], .notUTF8, line: 1, column: 4),
            Refusal("a surrogate", bytes: [0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80], .notUTF8, line: 1, column: 4),
            Refusal("UTF-16", bytes: [0xff, 0xfe, 0x3c, 0x00, 0x61, 0x00], .nulByte, line: 1, column: 4),
            Refusal(
                "a declaration of Latin-1", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
                .foreignEncoding("ISO-8859-1"), line: 1),
            Refusal(
                "a declaration of UTF-7", "<?xml version='1.0' encoding = \"UTF-7\" ?><a/>", .foreignEncoding("UTF-7"),
                line: 1),
        ])
    func refusal(_ refusal: Refusal) {
        let error = #expect(throws: XMLSyntaxError.self) { try XMLElement.parse(refusal.document) }
        #expect(error == XMLSyntaxError(refusal.reason, line: refusal.line, column: refusal.column))
    }

    @Test(
        "a DOCTYPE of any kind is refused before what it declares is read",
        arguments: [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<!DOCTYPE a PUBLIC 'p' 'http://127.0.0.1:1/a.dtd'><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;]><a/>",
            "<!DOCTYPE a [<!ENTITY x 'harmless'>]><a>&x;</a>",
            "<!DOCTYPE a [<!ATTLIST a b CDATA 'default'>]><a/>",
            Self.bomb,
        ])
    func documentType(document: String) {
        let error = #expect(throws: XMLSyntaxError.self) { try parse("\n" + document) }
        #expect(error?.reason == .documentType)
        #expect(error?.line == 2)
    }

    @Test(
        "malformed text is reported with its line and libxml2's words",
        arguments: [
            ("<a>\n<b>\n</a>", 3, "Opening and ending tag mismatch"),
            ("<a>", 1, "Premature end of data"),
            ("hello", 1, "Start tag expected"),
            ("<a/>\n<b/>", 2, "Extra content"),
            ("<a x='1'\n x='2'/>", 2, "Attribute x redefined"),
            ("<a>\n\n&nope;</a>", 3, "Entity 'nope' not defined"),
            ("<a x='<'/>", 1, "Unescaped '<'"),
            ("<a>&#0;</a>", 1, "invalid xmlChar value 0"),
            ("<a>\u{1}</a>", 1, "invalid char value 1"),
            ("<p:a/>", 1, "prefix p on a is not defined"),
            ("<a\n p:x='1'/>", 2, "prefix p for x on a is not defined"),
            ("<!-- only this -->", 1, "Start tag expected"),
            ("<a><![CDATA[</a>", 1, "CData section not finished"),
            ("<a>\n<b xml:id='1'/></a>", 2, "attribute value 1 is not an NCName"),
            ("<a xml:id='x'>\n<b xml:id='x'/></a>", 2, "ID x already defined"),
        ])
    func malformed(document: String, line: Int, words: String) {
        let error = #expect(throws: XMLSyntaxError.self) { try parse(document) }
        #expect(error?.line == line)
        #expect((error?.column ?? 0) > 0)
        guard case .malformed(let reason) = error?.reason else {
            Issue.record("\(String(describing: error)) should be 'malformed'")
            return
        }
        #expect(reason.lowercased().contains(words.lowercased()))
    }

    @Test("libxml2's own limit on names ends in an error, not in a crash")
    func longNames() {
        let long = String(repeating: "x", count: 11_000_000)
        for document in ["<\(long)/>", "<a \(long)='1'/>", "<a xmlns:\(long)='urn:x'/>"] {
            #expect(throws: XMLSyntaxError.self) { try parse(document) }
        }
    }

    @Test("the sentence says where, what, and what to do")
    func sentence() {
        let error = #expect(throws: XMLSyntaxError.self) { try parse("<!DOCTYPE a><a/>") }
        #expect(
            error?.description == "line 1, column 12: the XML document has a DOCTYPE, which is not allowed here;"
                + " remove it and the entities it declares")
    }

    private static let bomb =
        "<!DOCTYPE a [<!ENTITY a0 'boom'>"
        + (1...9).map { "<!ENTITY a\($0) '" + String(repeating: "&a\($0 - 1);", count: 10) + "'>" }.joined()
        + "]><a b='&a9;'>&a9;</a>"
}

func parse(_ document: String) throws(XMLSyntaxError) -> XMLElement {
    try XMLElement.parse(Array(document.utf8))
}

extension XMLElement {
    fileprivate var deepest: Int { 1 + (children.map(\.deepest).max() ?? 0) }
}
