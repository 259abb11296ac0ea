import DomainXML
import Foundation
import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel

@Suite("Whole documents as libxl is told of them")
struct FixtureTests {
    private static var context: TranslationContext {
        var context = TranslationContext()
        context.networks = ["lan": "br0"]
        context.channelFolder = "/channels"
        context.hostNUMANodes = 2
        return context
    }

    private static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(name)"))
    }

    private static func definition(_ name: String) throws -> DomainDefinition {
        let options = ReaderOptions(features: [.userAliases, .netModelStrings], form: .inactive, isStrict: false)
        return try DomainDefinition.parse(Array(fixture("\(name).xml")), options: options).value
    }

    @Test("libxl's JSON says what the document said, and no name of the user's", arguments: ["hvm", "pv"])
    func saysWhatTheDocumentSaid(name: String) throws {
        let config = try LibxlDomainConfig(Self.definition(name), context: Self.context)
        let told = try JSONEncoder().encode(config)
        let expected = try JSONDecoder().decode(JSONValue.self, from: Self.fixture("\(name).json"))
        #expect(try JSONValue(encoding: config).withoutNothing == expected.withoutNothing)
        #expect(!String(decoding: told, as: UTF8.self).contains("ua-"))
    }

    @Test("a document's report names every member that libxl is told of", arguments: ["hvm", "pv"])
    func explained(name: String) throws {
        let report = try TranslationReport(Self.definition(name), context: Self.context)
        #expect(report.defaults.filter { !TranslationReportTests.defaults.contains($0.member) } == [])
    }
}
