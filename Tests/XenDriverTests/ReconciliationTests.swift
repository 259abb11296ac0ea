import Foundation
import Glibc
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("What Xen has wins over what we remember")
struct ReconciliationTests {
    private func running(
        _ devices: String = Scenario.twoOfEach, _ configure: (inout FakeXenConfiguration) -> Void = { _ in }
    ) async throws -> DriverHost {
        let host = DriverHost(configure)
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    private let identityOfB = DeviceIdentity.nic(devid: DeviceID(rawValue: 1))
    private let identityOfData = DeviceIdentity.disk(vdev: BlockDeviceNumber(rawValue: 51728))

    // MARK: Guests that do not let go

    @Test(
        "a disk that the guest holds on to stays, is shown detaching, and goes when the guest lets go",
        arguments: [
            ChangeScope.live, .liveAndConfig,
        ])
    func refusal(_ scope: ChangeScope) async throws {
        let host = try await running { $0.guest = .refusing }
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.detach(.alias("ua-data"), from: "web", scope: scope, force: false, isStrict: false)
        }
        #expect(error?.caseName == "guestHoldsDevice")
        #expect(error?.description.contains("disk 'ua-data' (xvdb)") == true)
        #expect(try await host.vdevs() == ["xvda", "xvdb"])
        let states = try await host.driver.devices(of: "web").filter { $0.state != .bound }
        #expect(states.map { "\($0.alias?.description ?? "") \($0.state)" } == ["ua-data detaching"])
        // Other changes go on meanwhile.
        _ = try await host.driver.setLinkState(.down, of: .alias("ua-a"), in: "web", scope: .live)
        #expect(try await host.vdevs() == ["xvda", "xvdb"])
        #expect(try await host.aliases(inactive: true).contains("ua-data"))

        host.fake.release(identityOfData, of: try host.domid())
        let news = try await host.recover()
        #expect(news.contains { $0.contains("disk 'ua-data' (xvdb)") })
        #expect(try await host.vdevs() == ["xvda"])
        #expect(try await host.aliases() == ["ua-root", "ua-a", "ua-b"])
        #expect(try await host.aliases(inactive: true).contains("ua-data") == (scope == .live))
        #expect(try await host.disorder() == [])
    }

    @Test("a refused disk goes by force, or at the next detach after the guest has let go", arguments: [true, false])
    func afterRefusal(_ force: Bool) async throws {
        let host = try await running { $0.guest = .refusing }
        _ = try? await host.driver.detach(.alias("ua-data"), from: "web", scope: .live, force: false, isStrict: false)
        if !force { host.fake.release(identityOfData, of: try host.domid()) }
        let outcome = try await host.driver.detach(
            .alias("ua-data"), from: "web", scope: .liveAndConfig, force: force, isStrict: false)
        #expect(outcome.live == (force ? .removedByForce : .unplugged))
        #expect(try await host.vdevs() == ["xvda"])
        #expect(try await host.aliases(inactive: true).contains("ua-data") == false)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "a NIC that the guest holds on to is removed by force, and the outcome says so",
        arguments: [
            (GuestBehaviour.coOperating, LiveChange.unplugged), (.slow(.milliseconds(5)), .unplugged),
            (.refusing, .removedByForce), (.dead, .removedByForce),
        ])
    func forcedNIC(_ guest: GuestBehaviour, _ expected: LiveChange) async throws {
        let host = try await running { $0.guest = guest }
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(outcome.live == expected)
        #expect(try await host.devids() == [0])
    }

    // MARK: Others' doings

    @Test("a device that somebody unplugged is missing, reported once, and its detach succeeds")
    func missing() async throws {
        let host = try await running()
        let domid = try host.domid()
        let theirs = try #require(try await host.fake.listDevices(.nic, of: domid).compactMap(\.nic).last)
        _ = try await host.fake.removeDevice(.nic(theirs), from: domid, deadline: .now + .seconds(3600))
        let listing = try await host.driver.devices(of: "web").first { $0.alias?.description == "ua-b" }
        #expect(listing?.state == .missing)
        #expect(try await host.aliases().contains("ua-b") == false)
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .liveAndConfig, force: false, isStrict: false)
        #expect(outcome.live == .unplugged)
        #expect(outcome.warnings.contains { $0.contains("interface 'ua-b'") && $0.contains("gone from Xen") })
        #expect(try await host.recover() == [])
        #expect(try await host.aliases(inactive: true).contains("ua-b") == false)
    }

    @Test("a device of somebody else's under our identity is foreign, and ours is missing")
    func replacedByOthers() async throws {
        let host = try await running()
        let domid = try host.domid()
        let ours = try #require(try await host.fake.listDevices(.nic, of: domid).compactMap(\.nic).last)
        _ = try await host.fake.removeDevice(.nic(ours), from: domid, deadline: .now + .seconds(3600))
        var theirs = ours
        theirs.mac = try #require(MACAddress("00:16:3e:00:00:77"))
        try await host.fake.addDevice(.nic(theirs), to: domid, deadline: .now + .seconds(3600))
        let states = try await host.driver.devices(of: "web").filter { $0.identity == identityOfB }
        #expect(Set(states.map(\.state)) == [.missing, .foreign])
        _ = try? await host.driver.detach(.alias("ua-b"), from: "web", scope: .live, force: true, isStrict: false)
        #expect(try await host.fake.listDevices(.nic, of: domid).compactMap(\.nic).last?.mac == theirs.mac)
    }

    @Test("libxl is asked to list a domain's NICs only if it has one that is not ours", arguments: [false, true])
    func nicsKnown(hasTheirs: Bool) async throws {
        let host = try await running()
        if hasTheirs {
            var theirs = try #require(try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic).last)
            theirs.devid = DeviceID(rawValue: 7)
            theirs.mac = try #require(MACAddress("00:16:3e:00:00:77"))
            try await host.fake.addDevice(.nic(theirs), to: host.domid(), deadline: .now + .seconds(3600))
        }
        let before = host.fake.calls.count
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(outcome.live == .unplugged)
        let lists = host.fake.calls.dropFirst(before).count { $0.operation == .listNICs }
        #expect(lists == (hasTheirs ? 1 : 0))
        #expect(try await host.devids() == (hasTheirs ? [0, 7] : [0]))
    }

    @Test("a backend whose nodes somebody deleted does not stop the detach", arguments: [true, false])
    func brokenBackend(_ isNIC: Bool) async throws {
        let host = try await running()
        host.fake.removeBackend(of: isNIC ? identityOfB : identityOfData, in: try host.domid())
        let outcome = try await host.driver.detach(
            .alias(isNIC ? "ua-b" : "ua-data"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(outcome.live != nil)
        #expect(try await host.devids().count == (isNIC ? 1 : 2))
        #expect(try await host.vdevs().count == (isNIC ? 2 : 1))
        #expect(try await host.disorder() == [])
    }

    @Test("a device whose backend is not where we plugged it is not touched")
    func movedBackend() async throws {
        let host = try await running()
        let domid = try host.domid()
        let node = XenstorePath.libxlDevice(identityOfB, of: domid).appending("backend")
        host.fake.writeNode(node, "/local/domain/7/backend/vif/\(domid)/1")
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(.alias("ua-b"), from: "web", scope: .live, force: false, isStrict: false)
        }
        #expect(error == "backendDiffers")
        #expect(host.everything() == before)
    }

    @Test("another domain under our UUID is foreign, and our status is not taken for its")
    func otherDomain() async throws {
        let host = try await running()
        let domid = try host.domid()
        var config = try #require(host.fake.snapshot().storedConfigurations[domid])
        // What we mark our domains with, no other toolstack writes.
        config.createInfo.xenstoreData = [:]
        try await host.fake.destroyDomain(domid, deadline: .now + .seconds(3600))
        let theirs = try await host.fake.createDomain(config, deadline: .now + .seconds(3600))
        try await host.fake.unpauseDomain(theirs, deadline: .now + .seconds(3600))
        #expect(try await host.driver.domain(DomainReference("\(theirs)")).isForeign)
        // The name means the one that runs; what is about the definition alone means that one's.
        #expect(try await host.driver.domain("web").domid == theirs)
        #expect(try await host.aliases(inactive: true).contains("ua-b"))
        let error = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(error == "takenInXen")
        #expect(try await host.fake.listDevices(.nic, of: theirs).compactMap(\.nic).count == 2)
        #expect(host.fake.domid(named: "web") == theirs)
    }

    // MARK: Damage

    @Test(
        "a damaged status is set aside and rebuilt from the definition and Xen",
        arguments: [
            "", "{", "null", "\u{0}\u{1}rubbish", "{\"uuid\": 7}", "{\"bindings\":[]}",
        ])
    func damaged(_ content: String) async throws {
        let host = try await running(
            Documents.threeNICs + Documents.disk("xvda", "ua-root", source: "/dev/vg/root"))
        try content.write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
        // Readers rebuild it in memory, and write nothing.
        #expect(try await host.driver.domain("web").state == .running)
        let shown = try await host.driver.devices(of: "web")
        #expect(shown.filter { $0.state == .bound }.map { $0.alias?.description } == ["ua-root", "net0"])
        #expect(shown.filter { $0.state == .foreign }.count == 2, "two NICs of one MAC cannot be distinguished")
        #expect(host.read(host.statusFile()) == content)

        let outcome = try await host.driver.setLinkState(.down, of: .interface(Documents.mac3), in: "web", scope: .live)
        let news = try #require(outcome.warnings.first)
        #expect(news.contains("is damaged") && news.contains("recovered: ua-root, net0"))
        #expect(news.contains("shown as foreign: vif/0, vif/1"))
        let aside = host.root.appending("run/xenkeeper/domains/\(Documents.uuid).damaged.1")
        #expect(host.read(aside) == content)
        #expect(try await host.devids() == [0, 1, 2])
        _ = try await host.driver.detach(.alias("ua-root"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(try await host.vdevs() == [])
    }

    @Test("a status that is cut short anywhere is damaged, never half believed")
    func cutShort() async throws {
        let host = try await running(Documents.nic(Documents.mac1, "ua-a"))
        let whole = try #require(host.read(host.statusFile()))
        for length in stride(from: 0, to: whole.utf8.count - 1, by: 97) {
            try String(decoding: whole.utf8.prefix(length), as: UTF8.self).write(
                toFile: host.statusFile().string, atomically: true, encoding: .utf8)
            #expect(try await host.driver.devices(of: "web").map(\.state) == [.bound], "cut at \(length)")
        }
        #expect(try await host.recover().contains { $0.contains("is damaged") })
        #expect(try await host.disorder() == [])
        #expect(try await host.aliases() == ["ua-a"])
    }

    @Test("a damaged status of a transient domain leaves the domain foreign and alone")
    func damagedTransient() async throws {
        let host = DriverHost()
        _ = try await host.driver.create(Documents.domain(Scenario.twoOfEach), paused: false, isStrict: false)
        try "rubbish".write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
        #expect(try await host.driver.domain("web").isForeign)
        let error = await errorName { () throws(DriverError) in try await host.driver.destroy("web") }
        #expect(error == "foreignDomain")
        #expect(try await host.devids() == [0, 1])
    }

    @Test("a status that cannot be written fails the change before libxl is asked", arguments: Scenario.all)
    func fullDisk(_ scenario: Scenario) async throws {
        let host = try await scenario.host()
        // A directory in the place of the file that is written first stands for every reason not to write it.
        let inTheWay = host.root.appending("run/xenkeeper/prepared/\(Documents.uuid).json")
        try FileManager.default.createDirectory(atPath: inTheWay.string, withIntermediateDirectories: true)
        let before = host.fake.snapshot().comparable
        let error = await #expect(throws: DriverError.self) { try await scenario.change(host.driver) }
        #expect(error?.caseName == "state")
        #expect(error?.description.contains(inTheWay.string) == true)
        #expect(host.fake.snapshot().comparable == before)
    }

    // MARK: Side by side

    @Test("readers do not wait for a change that is stuck, and show what it does", arguments: Scenario.attaches)
    func readersDoNotWait(_ scenario: Scenario) async throws {
        let host = try await scenario.host()
        let isNIC = scenario.name.contains("NIC")
        host.fake.inject(FakeFault(.stall, in: isNIC ? .addNIC : .addDisk, after: "backend"))
        let change = Task { try await scenario.change(host.driver) }
        while try await host.driver.devices(of: "web").allSatisfy({ $0.state == .bound }) { await Task.yield() }
        let reader = host.otherDriver()
        let listing = try #require(try await reader.devices(of: "web").last)
        #expect(listing.state == .attaching)
        #expect(listing.alias?.description == "ua-new")
        #expect(try await reader.domains().map(\.name) == ["Domain-0", "web"])
        #expect(try await reader.document(of: "web", inactive: false).contains("ua-new") == false)
        // A second change gives up after its own time.
        var settings = DriverSettings.quick
        settings.lockTimeout = .milliseconds(30)
        let hasty = host.otherDriver(settings: settings)
        let error = await #expect(throws: DriverError.self) { try await hasty.undefine("web") }
        #expect(error?.caseName == "busy")
        #expect(error?.description.contains("process \(getpid()) is changing it") == true)
        change.cancel()
        _ = try? await change.value
    }

    @Test("changes to one domain follow one another, and none is lost")
    func manyChanges() async throws {
        let host = try await running("")
        try await withThrowingTaskGroup { group in
            for number in 0..<12 {
                group.addTask {
                    let mac = "00:16:3e:00:01:\(String(number, radix: 16))"
                    _ = try await host.otherDriver().attach(
                        Documents.bytes(Documents.nic(mac, "ua-n\(number)")), to: "web", scope: .liveAndConfig,
                        isStrict: true)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await host.devids() == Array(0..<12))
        let names = Set((0..<12).map { "ua-n\($0)" })
        #expect(Set(try await host.aliases()) == names)
        #expect(Set(try await host.aliases(inactive: true)) == names)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "of two that attach one alias, target or MAC at once, one succeeds",
        arguments: [
            Documents.nic(Documents.mac3, "ua-same"), Documents.disk("xvdd", "ua-same", source: "/dev/same"),
        ])
    func race(_ document: String) async throws {
        let host = try await running("")
        let errors = await withTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await errorName { () throws(DriverError) in
                        try await host.otherDriver().attach(
                            Documents.bytes(document), to: "web", scope: .live, isStrict: true)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.sorted() == ["duplicateAlias", "duplicateAlias", "duplicateAlias", "none"])
        #expect(try await host.driver.devices(of: "web").count == 1)
    }
}
