import Foundation
import Glibc
import LibxlFake
import SystemPackage
import Testing

@Suite("What is being done to a domain is shown, and given up", .timeLimit(.minutes(5)))
struct JobVerbTests {
    /// A program on whose host `inn` runs, and hotplug scripts of NICs hang.
    private func running() async throws -> Program {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("inn.xml", Program.domain("inn")))
        try await xenkeeper("start", "inn")
        _ = try xenkeeper.file("n.xml", Program.nic("n", mac: 2))
        let directory = xenkeeper.directory.appendingPathComponent("host/xen").path
        try FakeXenHost(directory: FilePath(directory)).configure { $0.scripts = ["vif-bridge": .hangs] }
        return xenkeeper
    }

    /// Returns once there is a job, and what is said of it.
    private func job(of xenkeeper: Program) async throws -> Program.Outcome {
        while true {
            let outcome = try await xenkeeper("domjobinfo", "inn")
            if outcome.output != Self.none { return outcome }
        }
    }

    private static let none = "Job type:         None        \n\n"

    @Test("in virsh's lines, with the process that makes it, which then gives it up; without one it is an error")
    func abort() async throws {
        let xenkeeper = try await running()
        #expect(try await xenkeeper("domjobinfo", "inn").output == Self.none)
        let refused = try await xenkeeper("domjobabort", "inn")
        #expect(refused.status == 1)
        #expect(refused.errors == "error: Requested operation is not valid: no job is active on the domain\n")
        let before = try await xenkeeper("device-list", "inn").output
        let attach = try await xenkeeper.start(["attach-device", "inn", "n.xml", "--live", "--timeout", "3600"])
        let shown = try await job(of: xenkeeper)
        #expect(shown.errors == "")
        let pattern = try Regex(
            """
            Job type: {9}Bounded {5}
            Operation: {8}Attach {6}
            Time elapsed: {5}[0-9]+ * ms
            Time remaining: {3}[0-9]+ * ms
            Device: {11}interface 'ua-n'.*
            Steps done: {7}0 of 1 *
            Process: {10}\(attach.pid) *


            """)
        #expect(shown.output.wholeMatch(of: pattern) != nil, "\(shown.output)")
        #expect(try await xenkeeper("domjobinfo", "inn", "--completed").output == Self.none)
        let abort = try await xenkeeper("domjobabort", "inn", "--timeout", "3600")
        #expect(abort.status == 0 && abort.output == "\n" && abort.errors == "", "\(abort.errors)")
        let outcome = try await attach.outcome
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("warning: process "), "\(outcome.errors)")
        #expect(outcome.errors.contains("asked that the attach of domain 'inn' be given up"), "\(outcome.errors)")
        #expect(outcome.errors.contains("was given up and undone"), "\(outcome.errors)")
        #expect(try await xenkeeper("device-list", "inn").output == before)
        #expect(try await xenkeeper("domjobinfo", "inn").output == Self.none)
    }

    @Test("one whose process was killed has failed, and is recovered")
    func leftBehind() async throws {
        let xenkeeper = try await running()
        let before = try await xenkeeper("device-list", "inn").output
        let attach = try await xenkeeper.start(["attach-device", "inn", "n.xml", "--live", "--timeout", "3600"])
        _ = try await job(of: xenkeeper)
        kill(attach.pid, SIGKILL)
        #expect(try await attach.outcome.signal == SIGKILL)
        let shown = try await xenkeeper("domjobinfo", "inn")
        #expect(
            shown.output.hasPrefix("Job type:         Failed      \nOperation:        Attach      \n"),
            "\(shown.output)")
        #expect(!shown.output.contains("Process") && !shown.output.contains("remaining"), "\(shown.output)")
        #expect(shown.errors.contains("note: nobody is at the attach of domain 'inn' any more"), "\(shown.errors)")
        let abort = try await xenkeeper(
            "domjobabort", "inn", settings: .init(environment: ["XENKEEPER_FAKE_SCRIPT_LIMIT": "1"]))
        #expect(abort.status == 0 && abort.errors.contains("undid an attach"), "\(abort.errors)")
        #expect(try await xenkeeper("device-list", "inn").output == before)
        #expect(try await xenkeeper("domjobinfo", "inn").output == Self.none)
    }

    @Test("version tells of the program and of the hypervisor that runs")
    func version() async throws {
        let xenkeeper = try Program()
        let own = try await xenkeeper("--version").output.split(separator: "\n")[0]
        #expect(
            try await xenkeeper("version").output == """
                Compiled against library: xenkeeper \(own)
                Using library: xenkeeper \(own)
                Using API: Xen \(own)
                Running hypervisor: Xen 4.17.0


                """)
    }
}
