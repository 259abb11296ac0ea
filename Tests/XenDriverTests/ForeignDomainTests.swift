import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A domain that another toolstack made is changed if that is asked for, and stays its own")
struct ForeignDomainTests {
    @Test("verbs on the whole of it work, and leave nothing of ours", arguments: [GuestType.pv, .pvh, .hvm])
    func power(_ type: GuestType) async throws {
        let host = DriverHost()
        try await host.startTheirs(type)
        let driver = host.driver
        let before = host.everything()
        #expect(try await driver.suspend("theirs", options: .bold).name.text == "theirs")
        #expect(try await driver.domain("theirs").state == .paused)
        _ = try await driver.resume("theirs", options: .bold)
        #expect(host.everything() == before)
        #expect(try await driver.reboot("theirs", options: .bold).warnings == [], "it is not ours to restart it")
        #expect(try await driver.domain("theirs").state == .inShutdown)
        // What becomes of a guest that has ended is the other toolstack's business.
        let ended = await errorName { () throws(DriverError) in try await driver.suspend("theirs", options: .bold) }
        #expect(ended == "guestEnded")
        #expect(try await driver.domain("theirs").isForeign)
        #expect(try await driver.destroy("theirs", options: .bold).domid == nil)
        #expect(host.fake.domid(named: "theirs") == nil)
        #expect(host.stray() == [])
        #expect(host.read(host.statusFile()) == nil)
    }

    @Test("its guest is asked to power off")
    func shutdown() async throws {
        let host = DriverHost()
        try await host.startTheirs()
        _ = try await host.driver.shutdown("theirs", options: .bold)
        #expect(try await host.driver.domain("theirs").reason == .poweroff)
    }

    @Test(
        "its devices are changed by MAC address, target or identity",
        arguments: [
            .mac(Documents.mac1), .identity("vif/0"), .target("xvda"), .identity("vbd/51712"),
        ] as [DeviceSelector])
    func detach(_ selector: DeviceSelector) async throws {
        let host = DriverHost()
        try await host.startTheirs()
        let driver = host.driver
        let outcome = try await driver.detach(
            selector, from: "theirs", scope: .live, force: false, isStrict: true, options: .bold)
        #expect(outcome.live == .unplugged)
        #expect(try await driver.devices(of: "theirs").map(\.state) == [.foreign])
        #expect(try await driver.domain("theirs").isForeign)
        #expect(host.read(host.statusFile()) == nil)
    }

    @Test("its links and bridges are changed, and it has no definition of ours to change")
    func update() async throws {
        let host = DriverHost()
        let domid = try await host.startTheirs()
        let driver = host.driver
        _ = try await driver.setLinkState(
            .down, of: .interface(Documents.mac1), in: "theirs", scope: .current, options: .bold)
        #expect(host.fake.snapshot().links["vif\(domid).0"]?.state == .down)
        let outcome = try await driver.update(
            Documents.bytes(Documents.nic(Documents.mac1, bridge: "elsewhere")), of: "theirs", alias: nil, scope: .live,
            isStrict: true, options: .bold)
        #expect(outcome.live == .replugged(["source", "link"]))
        #expect(try await host.fake.listDevices(.nic, of: domid).compactMap(\.nic).map(\.bridge) == ["elsewhere"])
        let error = await errorName { () throws(DriverError) in
            try await driver.detach(
                .mac(Documents.mac1), from: "theirs", scope: .liveAndConfig, force: false, isStrict: true,
                options: .bold)
        }
        #expect(error == "transientHasNoConfig")
        #expect(host.read(host.statusFile()) == nil)
    }

    @Test("it takes no device of ours: nothing would remember the name")
    func noBindings() async throws {
        let host = DriverHost()
        try await host.startTheirs()
        let before = host.everything()
        let driver = host.driver
        for verb in AnyVerb.changes where !AnyVerb.onForeignDomains.contains(verb.name) {
            let error = await #expect(throws: DriverError.self) { try await verb.run(driver, "theirs", options: .bold) }
            #expect(error?.description.contains("is never done to such a domain") == true)
        }
        #expect(host.everything() == before)
    }

    @Test("a change that was cut off is completed by the next one, and shown until then")
    func interrupted() async throws {
        let host = DriverHost()
        try await host.startTheirs()
        let driver = host.driver
        host.fake.inject(FakeFault(.fail(.failed), in: .removeNIC, after: "offline"))
        _ = try? await driver.detach(
            .mac(Documents.mac1), from: "theirs", scope: .live, force: false, isStrict: true, options: .bold)
        #expect(try await host.driver.devices(of: "theirs").map(\.state) == [.foreign, .detaching])
        #expect(try await host.driver.domain("theirs").isForeign)
        // Whoever defines or creates under its UUID, or recovers by any other way, leaves it alone.
        let document = Documents.domain(name: "theirs")
        _ = try await host.driver.define(document, isStrict: true)
        let unfinished = try await host.driver.domains().filter { $0.unfinished != nil }
        #expect(unfinished.map(\.isForeign) == [true], "the change is not one of the definition's")
        let started = await errorName { () throws(DriverError) in
            try await host.driver.start(DomainReference(Documents.uuid), paused: false)
        }
        #expect(started == "takenInXen")
        #expect(try await host.driver.devices(of: "1").map(\.state) == [.foreign, .detaching])
        let news = try await driver.resume("1", options: .bold).warnings
        #expect(news.contains { $0.contains("finished the detach that was interrupted") })
        #expect(try await host.driver.devices(of: "1").map(\.state) == [.foreign])
        #expect(host.read(host.statusFile()) == nil)
    }

    @Test("a destroy takes an interrupted change with it")
    func destroyInterrupted() async throws {
        let host = DriverHost()
        try await host.startTheirs()
        let driver = host.driver
        host.fake.inject(FakeFault(.fail(.failed), in: .removeNIC, after: "offline"))
        _ = try? await driver.detach(
            .mac(Documents.mac1), from: "theirs", scope: .live, force: false, isStrict: true, options: .bold)
        #expect(host.read(host.statusFile()) != nil)
        _ = try await driver.destroy("theirs", options: .bold)
        #expect(host.read(host.statusFile()) == nil)
        #expect(host.stray() == [])
    }

    @Test("one that runs under the UUID of a domain of ours is not taken for it")
    func sharedUUID() async throws {
        let host = DriverHost()
        _ = try await host.driver.create(Documents.domain(Scenario.twoOfEach), paused: false, isStrict: true)
        let ours = host.read(host.statusFile())
        let theirs = try await host.startTheirs()
        let driver = host.driver
        let reference = DomainReference("\(theirs)")
        let error = await errorName { () throws(DriverError) in
            try await driver.detach(
                .identity("vif/0"), from: reference, scope: .live, force: false, isStrict: true, options: .bold)
        }
        #expect(error == "sharedUUID")
        #expect(host.read(host.statusFile()) == ours)
        _ = try await driver.destroy(reference, options: .bold)
        #expect(host.fake.domid(named: "theirs") == nil)
        #expect(try await host.disorder() == [])
    }
}
