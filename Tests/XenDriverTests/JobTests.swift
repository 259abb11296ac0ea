import Foundation
import LibxlAPI
import LibxlFake
import LibxlTestKit
import Logging
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite("A change that is under way can be looked at and given up from outside")
struct JobTests {
    /// A host whose time stands, with the domain `web` running.
    private struct Stage {
        let clock = VirtualClock()
        let notices = Locked<[DriverNotice]>([])
        let host: DriverHost

        init(_ behaviour: GuestBehaviour = .coOperating) async throws {
            var settings = DriverSettings.quick
            settings.requestInterval = .milliseconds(500)
            host = DriverHost({ $0.guest = behaviour }, settings: settings, clock: clock)
            _ = try await host.driver.create(Documents.domain(""), paused: false, isStrict: true)
            clock.hold(true)
        }

        var requestFile: String { host.root.appending("run/xenkeeper/locks/\(Documents.uuid).abort").string }
        var hasRequest: Bool { FileManager.default.fileExists(atPath: requestFile) }

        func options(within limit: Duration? = nil) -> CallOptions {
            var options = CallOptions()
            options.deadline = limit.map { CallOptions.Deadline($0, from: clock.now) }
            options.reportNotice = { [notices] notice in notices.withLock { $0.append(notice) } }
            return options
        }

        /// Begins an attach that libxl stalls in, and returns once it does.
        func stalledAttach() async -> Task<DeviceOutcome, any Error> {
            host.fake.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
            let options = options()
            let change = Task { [host] in
                try await host.driver.attach(JobTests.nic, to: "web", scope: .live, isStrict: true, options: options)
            }
            while host.fake.snapshot().xenstore["/local/domain/0/backend/vif/1/0/mac"] == nil { await Task.yield() }
            return change
        }

        /// Lets time pass, a little at a time, until `task` has ended.
        func pass<Value: Sendable>(until task: Task<Value, any Error>) async -> Result<Value, any Error> {
            let time = Task { [clock] in
                while !Task.isCancelled {
                    clock.pass(.milliseconds(100))
                    try? await Task.sleep(for: .milliseconds(2))
                }
            }
            defer { time.cancel() }
            return await task.result
        }
    }

    private static let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))

    @Test("it is shown by kind, device and times; without one there is none to show, or to give up")
    func shown() async throws {
        let stage = try await Stage()
        let driver = stage.host.driver
        #expect(try await driver.job(of: "web") == nil)
        #expect(await errorName { () throws(DriverError) in try await driver.abortJob(of: "web") } == "noJob")
        #expect(
            await errorName { () throws(DriverError) in try await driver.abortJob(of: "nobody") } == "noDomain")
        let change = await stage.stalledAttach()
        stage.clock.pass(.seconds(7))
        let job = try #require(try await driver.job(of: "web"))
        #expect(job.kind == .attach && job.device?.contains("ua-new") == true)
        #expect(job.elapsed == .seconds(7) && job.remaining == .seconds(3593))
        #expect(job.done == 0 && job.steps == 1 && !job.isUndoing && !job.isLeftBehind)
        #expect(job.holder == getpid())
        change.cancel()
        _ = await stage.pass(until: change)
        #expect(try await driver.job(of: "web") == nil)
    }

    @Test("asked for by another process it is undone as by its caller, who hears who asked; nothing of it stays")
    func aborted() async throws {
        let stage = try await Stage()
        let before = try await stage.host.driver.devices(of: "web")
        let change = await stage.stalledAttach()
        let abort = Task { try await stage.host.driver.abortJob(of: "web") }
        while !stage.hasRequest { await Task.yield() }
        // It has not looked yet.
        #expect(try await stage.host.driver.job(of: "web")?.isUndoing == false)
        guard case .failure(let error as DriverError) = await stage.pass(until: change),
            case .operation(let failure) = error
        else {
            Issue.record("the attach was not given up")
            return
        }
        #expect(failure.isGivenUp && failure.undoFailure == nil, "\(error)")
        #expect(error.code == .operationAborted)
        #expect(try await stage.pass(until: abort).get() == .ended)
        #expect(try await stage.host.driver.devices(of: "web") == before)
        #expect(!stage.hasRequest)
        let notices = stage.notices.withLock { $0 }
        #expect(notices == [.abortRequested(.attach, domain: "web", by: getpid())])
    }

    @Test("a request that names another change, or is no request, gives nothing up and goes with the change")
    func meantForAnother() async throws {
        for text in [
            "{\"version\":1,\"started\":1,\"process\":1}", "{\"version\":9,\"started\":1000,\"process\":1}", "x",
        ] {
            let stage = try await Stage()
            let change = await stage.stalledAttach()
            try Data(text.utf8).write(to: URL(fileURLWithPath: stage.requestFile))
            // It looks at the request, and once more.
            for _ in 1...2 {
                while stage.clock.sleepers == 0 { await Task.yield() }
                stage.clock.pass(.milliseconds(600))
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await stage.host.driver.job(of: "web")?.kind == .attach, "\(text)")
            change.cancel()
            _ = await stage.pass(until: change)
            #expect(!stage.hasRequest, "\(text)")
            #expect(stage.notices.withLock { $0 } == [], "\(text)")
        }
    }

    @Test("one that a killed process left is shown as such, and giving it up recovers it")
    func leftBehind() async throws {
        let stage = try await Stage()
        let host = stage.host
        let before = try await host.driver.devices(of: "web")
        let change = await stage.stalledAttach()
        let status = try #require(host.read(host.statusFile()))
        change.cancel()
        _ = await stage.pass(until: change)
        stage.clock.hold(false)
        try status.write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
        let job = try #require(try await host.driver.job(of: "web"))
        #expect(job.kind == .attach && job.isLeftBehind && job.holder == nil && job.remaining == nil)
        guard case .recovered(let notices) = try await host.driver.abortJob(of: "web") else {
            Issue.record("it was not recovered")
            return
        }
        #expect(notices.count == 1 && notices[0].description.contains("undid an attach"), "\(notices)")
        #expect(try await host.driver.job(of: "web") == nil)
        #expect(try await host.driver.devices(of: "web") == before)
    }

    @Test("a start that is given up leaves nothing of the domain")
    func start() async throws {
        let stage = try await Stage()
        let driver = stage.host.driver
        stage.clock.hold(false)
        _ = try await driver.destroy("web")
        _ = try await driver.define(Documents.domain(""), isStrict: true)
        stage.host.fake.inject(FakeFault(.stall, in: .createDomain, after: "memory"))
        stage.clock.hold(true)
        let start = Task { try await driver.start("web", paused: false) }
        while try await driver.job(of: "web") == nil { await Task.yield() }
        #expect(try await driver.job(of: "web")?.kind == .start)
        let abort = Task { try await driver.abortJob(of: "web") }
        while !stage.hasRequest { await Task.yield() }
        guard case .failure(let error as DriverError) = await stage.pass(until: start) else {
            Issue.record("the start was not given up")
            return
        }
        #expect(error.code == .operationAborted, "\(error)")
        #expect(try await stage.pass(until: abort).get() == .ended)
        #expect(stage.host.fake.snapshot().domains.map(\.domid) == [.domain0])
        #expect(try await driver.domain("web").state == .shutOff)
    }

    @Test("a process that does not look is named when the time is over, and the request is taken back")
    func deaf() async throws {
        let stage = try await Stage()
        stage.host.fake.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
        var settings = DriverSettings.quick
        settings.requestInterval = nil
        let deaf = Driver(
            host: XenHost(
                libxl: stage.host.fake, xenstore: stage.host.fake, network: stage.host.fake, usb: stage.host.fake,
                processes: stage.host.fake),
            root: stage.host.root, settings: settings, clock: stage.clock, logger: Logger(label: "deaf"))
        let change = Task { try await deaf.attach(Self.nic, to: "web", scope: .live, isStrict: true) }
        while try await deaf.job(of: "web") == nil { await Task.yield() }
        let options = stage.options(within: .seconds(5))
        let abort = Task { try await stage.host.driver.abortJob(of: "web", options: options) }
        guard case .failure(DriverError.jobGoesOn("web", .attach, let holder, _)) = await stage.pass(until: abort)
        else {
            Issue.record("it was given up")
            return
        }
        #expect(holder == getpid())
        #expect(!stage.hasRequest)
        change.cancel()
        _ = await stage.pass(until: change)
    }

    @Test("a domain that is being destroyed is shown so, and that cannot be given up; nor by who may only look")
    func destroyed() async throws {
        let stage = try await Stage()
        let driver = stage.host.driver
        var readOnly = CallOptions()
        readOnly.isReadOnly = true
        let options = readOnly
        let refusal = await #expect(throws: DriverError.self) {
            try await driver.abortJob(of: "web", options: options)
        }
        #expect(refusal == .readOnly)
        stage.host.fake.inject(FakeFault(.stall, in: .destroyDomain, after: "paused"))
        let destroy = Task { try await driver.destroy("web") }
        while try await driver.job(of: "web") == nil { await Task.yield() }
        #expect(try await driver.job(of: "web")?.kind == .destroy)
        #expect(
            await errorName { () throws(DriverError) in try await driver.abortJob(of: "web") } == "jobCannotBeAborted")
        destroy.cancel()
        _ = await stage.pass(until: destroy)
    }
}
