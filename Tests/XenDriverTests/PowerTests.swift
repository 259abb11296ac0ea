import Foundation
import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("Domains are held and let go, and guests asked to end")
struct PowerTests {
    private func running(
        _ guest: GuestBehaviour = .coOperating, os: String = "linux", extra: String = ""
    ) async throws -> DriverHost {
        let host = DriverHost { $0.guest = guest }
        var document = String(decoding: Documents.domain(extra: extra), as: UTF8.self)
        document = document.replacingOccurrences(of: " machine='xenpv'>linux<", with: ">\(os)<")
        _ = try await host.driver.define(Documents.bytes(document), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    private func state(_ host: DriverHost) async throws -> String {
        let listing = try await host.driver.domain("web")
        return "\(listing.state.rawValue) (\(listing.reason.rawValue))"
    }

    // MARK: Holding

    @Test("a domain is held and let go, and says so")
    func hold() async throws {
        let host = try await running()
        #expect(try await state(host) == "running (booted)")
        for _ in 1...2 {
            let outcome = try await host.driver.suspend("web")
            #expect(outcome.domid == (try host.domid()))
            #expect(outcome.warnings == [])
            #expect(try await state(host) == "paused (user)")
        }
        for _ in 1...2 {
            _ = try await host.driver.resume("web")
            #expect(try await state(host) == "running (unpaused)")
        }
        #expect(host.fake.calls.count { $0.operation == .pauseDomain } == 1)
        _ = try await host.driver.destroy("web")
        #expect(try await state(host) == "shut off (unknown)")
        _ = try await host.driver.start("web", paused: true)
        #expect(try await state(host) == "paused (user)")
        _ = try await host.driver.resume("web")
        #expect(try await state(host) == "running (unpaused)")
    }

    @Test("a domain that others paused several times runs after one resume")
    func pausedByOthers() async throws {
        let host = try await running()
        for _ in 1...3 { try await host.fake.pauseDomain(try host.domid(), deadline: .now + .seconds(3600)) }
        _ = try await host.driver.resume("web")
        #expect(try await host.driver.domain("web").state == .running)
    }

    @Test("a domain that does not run cannot be held, let go or asked", arguments: AnyVerb.power)
    func notRunning(_ verb: AnyVerb) async throws {
        let host = try await running()
        _ = try await host.driver.destroy("web")
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in try await verb.run(host.driver, "web") }
        #expect(error == "notRunning")
        #expect(host.everything() == before)
    }

    @Test(
        "libxl's failure is an error of the verb, and changes nothing",
        arguments: zip(
            AnyVerb.power, [FakeOperation.pauseDomain, .unpauseDomain, .shutdownDomain, .rebootDomain]))
    func fails(_ verb: AnyVerb, _ operation: FakeOperation) async throws {
        let host = try await running()
        if verb.name == "resume" { _ = try await host.driver.suspend("web") }
        let before = host.everything()
        host.fake.inject(FakeFault(.fail(.failed), in: operation))
        let error = await #expect(throws: DriverError.self) { try await verb.run(host.driver, "web") }
        #expect(error?.description.contains("domain 'web': \(verb.name) failed: \(operation.rawValue)") == true)
        #expect(host.everything() == before)
    }

    // MARK: Asking

    @Test("a guest that is asked ends as it was asked to", arguments: [DomainStateReason.poweroff, .reboot])
    func ends(_ reason: DomainStateReason) async throws {
        let host = try await running()
        let outcome =
            reason == .reboot ? try await host.driver.reboot("web") : try await host.driver.shutdown("web")
        #expect(outcome.domid == (try host.domid()))
        #expect(try await state(host) == "in shutdown (\(reason.rawValue))")
        #expect(outcome.warnings.contains { $0.contains("xenkeeperd does not run here") } == (reason == .reboot))
    }

    @Test("a reboot whose on_reboot needs no restart warns of none", arguments: ["destroy", "preserve"])
    func rebootToTheEnd(_ action: String) async throws {
        let host = try await running(extra: "<on_reboot>\(action)</on_reboot>")
        #expect(try await host.driver.reboot("web").warnings == [])
    }

    @Test("a guest that says it will end and does not is left running")
    func refuses() async throws {
        let host = try await running(.refusing)
        _ = try await host.driver.shutdown("web")
        #expect(try await state(host) == "running (booted)")
    }

    @Test("a guest that does not answer is an error that says what helps", arguments: ["linux", "xenpvh"])
    func deaf(_ os: String) async throws {
        let host = try await running(.dead, os: os)
        let error = await #expect(throws: DriverError.self) { try await host.driver.shutdown("web") }
        #expect(error?.caseName == "guestDoesNotAnswer")
        #expect(error?.code == .operationTimeout)
        #expect(error?.description.contains("can be destroyed without being asked") == true)
        #expect(try await state(host) == "running (booted)")
    }

    @Test(
        "an hvm guest without drivers is asked by its power button, unless that is ruled out",
        arguments: [
            ([], "none", true), ([.acpi], "none", true), ([.acpi, .paravirt], "none", true),
            ([.paravirt], "noGuestDrivers", false),
        ] as [(Set<ShutdownMode>, String, Bool)], [LibxlError.Code.noParavirt, .timedOut])
    func button(_ row: (modes: Set<ShutdownMode>, error: String, ends: Bool), _ answer: LibxlError.Code) async throws {
        let host = try await running(.dead, os: "hvm")
        host.fake.inject(FakeFault(.fail(answer), in: .shutdownDomain))
        let error = await errorName { () throws(DriverError) in
            try await host.driver.shutdown("web", modes: row.modes)
        }
        #expect(error == (row.error == "none" || answer == .noParavirt ? row.error : "guestDoesNotAnswer"))
        #expect(try await state(host) == (row.ends ? "in shutdown (poweroff)" : "running (booted)"))
    }

    @Test("a guest without a power button is distinguished from one that has it", arguments: ["linux", "xenpvh"])
    func noButton(_ os: String) async throws {
        let host = try await running(os: os)
        let error = await #expect(throws: DriverError.self) { try await host.driver.shutdown("web", modes: [.acpi]) }
        #expect(error?.caseName == "noPowerButton")
        #expect(error?.code == .operationUnsupported)
        #expect(host.fake.calls.allSatisfy { $0.operation != .sendTrigger })
        #expect(try await state(host) == "running (booted)")
    }

    @Test(
        "a guest that is held is not asked",
        arguments: AnyVerb.power.filter { ["shutdown", "reboot"].contains($0.name) })
    func held(_ verb: AnyVerb) async throws {
        let host = try await running()
        _ = try await host.driver.suspend("web")
        let error = await errorName { () throws(DriverError) in try await verb.run(host.driver, "web") }
        #expect(error == "guestPaused")
        #expect(host.fake.calls.allSatisfy { $0.operation != .shutdownDomain && $0.operation != .rebootDomain })
    }

    @Test("while a guest is waited for, its domain can be changed and read")
    func holdsNobodyUp() async throws {
        let host = try await running(.refusing)
        host.fake.inject(FakeFault(.stall, in: .shutdownDomain, after: "asked"))
        let other = host.otherDriver()
        let asking = Task { await errorName { () throws(DriverError) in try await other.shutdown("web") } }
        while host.fake.calls.allSatisfy({ $0.operation != .shutdownDomain }) { await Task.yield() }
        _ = try await host.driver.suspend("web")
        #expect(try await host.driver.domain("web").state == .paused)
        asking.cancel()
        #expect(await asking.value == "guestDoesNotAnswer")
    }
}

extension AnyVerb {
    /// Those that need a domain that runs.
    static let power = changes.filter { ["suspend", "resume", "shutdown", "reboot"].contains($0.name) }
}
