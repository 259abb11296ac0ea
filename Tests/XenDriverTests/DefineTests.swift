import Foundation
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A definition is taken whole, or refused with the reason")
struct DefineTests {
    static let other = "6695eb01-f6a4-8304-79aa-97f2502e1940"

    @Test(
        "a document that breaks a rule is refused, and nothing is written",
        arguments: [
            ("", "document"), ("not XML", "document"), ("<domain", "document"), ("<domain/>", "document"),
            ("<network/>", "document"), ("\u{0}", "document"),
            (String(decoding: Documents.domain(type: "kvm"), as: UTF8.self), "wrongHypervisor"),
            (String(decoding: Documents.domain(name: "Domain-0"), as: UTF8.self), "domain0Refuses"),
            (
                String(decoding: Documents.domain(uuid: "00000000-0000-0000-0000-000000000000"), as: UTF8.self),
                "domain0Refuses"
            ),
            (String(decoding: Documents.domain(name: "a/b"), as: UTF8.self), "document"),
            (String(decoding: Documents.domain(name: ".."), as: UTF8.self), "document"),
            (String(decoding: Documents.domain(name: "a&#10;b"), as: UTF8.self), "document"),
            (String(decoding: Documents.domain(name: String(repeating: "n", count: 300)), as: UTF8.self), "document"),
            (String(decoding: Documents.domain(Documents.nic(nil, "foo")), as: UTF8.self), "document"),
            (
                String(
                    decoding: Documents.domain(
                        Documents.nic(nil, "ua-a") + Documents.disk("xvda", "ua-a", source: "/d")),
                    as: UTF8.self), "document"
            ),
            (
                String(
                    decoding: Documents.domain(
                        Documents.disk("xvda", source: "/d") + Documents.disk("d0p0", source: "/e")),
                    as: UTF8.self), "document"
            ),
        ])
    func refused(_ document: String, _ expected: String) async throws {
        let host = DriverHost()
        for verb in ["define", "create"] {
            let error = await errorName { () throws(DriverError) in
                verb == "define"
                    ? try await host.driver.define(Array(document.utf8), isStrict: false)
                    : try await host.driver.create(Array(document.utf8), paused: false, isStrict: false)
            }
            #expect(error == expected)
        }
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0"])
        #expect(host.stray() == [])
    }

    @Test("a name at the length that is allowed can be defined, started, changed and undefined")
    func longName() async throws {
        let host = DriverHost()
        let name = String(repeating: "é", count: DomainName.longest / 2)
        _ = try await host.driver.define(Documents.domain(name: name), isStrict: false)
        let reference = DomainReference(name)
        _ = try await host.driver.start(reference, paused: false)
        _ = try await host.driver.attach(
            Documents.bytes(Documents.nic()), to: reference, scope: .liveAndConfig, isStrict: false)
        _ = try await host.driver.destroy(reference)
        _ = try await host.driver.undefine(reference)
        #expect(try await host.driver.domains().count == 1)
    }

    @Test("a name and a UUID belong to one domain")
    func uniqueness() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        for (name, uuid, expected) in [
            ("web", Self.other, "nameTaken"), ("db", Documents.uuid, "uuidTaken"), ("web", Documents.uuid, "none"),
            ("db", Self.other, "none"),
        ] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.define(Documents.domain(name: name, uuid: uuid), isStrict: false)
            }
            #expect(error == expected, "\(name) \(uuid)")
        }
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0", "db", "web"])
        let error = await errorName { () throws(DriverError) in
            try await host.driver.create(
                Documents.domain(uuid: "6695eb01-f6a4-8304-79aa-97f2502e1942"), paused: false, isStrict: false)
        }
        #expect(error == "nameTaken")
    }

    @Test("what is left out is a warning by path, and an error if strict")
    func strict() async throws {
        let host = DriverHost()
        let document = Documents.domain("<sound model='ac97'/>", extra: "<memtune/>")
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.define(document, isStrict: true)
        }
        #expect(error?.caseName == "document")
        #expect(error?.description.contains("/domain/memtune") == true)
        let silent = await errorName { () throws(DriverError) in
            try await host.driver.define(Documents.domain("<sound model='ac97'/>"), isStrict: true)
        }
        #expect(silent == "withoutEffect")
        #expect(try await host.driver.domains().count == 1)
        let warnings = try await host.driver.define(document, isStrict: false).warnings
        #expect(warnings.contains { $0.contains("/domain/devices/sound") })
        #expect(warnings.contains { $0.contains("/domain/memtune") })
    }

    @Test("a definition that cannot be started says so at define, and start says it again")
    func unstartable() async throws {
        let host = DriverHost()
        let document = Documents.domain(Documents.disk("vda", source: "/dev/d"))
        let outcome = try await host.driver.define(document, isStrict: false)
        #expect(outcome.warnings.contains { $0.contains("cannot be started as it is") && $0.contains("vda") })
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(error == "untranslatable")
        #expect(host.everything() == before)
    }

    @Test("a running domain keeps its live definition while it is defined anew and undefined")
    func redefine() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Documents.nic(Documents.mac1, "ua-a")), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        _ = try await host.driver.define(Documents.domain(Documents.nic(Documents.mac3, "ua-b")), isStrict: false)
        #expect(try await host.aliases() == ["ua-a"])
        #expect(try await host.aliases(inactive: true) == ["ua-b"])
        _ = try await host.driver.undefine("web")
        #expect(try await host.driver.domain("web").isPersistent == false)
        #expect(try await host.aliases() == ["ua-a"])
        let again = await errorName { () throws(DriverError) in try await host.driver.undefine("web") }
        #expect(again == "cannotUndefineTransient")
        _ = try await host.driver.destroy("web")
        let gone = await errorName { () throws(DriverError) in try await host.driver.domain("web") }
        #expect(gone == "noDomain")
    }

    @Test("title, description and metadata are kept as they are")
    func descriptions() async throws {
        let host = DriverHost()
        let metadata = "<metadata><app:x xmlns:app='urn:app' a='1'>text <b/> tail</app:x></metadata>"
        let document = Documents.domain(
            extra: "<title>T &amp; t</title><description>line 1\nline 2</description>\(metadata)")
        _ = try await host.driver.define(document, isStrict: true)
        _ = try await host.driver.start("web", paused: false)
        for document in try await host.documents() {
            #expect(document.contains("<title>T &amp; t</title>"))
            #expect(document.contains("line 1\nline 2"))
            #expect(document.contains("text <b/> tail"))
        }
    }

    @Test("a definition that somebody spoilt is left out of lists and reported, and the others are there")
    func spoiltFile() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        _ = try await host.driver.define(Documents.domain(name: "db", uuid: Self.other), isStrict: false)
        try "<domain type='xen'><name>we".write(
            toFile: host.definitionFile().string, atomically: true, encoding: .utf8)
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0", "db"])
        let warnings = try await host.driver.start("db", paused: false).warnings
        #expect(warnings.contains { $0.contains("web.xml") && $0.contains("cannot be read") })
    }

    @Test("a state directory that cannot be made is an error that names it")
    func unwritable() async throws {
        let host = DriverHost()
        try FileManager.default.createDirectory(atPath: host.root.string, withIntermediateDirectories: true)
        try "in the way".write(toFile: host.root.appending("etc").string, atomically: true, encoding: .utf8)
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.define(Documents.domain(), isStrict: false)
        }
        #expect(error?.caseName == "state")
        #expect(error?.description.contains(host.root.appending("etc").string) == true)
    }
}
