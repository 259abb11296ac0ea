import Foundation
import Glibc
import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

import enum LibxlTestKit.Tally

@Suite("What a killed command left is distinguished from what others do")
struct KillInterferenceTests {
    private static let theirMAC = "00:16:3e:00:00:77"

    private func scenario(_ words: String...) throws -> KillScenario {
        let name = words.joined(separator: " ")
        return try #require(KillScenario.all.first { $0.testDescription == name }, "no scenario \(name)")
    }

    // MARK: Others' devices

    @Test(
        "a NIC that somebody plugged under the id that our dead change names is theirs, and stays as it is",
        arguments: [
            ("attach-device vm document.xml --live --config (NIC)", "driver: change written", Int32(2)),
            ("attach-device vm document.xml --live --config (NIC)", "libxl_device_nic_add: json", 2),
            ("detach-device-alias vm ua-b --live --config", "libxl_device_nic_remove: json", 1),
            ("update-device vm document.xml --live --config (bridge, mtu)", "driver: step recorded", 0),
        ])
    func theirNIC(_ description: String, _ step: String, _ devid: Int32) async throws {
        let scenario = try scenario(description)
        let prepared = try await KillHost.ready(for: scenario)
        let host = try await prepared.copy(killing: scenario, at: step)
        let domid = try #require(host.fake.domid(named: "vm"))
        let mac = try #require(MACAddress(Self.theirMAC))
        var theirs = LibxlDeviceNIC(devid: DeviceID(rawValue: devid), mac: mac, nictype: .vif)
        theirs.bridge = "theirs"
        try await host.fake.addDevice(.nic(theirs), to: domid, deadline: .now + .seconds(3600))
        let before = host.fake.nodes(of: .nic(devid: theirs.devid))
        #expect(before.count > 10)
        try await host.recover()
        #expect(host.fake.nodes(of: .nic(devid: theirs.devid)) == before)
        let shown = try await host.driver.devices(of: "vm").filter { $0.identity == .nic(devid: theirs.devid) }
        #expect(shown.map(\.state) == [.foreign])
        #expect(shown.map(\.alias) == [nil])
        #expect(try await host.driver.document(of: "vm", inactive: false).contains(Self.theirMAC) == false)
        // The command again finds its own way around theirs.
        let again = try await host.run(scenario)
        #expect(again.status == 0 || scenario.words[0] != "attach-device", "\(again.errors)")
        #expect(host.fake.nodes(of: .nic(devid: theirs.devid)) == before)
    }

    @Test("a disk that somebody plugged under the target that our dead change names is theirs, and stays as it is")
    func theirDisk() async throws {
        let scenario = try scenario("attach-device vm document.xml --live --config (disk)")
        let host = try await KillHost.ready(for: scenario).copy(killing: scenario, at: "driver: change written")
        let domid = try #require(host.fake.domid(named: "vm"))
        var theirs = LibxlDeviceDisk(vdev: "xvdd", pdevPath: "/dev/theirs", format: .raw)
        theirs.backend = .phy
        let identity = DeviceIdentity.disk(vdev: try #require(theirs.number))
        try await host.fake.addDevice(.disk(theirs), to: domid, deadline: .now + .seconds(3600))
        let before = host.fake.nodes(of: identity)
        #expect(before.count > 10)
        try await host.recover()
        #expect(try await host.driver.devices(of: "vm").last?.state == .foreign)
        let again = try await host.run(scenario)
        #expect(again.status == 1)
        #expect(again.errors.contains("target xvdd already exists"))
        #expect(host.fake.nodes(of: identity) == before)
    }

    @Test("a device that was unplugged while its adoption lay killed is nobody's")
    func adoptedTooLate() async throws {
        let scenario = try #require(KillScenario.visits.first)
        let host = try await KillHost.ready(for: scenario).copy(killing: scenario, at: "driver: change written")
        let domid = try #require(host.fake.domid(named: "vm"))
        let theirs = try #require(try await host.fake.listDevices(.nic, of: domid).compactMap(\.nic).last)
        _ = try await host.fake.removeDevice(.nic(theirs), from: domid, deadline: .now + .seconds(3600))
        let again = try await host.run(scenario)
        #expect(again.status == 1)
        #expect(again.errors.contains("gave up an adoption that was interrupted, for the device is gone from Xen"))
        #expect(again.errors.contains("no device found matching MAC address"))
        #expect(try await host.look().disorder == [])
    }

    // MARK: Others' domains

    @Test("a domain that somebody runs under our uuid is not taken for the one that a killed start was making")
    func theirDomain() async throws {
        let start = try #require(KillScenario.lives.first { $0.words == ["start", "vm"] })
        let prepared = try await KillHost.ready(for: start)
        let done = try prepared.copy()
        try await done.run(start)
        let ours = try #require(done.fake.domid(named: "vm"))
        let config = try #require(done.fake.snapshot().storedConfigurations[ours])
        let host = try await prepared.copy(killing: start, at: "driver: start planned")
        let theirs = try await host.fake.createDomain(config, deadline: .now + .seconds(3600))
        try await host.fake.unpauseDomain(theirs, deadline: .now + .seconds(3600))
        let before = host.fake.snapshot().comparable
        // The name means theirs, which runs; a start is for the definition, and puts in order what the killed one left.
        await #expect {
            try await host.recover()
        } throws: {
            "\($0)".contains("made by another toolstack and is left alone")
        }
        let again = try await host.run(start)
        #expect(again.status == 1)
        #expect(again.errors.contains("which this driver did not start"))
        #expect(try host.isPending() == false)
        #expect(host.fake.snapshot().comparable == before)
    }

    @Test("what a killed create of a domain without a uuid had claimed is free for the next")
    func createAgain() async throws {
        let document = KillScenario.domain().replacing("<uuid>\(KillScenario.uuid)</uuid>", with: "")
        let create = KillScenario(beginning: .nothing, words: ["create", "document.xml"], document: document)
        let host = try await KillHost.ready(for: create).copy(killing: create, at: "driver: start planned")
        #expect(try await host.run(create).status == 0)
        let (books, disorder) = try await host.look()
        #expect(books.state == .running)
        #expect(disorder == [])
        #expect(try host.files().keys.filter { $0.hasPrefix("run/") && $0.hasSuffix(".json") }.count == 1)
    }

    // MARK: Killed twice

    @Test(
        "recovery that is killed itself, at any step, is done by the third command",
        arguments: [
            ("attach-device vm document.xml --live --config (NIC)", "libxl_device_nic_add: nodes"),
            ("attach-device vm document.xml --live --config (NIC)", "libxl_device_nic_add: connected"),
            ("detach-device-alias vm ua-b --live --config", "libxl_device_nic_remove: offline"),
            ("update-device vm document.xml --live --config (bridge, cable out)", "driver: step recorded"),
            ("update-device vm document.xml --live --config (link)", "driver: change written"),
        ])
    func killedTwice(_ description: String, _ step: String) async throws {
        let scenario = try scenario(description)
        let prepared = try await KillHost.ready(for: scenario)
        let before = try await prepared.books()
        let after = try await prepared.books(after: scenario)
        let left = try await prepared.copy(killing: scenario, at: step)
        let next = KillScenario(
            beginning: .running, words: ["update-device", "vm", "document.xml"],
            document: "<disk><target dev='xvda'/><alias name='ua-root'/></disk>")
        let trail = try await left.copy().trail(of: next)
        #expect(trail.steps.count > 3)
        Tally.count("killed twice", points: trail.steps.count)
        for (index, twice) in trail.steps.enumerated() {
            let place: Comment = "killed at \(step), then at step \(index + 1) of \(trail.steps.count), \(twice.name)"
            do {
                let host = try KillHost(left: twice)
                try await host.recover()
                let (books, disorder) = try await host.look()
                #expect(disorder == [], place)
                #expect(books == before || books == after, place)
            } catch {
                Issue.record(error, place)
            }
        }
    }

    // MARK: Side by side

    @Test(
        "while a command stands still, other domains change and all are read; then it goes on to its end",
        arguments: [
            ("attach-device vm document.xml --live --config (NIC)", "driver: domain locked"),
            ("attach-device vm document.xml --live --config (NIC)", "libxl_device_nic_add: script"),
            ("detach-device-alias vm ua-data --live --config", "driver: change written"),
            ("detach-device-alias vm ua-data --live --config", "driver: definition committed"),
            ("update-device vm document.xml --live --config (bridge, mtu)", "driver: step recorded"),
        ])
    func standstill(_ description: String, _ step: String) async throws {
        let scenario = try scenario(description)
        let prepared = try await KillHost.ready(for: scenario)
        let other = Program.domain("other")
        _ = try await prepared.driver.create(Array(other.utf8), paused: false, isStrict: true)
        let counted = try prepared.copy()
        let trail = try await counted.trail(of: scenario)
        let after = try await counted.books()
        let index = try #require(trail.names.firstIndex { $0.hasSuffix(step) })

        _ = try prepared.program.file("document.xml", scenario.document)
        let stuck = try await prepared.program.start(
            // Its time goes on while it stands still.
            scenario.words + ["--timeout", "36000"],
            settings: .init(environment: ["XENKEEPER_FAKE_STOP_AT_STEP": "\(index + 1)"])
        )
        try await Program.stopped(stuck.pid)
        try await prepared.read()
        for words in [["attach-device", "other", "nic.xml"], ["detach-device-alias", "other", "ua-x"]] {
            _ = try prepared.program.file("nic.xml", Program.nic("x", mac: 9))
            let outcome = try await prepared.program(words)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        // One that waits for the same domain, and gets its turn.
        let waiting = try await prepared.program.start(["domif-setlink", "vm", "--alias", "ua-b", "up"])
        kill(stuck.pid, SIGCONT)
        #expect(try await stuck.outcome.status == 0)
        #expect(try await waiting.outcome.status == 0)
        let back = try await prepared.program("domif-setlink", "vm", "--alias", "ua-b", "down")
        #expect(back.status == 0)
        let (books, disorder) = try await prepared.look()
        #expect(disorder == [])
        #expect(books == after)
    }

    // MARK: Scripts that go on

    @Test("a caller whose time is over hears that a dead command's script may still run, and nothing is undone")
    func impatience() async throws {
        let scenario = try scenario("attach-device vm document.xml --live (NIC)")
        let prepared = try await KillHost.ready(for: scenario)
        let steps = try await prepared.copy().trail(of: scenario).names
        let index = try #require(steps.firstIndex(of: "libxl_device_nic_add: script"))
        prepared.fake.configure { $0.scripts = ["vif-bridge": .takes(.seconds(3600))] }
        #expect(try await prepared.kill(scenario, atStep: index + 1).signal == SIGKILL)
        let outcome = try await prepared.program(
            "domif-setlink", "vm", "--alias", "ua-a", "up", "--timeout", "1",
            settings: .init(environment: ["XENKEEPER_FAKE_SCRIPT_LIMIT": "36000"]))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the hotplug script of an interrupted change to interface 'ua-"))
        #expect(outcome.errors.contains("did not end within 1.0 seconds"))
        #expect(try await prepared.program("device-list", "vm").output.contains("attaching"))
    }

    @Test("a script that a killed command left running is waited for, and the device kept or undone as it ends")
    func scripts() async throws {
        let scenario = try scenario("attach-device vm document.xml --live --config (NIC)")
        let scripts: [(FakeScript, isKept: Bool, limit: Duration)] = [
            (.takes(.milliseconds(700)), true, .seconds(30)), (.fails("no such thing"), false, .seconds(30)),
            (.hangs, false, .milliseconds(700)),
        ]
        let ready = try await KillHost.ready(for: scenario)
        let before = try await ready.books()
        let unharmed = try ready.copy()
        // A step that the command reaches whatever becomes of its script.
        let steps = try await unharmed.trail(of: scenario).names
        let index = try #require(steps.firstIndex(of: "libxl_device_nic_add: script"))
        let after = try await unharmed.books()
        for (script, isKept, limit) in scripts {
            let host = try ready.copy(scriptLimit: limit)
            host.fake.configure { $0.scripts = ["vif-bridge": script] }
            #expect(try await host.kill(scenario, atStep: index + 1).signal == SIGKILL)
            try await host.recover()
            let (books, disorder) = try await host.look()
            #expect(disorder == [], "\(script)")
            #expect(books == (isKept ? after : before), "\(script)")
        }
    }
}

extension FakeXenHost {
    /// Every node of a device's three places, with its value.
    fileprivate func nodes(of identity: DeviceIdentity) -> [String: String] {
        let names = ["device/\(identity.xenstoreKind)/\(identity.devid)/"]
        return snapshot().xenstore.filter { path, _ in
            names.contains { path.contains("/\($0)") }
                || path.contains("/backend/") && path.split(separator: "/").dropFirst(6).first == "\(identity.devid)"
        }
    }
}
