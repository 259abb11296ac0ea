import Foundation
import LibxlAPI
import LibxlFake
import LibxlTestKit
import Logging
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenService
import XenUnits

@Suite("What goes wrong with a host is no more than that for the service", .timeLimit(.minutes(30)))
struct ServiceFaultTests {
    @Test("200 domains that are to start with the host all do, each with its own names and numbers")
    func many() async throws {
        let host = ServiceHost()
        let names = (1...200).map { "guest-\($0)" }
        for name in names {
            try await host.define(name)
            _ = try await host.driver.setAutostart(DomainReference(name), true)
        }
        try await host.serving(host.service { $0.parallelStarts = 200 }) { _, events in
            for _ in names { _ = try await events.first(.lifecycle(.started)) }
        }
        let running = try await host.driver.domains().filter { $0.state == .running && $0.domid != .domain0 }
        #expect(Set(running.map(\.name)) == Set(names))
        let nics = try await names.asyncFlatMap { name in
            try await host.fake.listDevices(.nic, of: try #require(host.fake.domid(named: name))).compactMap(\.nic?.mac)
        }
        #expect(nics.count == 400 && Set(nics).count == 400)
        #expect(try await host.aliases("guest-200") == ["net0", "ua-lan"])
    }

    @Test("one guest is stuck while others reboot, are listed, plugged and stopped")
    func oneStuck() async throws {
        let host = ServiceHost()
        let names = (1...50).map { "guest-\($0)" }
        let stuck = try await host.start("stuck")
        for name in names { _ = try await host.start(name) }
        host.fake.inject(FakeFault(.stall, in: .destroyDomain))
        try await host.serving { service, events in
            host.fake.shutDownGuest(stuck, reason: .reboot)
            while !host.fake.calls.contains(where: { $0.operation == .destroyDomain }) { await Task.yield() }
            let other = host.otherDriver
            #expect(try await other.domains().count == 52)
            for name in names.prefix(25) {
                host.fake.shutDownGuest(try #require(host.fake.domid(named: name)), reason: .reboot)
                _ = try await events.first { $0.name == name && $0.kind == .lifecycle(.started) }
                let nic = "<interface type='bridge'><source bridge='xenbr0'/><alias name='ua-hot'/></interface>"
                _ = try await other.attach(Array(nic.utf8), to: DomainReference(name), scope: .live, isStrict: true)
                #expect(try await host.aliases(name) == ["net0", "ua-hot", "ua-lan"])
            }
            for name in names.suffix(25) {
                _ = try await other.destroy(DomainReference(name))
                _ = try await events.first { $0.name == name && $0.kind == .lifecycle(.stopped(.destroyed)) }
            }
            #expect(host.fake.domid(named: "stuck") == stuck)
            // The one that is stuck is between two runs.
            #expect(await service.publisher.snapshot.count { $0.domid != nil } == 25)
        }
    }

    @Test("the run directory goes while domains run: none is taken for gone, and one that reboots comes back")
    func runGone() async throws {
        let host = ServiceHost()
        let domid = try await host.start()
        let before = try await host.aliases()
        try await host.serving { service, events in
            try FileManager.default.removeItem(atPath: host.root.appending("run").string)
            host.fake.shutDownGuest(domid, reason: .reboot)
            let event = try await events.first {
                [.lifecycle(.started), .lifecycle(.stopped(.destroyed))].contains($0.kind)
            }
            #expect(event.kind == .lifecycle(.started) && event.domid != domid)
            #expect(try await host.aliases() == before)
        }
    }

    @Test(
        "while the disk is full a guest that reboots is kept, which is said, and comes back once there is space",
        .enabled(if: SmallDisk.isAvailable, "mounting a small file system takes root's rights"))
    func fullDisk() async throws {
        let disk = try SmallDisk()
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock, root: disk.path)
        let domid = try await host.start()
        let before = try await host.aliases()
        let log = Locked<[String]>([])
        let service = host.service(logger: Logger(label: "test") { _ in LineLog(lines: log) })
        try await host.serving(service) { _, events in
            try disk.fill()
            host.fake.shutDownGuest(domid, reason: .reboot)
            try await clock.passing(.seconds(1)) {
                try await wait { log.withLock { $0.contains { $0.contains("No space left on device") } } }
            }
            #expect(host.fake.domid(named: "inn") == domid)
            try disk.free()
            let started = try await clock.passing(.seconds(5)) { try await events.first(.lifecycle(.started)) }
            #expect(started.domid != domid)
        }
        #expect(try await host.aliases() == before)
    }

    @Test("what xl does to a domain is seen at the next look, and one that it renames comes back under its own name")
    func renamed() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock)
        let domid = try await host.start()
        let before = try await host.aliases()
        try await host.serving { _, events in
            host.fake.pause(domid)
            _ = try await clock.passing(.seconds(61)) { try await events.first(.lifecycle(.suspended)) }
            try await host.fake.unpauseDomain(domid, deadline: clock.now + .seconds(3600))
            _ = try await clock.passing(.seconds(61)) { try await events.first(.lifecycle(.resumed)) }
            host.fake.writeNode(XenstorePath("/local/domain/\(domid)/name"), "pub")
            #expect(try await host.driver.domain("inn").domid == domid)
            #expect(try await host.aliases() == before)
            host.fake.shutDownGuest(domid, reason: .reboot)
            let started = try await clock.passing(.seconds(5)) { try await events.first(.lifecycle(.started)) }
            #expect(started.name == "inn" && host.fake.domid(named: "inn") == started.domid)
        }
        #expect(try await host.aliases() == before)
    }

    @Test("what has happened while no service ran is said by the next one, and by none after that")
    func meanwhile() async throws {
        let host = ServiceHost()
        let log = Locked<[String]>([])
        func said() async throws -> [String] {
            log.withLock { $0 = [] }
            try await host.serving(host.service(logger: Logger(label: "test") { _ in LineLog(lines: log) })) { _, _ in }
            return log.withLock { $0 }
        }
        let (gone, lacking, visited) = (
            try await host.start("gone"), try await host.start("lacking"), try await host.start("visited")
        )
        let nics = try await host.fake.listDevices(.nic, of: lacking)
        _ = try await host.fake.removeDevice(try #require(nics.first), from: lacking, deadline: .now + .seconds(60))
        host.fake.takeDown(gone)
        let mac = try #require(MACAddress("00:16:3e:00:00:77"))
        let theirs = LibxlDeviceNIC(devid: DeviceID(rawValue: 7), mac: mac, nictype: .vif)
        try await host.fake.addDevice(.nic(theirs), to: visited, deadline: .now + .seconds(60))
        let lines = try await said()
        #expect(lines.contains("domain 'gone' no longer runs"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("domain 'lacking': ") && $0.contains("is gone from Xen") }, "\(lines)")
        #expect(lines.contains("domain 'visited' has devices that another toolstack has plugged: vif/7"), "\(lines)")
        let again = try await said()
        #expect(!again.contains { $0.contains("'gone'") || $0.contains("'lacking'") }, "\(again)")
    }

    @Test("killed at any step of starting domains with the host: the next one starts the rest, and none twice")
    func killedInAutostart() async throws {
        let base = FilePath(NSTemporaryDirectory()).appending("xenkeeper-autostart-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: base.string) }
        let names = ["a", "b", "c"]
        let prepared = base.appending("prepared")
        try FileManager.default.createDirectory(atPath: base.string, withIntermediateDirectories: true)
        do {
            let host = try ServiceHost(directory: prepared)
            for name in names {
                try await host.define(name)
                _ = try await host.driver.setAutostart(DomainReference(name), true)
            }
        }
        /// Runs a service on a copy of `origin` until it has started what it is to start.
        func serve(_ origin: FilePath, at place: FilePath, killedAt step: Int?) async throws -> (
            host: ServiceHost, steps: Int
        ) {
            try FileManager.default.copyItem(atPath: origin.string, toPath: place.string)
            let reached = Locked(0)
            let killed = base.appending("killed-\(step ?? 0)")
            let hook = StepHook { _ in
                let number = reached.withLock { reached in
                    reached += 1
                    return reached
                }
                // As it stands there.
                if number == step { try? FileManager.default.copyItem(atPath: place.string, toPath: killed.string) }
            }
            let host = try ServiceHost(directory: place, steps: hook)
            try await host.serving(host.service { $0.parallelStarts = 1 }) { _, events in
                while try await host.driver.domains().count(where: { $0.state == .running }) < names.count + 1 {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            return (host, reached.withLock { $0 })
        }
        let count = try await serve(prepared, at: base.appending("whole"), killedAt: nil).steps
        #expect(count > 30)
        for step in stride(from: 1, through: count, by: 4) {
            let place = base.appending("host-\(step)")
            _ = try await serve(prepared, at: place, killedAt: step)
            let killed = base.appending("killed-\(step)")
            // What comes after the last start is not always reached before the service is ended.
            guard FileManager.default.fileExists(atPath: killed.string) else { continue }
            let (host, _) = try await serve(killed, at: base.appending("next-\(step)"), killedAt: nil)
            let domains = host.fake.snapshot().domains.dropFirst()
            #expect(domains.count == names.count, "killed at step \(step)")
            for name in names {
                #expect(try await host.aliases(name) == ["net0", "ua-lan"], "killed at step \(step)")
                #expect(try await host.driver.domain(DomainReference(name)).unfinished == nil)
            }
            for path in [place, killed, base.appending("next-\(step)")] {
                try FileManager.default.removeItem(atPath: path.string)
            }
        }
        Tally.count("the service is killed among its first starts", points: (count + 3) / 4)
    }

    @Test(
        "the time of day jumps, forwards and back: a guest that reboots comes back, and one in a loop waits as long as ever"
    )
    func timeJumps() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = ServiceHost(clock: clock)
        _ = try await host.start()
        try await host.serving { _, events in
            for jump in [-400, 500, -100] {
                clock.jump(.seconds(jump * 86_400))
                let domid = try #require(host.fake.domid(named: "inn"))
                host.fake.shutDownGuest(domid, reason: .reboot)
                let started = try await clock.passing(.seconds(5)) { try await events.first(.lifecycle(.started)) }
                #expect(started.domid != domid)
            }
        }
        #expect(try await host.aliases() == ["net0", "ua-lan"])
    }
}

extension Sequence {
    fileprivate func asyncFlatMap<Value>(_ body: (Element) async throws -> [Value]) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values += try await body(element) }
        return values
    }
}
