import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("Where a definition and a running domain of another toolstack share a name or UUID, the running one is meant")
struct SharedNameTests {
    private static let otherUUID = "6695eb01-f6a4-8304-79aa-97f2502e1952"

    /// A host with a definition `web`, and a running domain of others that has its name, its UUID or both.
    private func shared(name: String, uuid: String) async throws -> (DriverHost, DomainReference) {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Scenario.twoOfEach), isStrict: false)
        try await host.startTheirs(uuid: uuid, name: name)
        return (host, name == "web" ? "web" : DomainReference(Documents.uuid))
    }

    private static let cases = [
        ("web", Self.otherUUID), ("web", Documents.uuid), ("theirs", Documents.uuid),
    ]

    @Test("what is shown and done is the running one's, and refusals name it by its id", arguments: cases)
    func running(_ name: String, _ uuid: String) async throws {
        let (host, reference) = try await shared(name: name, uuid: uuid)
        let listing = try await host.driver.domain(reference)
        #expect(listing.isForeign && listing.state == .running && listing.domid == DomainID(rawValue: 1))
        #expect(try await host.driver.devices(of: reference).allSatisfy { $0.state == .foreign })
        #expect(try await host.driver.document(of: reference, inactive: false).contains("their-root"))
        for verb in AnyVerb.changes where !["undefine", "start"].contains(verb.name) {
            let error = await #expect(throws: DriverError.self) { try await verb.run(host.driver, reference) }
            #expect(error?.description.contains("domain '\(name)' (id 1)") == true, "\(verb)")
        }
        _ = try await host.driver.suspend(reference, options: .bold)
        #expect(try await host.driver.domain(reference).state == .paused)
        // Both are listed.
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0", name, "web"])
    }

    @Test("what is about a definition alone is the definition's", arguments: cases)
    func definition(_ name: String, _ uuid: String) async throws {
        let (host, reference) = try await shared(name: name, uuid: uuid)
        #expect(try await host.driver.document(of: reference, inactive: true).contains("ua-root"))
        let outcome = try await host.driver.attach(
            Documents.bytes(Documents.nic(Documents.mac3, "ua-new")), to: reference, scope: .config, isStrict: true)
        #expect(outcome.live == nil)
        #expect(try await host.aliases(inactive: true, "\(reference)").contains("ua-new"))
        let start = await #expect(throws: DriverError.self) {
            try await host.driver.start(reference, paused: false)
        }
        #expect(start?.caseName == "takenInXen")
        #expect(start?.description.contains("id 1") == true)
        _ = try await host.driver.undefine(reference)
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0", name])
    }

    @Test("an import gives the definition the UUID of the domain that runs under its name, and says so")
    func xlImport() async throws {
        let host = DriverHost()
        try await host.startTheirs(uuid: Self.otherUUID, name: "web")
        let file = "name='web'\nmemory=64\nkernel='/k'\n"
        for isDryRun in [true, false] {
            var imported = XLImport(host.driver, isDryRun: isDryRun)
            let entry = await imported.add("web.cfg", Documents.bytes(file))
            #expect(entry.result == (isDryRun ? .wouldBeDefined : .defined))
            #expect(entry.warnings.contains { $0.contains("(id 1) runs") && $0.contains(Self.otherUUID) })
        }
        #expect(try await host.driver.domains().last?.uuid.description == Self.otherUUID)
        #expect(try await host.driver.domain("web").isForeign)
        var named = XLImport(host.driver, isDryRun: true)
        let entry = await named.add("web.cfg", Documents.bytes("uuid='\(Documents.uuid)'\n" + file))
        #expect(entry.warnings.isEmpty || entry.result != .defined)
        // When it has ended the name is the definition's.
        try await host.fake.destroyDomain(host.domid(), deadline: .now + .seconds(3600))
        #expect(try await host.driver.domain("web").state == .shutOff)
    }
}
