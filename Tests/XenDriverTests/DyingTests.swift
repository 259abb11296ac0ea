import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A domain that is dying is named as such")
struct DyingTests {
    private func dying() async throws -> (DriverHost, DomainReference) {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Scenario.twoOfEach), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        let domid = try host.domid()
        host.fake.holdMemory(of: domid)
        let error = await #expect(throws: DriverError.self) { try await host.driver.destroy("web") }
        #expect(error?.caseName == "dying")
        return (host, DomainReference("\(domid)"))
    }

    private func dyingID(_ host: DriverHost) throws -> DomainID {
        try #require(host.fake.snapshot().domains.first(where: \.dying)?.domid)
    }

    @Test("destroy does not say that it is gone while it is there, and tries again")
    func destroy() async throws {
        let (host, id) = try await dying()
        for reference in [id, "web"] {
            let before = host.fake.calls.count { $0.operation == .destroyDomain }
            let error = await errorName { () throws(DriverError) in try await host.driver.destroy(reference) }
            #expect(error == "dying")
            #expect(host.fake.calls.count { $0.operation == .destroyDomain } == before + 1)
        }
        host.fake.letGoOfMemory(of: try dyingID(host))
        #expect(await errorName { () throws(DriverError) in try await host.driver.destroy(id) } == "noDomain")
        #expect(await errorName { () throws(DriverError) in try await host.driver.destroy("web") } == "notRunning")
        #expect(try await host.disorder() == [])
    }

    @Test("it is listed with what keeps it, by its id and the name that it had")
    func listed() async throws {
        let (host, id) = try await dying()
        let listing = try await host.driver.domain(id)
        #expect(listing.state == .dying && listing.name == "web")
        #expect(listing.holders == ["something has its memory mapped, and xenstore does not say what"])
        host.fake.writeNode(XenstorePath("/local/domain/0/backend/vbd/\(id)/51712/state"), "5")
        let holders = try await host.driver.domains().flatMap(\.holders)
        #expect(holders == ["domain 'Domain-0' (id 0) still serves its vbd/51712"])
    }

    @Test("every change of it is refused by what it is", arguments: AnyVerb.changes)
    func refused(_ verb: AnyVerb) async throws {
        let (host, id) = try await dying()
        let before = host.everything()
        let error = await #expect(throws: DriverError.self) { try await verb.run(host.driver, id) }
        #expect(error?.caseName == "dying")
        #expect(error?.description.contains("domain 'web' (id \(id)) was destroyed and is not gone yet") == true)
        #expect(host.everything() == before)
    }

    @Test("its name and UUID are free: the definition is started again beside it, and means the new one")
    func startAgain() async throws {
        let (host, id) = try await dying()
        #expect(try await host.driver.domain("web").state == .shutOff)
        _ = try await host.driver.start("web", paused: false)
        #expect(try await host.driver.domain("web").state == .running)
        #expect(try await host.driver.domain(id).state == .dying)
        host.fake.letGoOfMemory(of: try dyingID(host))
        #expect(try await host.disorder() == [])
    }
}
