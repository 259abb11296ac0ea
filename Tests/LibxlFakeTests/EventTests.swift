import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenUnits

@Suite("What happens by itself on the fake")
struct EventTests {
    @Test("a script goes on when the process that began it is killed", arguments: [nil, "no such VLAN"])
    func scriptOutlives(message: String?) async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        host.configure { configuration in
            configuration.scriptDuration = .milliseconds(300)
            if let message { configuration.scripts["vif-bridge"] = .fails(message) }
        }
        let domid = try await host.start()
        let path = directory.path.string
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, domid = domid as DomainID] in
            let host = try FakeXenHost(
                directory: FilePath(path),
                steps: StepHook { if $0 == "libxl_device_nic_add: script" { kill(getpid(), SIGKILL) } })
            try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        }
        let backend = "/local/domain/0/backend/vif/\(domid)/0"
        let expected = message == nil ? "connected" : "error"
        let isDone = try await host.eventually { $0.xenstore[backend + "/hotplug-status"] == expected }
        #expect(isDone)
        #expect(host.node(backend + "/hotplug-error") == message)
        #expect(try await host.linkState(of: "vif\(domid).0") == (message == nil ? .up : .down))
        #expect(host.node(backend + "/state") == (message == nil ? "4" : "2"))
    }

    @Test("an aborted plug takes its script along")
    func abortKillsScript() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        host.configure { $0.scriptDuration = .seconds(3600) }
        let domid = try await host.start()
        let task = Task { await failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) } }
        let isRunning = try await host.eventually { _ in
            (try? directory.text(of: "domains/\(domid).json").contains("scriptEnds")) == true
        }
        #expect(isRunning)
        task.cancel()
        #expect(await task.value?.code == .aborted)
        #expect(try !directory.text(of: "domains/\(domid).json").contains("scriptEnds"))
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).count == 1)
    }

    @Test("a script that hangs is killed at its limit, and the device stays half-plugged")
    func scriptHangs() async throws {
        let host = FakeXenHost(configuration: quick { $0.scripts["vif-bridge"] = .hangs })
        let domid = try await host.start()
        let error = await failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) }
        #expect(error?.code == .timedOut)
        #expect(error?.log.contains("/etc/xen/scripts/vif-bridge") == true)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).count == 1)
    }

    @Test("only the script that is named misbehaves")
    func scriptByName() async throws {
        let host = FakeXenHost(configuration: quick { $0.scripts["vif-odd"] = .fails("odd") })
        let domid = try await host.start()
        try await host.addDevice(.nic(nic(0)), to: domid, deadline: .far)
        var odd = nic(1)
        odd.script = "vif-odd"
        let error = await failure { try await host.addDevice(.nic(odd), to: domid, deadline: .far) }
        #expect(error?.code == .failed)
        #expect(error?.log.contains("odd") == true)
        #expect(error?.log.contains("/etc/xen/scripts/vif-odd") == true)
    }

    @Test("a slow guest lets go after its time, and that is no force", arguments: [true, false])
    func slow(persistent: Bool) async throws {
        let directory = try TemporaryDirectory()
        let host = persistent ? try FakeXenHost(directory: directory.path) : FakeXenHost()
        host.configure { $0.frontendTimeout = .seconds(3600) }
        host.setGuest(.slow(.seconds(3600)), for: "inn")
        let domid = try await host.start()
        try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        #expect(host.node("/local/domain/\(domid)/device/vif/0/state") == "1")
        host.setGuest(.slow(.milliseconds(100)), for: domid)
        let connects = try await host.eventually { $0.xenstore["/local/domain/\(domid)/device/vif/0/state"] == "4" }
        #expect(connects)
        #expect(try await host.removeDevice(.nic(nic()), from: domid, deadline: .far) == .released)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
    }

    @Test("a guest that lets go after a refusal leaves a closed backend; the next removal succeeds at once")
    func releasedLater() async throws {
        let host = FakeXenHost(configuration: quick { $0.guest = .refusing })
        let domid = try await host.start()
        try await host.addDevice(.disk(disk()), to: domid, deadline: .far)
        let backend = "/local/domain/0/backend/vbd/\(domid)/51712"
        #expect(host.node(backend + "/state") == "4")
        let refused = await failure { _ = try await host.removeDevice(.disk(disk()), from: domid, deadline: .far) }
        #expect(refused?.code == .timedOut)
        #expect(host.node(backend + "/state") == "5")
        #expect(host.node(backend + "/online") == "0")
        host.release(.xvda, of: domid)
        #expect(host.node(backend + "/state") == "6")
        #expect(try await host.listDevices(.disk, of: domid).compactMap(\.disk).count == 1)
        _ = try await host.removeDevice(.disk(disk()), from: domid, deadline: .far)
        #expect(try await host.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
        #expect(host.node(backend + "/state") == nil)
    }

    @Test("a refusing guest can be brought round while it is being waited for")
    func broughtRound() async throws {
        let host = FakeXenHost(configuration: quick { $0.frontendTimeout = .seconds(3600) })
        host.setGuest(.refusing, for: "inn")
        let domid = try await host.start()
        try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        async let removal = host.removeDevice(.nic(nic()), from: domid, deadline: .far)
        let isAsked = try await host.eventually { $0.xenstore["/local/domain/0/backend/vif/\(domid)/0/state"] == "5" }
        #expect(isAsked)
        host.setGuest(.coOperating, for: domid)
        #expect(try await removal == .released)
    }

    @Test("what a guest does not let go of is forced", arguments: [GuestBehaviour.refusing, .dead])
    func forced(behaviour: GuestBehaviour) async throws {
        let steps = Log()
        let host = FakeXenHost(configuration: quick { $0.guest = behaviour }, steps: StepHook { steps.append($0) })
        let domid = try await host.start()
        try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        #expect(host.node("/local/domain/\(domid)/device/vif/0/state") == (behaviour == .dead ? "1" : "4"))
        #expect(try await host.removeDevice(.nic(nic()), from: domid, deadline: .far) == .forced)
        #expect(steps.lines.contains("libxl_device_nic_remove: forced"))
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
    }

    @Test("a paused guest answers nothing, and everything once it runs")
    func paused() async throws {
        let host = FakeXenHost(configuration: quick())
        var config = guest()
        config.nics = [nic()]
        let domid = try await host.createDomain(config, deadline: .far)
        let state = "/local/domain/\(domid)/device/vif/0/state"
        #expect(host.node(state) == "1")
        try await host.addDevice(.disk(disk()), to: domid, deadline: .far)
        let refused = await failure { _ = try await host.removeDevice(.disk(disk()), from: domid, deadline: .far) }
        #expect(refused?.code == .timedOut)
        try await host.unpauseDomain(domid, deadline: .far)
        #expect(host.node(state) == "4")
        #expect(host.node("/local/domain/0/backend/vbd/\(domid)/51712/state") == "6")
    }

    @Test("a guest that has ended is listed as shut down, answers nothing, and can be destroyed")
    func ended() async throws {
        let host = FakeXenHost(configuration: quick())
        let before = host.snapshot().comparable
        let domid = try await host.start()
        try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        host.shutDownGuest(domid, reason: .crash)
        let info = try await host.domainInfo(domid)
        #expect(info.shutdown)
        #expect(info.shutdownReason == .crash)
        #expect(!info.running && !info.blocked && !info.paused)
        #expect(try await host.removeDevice(.nic(nic()), from: domid, deadline: .far) == .forced)
        try await host.destroyDomain(domid, deadline: .far)
        #expect(host.snapshot().comparable == before)
    }

    @Test("a guest's processor time grows while it runs, and not while it is paused")
    func processorTime() async throws {
        let host = FakeXenHost()
        let domid = try await host.createDomain(guest(), deadline: .far)
        #expect(try await host.domainInfo(domid).cpuTime == 0)
        try await host.unpauseDomain(domid, deadline: .far)
        let first = try await host.domainInfo(domid).cpuTime
        try await Task.sleep(for: .milliseconds(20))
        let second = try await host.domainInfo(domid).cpuTime
        #expect(second > first)
        host.shutDownGuest(domid, reason: .poweroff)
        let end = try await host.domainInfo(domid).cpuTime
        #expect(end >= second)
        #expect(try await host.domainInfo(domid).cpuTime == end)
    }
}
