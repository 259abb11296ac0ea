import LibxlAPI
import LibxlFake
import LibxlTestKit
import Logging
import Testing
import XenDriver
import XenModel
import XenService
import XenUnits

@Suite("A host can be left alone with the service", .timeLimit(.minutes(30)))
struct ServiceTests {
    @Test("a guest that reboots comes back, with its names, and whoever listens sees it")
    func reboot() async throws {
        let host = ServiceHost()
        let domid = try await host.start()
        let before = try await host.aliases()
        try await host.serving { service, events in
            host.fake.shutDownGuest(domid, reason: .reboot)
            let started = try await events.first(.lifecycle(.started))
            #expect(started.domid != domid && started.name == "inn")
            #expect(try await host.aliases() == before)
            #expect(await service.publisher.snapshot.map(\.domid) == [started.domid])
        }
        #expect(try await host.driver.domain("inn").state == .running)
    }

    @Test(
        "what its definition says is done with each end",
        arguments: [
            (
                "<on_poweroff>destroy</on_poweroff>", LibxlShutdownReason.poweroff,
                HostEvent.Kind.lifecycle(.stopped(.shutdown))
            ),
            ("<on_poweroff>restart</on_poweroff>", .poweroff, .lifecycle(.started)),
            ("<on_crash>destroy</on_crash>", .crash, .lifecycle(.stopped(.crashed))),
            ("<on_crash>restart</on_crash>", .crash, .lifecycle(.started)),
            ("<on_crash>preserve</on_crash>", .crash, .lifecycle(.crashed)),
        ])
    func endings(_ extra: String, _ reason: LibxlShutdownReason, _ kind: HostEvent.Kind) async throws {
        let host = ServiceHost()
        let domid = try await host.start("inn", extra)
        try await host.serving { _, events in
            host.fake.shutDownGuest(domid, reason: reason)
            _ = try await events.first(kind)
        }
    }

    @Test("one that ended while no service ran is dealt with when one begins")
    func late() async throws {
        let host = ServiceHost()
        let domid = try await host.start()
        host.fake.shutDownGuest(domid, reason: .reboot)
        try await host.serving { _, events in
            let started = try await events.first(.lifecycle(.started))
            #expect(started.domid != domid)
        }
    }

    @Test("a transient domain comes back as well, and another toolstack's is left to it")
    func others() async throws {
        let host = ServiceHost()
        _ = try await host.driver.create(ServiceHost.document("guest"), paused: false, isStrict: false)
        let own = try #require(host.fake.domid(named: "guest"))
        var config = LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(
                type: .pvh, name: "theirs", uuid: DomainUUID("11111111-2222-3333-4444-555555555555") ?? .zero),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(65536), targetMemory: Kibibytes(65536)))
        config.buildInfo.kernel = "/boot/vmlinuz"
        let theirs = try await host.fake.createDomain(config, deadline: .now + .seconds(3600))
        try await host.fake.unpauseDomain(theirs, deadline: .now + .seconds(3600))
        try await host.serving { _, events in
            host.fake.shutDownGuest(theirs, reason: .reboot)
            _ = try await events.first { $0.name == "theirs" && $0.kind == .lifecycle(.shutdown) }
            host.fake.shutDownGuest(own, reason: .reboot)
            _ = try await events.first { $0.name == "guest" && $0.kind == .lifecycle(.started) }
            #expect(host.fake.domid(named: "theirs") == theirs)
        }
    }

    @Test("what commands and other toolstacks do is an event as well, with the alias")
    func events() async throws {
        let host = ServiceHost()
        let domid = try await host.start()
        let other = host.otherDriver
        try await host.serving { _, events in
            let document = Array(
                "<interface type='bridge'><source bridge='xenbr0'/><alias name='ua-hot'/></interface>".utf8)
            _ = try await other.attach(document, to: "inn", scope: .live, isStrict: true)
            _ = try await events.first(.deviceAdded(device: "ua-hot"))
            _ = try await other.detach(.alias("ua-hot"), from: "inn", scope: .live, force: false, isStrict: true)
            _ = try await events.first(.deviceRemoved(device: "ua-hot"))
            let mac = try #require(MACAddress("00:16:3e:00:00:77"))
            let nic = LibxlDeviceNIC(devid: DeviceID(rawValue: 7), mac: mac, nictype: .vif)
            try await host.fake.addDevice(.nic(nic), to: domid, deadline: .now + .seconds(3600))
            _ = try await events.first(.deviceAdded(device: "vif/7"))
            _ = try await host.fake.removeDevice(.nic(nic), from: domid, deadline: .now + .seconds(3600))
            _ = try await events.first(.deviceRemoved(device: "vif/7"))
            _ = try await other.suspend("inn")
            _ = try await events.first(.lifecycle(.suspended))
            _ = try await other.resume("inn")
            _ = try await events.first(.lifecycle(.resumed))
            _ = try await other.define(ServiceHost.document("cellar"), isStrict: false)
            _ = try await events.first { $0.name == "cellar" && $0.kind == .lifecycle(.defined(.added)) }
            _ = try await other.undefine("cellar")
            _ = try await events.first { $0.name == "cellar" && $0.kind == .lifecycle(.undefined) }
            try await host.fake.destroyDomain(domid, deadline: .now + .seconds(3600))
            _ = try await events.first(.lifecycle(.stopped(.destroyed)))
        }
    }

    @Test("a QEMU that ends is an event, and the state's reason; one that goes with its domain is none")
    func deviceModel() async throws {
        let host = ServiceHost()
        for name in ["inn", "mill"] {
            let document = ServiceHost.document(name, devices: "").split(separator: UInt8(ascii: "\n"))
            let text = document.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
                .replacing("<type>xenpvh</type><kernel>/boot/vmlinuz</kernel>", with: "<type>hvm</type>")
            _ = try await host.driver.define(Array(text.utf8), isStrict: false)
            _ = try await host.driver.start(DomainReference(name), paused: false)
        }
        let (inn, mill) = (try #require(host.fake.domid(named: "inn")), try #require(host.fake.domid(named: "mill")))
        #expect(try await host.driver.domain("inn").reason == .booted)
        try await host.serving { _, events in
            host.fake.endDeviceModel(of: inn)
            let event = try await events.first(.deviceModelDied)
            #expect(event.name == "inn" && event.domid == inn)
            #expect(try await host.driver.domain("inn").reason == .deviceModelDied)
            try await host.fake.destroyDomain(mill, deadline: .now + .seconds(3600))
            let next = try await events.first { $0.kind == .deviceModelDied || $0.kind.name == .lifecycle }
            #expect(next.name == "mill" && next.kind == .lifecycle(.stopped(.destroyed)))
        }
    }

    @Test("a domain that is dying is destroyed again and again until it is gone")
    func dying() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock)
        let domid = try await host.start()
        host.fake.holdMemory(of: domid)
        try await host.fake.destroyDomain(domid, deadline: clock.now + .seconds(3600))
        func destroys() -> Int { host.fake.calls.count { $0.operation == .destroyDomain } }
        let before = destroys()
        try await host.serving { _, _ in
            try await clock.passing(.seconds(61)) { try await wait { destroys() >= before + 3 } }
            host.fake.letGoOfMemory(of: domid)
        }
        #expect(try await host.driver.domain("inn").state == .shutOff)
    }

    @Test(
        "that the host cannot be looked at is said once, nothing is taken for gone, and that it can again is said as well"
    )
    func blind() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock)
        let domid = try await host.start()
        let log = Locked<[String]>([])
        let service = host.service(logger: Logger(label: "test") { _ in LineLog(lines: log) })
        try await host.serving(service) { service, events in
            host.fake.inject(FakeFault(.fail(.failed), in: .listDomains, times: nil))
            host.fake.setMemory(of: domid, to: Kibibytes(4096))
            func says(_ part: String) -> Bool { log.withLock { $0.contains { $0.contains(part) } } }
            try await clock.passing(.seconds(61)) { try await wait { says("cannot be looked at") } }
            for _ in 1...20 {
                clock.pass(.seconds(5))
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(await service.publisher.snapshot.map(\.domid) == [domid])
            host.fake.clearFaults()
            try await clock.passing(.seconds(2)) {
                _ = try await events.first(.memoryChanged(Kibibytes(4096)))
                try await wait { says("can be looked at again") }
            }
        }
        let lines = log.withLock { $0 }.filter { $0.contains("looked at") }
        #expect(lines.count == 2, "\(lines)")
        #expect(lines.last == "the host's domains can be looked at again")
    }

    @Test("a domain that is gone from Xen has its definition still, and is shut off for whoever listens")
    func gone() async throws {
        let host = ServiceHost()
        let domid = try await host.start()
        try await host.serving { service, events in
            try await host.fake.destroyDomain(domid, deadline: .now + .seconds(3600))
            // Of the devices' going there may be events as well.
            let first = try await events.first { $0.kind.name == .lifecycle }
            #expect(first.kind == .lifecycle(.stopped(.destroyed)))
            _ = try await host.otherDriver.start("inn", paused: false)
            let second = try await events.first { $0.kind.name == .lifecycle }
            #expect(second.kind == .lifecycle(.started))
            #expect(await service.publisher.snapshot.map(\.isPersistent) == [true])
        }
    }

    @Test("where libxl and xenstore tell of nothing, a look now and then makes up for it")
    func deaf() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock)
        let domid = try await host.start()
        host.fake.inject(FakeFault(.fail(.failed), in: .domainEvents, times: nil))
        host.fake.inject(FakeFault(.fail(.failed), in: .watchNode, times: nil))
        try await host.serving { _, events in
            host.fake.shutDownGuest(domid, reason: .reboot)
            let started = try await clock.passing(.seconds(61)) { try await events.first(.lifecycle(.started)) }
            #expect(started.domid != domid)
        }
    }

    @Test("domains are started with the host in their order, once in each boot of it")
    func autostart() async throws {
        let host = ServiceHost()
        let served = "<interface type='bridge'><source bridge='xenbr0'/><backenddomain name='router'/></interface>"
        try await host.define("last")
        try await host.define("first")
        try await host.define("client", devices: served)
        try await host.define("router")
        try await host.define("never")
        for (name, order) in [("last", nil), ("first", 1), ("client", 0), ("router", 9)] as [(String, Int?)] {
            _ = try await host.driver.setAutostart(DomainReference(name), true, order: order)
        }
        let oneByOne = host.service { $0.parallelStarts = 1 }
        try await host.serving(oneByOne) { _, events in
            var started: [String] = []
            while started.count < 4 {
                started.append(try await events.first(.lifecycle(.started)).name)
            }
            #expect(Set(started) == ["router", "client", "first", "last"])
        }
        let names = host.fake.snapshot().domains.dropFirst().compactMap { $0.storedConfiguration?.createInfo.name }
        #expect(names == ["router", "client", "first", "last"])
        // Another service in the same boot starts none, whatever is stopped.
        _ = try await host.driver.destroy("first")
        try await host.serving { service, _ in
            #expect(await service.publisher.snapshot.filter { $0.domid != nil }.count == 3)
        }
        #expect(host.fake.domid(named: "first") == nil)
        host.fake.rebootHost()
        try await host.serving { _, events in
            for _ in 1...4 { _ = try await events.first(.lifecycle(.started)) }
        }
        #expect(host.fake.domid(named: "first") != nil && host.fake.domid(named: "never") == nil)
        _ = try await host.driver.setAutostart("first", false)
        #expect(try await host.driver.domain("first").isAutostarted == false)
        #expect(try await host.driver.domain("last").isAutostarted)
        _ = try await host.driver.destroy("last")
        _ = try await host.driver.undefine("last")
        try await host.define("last")
        #expect(try await host.driver.domain("last").isAutostarted == false)
    }

    @Test("a service that is ended while it starts domains leaves the rest to the next one")
    func autostartInterrupted() async throws {
        let host = ServiceHost()
        for name in ["a", "b", "c"] {
            try await host.define(name)
            _ = try await host.driver.setAutostart(DomainReference(name), true)
        }
        host.fake.inject(FakeFault(.stall, in: .createDomain, after: "memory", skip: 1))
        try await host.serving(host.service { $0.parallelStarts = 1 }) { _, events in
            _ = try await events.first { $0.name == "a" && $0.kind == .lifecycle(.started) }
            while host.fake.domid(named: "b") == nil { await Task.yield() }
        }
        #expect(host.fake.domid(named: "b") == nil && host.fake.domid(named: "c") == nil)
        // Stopped on purpose meanwhile: it has had its start.
        _ = try await host.driver.destroy("a")
        try await host.serving { _, events in
            for _ in 1...2 { _ = try await events.first(.lifecycle(.started)) }
        }
        #expect(host.fake.domid(named: "b") != nil && host.fake.domid(named: "c") != nil)
        #expect(host.fake.domid(named: "a") == nil)
    }

    @Test("guests power off with the host, servers last, and none is started anew; one that does not is left and named")
    func stopping() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock)
        let served = "<interface type='bridge'><source bridge='xenbr0'/><backenddomain name='router'/></interface>"
        for name in ["router", "eager", "stubborn"] {
            _ = try await host.start(name, "<on_poweroff>restart</on_poweroff>")
        }
        try await host.define("client", devices: served)
        _ = try await host.driver.start("client", paused: false)
        _ = try await host.driver.create(ServiceHost.document("guest"), paused: false, isStrict: false)
        host.fake.setGuest(.refusing, for: "stubborn")
        #expect(
            try await host.driver.stopPlan().map(\.name.text) == ["stubborn", "guest", "eager", "client", "router"])
        let log = Locked<[String]>([])
        let service = host.service(logger: Logger(label: "test") { _ in LineLog(lines: log) }) {
            $0.stopTimeout = ServiceHost.longest / 10
        }
        let left = try await withThrowingTaskGroup(of: [String].self) { group in
            group.addTask { try await service.stopGuests() }
            func stopped() -> Int { log.withLock { $0.count { $0.hasSuffix("is stopped with the host") } } }
            try await clock.passing(.milliseconds(200)) { try await wait { stopped() == 3 } }
            // What is left of the time is the router's.
            clock.pass(ServiceHost.longest / 10 * 3 / 4)
            return try await clock.passing(.milliseconds(200)) { try await group.next() }
        }
        #expect(left == ["stubborn"])
        #expect(host.fake.snapshot().domains.count == 2 && host.fake.domid(named: "stubborn") != nil)
        let destroyed = host.fake.calls.filter { $0.operation == .destroyDomain }.map(\.arguments)
        // The router had the first id, and went last.
        #expect(destroyed.count == 4 && destroyed.last?.contains("\"domid\":1") == true, "\(destroyed)")
    }

    @Test("two services do not keep one host")
    func oneService() async throws {
        let host = ServiceHost()
        try await host.serving { _, _ in
            let other = host.service()
            let error = await #expect(throws: DriverError.self) { try await other.run() }
            guard case .served = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        try await host.serving { _, _ in }
    }

    @Test("what was interrupted is recovered before anything else")
    func recovers() async throws {
        let host = ServiceHost()
        let domid = try await host.start()
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "nodes"))
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyNIC))
        let document = Array(
            "<interface type='bridge'><source bridge='xenbr0'/><alias name='ua-hot'/></interface>".utf8)
        _ = try? await host.driver.attach(document, to: "inn", scope: .live, isStrict: true)
        #expect(try await host.driver.unfinishedDomains().count == 1)
        try await host.serving { _, _ in
            let (unfinished, nics) = (
                try await host.driver.unfinishedDomains(), try await host.fake.listDevices(.nic, of: domid)
            )
            #expect(unfinished == [] && nics.count == 2)
        }
    }

    @Test("one that is stuck keeps nobody else waiting")
    func stuck() async throws {
        let host = ServiceHost()
        let stuck = try await host.start("stuck")
        let other = try await host.start("other")
        try await host.serving { _, events in
            host.fake.inject(FakeFault(.stall, in: .destroyDomain))
            host.fake.shutDownGuest(stuck, reason: .reboot)
            _ = try await events.first { $0.name == "stuck" && $0.kind == .lifecycle(.shutdown) }
            while !host.fake.calls.contains(where: { $0.operation == .destroyDomain }) { await Task.yield() }
            host.fake.shutDownGuest(other, reason: .reboot)
            let started = try await events.first { $0.name == "other" && $0.kind == .lifecycle(.started) }
            #expect(started.domid != other)
            #expect(try await host.driver.domains().count == 3)
        }
    }
}
