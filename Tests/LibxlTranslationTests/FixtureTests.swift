import DomainXML
import Foundation
import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("Whole documents as they are passed to libxl")
struct FixtureTests {
    /// The documents; each has beside it what libxl is given.
    static let names = ["hvm", "hvm-loader", "hvm-options", "pv", "pv-host-devices", "pvh"]

    private static var context: TranslationContext {
        var context = TranslationContext()
        context.networks = ["lan": "br0"]
        context.channelDirectory = "/channels"
        context.host = LibxlPhysicalInfo(processorCount: 8, nodeCount: 2)
        return context
    }

    private static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(name)"))
    }

    /// The report on the document `name`.
    static func report(_ name: String) throws -> TranslationReport {
        try TranslationReport(definition(name), context: context)
    }

    private static func definition(_ name: String) throws -> DomainDefinition {
        try parse(Array(fixture("\(name).xml")), isStrict: false)
    }

    private static func parse(_ document: [UInt8], isStrict: Bool) throws -> DomainDefinition {
        let options = ReaderOptions(features: [.userAliases, .netModelStrings], form: .inactive, isStrict: isStrict)
        return try DomainDefinition.parse(document, options: options).value
    }

    @Test("libxl's JSON says what the document said, and no name of the user's", arguments: names)
    func saysWhatTheDocumentSaid(name: String) throws {
        let config = try LibxlDomainConfig(Self.definition(name), context: Self.context)
        let passed = try JSONEncoder().encode(config)
        let expected = try JSONDecoder().decode(JSONValue.self, from: Self.fixture("\(name).json"))
        #expect(try JSONValue(encoding: config).withoutNothing == expected.withoutNothing)
        #expect(!String(decoding: passed, as: UTF8.self).contains("ua-"))
    }

    @Test("a document's report names every member that libxl is given", arguments: names)
    func explained(name: String) throws {
        let report = try Self.report(name)
        #expect(report.defaults.filter { !TranslationReportTests.defaults.contains($0.member) } == [])
    }

    @Test("what is printed of a document says the same to libxl as it did", arguments: names)
    func printed(name: String) throws {
        let definition = try Self.definition(name)
        let again = try Self.parse(Array(definition.xml().utf8), isStrict: true)
        #expect(again == definition)
        let passed = try JSONValue(encoding: LibxlDomainConfig(again, context: Self.context))
        #expect(try passed == JSONValue(encoding: LibxlDomainConfig(definition, context: Self.context)))
    }
}
