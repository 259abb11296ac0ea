import Foundation
import LibxlAPI
import LibxlFake
import Testing
import XenUnits

@Suite("How the fake's guests end")
struct PowerTests {
    private func node(_ domid: DomainID) -> String { "/local/domain/\(domid)/control/shutdown" }

    @Test(
        "an operation says its steps in their order",
        arguments: [
            (.pauseDomain, ["paused"]), (.shutdownDomain, ["asked", "acknowledged"]),
            (.rebootDomain, ["asked", "acknowledged"]), (.sendTrigger, ["sent"]),
        ] as [(FakeOperation, [String])])
    func steps(operation: FakeOperation, steps: [String]) async throws {
        let reached = Log()
        let host = FakeXenHost(configuration: quick(), steps: StepHook { reached.append($0) })
        let domid = try await host.start(guest(type: .hvm))
        reached.clear()
        switch operation {
        case .pauseDomain: try await host.pauseDomain(domid, deadline: .far)
        case .shutdownDomain: try await host.shutdownDomain(domid, deadline: .far)
        case .rebootDomain: try await host.rebootDomain(domid, deadline: .far)
        default: try await host.sendTrigger(.power, to: domid, deadline: .far)
        }
        #expect(operation.steps == steps)
        #expect(reached.lines == steps.map { "\(operation.rawValue): \($0)" })
    }

    @Test("a slow guest acknowledges after its time, and ends after as long again")
    func slow() async throws {
        let host = FakeXenHost(configuration: quick { $0.controlTimeout = .seconds(3600) })
        host.setGuest(.slow(.seconds(3600)), for: "inn")
        let domid = try await host.start()
        let asking = Task { await failure { try await host.shutdownDomain(domid, deadline: .far) } }
        let isAsked = try await host.eventually { $0.xenstore[node(domid)] == "poweroff" }
        #expect(isAsked)
        host.setGuest(.slow(.milliseconds(100)), for: domid)
        #expect(await asking.value == nil)
        #expect(host.node(node(domid)) == "")
        let hasEnded = try await host.eventually { $0.domain(domid)?.shutdownReason == .poweroff }
        #expect(hasEnded)
    }

    @Test("what a guest did not read stays, and is done by a guest that wakes up")
    func late() async throws {
        let host = FakeXenHost(configuration: quick { $0.guest = .dead })
        let domid = try await host.start()
        let error = await failure { try await host.rebootDomain(domid, deadline: .far) }
        #expect(error?.code == .timedOut)
        #expect(host.node(node(domid)) == "reboot")
        #expect(host.snapshot().domain(domid)?.shutdownReason == nil)
        host.setGuest(.coOperating, for: domid)
        #expect(host.snapshot().domain(domid)?.shutdownReason == .reboot)
    }

    @Test("a guest that was paused on its way to its end goes on with it when it is unpaused")
    func pausedOnTheWay() async throws {
        let host = FakeXenHost(configuration: quick())
        host.setGuest(.refusing, for: "inn")
        let domid = try await host.start()
        try await host.shutdownDomain(domid, deadline: .far)
        try await host.pauseDomain(domid, deadline: .far)
        host.setGuest(.coOperating, for: domid)
        #expect(host.snapshot().domain(domid)?.shutdownReason == nil)
        try await host.unpauseDomain(domid, deadline: .far)
        #expect(host.snapshot().domain(domid)?.shutdownReason == .poweroff)
    }

    @Test(
        "an hvm guest without drivers says so, and heeds its power button all the same",
        arguments: [
            (GuestBehaviour.dead, true), (.coOperating, true), (.slow(.zero), true), (.refusing, false),
        ])
    func powerButton(behaviour: GuestBehaviour, ends: Bool) async throws {
        let host = FakeXenHost(configuration: quick { $0.guest = behaviour })
        let domid = try await host.start(guest(type: .hvm))
        if behaviour == .dead {
            let error = await failure { try await host.shutdownDomain(domid, deadline: .far) }
            #expect(error?.code == .noParavirt)
        }
        try await host.sendTrigger(.power, to: domid, deadline: .far)
        #expect(host.snapshot().domain(domid)?.shutdownReason == (ends ? .poweroff : nil))
    }

    @Test("a pv guest has no button, and a pvh guest's does nothing", arguments: [(GuestType.pv, true), (.pvh, false)])
    func noButton(type: GuestType, fails: Bool) async throws {
        let host = FakeXenHost(configuration: quick())
        let domid = try await host.start(guest(type: type))
        let error = await failure { try await host.sendTrigger(.power, to: domid, deadline: .far) }
        #expect(error?.code == (fails ? .failed : nil))
        #expect(host.snapshot().domain(domid)?.shutdownReason == nil)
    }

    @Test("ends and deaths are reported in another process's host as well")
    func otherProcess() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let other = try FakeXenHost(directory: directory.path)
        var events = try await other.domainEvents().makeAsyncIterator()
        let domid = try await host.start()
        host.shutDownGuest(domid, reason: .watchdog)
        #expect(await events.next() == .shutdown(domid, .watchdog))
        try await host.destroyDomain(domid, deadline: .far)
        #expect(await events.next() == .death(domid))
    }
}
