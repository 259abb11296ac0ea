import Foundation
import Glibc
import Subprocess
import SystemPackage
import Testing

/// What is left when readers go away, commands meet, and processes are killed or stopped.
@Suite("The program survives what happens to programs")
struct ProgramFaultTests {
    @Test(
        "A result that cannot be written is distinguished from a change that was not made",
        arguments: [
            (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
            ("<&- >&-", "Bad file descriptor"),
        ])
    func lostResult(redirections: String, reason: String) async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Program.domain("vm"))
        let outcome = try await xenkeeper("define", file, settings: .init(redirections: redirections))
        #expect(
            outcome.errors
                == "error: the command was carried out, but its result could not be written: \(reason)\n")
        #expect(outcome.status == 1)
        // Were the closed descriptor given to a file of ours, the message would stand in it.
        #expect(try await xenkeeper("dumpxml", "vm").output.hasPrefix("<domain type='xen'>"))
        #expect(try xenkeeper.text(of: "host/etc/xenkeeper/domains/vm.xml").contains("Domain 'vm' defined") == false)
    }

    @Test("With every standard descriptor closed a change is made and nothing is written into its files")
    func allClosed() async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Program.domain("vm", extra: "<sound model='ac97'/>"))
        let outcome = try await xenkeeper("define", file, settings: .init(redirections: "<&- >&- 2>&-"))
        #expect(outcome.status == 1)
        #expect(try await xenkeeper("start", "vm").output == "Domain 'vm' started\n\n")
    }

    @Test("A reader who went away neither kills the command nor draws a complaint")
    func brokenPipe() async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Program.domain("vm", extra: "<sound model='ac97'/>"))
        // The reader has ended before the command starts: the fifo's only reader is a process that exits at once.
        _ = try xenkeeper.file(
            "gone", "#!/bin/sh\nmkfifo pipe\n(exec 3<pipe) &\nexec 4>pipe\nwait\n\"$@\" >&4 2>errors\n")
        for (words, errors) in [(["list"], ""), (["define", file], "warning: ")] {
            let result = try await Subprocess.run(
                .path("/bin/sh"), arguments: Arguments(["gone", Program.path] + words),
                environment: .custom(["XENKEEPER_DEFAULT_URI": xenkeeper.uri, "PATH": "/usr/bin:/bin"]),
                workingDirectory: FilePath(xenkeeper.directory.path), output: .discarded)
            #expect(result.terminationStatus == .exited(1))
            #expect(try xenkeeper.text(of: "errors").hasPrefix(errors))
            try FileManager.default.removeItem(at: xenkeeper.directory.appendingPathComponent("pipe"))
        }
        #expect(try await xenkeeper("domstate", "vm").output == "shut off\n\n")
    }

    @Test("Of many commands that start one domain at once, one does it, and each other says that it runs")
    func concurrentStarts() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        var commands: [Program.Running] = []
        for _ in 0..<5 { commands.append(try await xenkeeper.start(["start", "vm"])) }
        let outcomes = try await all(commands)
        #expect(outcomes.filter { $0.status == 0 }.count == 1)
        for loser in outcomes where loser.status != 0 {
            #expect(loser.status == 1)
            #expect(loser.errors == "error: Domain is already active\n")
        }
        #expect(try await xenkeeper("-q", "list", "--name").output == "Domain-0\nvm\n")
    }

    @Test("Commands that plug into one domain at once all succeed, and lists that are read meanwhile as well")
    func concurrentAttaches() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("create", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let count = 6
        var commands: [Program.Running] = []
        for number in 0..<count {
            let file = try xenkeeper.file("\(number).xml", Program.nic("n\(number)", mac: 16 + number))
            commands.append(try await xenkeeper.start(["attach-device", "vm", file]))
            commands.append(try await xenkeeper.start(["device-list", "vm", "--json"]))
        }
        for outcome in try await all(commands) {
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
        }
        let rows = try await xenkeeper("-q", "device-list", "vm").output.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        let nics = rows.filter { $0.first?.hasPrefix("ua-n") == true }
        #expect(nics.count == count)
        #expect(Set(nics.map { $0[3] }).count == count)
        #expect(nics.allSatisfy { $0.last == "bound" })
    }

    @Test("While a change is stuck, readers answer, a second change gives up in time, and in the end the first is done")
    func stuckChange() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("create", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let file = try xenkeeper.file("b.xml", Program.nic("b", mac: 2))
        let settings = Program.Settings(environment: ["XENKEEPER_FAKE_STOP_AT_STEP": "6"])
        let stuck = try await xenkeeper.start(
            ["attach-device", "vm", file, "--timeout", "36000"], settings: settings)
        try await Program.stopped(stuck.pid)
        #expect(try await xenkeeper("-q", "list", "--name").output == "Domain-0\nvm\n")
        #expect(try await xenkeeper("dumpxml", "vm").status == 0)
        let row = try await xenkeeper("-q", "device-list", "vm").output.split(separator: "\n").last
        #expect(row?.hasPrefix(" ua-b ") == true)
        #expect(row?.hasSuffix(" attaching") == true)
        let second = try await xenkeeper("detach-device-alias", "vm", "ua-a", "--timeout", "1")
        #expect(second.status == 1)
        #expect(second.errors.hasPrefix("error: Failed to detach device with alias ua-a\nerror: "))
        kill(stuck.pid, SIGCONT)
        let first = try await stuck.outcome
        #expect(first.output == "Device attached successfully\n\n")
        #expect(try await xenkeeper("-q", "domiflist", "vm").output.split(separator: "\n").count == 2)
    }

    @Test("A damaged status file keeps nobody from reading, and the next change says what became of it")
    func damagedStatus() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        try await xenkeeper("start", "vm")
        let uuid = try await xenkeeper("-q", "domuuid", "vm").output.trimmingCharacters(in: .newlines)
        _ = try xenkeeper.file("host/run/xenkeeper/domains/\(uuid).json", "{\"cut")
        #expect(try await xenkeeper("-q", "list", "--name").output == "Domain-0\nvm\n")
        let change = try await xenkeeper("domif-setlink", "vm", "--alias", "ua-a", "down")
        #expect(change.status == 0)
        #expect(change.output == "Device updated successfully (in place: link)\n\n")
        #expect(change.errors.hasPrefix("warning: "))
        #expect(change.errors.hasSuffix("recovered: ua-root, ua-a\n"))
    }

    @Test(
        "A fault setting that makes no sense is refused before anything is done",
        arguments: [
            ("XENKEEPER_FAKE_END_AT_STEP", "0"), ("XENKEEPER_FAKE_END_AT_STEP", "x"),
            ("XENKEEPER_FAKE_STOP_AT_STEP", "-1"), ("XENKEEPER_FAKE_STOP_AT_STEP", "1.5"),
            ("XENKEEPER_FAKE_SCRIPT_LIMIT", "0"), ("XENKEEPER_FAKE_STEP_LOG", "/nonexistent/log"),
        ])
    func badSettings(variable: String, text: String) async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Program.domain("vm"))
        let outcome = try await xenkeeper("define", file, settings: .init(environment: [variable: text]))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(variable))
        #expect(outcome.errors.contains("'\(text)'"))
        #expect(!xenkeeper.hasState)
    }

    private func all(_ commands: [Program.Running]) async throws -> [Program.Outcome] {
        var outcomes: [Program.Outcome] = []
        for command in commands { outcomes.append(try await command.outcome) }
        return outcomes
    }
}
