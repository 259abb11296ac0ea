import Foundation
import LibxlAPI
import LibxlFake
import LibxlTestKit
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A domain whose guest ends is started anew by the service, with all that it had")
struct RestartTests {
    /// A way to end, and what comes of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let reason: LibxlShutdownReason
        let element: String
        let action: String

        /// Whether a new domain runs then.
        var restarts: Bool { action.hasSuffix("restart") }
        var isKept: Bool { action == "preserve" }
        var testDescription: String { "\(reason.rawValue), \(element) is \(action)" }

        static let all: [Case] =
            [(LibxlShutdownReason.poweroff, "on_poweroff"), (.reboot, "on_reboot"), (.crash, "on_crash")].flatMap {
                reason, element in
                ["destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart"].map {
                    Case(reason: reason, element: element, action: $0)
                }
            }
            + [(LibxlShutdownReason.watchdog, "onWatchdog"), (.softReset, "onSoftReset")].flatMap { reason, element in
                ["destroy", "restart", "preserve"].map { Case(reason: reason, element: element, action: $0) }
            }

        var extra: String {
            element.hasPrefix("on_")
                ? "<\(element)>\(action)</\(element)>"
                : "<x:options xmlns:x='urn:xenkeeper:domain:1'><x:\(element)>\(action)</x:\(element)></x:options>"
        }
    }

    /// Of which nothing is to be warned.
    private static let devices =
        Documents.nic(Documents.mac1, "ua-a") + Documents.nic("00:16:3e:00:00:02")
        + Documents.disk("xvda", "ua-root", source: "/dev/vg/root")
        + Documents.disk("xvdb", "ua-data", source: "/dev/vg/data")

    private func running(
        _ extra: String = "", devices: String = devices, clock: any HostClock = SystemClock(),
        isTransient: Bool = false,
        isHVM: Bool = false
    ) async throws -> DriverHost {
        let host = DriverHost(clock: clock)
        let document =
            isHVM
            ? Documents.domain(devices, extra: extra, os: "<type>hvm</type>") : Documents.domain(devices, extra: extra)
        if isTransient {
            _ = try await host.driver.create(document, paused: false, isStrict: false)
        } else {
            _ = try await host.driver.define(document, isStrict: false)
            _ = try await host.driver.start("web", paused: false)
        }
        return host
    }

    private func carryOut(_ host: DriverHost) async throws -> EndingOutcome {
        try await host.driver.carryOutEnding(of: try #require(DomainUUID(Documents.uuid)))
    }

    /// The live document, without what is another one in each run.
    private func live(_ host: DriverHost) async throws -> String {
        let domid = try host.domid()
        return try await host.driver.document(of: "web", inactive: false)
            .replacing(" id='\(domid)'", with: "").replacing("vif\(domid).", with: "vifN.")
    }

    @Test("what the definition says of the end is done", arguments: Case.all)
    func carriedOut(_ example: Case) async throws {
        let host = try await running(example.extra)
        let (before, old) = (try await live(host), try host.domid())
        host.fake.shutDownGuest(old, reason: example.reason)
        let outcome = try await carryOut(host)
        guard case .done(let ending, "web") = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(ending.reason == example.reason && ending.domid == old)
        #expect(try await host.disorder() == [])
        switch (example.restarts, example.isKept) {
        case (true, _):
            let new = try host.domid()
            #expect(new != old && ending.restarted == new)
            #expect(try await live(host) == before)
            #expect(host.fake.snapshot().domains.count == (example.action == "rename-restart" ? 3 : 2))
        case (_, true): #expect(try host.domid() == old)
        default: #expect(host.fake.domid(named: "web") == nil)
        }
        // It is done once.
        let again = try await carryOut(host)
        #expect(example.isKept ? again == outcome : again == .nothing)
    }

    @Test("nothing is done while the guest runs, waits to be resumed, or is another toolstack's")
    func nothing() async throws {
        let host = try await running()
        let before = host.everything()
        #expect(try await carryOut(host) == .nothing)
        #expect(host.everything() == before)
        host.fake.shutDownGuest(try host.domid(), reason: .suspend)
        let suspended = host.everything()
        #expect(try await carryOut(host) == .nothing)
        #expect(host.everything() == suspended)
        let other = DriverHost()
        let theirs = try await other.startTheirs()
        other.fake.shutDownGuest(theirs, reason: .reboot)
        #expect(try await carryOut(other) == .nothing)
        #expect(other.fake.domid(named: "theirs") == theirs)
    }

    @Test("what was plugged stays, under its name, and what was unplugged stays away", arguments: [false, true])
    func hotplugged(_ isTransient: Bool) async throws {
        let host = try await running(isTransient: isTransient)
        for (document, scope) in [
            (Documents.nic("00:16:3e:00:00:07", "ua-hot"), ChangeScope.live),
            (Documents.nic("00:16:3e:00:00:08"), .live),
            (Documents.disk("xvdc", "ua-extra", source: "/dev/vg/extra"), .live),
        ] {
            _ = try await host.driver.attach(Documents.bytes(document), to: "web", scope: scope, isStrict: true)
        }
        _ = try await host.driver.detach(.alias("ua-data"), from: "web", scope: .live, force: false, isStrict: true)
        let before = try await live(host)
        let persistent = host.read(host.definitionFile())
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        _ = try await carryOut(host)
        #expect(try await live(host) == before)
        #expect(host.read(host.definitionFile()) == persistent)
        #expect(try await host.aliases().sorted() == ["net0", "net1", "ua-a", "ua-extra", "ua-hot", "ua-root"])
        #expect(try await host.disorder() == [])
        // A name that was given is not given again.
        _ = try await host.driver.attach(
            Documents.bytes(Documents.nic("00:16:3e:00:00:09")), to: "web", scope: .live, isStrict: true)
        #expect(try await host.aliases().contains("net2"))
    }

    @Test("a disk whose guest had not let go of it is gone, from both definitions if that was asked for")
    func pendingDetach() async throws {
        let host = try await running()
        host.fake.setGuest(.refusing, for: try host.domid())
        _ = try? await host.driver.detach(
            .alias("ua-data"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        #expect(try await host.aliases().contains("ua-data"))
        host.fake.setGuest(.coOperating, for: "web")
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        _ = try await carryOut(host)
        #expect(try await host.aliases().sorted() == ["net0", "ua-a", "ua-root"])
        #expect(try await host.aliases(inactive: true).sorted() == ["ua-a", "ua-root"])
        #expect(try await host.disorder() == [])
    }

    @Test("a guest that ends in a loop is held off, longer each time, and no more once it has run for a while")
    func loop() async throws {
        let clock = VirtualClock(isHeld: true)
        let host = try await running(clock: clock)
        var waits: [Duration] = []
        for _ in 1...12 {
            host.fake.shutDownGuest(try host.domid(), reason: .reboot)
            var outcome = try await carryOut(host)
            if case .heldOff(let wait, let ending, "web") = outcome {
                waits.append(wait)
                #expect(ending.reason == .reboot)
                let (other, number) = (host.otherDriver(clock: clock), waits.count)
                try await host.driver.serving { () throws(DriverError) in
                    let listing = try await other.domain("web")
                    #expect(listing.state == .inShutdown && listing.reason == .heldOff)
                    #expect(listing.heldOff == HeldOffRestart(wait: wait, restarts: number))
                }
                #expect(try await host.driver.domain("web").reason == .reboot)
                clock.pass(wait)
                outcome = try await carryOut(host)
            } else {
                waits.append(.zero)
            }
            guard case .done(let ending, _) = outcome, ending.restarted != nil else {
                Issue.record("\(outcome)")
                return
            }
        }
        #expect(
            waits == [.zero] + [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { .seconds($0) })
        clock.pass(.seconds(400))
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        guard case .done = try await carryOut(host) else {
            Issue.record("it was held off")
            return
        }
    }

    @Test(
        "how long a domain waits is a matter of its last starts alone",
        arguments: [
            (restarts: 0, ran: 0.0, wait: 0.0, next: 1), (0, 1000, -1000, 1), (1, 0, 2, 2), (1, 61.9, -59.9, 2),
            (1, 62.1, -60.1, 1), (3, 8, 0, 4), (9, 100, 200, 10), (62, 0, 300, 63), (1_000_000, 0, 300, 1001),
            (-5, 0, 0, 1), (4, -1, 0, 1),
        ])
    func run(_ example: (restarts: Int, ran: Double, wait: Double, next: Int)) {
        var run = DomainRun(begun: 5000)
        run.restarts = example.restarts
        let now = 5000 + example.ran
        #expect(abs(run.timeLeft(at: now) - example.wait) < 0.001)
        #expect(run.next(at: now).restarts == example.next)
        #expect(run.next(at: now).begun == now)
    }

    @Test(
        "a guest that asks for a soft reset goes on in its domain, with all that it had, as often as it asks",
        arguments: [false, true])
    func softReset(_ isSaid: Bool) async throws {
        let clock = VirtualClock()
        let said = Case(reason: .softReset, element: "onSoftReset", action: "soft-reset").extra
        let host = try await running(isSaid ? said : "", clock: clock, isHVM: true)
        _ = try await host.driver.attach(
            Documents.bytes(Documents.nic("00:16:3e:00:00:07", "ua-hot")), to: "web", scope: .live, isStrict: true)
        let (before, domid) = (try await host.driver.document(of: "web", inactive: false), try host.domid())
        for _ in 1...2 {
            clock.pass(.seconds(400))
            host.fake.shutDownGuest(domid, reason: .softReset)
            guard case .done(let ending, _) = try await carryOut(host) else {
                Issue.record("nothing was done")
                return
            }
            #expect(ending.restarted == domid && ending.resetFailure == nil)
            #expect(
                DriverNotice.ending(ending, domain: "web").description
                    == "domain 'web' (id \(domid)): its guest waits for a soft reset; it was reset, and goes on")
            #expect(try await host.driver.document(of: "web", inactive: false) == before)
            #expect(try await host.driver.domain("web").state == .running)
            #expect(try await host.disorder() == [])
            #expect(try await carryOut(host) == .nothing)
        }
        #expect(!host.fake.calls.contains { $0.operation == .destroyDomain })
    }

    @Test(
        "a soft reset that libxl cannot do is a restart, as of every guest that is not hvm", arguments: [true, false])
    func noSoftReset(_ isHVM: Bool) async throws {
        let host = try await running(isHVM: isHVM)
        let (before, old) = (try await live(host), try host.domid())
        host.fake.shutDownGuest(old, reason: .softReset)
        if isHVM { host.fake.inject(FakeFault(.fail(.failed), in: .softResetDomain, after: "store")) }
        guard case .done(let ending, _) = try await carryOut(host) else {
            Issue.record("nothing was done")
            return
        }
        let new = try host.domid()
        #expect(ending.resetFailure != nil && ending.restarted == new && new != old)
        let sentence = DriverNotice.ending(ending, domain: "web").description
        #expect(sentence.contains("it cannot be reset (") && sentence.contains("so the domain was started anew (id "))
        #expect(try await live(host) == before)
        #expect(try await host.disorder() == [])
    }

    @Test("a restart that fails leaves the domain shut off and its definition, and says why")
    func fails() async throws {
        for isTransient in [false, true] {
            let host = try await running(isTransient: isTransient)
            let definition = host.read(host.definitionFile())
            host.fake.shutDownGuest(try host.domid(), reason: .reboot)
            host.fake.inject(FakeFault(.fail(.noMemory), in: .createDomain, after: "memory"))
            guard case .done(let ending, _) = try await carryOut(host) else {
                Issue.record("nothing was done")
                return
            }
            #expect(ending.restartFailure != nil && ending.restarted == nil)
            let sentence = DriverNotice.ending(ending, domain: "web").description
            #expect(sentence.contains("cannot be started anew") && sentence.contains("is shut off"))
            #expect(host.read(host.statusFile()) == nil && host.stray() == [])
            #expect(host.read(host.definitionFile()) == definition)
            #expect(host.fake.snapshot().domains.count == 1)
        }
    }

    @Test("a restart that is refused before anything is made leaves the domain shut off, and is not tried again")
    func refused() async throws {
        let host = try await running()
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        host.fake.removeBridge("xenbr0")
        guard case .done(let ending, _) = try await carryOut(host) else {
            Issue.record("nothing was done")
            return
        }
        #expect(ending.restartFailure != nil)
        #expect(host.read(host.statusFile()) == nil && host.stray() == [])
        #expect(try await host.driver.domain("web").unfinished == nil)
        host.fake.addBridge("xenbr0")
        #expect(try await carryOut(host) == .nothing)
        #expect(host.fake.domid(named: "web") == nil)
    }

    @Test("a restart whose old domain cannot be destroyed is an error each time, and goes on when it can")
    func stuck() async throws {
        let host = try await running()
        let before = try await live(host)
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyDomain, after: "device", times: 3))
        guard case .done(let ending, _) = try await carryOut(host) else {
            Issue.record("nothing was done")
            return
        }
        #expect(ending.failure != nil)
        for _ in 1...2 {
            let name = await errorName { () throws(DriverError) in
                _ = try await host.driver.carryOutEnding(of: DomainUUID(Documents.uuid) ?? .zero)
            }
            #expect(name == "halfStarted")
        }
        _ = try await carryOut(host)
        #expect(try await live(host) == before)
    }

    @Test(
        "with rename-restart the old domain is kept under another name, and stands in nobody's way until it is destroyed"
    )
    func renamed() async throws {
        let host = try await running("<on_crash>rename-restart</on_crash>")
        let (before, old) = (try await live(host), try host.domid())
        host.fake.shutDownGuest(old, reason: .crash)
        guard case .done(let ending, _) = try await carryOut(host), let kept = ending.keptAs else {
            Issue.record("nothing was kept")
            return
        }
        #expect(kept.wholeMatch(of: /web-[0-9]{8}T[0-9]{6}Z/) != nil)
        #expect(try await live(host) == before)
        let listings = try await host.driver.domains().filter { $0.domid != .domain0 }
        #expect(listings.map(\.name) == [kept, "web"] && listings.map(\.isForeign) == [true, false])
        #expect(listings.map(\.state) == [.crashed, .running])
        #expect(try await host.driver.observe().map(\.name) == ["web"])
        // Each is changed by its own name, and started again while the other is there.
        _ = try await host.driver.destroy("web")
        #expect(host.fake.domid(named: kept) == old)
        _ = try await host.driver.start("web", paused: false)
        _ = try await host.driver.destroy(DomainReference(kept))
        #expect(host.fake.snapshot().domains.map(\.domid) == [.domain0, try host.domid()])
        #expect(try await host.disorder() == [])
        #expect(DriverNotice.ending(ending, domain: "web").description.contains("the old one is kept as '\(kept)'"))
    }

    @Test("with coredump-… the guest's memory is dumped first, whole or not at all", arguments: [true, false])
    func dumped(_ isRestart: Bool) async throws {
        let action = isRestart ? "coredump-restart" : "coredump-destroy"
        let host = try await running("<on_crash>\(action)</on_crash>")
        let old = try host.domid()
        let directory = host.root.appending("var/lib/xenkeeper/dump")
        // What somebody left who was killed in the middle.
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: directory.appending(".then.\(Documents.uuid).partial").string))
        host.fake.shutDownGuest(old, reason: .crash)
        guard case .done(let ending, _) = try await carryOut(host), case .written(let path)? = ending.dump else {
            Issue.record("nothing was dumped")
            return
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.string) == [path.lastComponent?.string])
        #expect(path.string.wholeMatch(of: /.*\/web-[0-9]{8}T[0-9]{6}Z\.core/) != nil)
        #expect(host.read(path) == "\u{7f}ELF of domain \(old)\n")
        #expect((host.fake.domid(named: "web") != nil) == isRestart)
    }

    @Test("a dump that fails is said, leaves no file, and holds nothing up", arguments: ["begun", "written"])
    func notDumped(_ step: String) async throws {
        let host = try await running("<on_crash>coredump-restart</on_crash>")
        let before = try await live(host)
        host.fake.shutDownGuest(try host.domid(), reason: .crash)
        host.fake.inject(FakeFault(.fail(.failed), in: .dumpCore, after: step))
        guard case .done(let ending, _) = try await carryOut(host), case .failed? = ending.dump else {
            Issue.record("it did not fail")
            return
        }
        let directory = host.root.appending("var/lib/xenkeeper/dump")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.string) == [])
        #expect(try await live(host) == before)
        let sentence = DriverNotice.ending(ending, domain: "web").description
        #expect(sentence.contains("so the domain was started anew") && sentence.contains("could not be dumped"))
    }

    /// What is done on the way to the next run.
    static let ways = ["restart", "rename-restart", "coredump-restart", "soft-reset"]

    /// What a definition has for `way`, and how a guest ends that is dealt with so.
    private static func ending(_ way: String) -> (extra: String, reason: LibxlShutdownReason, isHVM: Bool) {
        way == "soft-reset" ? ("", .softReset, true) : ("<on_reboot>\(way)</on_reboot>", .reboot, false)
    }

    @Test(
        "each call that fails, before or after any of its steps: it runs with all that it had, or is shut off whole",
        arguments: ways)
    func eachCallFails(_ way: String) async throws {
        func ended() async throws -> (DriverHost, String) {
            let ending = Self.ending(way)
            let host = try await running(ending.extra, isHVM: ending.isHVM)
            let before = try await live(host)
            host.fake.shutDownGuest(try host.domid(), reason: ending.reason)
            return (host, before)
        }
        let (unharmed, _) = try await ended()
        let first = unharmed.fake.calls.count
        _ = try await carryOut(unharmed)
        var seen: [FakeOperation: Int] = [:]
        var points = 0
        for call in unharmed.fake.calls.dropFirst(first) {
            let skip = seen[call.operation, default: 0]
            seen[call.operation] = skip + 1
            for step in [nil] + call.operation.steps.map(Optional.some) {
                points += 1
                let (host, before) = try await ended()
                let place: Comment = "\(call.operation.rawValue) \(skip) failed after \(step ?? "nothing")"
                host.fake.inject(FakeFault(.fail(.failed), in: call.operation, after: step, skip: skip))
                _ = try? await carryOut(host)
                host.fake.clearFaults()
                // Once more, as the service does.
                _ = try? await carryOut(host)
                #expect(try await host.disorder() == [], place)
                if host.fake.domid(named: "web") != nil {
                    #expect(try await live(host) == before, place)
                } else {
                    #expect(host.read(host.statusFile()) == nil, place)
                }
            }
        }
        Tally.count("a restart's call fails", points: points)
    }

    @Test("given up at any step, it is gone on with by whoever comes next", arguments: ways)
    func givenUp(_ way: String) async throws {
        var step = 1
        while true {
            let task = Locked<Task<EndingOutcome, any Error>?>(nil)
            let reached = Locked(0)
            let isCounting = Locked(false)
            let giveUp = StepHook { [step] _ in
                guard isCounting.withLock({ $0 }) else { return }
                let isNow = reached.withLock { reached in
                    reached += 1
                    return reached == step
                }
                if isNow { task.withLock { $0 }?.cancel() }
            }
            let host = DriverHost(steps: giveUp, hostSteps: giveUp)
            let ending = Self.ending(way)
            let document =
                ending.isHVM
                ? Documents.domain(Self.devices, os: "<type>hvm</type>")
                : Documents.domain(Self.devices, extra: ending.extra)
            _ = try await host.driver.define(document, isStrict: false)
            _ = try await host.driver.start("web", paused: false)
            let before = try await live(host)
            host.fake.shutDownGuest(try host.domid(), reason: ending.reason)
            isCounting.withLock { $0 = true }
            let (begin, go) = AsyncStream.makeStream(of: Void.self)
            let running = Task {
                for await _ in begin { break }
                return try await carryOut(host)
            }
            task.withLock { $0 = running }
            go.finish()
            _ = try? await running.value
            isCounting.withLock { $0 = false }
            guard reached.withLock({ $0 }) >= step else { break }
            _ = try await carryOut(host)
            #expect(try await host.disorder() == [], "given up at step \(step)")
            #expect(try await live(host) == before, "given up at step \(step)")
            step += 1
        }
        #expect(step > 20)
        Tally.count("a restart is given up", points: step - 1)
    }

    @Test("beside the service commands leave such a domain to it, and do the rest as ever")
    func besideTheService() async throws {
        for example in Case.all {
            let host = try await running(example.extra)
            let domid = try host.domid()
            host.fake.shutDownGuest(domid, reason: example.reason)
            let definition = try await host.driver.document(of: "web", inactive: true)
            let other = host.otherDriver()
            try await host.driver.serving { () throws(DriverError) in
                _ = try await other.define(Documents.bytes(definition), isStrict: false)
            }
            #expect(
                (host.fake.domid(named: "web") == domid) == (example.restarts || example.isKept),
                "\(example.testDescription)")
        }
    }

    @Test(
        "beside the service a domain that waits to be started anew refuses what needs a guest, says why, and can be destroyed"
    )
    func waiting() async throws {
        let host = try await running()
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        let other = host.otherDriver()
        try await host.driver.serving { () throws(DriverError) in
            let started = await errorName { () throws(DriverError) in try await other.start("web", paused: false) }
            let held = await errorName { () throws(DriverError) in try await other.suspend("web") }
            #expect(started == "leftToService" && held == "leftToService")
            _ = try await other.destroy("web")
        }
        #expect(host.fake.domid(named: "web") == nil)
        #expect(try await carryOut(host) == .nothing)
    }

    @Test("there is one service, and it is gone with whoever holds it")
    func oneService() async throws {
        let host = DriverHost()
        let other = host.otherDriver()
        #expect(await !other.isServed)
        try await host.driver.serving { () throws(DriverError) in
            #expect(await other.isServed)
            let error = await errorName { () throws(DriverError) in try await other.serving {} }
            #expect(error == "served")
        }
        #expect(await !other.isServed)
        let result = try await other.serving { 7 }
        #expect(result == 7)
    }

    @Test(
        "a destroy that fails halfway while the guest waits to be restarted is completed, and no device is lost of a live one",
        arguments: FakeOperation.destroyDomain.steps)
    func halfDestroyed(_ step: String) async throws {
        let host = try await running()
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyDomain, after: step))
        _ = try? await host.driver.destroy("web")
        guard case .nothing = try await carryOut(host) else {
            Issue.record("it was started anew, though it was to be destroyed")
            return
        }
        #expect(host.fake.domid(named: "web") == nil)
        #expect(try await host.disorder() == [])
    }

    @Test("destroy ends a domain whose restart was interrupted")
    func destroyed() async throws {
        let host = try await running()
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        // Killed when the old domain was destroyed: as the files and Xen stand then.
        let status = try #require(host.read(host.statusFile()))
        try await host.fake.destroyDomain(try host.domid(), deadline: .now + .seconds(3600))
        try status.replacing(
            "\n}",
            with:
                ",\n  \"change\" : {\"kind\" : \"restart\", \"steps\" : [], \"step\" : 0, \"isUndoing\" : false, \"begun\" : 1, \"stages\" : false}\n}"
        )
        .write(toFile: host.statusFile().string, atomically: false, encoding: .utf8)
        #expect(try await host.driver.domain("web").unfinished?.kind == .restart)
        _ = try await host.driver.destroy("web")
        #expect(host.fake.domid(named: "web") == nil)
        #expect(host.read(host.statusFile()) == nil && host.stray() == [])
    }
}
