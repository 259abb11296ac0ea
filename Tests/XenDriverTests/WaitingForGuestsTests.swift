import LibxlAPI
import LibxlFake
import LibxlTestKit
import Testing
import XenDriver
import XenUnits

@Suite("What a guest was asked for is waited for")
struct WaitingForGuestsTests {
    /// A host whose time passes in waits, with `web` running, whose definition says `extra`.
    private func running(
        _ behaviour: GuestBehaviour = .coOperating, extra: String = "", clock: VirtualClock = VirtualClock()
    ) async throws -> DriverHost {
        let host = DriverHost(
            {
                $0.guest = behaviour
                $0.controlTimeout = .seconds(60)
            }, clock: clock)
        _ = try await host.driver.define(Documents.domain("", extra: extra), isStrict: true)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    @Test("a guest that powers off: its domain is shut off then, and nothing is said of that")
    func shutdown() async throws {
        let host = try await running(.slow(.seconds(3)))
        let asked = try await host.driver.shutdown("web")
        #expect(try await host.driver.waitForEnd(of: asked) == [])
        #expect(try await host.driver.domain("web").state == .shutOff)
        // It has come to pass already.
        #expect(try await host.driver.waitForEnd(of: asked) == [])
    }

    @Test("a domain that is kept then is said to be")
    func kept() async throws {
        let host = try await running(extra: "<on_poweroff>preserve</on_poweroff>")
        let notices = try await host.driver.waitForEnd(of: try await host.driver.shutdown("web"))
        #expect(notices.count == 1 && "\(notices)".contains("kept"), "\(notices)")
        #expect(try await host.driver.domain("web").state == .inShutdown)
    }

    @Test("a guest that does not end in time is an error, and runs")
    func goesOn() async throws {
        let clock = VirtualClock()
        let host = try await running(clock: clock)
        // Nobody has asked it.
        let asked = try await host.driver.resume("web")
        var limited = CallOptions()
        limited.deadline = CallOptions.Deadline(.seconds(9), from: clock.now)
        let options = limited
        guard
            case .guestGoesOn("web", let waited)? = await #expect(
                throws: DriverError.self, performing: { try await host.driver.waitForEnd(of: asked, options: options) })
        else { return }
        #expect(waited >= .seconds(9))
        #expect(try await host.driver.domain("web").state == .running)
    }

    @Test("a reboot is done once the domain runs anew with all its names; without the service it is started here")
    func reboot() async throws {
        let host = try await running(.slow(.seconds(3)))
        let before = try host.domid()
        let asked = try await host.driver.reboot("web")
        #expect(asked.warnings.count == 1)
        let outcome = try await host.driver.waitForRestart(of: asked)
        #expect(outcome.domid == (try host.domid()) && outcome.domid != before)
        #expect(outcome.warnings == [])
        #expect(try await host.driver.domain("web").state == .running)
        #expect(try await host.disorder() == [])
    }

    @Test("with the service it is the service's to start")
    func served() async throws {
        let host = try await running(.slow(.seconds(3)))
        let uuid = try await host.driver.domain("web").uuid
        let outcome = try await host.driver.serving { () throws(DriverError) in
            let asked = try await host.driver.reboot("web")
            let service = Task {
                while true {
                    if case .done = try await host.driver.carryOutEnding(of: uuid) { return }
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            defer { service.cancel() }
            return try await host.driver.waitForRestart(of: asked)
        }
        #expect(outcome.domid == (try host.domid()))
    }

    @Test("a domain whose definition wants no next run is said not to come back", arguments: ["destroy", "preserve"])
    func notWanted(_ action: String) async throws {
        let host = try await running(extra: "<on_reboot>\(action)</on_reboot>")
        let asked = try await host.driver.reboot("web")
        #expect(
            await errorName { () throws(DriverError) in try await host.driver.waitForRestart(of: asked) }
                == "notStartedAnew")
        #expect(try await host.driver.domain("web").state == (action == "destroy" ? .shutOff : .inShutdown))
    }
}
