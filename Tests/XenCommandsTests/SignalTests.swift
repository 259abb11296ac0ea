import Foundation
import Glibc
import LibxlFake
import SystemPackage
import Testing

import enum LibxlTestKit.Sanitizer

@Suite(
    "Signals give a change up in order",
    .disabled(
        if: Sanitizer.isThread,
        "the thread sanitizer holds signals back until a thread calls into it, which a thread that waits may never do"))
struct SignalTests {
    /// A program on whose host a domain runs, and hotplug scripts of NICs on bridges do what `script` says.
    private func running(_ script: FakeScript) async throws -> Program {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("inn.xml", Program.domain("inn")))
        try await xenkeeper("start", "inn")
        _ = try xenkeeper.file("n.xml", Program.nic("n", mac: 2))
        let nic = Program.nic("a", mac: 1).replacing("00:16:3e:00:01:01", with: "00:16:3e:00:00:01")
        _ = try xenkeeper.file(
            "u.xml", nic.replacing("<alias", with: "<script path='/etc/xen/scripts/vif-hangs'/><alias"))
        let directory = xenkeeper.directory.appendingPathComponent("host/xen").path
        try FakeXenHost(directory: FilePath(directory)).configure {
            $0.scripts = ["vif-bridge": script, "vif-hangs": .hangs]
        }
        return xenkeeper
    }

    /// Starts a change with time for more than the test takes, and returns once it has begun and stands still.
    private func begin(_ words: [String], on xenkeeper: Program, ignoring signal: String? = nil) async throws
        -> Program.Running
    {
        let running = try await xenkeeper.start(
            words + Self.patience, settings: .init(environment: ["XENKEEPER_FAKE_STOP_AT_STEP": "5"]), ignoring: signal)
        try await Program.stopped(running.pid)
        return running
    }

    /// A loaded machine must not end a change, or a wait for one, before its signal does.
    private static let patience = ["--timeout", "3600"]

    /// Sends `signals` to a change that stands still, and lets it go on.
    private func send(_ signals: Int32..., to running: Program.Running) {
        for signal in signals + [SIGCONT] { kill(running.pid, signal) }
    }

    @Test(
        "an attach is undone, which is said, and the exit code is the signal's", arguments: [SIGINT, SIGTERM, SIGHUP])
    func attach(_ signal: Int32) async throws {
        let xenkeeper = try await running(.hangs)
        let before = try await xenkeeper("device-list", "inn").output
        let running = try await begin(["attach-device", "inn", "n.xml", "--live"], on: xenkeeper)
        send(signal, to: running)
        let outcome = try await running.outcome
        #expect(outcome.status == 128 + signal)
        #expect(outcome.errors.contains("error: operation aborted: domain 'inn': attach of interface 'ua-n'"))
        #expect(outcome.errors.contains("was given up and undone"))
        #expect(outcome.errors.hasSuffix("\nnote: the change was given up because of \(name(of: signal))\n"))
        #expect(try await xenkeeper("device-list", "inn").output == before)
    }

    @Test("an update puts the old NIC back")
    func update() async throws {
        let xenkeeper = try await running(.takes(.zero))
        let before = try await xenkeeper("device-list", "inn").output
        let running = try await begin(["update-device", "inn", "u.xml", "--live"], on: xenkeeper)
        send(SIGTERM, to: running)
        #expect(try await running.outcome.status == 128 + SIGTERM)
        #expect(try await xenkeeper("device-list", "inn").output == before)
    }

    @Test("a second signal ends the command at once, and the next change recovers what it left")
    func second() async throws {
        let xenkeeper = try await running(.hangs)
        let before = try await xenkeeper("device-list", "inn").output
        let running = try await begin(["attach-device", "inn", "n.xml", "--live"], on: xenkeeper)
        // Both wait for the process to go on, so that the second finds the first at work.
        send(SIGINT, SIGTERM, to: running)
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
        let first = try await begin(["attach-device", "inn", "n.xml", "--live"], on: xenkeeper)
        let second = try await xenkeeper.start(["undefine", "inn"] + Self.patience)
        kill(second.pid, SIGINT)
        let outcome = try await second.outcome
        // Before it waits one ends it as ever.
        #expect(outcome.status == 128 + SIGINT || outcome.signal == SIGINT)
        send(SIGINT, to: first)
        _ = try await first.outcome
        #expect(try await xenkeeper("dominfo", "inn").status == 0)
    }

    @Test("a command that is to ignore a signal goes on")
    func ignored() async throws {
        let xenkeeper = try await running(.takes(.zero))
        let running = try await begin(["attach-device", "inn", "n.xml", "--live"], on: xenkeeper, ignoring: "HUP")
        send(SIGHUP, to: running)
        #expect(try await running.outcome.status == 0)
        #expect(try await xenkeeper("device-list", "inn").output.contains("ua-n"))
    }

    private func name(of signal: Int32) -> String {
        [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal] ?? ""
    }
}
