import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("Domains start, stop and are distinguished")
struct LifecycleTests {
    private func defined(_ devices: String = Scenario.twoOfEach) async throws -> DriverHost {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        return host
    }

    @Test("every device of a started domain is bound to the identity that it has in Xen")
    func bindings() async throws {
        let host = try await defined(Documents.threeNICs + Documents.disk("hda", "ua-d", source: "/dev/d"))
        let outcome = try await host.driver.start("web", paused: false)
        #expect(outcome.domid == (try host.domid()))
        let listings = try await host.driver.devices(of: "web")
        #expect(listings.map { $0.alias?.description } == ["ua-d", "ua-a", "ua-b", "net0"])
        #expect(listings.map { $0.identity?.devid.rawValue } == [768, 0, 1, 2])
        #expect(listings.allSatisfy { $0.state == .bound && $0.backendDomainName == "Domain-0" })
        #expect(try await host.driver.domain("web").state == .running)
    }

    @Test("a domain may be started paused")
    func paused() async throws {
        let host = try await defined()
        _ = try await host.driver.start("web", paused: true)
        #expect(try await host.driver.domain("web").state == .paused)
    }

    @Test("a domain is found by id, UUID and name")
    func references() async throws {
        let host = try await defined()
        let domid = try #require(try await host.driver.start("web", paused: false).domid)
        for reference in ["\(domid)", Documents.uuid, Documents.uuid.uppercased(), "web"] {
            #expect(try await host.driver.domain(DomainReference(reference)).name == "web", "\(reference)")
        }
        for reference in ["77", "weB", "6695eb01-f6a4-8304-79aa-97f2502e1940", "", "-1"] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.domain(DomainReference(reference))
            }
            #expect(error == "noDomain", "\(reference)")
        }
    }

    @Test("an unknown domain is an error of every verb", arguments: AnyVerb.changes + AnyVerb.reads)
    func unknown(_ verb: AnyVerb) async throws {
        let host = DriverHost()
        let error = await errorName { () throws(DriverError) in try await verb.run(host.driver, "no") }
        #expect(error == "noDomain")
    }

    @Test("Domain-0 is listed, described and otherwise left alone")
    func domain0() async throws {
        let host = DriverHost()
        let driver = host.driver
        #expect(try await driver.domains().map(\.name) == ["Domain-0"])
        #expect(try await driver.summary(of: "0").listing.state == .running)
        #expect(try await driver.document(of: "Domain-0", inactive: false).contains("<name>Domain-0</name>"))
        #expect(try await driver.devices(of: "Domain-0").isEmpty)
    }

    @Test("Domain-0 refuses every change", arguments: AnyVerb.changes)
    func domain0Refuses(_ verb: AnyVerb) async throws {
        let host = DriverHost()
        let before = host.everything()
        for reference in ["Domain-0", "0"] {
            let error = await errorName { () throws(DriverError) in
                try await verb.run(host.driver, DomainReference(reference), options: .bold)
            }
            #expect(error == "domain0Refuses")
        }
        #expect(host.everything() == before)
    }

    @Test("a domain that runs is not started again, one that does not is not destroyed")
    func twice() async throws {
        let host = try await defined()
        let stopped = await errorName { () throws(DriverError) in try await host.driver.destroy("web") }
        #expect(stopped == "notRunning")
        _ = try await host.driver.start("web", paused: false)
        let before = host.everything()
        let started = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(started == "alreadyRunning")
        let created = await errorName { () throws(DriverError) in
            try await host.driver.create(Documents.domain(), paused: false, isStrict: false)
        }
        #expect(created == "alreadyRunning")
        #expect(host.everything() == before)
    }

    @Test("a domain that another toolstack made is listed as foreign and not touched")
    func foreign() async throws {
        let host = DriverHost()
        let domid = try await host.startTheirs()
        #expect(try await host.driver.domain("theirs").isForeign)
        #expect(try await host.driver.devices(of: "theirs").map(\.state) == [.foreign, .foreign])
        #expect(try await host.driver.document(of: "theirs", inactive: false).contains(Documents.mac1))
        let before = host.everything()
        let driver = host.driver
        for verb in AnyVerb.changes {
            let error = await #expect(throws: DriverError.self) { try await verb.run(driver, "theirs") }
            #expect(error?.caseName == "foreignDomain", "\(verb.name)")
            // Every refusal says whether it would be done all the same.
            let isAllowed = if case .foreignDomain(_, _, let isAllowed) = error { isAllowed } else { false }
            #expect(isAllowed == AnyVerb.onForeignDomains.contains(verb.name), "\(verb.name)")
            #expect(error?.description.contains("never done to such a domain") == !isAllowed)
        }
        #expect(host.everything() == before)
        // Under our UUID or name it stands in the way of a start, and is not taken for ours.
        for (name, error) in [("web", "takenInXen"), ("theirs", "takenInXen")] {
            _ = try await driver.define(
                Documents.domain(name: name, uuid: name == "web" ? Documents.uuid : DefineTests.other), isStrict: false)
            let started = await errorName { () throws(DriverError) in
                _ = try await driver.start(DomainReference(name == "web" ? "web" : DefineTests.other), paused: false)
            }
            #expect(started == error)
        }
        #expect(host.fake.domid(named: "theirs") == domid)
        #expect(try await driver.domain("web").domid == nil)
    }

    @Test("a transient domain leaves nothing behind")
    func transient() async throws {
        let host = DriverHost()
        let before = host.everything()
        _ = try await host.driver.create(Documents.domain(Scenario.twoOfEach), paused: false, isStrict: false)
        #expect(try await host.driver.domain("web").isPersistent == false)
        #expect(try await host.aliases(inactive: true).sorted() == ["ua-a", "ua-b", "ua-data", "ua-root"])
        _ = try await host.driver.destroy("web")
        #expect(host.everything() == before)
        #expect(try await host.driver.domains().count == 1)
    }

    @Test("a domain that was destroyed behind our back is shut off, and starts again")
    func destroyedByOthers() async throws {
        let host = try await defined()
        _ = try await host.driver.start("web", paused: false)
        try await host.fake.destroyDomain(try host.domid(), deadline: .now + .seconds(3600))
        #expect(try await host.driver.domain("web").state == .shutOff)
        let outcome = try await host.driver.start("web", paused: false)
        #expect(outcome.warnings.contains { $0.contains("no longer runs") })
        #expect(try await host.disorder() == [])
    }

    @Test(
        "a guest that has ended is shown so",
        arguments: [(LibxlShutdownReason.poweroff, DomainState.inShutdown), (.crash, .crashed)])
    func ended(_ reason: LibxlShutdownReason, _ state: DomainState) async throws {
        let host = try await defined()
        _ = try await host.driver.start("web", paused: false)
        host.fake.shutDownGuest(try host.domid(), reason: reason)
        #expect(try await host.driver.domain("web").state == state)
        _ = try await host.driver.destroy("web")
        #expect(try await host.driver.domain("web").state == .shutOff)
    }

    @Test("a missing bridge or kernel fails the start, and nothing is left")
    func failedStart() async throws {
        for missing in ["xenbr0", "/boot/vmlinuz", "/dev/vg/root"] {
            let host = DriverHost { $0.missing = [missing] }
            _ = try await host.driver.define(Documents.domain(Scenario.twoOfEach), isStrict: false)
            let before = host.everything()
            let error = await #expect(throws: DriverError.self) {
                try await host.driver.start("web", paused: false)
            }
            #expect(error?.description.contains(missing) == true)
            #expect(host.everything() == before)
        }
    }

    @Test("destroy does not wait for a change that is stuck, and the stuck change fails")
    func destroyPreempts() async throws {
        let host = try await defined()
        _ = try await host.driver.start("web", paused: false)
        host.fake.inject(FakeFault(.stall, in: .removeNIC, after: "offline"))
        let stuck = host.otherDriver()
        async let detach = errorName { () throws(DriverError) in
            try await stuck.detach(
                .alias("ua-a"), from: "web", scope: .live, force: false, isStrict: false,
                options: .within(.milliseconds(300)))
        }
        while host.fake.calls.allSatisfy({ $0.operation != .removeNIC }) { await Task.yield() }
        _ = try await host.driver.destroy("web")
        #expect(host.fake.domid(named: "web") == nil)
        #expect(await detach != "none", "it says whether the guest or the domain was the reason")
        #expect(try await host.driver.domain("web").state == .shutOff)
        #expect(host.stray() == [])
        _ = try await host.driver.start("web", paused: false)
        #expect(try await host.disorder() == [])
    }
}
