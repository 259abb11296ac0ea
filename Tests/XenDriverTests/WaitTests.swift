import Glibc
import LibxlAPI
import LibxlFake
import LibxlTestKit
import Logging
import Testing
import XenDriver
import XenUnits

@Suite("A caller hears of long waits, and one deadline ends them all")
struct WaitTests {
    /// A host whose time passes only in waits, with a domain that runs; what is reported to its callers goes to
    /// `waits`.
    private struct Stage {
        let clock = VirtualClock()
        let waits = Locked<[Wait]>([])
        let fake: FakeXenHost
        let host: DriverHost
        let driver: Driver

        init() async throws {
            let clock = clock
            fake = FakeXenHost(clock: clock)
            host = DriverHost(fake: fake)
            var settings = DriverSettings()
            // Looking now and then would let virtual time pass.
            settings.requestInterval = nil
            driver = Driver(
                host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: host.root,
                settings: settings, clock: clock,
                logger: Logger(label: "test"))
            _ = try await driver.create(Documents.domain(""), paused: false, isStrict: true)
        }

        func options(within limit: Duration? = nil) -> CallOptions {
            var options = CallOptions()
            options.deadline = limit.map { CallOptions.Deadline($0, from: clock.now) }
            options.reportWait = { [waits] wait in waits.withLock { $0.append(wait) } }
            return options
        }
    }

    private static let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))

    @Test("of libxl: what is done, to which device, and the rest of the time; then it is undone in time of its own")
    func libxl() async throws {
        let stage = try await Stage()
        stage.fake.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
        stage.clock.hold(true)
        let options = stage.options(within: .seconds(20))
        let change = Task {
            try await stage.driver.attach(Self.nic, to: "web", scope: .live, isStrict: true, options: options)
        }
        // The call that stalls, and the notice.
        while stage.clock.sleepers < 2 { await Task.yield() }
        #expect(stage.waits.withLock { $0.isEmpty })
        stage.clock.pass(.seconds(2))
        while stage.waits.withLock({ $0.isEmpty }) { await Task.yield() }
        let reported = try #require(stage.waits.withLock { $0.first })
        #expect(reported.limit == .seconds(20))
        guard case .operation("attach", let device?, "web") = reported.purpose else {
            Issue.record("\(reported)")
            return
        }
        #expect(device.contains("ua-new"))
        stage.clock.pass(.seconds(18))
        stage.clock.hold(false)
        let error = await #expect(throws: DriverError.self) { try await change.value }
        #expect(error?.description.contains("attach of interface 'ua-new'") == true)
        #expect(error?.description.contains("did not end within 20.0 seconds and was aborted") == true)
        #expect(try await stage.driver.devices(of: "web").isEmpty)
    }

    @Test("undoing that is too late as well says how long it had")
    func undoing() async throws {
        let stage = try await Stage()
        stage.fake.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
        stage.fake.inject(FakeFault(.stall, in: .destroyNIC))
        let error = await #expect(throws: DriverError.self) {
            try await stage.driver.attach(
                Self.nic, to: "web", scope: .live, isStrict: true, options: stage.options(within: .seconds(5)))
        }
        #expect(error?.description.contains("did not end within 5.0 seconds and was aborted") == true)
        #expect(error?.description.contains("could not be undone within another 60.0 seconds") == true)
    }

    @Test("recovery gives nothing up where a wait before it had taken most of the time", arguments: [true, false])
    func shortOfTime(_ isShort: Bool) async throws {
        let stage = try await Stage()
        stage.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "backend"))
        stage.fake.inject(FakeFault(.fail(.failed), in: .destroyNIC))
        _ = try? await stage.driver.attach(Self.nic, to: "web", scope: .live, isStrict: true)
        #expect(try await stage.driver.devices(of: "web").map(\.state) == [.attaching])
        // No script runs any more.
        stage.clock.pass(.seconds(50))
        stage.fake.inject(FakeFault(.stall, in: .destroyNIC))
        var options = CallOptions()
        options.deadline = CallOptions.Deadline(
            .seconds(60), from: stage.clock.now - (isShort ? .seconds(50) : .zero))
        let late = await errorName { () throws(DriverError) in
            try await stage.driver.detach(
                .alias("ua-new"), from: "web", scope: .live, force: false, isStrict: true, options: options)
        }
        #expect(late == (isShort ? "unrecovered" : "noDevice"))
        #expect(try await stage.driver.devices(of: "web").map(\.state) == [isShort ? .attaching : .foreign])
    }

    @Test("of another change to the domain: whose it is, and how much of the time may go into that")
    func lock() async throws {
        let stage = try await Stage()
        stage.fake.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
        stage.clock.hold(true)
        let first = Task { try await stage.driver.attach(Self.nic, to: "web", scope: .live, isStrict: true) }
        while stage.clock.sleepers < 1 { await Task.yield() }
        let options = stage.options()
        let second = Task { try await stage.driver.suspend("web", options: options) }
        while stage.clock.sleepers < 2 { await Task.yield() }
        #expect(stage.waits.withLock { $0.isEmpty })
        stage.clock.pass(.seconds(2))
        while stage.waits.withLock({ $0.isEmpty }) { await Task.yield() }
        let reported = Wait(purpose: .lock(domain: "web", holder: getpid()), limit: .seconds(30))
        #expect(stage.waits.withLock { $0 == [reported] })
        stage.clock.pass(.seconds(28))
        let error = await #expect(throws: DriverError.self) { try await second.value }
        #expect(error?.description.contains("within 30.0 seconds; process \(getpid()) is changing it") == true)
        stage.clock.hold(false)
        _ = await first.result
    }
}
