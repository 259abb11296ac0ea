import LibXML
import Testing

@Suite("Writing XML")
struct WritingTests {
    @Test("elements stand on lines of their own, two spaces a level, values in single quotes")
    func layout() {
        let inner = XMLElement("c", content: [.text("text")])
        let middle = XMLElement("b", attributes: [XMLAttribute("x", "1")], content: [.element(inner)])
        let root = XMLElement("a", content: [.element(middle), .comment(" why "), .element(XMLElement("d"))])
        #expect(
            root.formatted() == """
                <a>
                  <b x='1'>
                    <c>text</c>
                  </b>
                  <!-- why -->
                  <d/>
                </a>

                """)
        #expect(inner.formatted(level: 2) == "    <c>text</c>\n")
    }

    @Test("markup is written as it is")
    func markup() {
        #expect(XMLElement("a", content: [.markup("<m> <n/></m>")]).formatted() == "<a>\n  <m> <n/></m>\n</a>\n")
    }

    @Test(
        "any text that XML can hold comes back as it was, as value and as text",
        arguments: [
            "", " ", "\n", "a\nb", "a\r\nb", "\r", "\t", "  both ends  ", "'", "\"", "'\"", "&", "&amp;", "<b>", "]]>",
            "<![CDATA[x]]>", "<!-- x -->", "ü€😀", "\u{85}\u{2028}", "\u{7f}", "&#10;", "a&b;c", "\u{fffd}",
        ])
    func roundTrip(text: String) throws {
        let element = XMLElement("a", attributes: [XMLAttribute("x", text)], content: text.isEmpty ? [] : [.text(text)])
        #expect(try parse(element.formatted()) == element)
        #expect(try parse(element.verbatim()) == element)
        let parent = XMLElement("p", content: [.element(element)])
        #expect(try parse(parent.verbatim()) == parent)
        #expect(try parse(parent.formatted()).children == [element])
    }

    @Test("a character that XML cannot hold does not break the document", arguments: ["\u{0}", "\u{1f}", "\u{fffe}"])
    func unwritable(text: String) throws {
        let element = XMLElement("a", attributes: [XMLAttribute("x", text)], content: [.text(text)])
        let back = try parse(element.formatted())
        #expect(back.attribute("x") == "\u{fffd}")
        #expect(back.text == "\u{fffd}")
    }

    @Test(
        "what was read is written back with the same meaning",
        arguments: [
            "<a>mixed <b>con</b>tent<c/> </a>",
            "<a>\n  <b/>\n\n  <c>  </c>\n</a>",
            "<a><!--c--><?p d?><?q?>x</a>",
            "<a xmlns='urn:a' xmlns:p='urn:p'><p:b p:x='1' y='2'/><c xmlns=''/></a>",
            "<a xml:lang='en' xml:space='preserve'> <b/> </a>",
            "<a><![CDATA[<b>]]>&#13;</a>",
        ])
    func verbatim(document: String) throws {
        let element = try parse(document)
        #expect(try parse(element.verbatim()) == element)
    }

    @Test("an element taken out of its document keeps the namespaces it needs, and its own win")
    func inheriting() throws {
        let root = try parse("<r xmlns:p='urn:p' xmlns:q='urn:q'><m xmlns:q='urn:own'><p:x/><q:y/></m></r>")
        let taken = try #require(root.children.first).inheriting(root.declarations)
        let alone = try parse(taken.verbatim())
        #expect(alone.children.map(\.namespace) == ["urn:p", "urn:own"])
    }

    @Test("equality is of content, not of place")
    func equality() throws {
        #expect(try parse("<a><b/></a>") == parse("\n\n<a><b/></a>"))
        #expect(try parse("<a><b/></a>") != parse("<a><c/></a>"))
        #expect(try parse("<a x='1'/>") != parse("<a x='2'/>"))
    }
}
