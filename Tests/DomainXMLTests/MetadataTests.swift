import DomainXML
import LibXML
import Testing
import XenModel

@Suite("Metadata")
struct MetadataTests {
    @Test(
        "is kept as it is, through any number of prints",
        arguments: [
            "<metadata/>",
            "<metadata>\n    <a:b xmlns:a='urn:a'>\n      <a:c/>  mixed\n</a:b></metadata>",
            "<metadata><a xmlns='urn:a' x='&#10;&#9;&apos;&quot;'>&lt;&amp;&#13;</a></metadata>",
            "<metadata><!-- c --><?target data?><a xmlns='urn:a'><![CDATA[<x>&]]></a></metadata>",
            "<metadata><a xmlns='urn:a'><b xmlns=''/></a></metadata>",
            "<metadata><name>inner</name><devices><disk/></devices><alias name='foo'/></metadata>",
            "<metadata mark='1'> </metadata>",
        ])
    func kept(metadata: String) throws {
        let parsed = try parseDomain(domainDocument(metadata))
        #expect(parsed.notices == [])
        let kept = try #require(parsed.value.metadata)
        let original = try XMLElement.parse(Array(metadata.utf8))
        #expect(try XMLElement.parse(Array(kept.utf8)) == original)
        let again = try parseDomain(parsed.value.xml()).value
        #expect(again == parsed.value)
    }

    @Test("keeps prefixes that were declared outside of it")
    func outerNamespaces() throws {
        let document = domainDocument("<metadata><p:a xmlns:q='urn:q' p:x='1'/>text of p:thing</metadata>")
            .replacing("<domain ", with: "<domain xmlns:p='urn:p' ")
        let domain = try parseDomain(document).value
        let kept = try XMLElement.parse(Array(#require(domain.metadata).utf8))
        #expect(kept.children.first?.namespace == "urn:p")
        #expect(kept.children.first?.attributes.first?.namespace == "urn:p")
        #expect(kept.declarations == [XMLNamespace(prefix: "p", uri: "urn:p")])
        let again = try parseDomain(domain.xml()).value
        #expect(again == domain)
    }

    @Test(
        "keeps a declaration of what the document says elsewhere only if a name in it needs it",
        arguments: [
            ("<k:a/>", true), ("<a k:b=''/>", true), ("<a/>", false), ("<k:a xmlns:k='urn:other'/>", false),
            ("<k:a xmlns:k='urn:xenkeeper:domain:1'/>", false),
        ])
    func ownNamespace(content: String, isKept: Bool) throws {
        let rest = "<metadata>\(content)</metadata><k:options><k:pool name='p'/></k:options>"
        let document = domainDocument(rest).replacing("<domain ", with: "<domain xmlns:k='urn:xenkeeper:domain:1' ")
        let domain = try parseDomain(document).value
        let kept = try XMLElement.parse(Array(#require(domain.metadata).utf8))
        let declaration = XMLNamespace(prefix: "k", uri: "urn:xenkeeper:domain:1")
        #expect(kept.declarations == (isKept ? [declaration] : []))
        #expect(domain.xen.pool == "p")
        #expect(try parseDomain(domain.xml()).value == domain)
    }

    @Test("with a prefix that nobody declared is refused with the document")
    func undeclared() {
        let error = #expect(throws: DomainXMLError.self) {
            try parseDomain(domainDocument("<metadata><p:a/></metadata>"))
        }
        guard case .syntax(let syntax) = error else {
            Issue.record("\(String(describing: error)) should be a syntax error")
            return
        }
        #expect(syntax.line == 2)
    }
}
