import Foundation
import Glibc
import LibxlFake
import SystemPackage
import Testing

@Suite("Signals give a change up in order")
struct SignalTests {
    /// How often a change that another command makes is looked for before it is given up.
    private static let looks = 200

    /// A program on whose host a domain runs, and hotplug scripts of cards on bridges do what `script` says.
    private func running(_ script: FakeScript) async throws -> Program {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("inn.xml", Program.domain("inn")))
        try await xenkeeper("start", "inn")
        _ = try xenkeeper.file("n.xml", Program.nic("n", mac: 2))
        let card = Program.nic("a", mac: 1).replacing("00:16:3e:00:01:01", with: "00:16:3e:00:00:01")
        _ = try xenkeeper.file(
            "u.xml", card.replacing("<alias", with: "<script path='/etc/xen/scripts/vif-hangs'/><alias"))
        let folder = xenkeeper.folder.appendingPathComponent("host/xen").path
        try FakeXenHost(folder: FilePath(folder)).configure {
            $0.scripts = ["vif-bridge": script, "vif-hangs": .hangs]
        }
        return xenkeeper
    }

    /// Stops a change once it has begun.
    private static let stopping = Program.Settings(environment: ["XENKEEPER_FAKE_STOP_AT_STEP": "5"])

    /// Starts a change, and returns once `device-list` shows it.
    private func begin(
        _ words: [String], showing state: String, on xenkeeper: Program
    ) async throws -> Program.Running {
        let running = try await xenkeeper.start(words)
        for _ in 0..<Self.looks {
            if try await xenkeeper("device-list", "inn").output.contains(state) { return running }
        }
        Issue.record("no change has begun")
        return running
    }

    @Test(
        "an attach is undone, which is said, and the exit code is the signal's", arguments: [SIGINT, SIGTERM, SIGHUP])
    func attach(_ signal: Int32) async throws {
        let xenkeeper = try await running(.hangs)
        let before = try await xenkeeper("device-list", "inn").output
        let running = try await begin(["attach-device", "inn", "n.xml", "--live"], showing: "attaching", on: xenkeeper)
        kill(running.pid, signal)
        let outcome = try await running.outcome
        #expect(outcome.status == 128 + signal)
        #expect(outcome.errors.contains("error: operation aborted: domain 'inn': attach of interface 'ua-n'"))
        #expect(outcome.errors.contains("was given up and undone"))
        #expect(outcome.errors.hasSuffix("\nnote: the change was given up because of \(name(of: signal))\n"))
        #expect(try await xenkeeper("device-list", "inn").output == before)
    }

    @Test("an update puts the old card back")
    func update() async throws {
        let xenkeeper = try await running(.takes(.zero))
        let before = try await xenkeeper("device-list", "inn").output
        let running = try await begin(["update-device", "inn", "u.xml", "--live"], showing: "ching", on: xenkeeper)
        kill(running.pid, SIGTERM)
        #expect(try await running.outcome.status == 128 + SIGTERM)
        #expect(try await xenkeeper("device-list", "inn").output == before)
    }

    @Test("a second signal ends the command at once, and the next change settles what it left")
    func second() async throws {
        let xenkeeper = try await running(.hangs)
        let before = try await xenkeeper("device-list", "inn").output
        let running = try await xenkeeper.start(["attach-device", "inn", "n.xml", "--live"], settings: Self.stopping)
        try await Program.stopped(running.pid)
        // Both wait for the process to go on, so that the second finds the first at work.
        kill(running.pid, SIGINT)
        kill(running.pid, SIGTERM)
        kill(running.pid, SIGCONT)
        let outcome = try await running.outcome
        #expect([128 + SIGINT, 128 + SIGTERM].contains(outcome.status))
        #expect(outcome.errors == "")
        let next = try await xenkeeper(
            ["domif-setlink", "inn", "00:16:3e:00:00:01", "up"],
            settings: .init(environment: ["XENKEEPER_FAKE_SCRIPT_LIMIT": "1"]))
        #expect(next.status == 0)
        #expect(try await xenkeeper("device-list", "inn").output == before)
    }

    @Test("a command that waits for another one's change stops waiting")
    func waiting() async throws {
        let xenkeeper = try await running(.hangs)
        let first = try await begin(["attach-device", "inn", "n.xml", "--live"], showing: "attaching", on: xenkeeper)
        let second = try await xenkeeper.start(["undefine", "inn"])
        kill(second.pid, SIGINT)
        let outcome = try await second.outcome
        // Before it waits one ends it as ever.
        #expect(outcome.status == 128 + SIGINT || outcome.signal == SIGINT)
        kill(first.pid, SIGINT)
        _ = try await first.outcome
        #expect(try await xenkeeper("dominfo", "inn").status == 0)
    }

    @Test("a command that was told to ignore a signal goes on")
    func ignored() async throws {
        let xenkeeper = try await running(.takes(.zero))
        let running = try await xenkeeper.start(
            ["attach-device", "inn", "n.xml", "--live"], settings: Self.stopping, ignoring: "HUP")
        try await Program.stopped(running.pid)
        kill(running.pid, SIGHUP)
        kill(running.pid, SIGCONT)
        #expect(try await running.outcome.status == 0)
        #expect(try await xenkeeper("device-list", "inn").output.contains("ua-n"))
    }

    private func name(of signal: Int32) -> String {
        [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal] ?? ""
    }
}
