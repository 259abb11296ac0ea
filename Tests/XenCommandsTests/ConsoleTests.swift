import Foundation
import Glibc
import LibxlAPI
import LibxlFake
import Subprocess
import SystemPackage
import Testing

import enum LibxlTestKit.Sanitizer

@Suite("console connects with a guest, whose end of it is here the test's", .timeLimit(.minutes(5)))
struct ConsoleTests {
    /// A host on which `vm` is defined, and its consoles are served on terminals, by their nodes.
    private func host(_ consoles: [String: Pty], document: String = Program.domain("vm")) async throws -> Program {
        let xenkeeper = try Program()
        _ = try await xenkeeper("define", try xenkeeper.file("vm.xml", document))
        try serve(consoles, on: xenkeeper)
        return xenkeeper
    }

    private func serve(_ consoles: [String: Pty], on xenkeeper: Program) throws {
        let directory = xenkeeper.directory.appendingPathComponent("host/xen").path
        try FakeXenHost(directory: FilePath(directory)).configure { $0.consoles = ["vm": consoles.mapValues(\.path)] }
    }

    private func running(_ guest: Pty) async throws -> Program {
        let xenkeeper = try await host(["console": guest])
        #expect(try await xenkeeper("start", "vm").status == 0)
        return xenkeeper
    }

    /// A command at the terminal `user`, which it has as input and output; what it complains of goes to `errors`.
    private func start(_ words: [String], at user: Pty, on xenkeeper: Program, _ environment: [String: String] = [:])
        async throws -> Program.Running
    {
        try await xenkeeper.start(
            words, settings: .init(environment: environment, redirections: "<\(user.path) >\(user.path) 2>errors"))
    }

    /// Returns once `errors` has `text`.
    private func said(_ text: String, by xenkeeper: Program) async throws {
        while try !xenkeeper.text(of: "errors").contains(text) { try await Task.sleep(for: .milliseconds(10)) }
    }

    private static let header = "Connected to domain 'vm'\nEscape character is ^] (Ctrl + ])\n"

    // MARK: Both ways

    @Test("what is typed goes to the guest as it is, what it says comes out as it is, and ^] leaves")
    func bothWays() async throws {
        let (guest, user) = (try Pty(isRaw: true), try Pty(isRaw: false))
        let xenkeeper = try await running(guest)
        #expect(try await xenkeeper("ttyconsole", "vm").output == guest.path + "\n\n")
        let console = try await start(["console", "vm"], at: user, on: xenkeeper)
        try await user.read(until: "Escape character is ^] (Ctrl + ])\r\n")
        try guest.write("login: ")
        try await user.read(until: "login: ")
        // Keys that would otherwise do something here: an interrupt, a stop, an end.
        try user.write("root\r\u{3}\u{1a}\u{4}")
        #expect(try await guest.read(until: "\u{4}") == "root\r\u{3}\u{1a}\u{4}")
        #expect(try !user.isCooked)
        try user.write("\u{1d}")
        let outcome = try await console.outcome
        #expect(outcome.status == 0)
        #expect(try xenkeeper.text(of: "errors") == "")
        #expect(try user.isCooked)
        #expect(!guest.isOpen(in: console.pid))
    }

    @Test("much is carried without a byte lost, both ways")
    func much() async throws {
        let guest = try Pty(isRaw: true)
        let xenkeeper = try await running(guest)
        let lines = (1...4000).map { "line \($0)\n" }.joined()
        let reader = Task { try await guest.read(until: "line 4000\n") }
        let console = try await xenkeeper.start(
            ["-q", "console", "vm"], settings: .init(input: lines, redirections: ">said"))
        #expect(try await reader.value == lines)
        #expect(try await console.outcome.status == 0)
        let fifo = xenkeeper.directory.appendingPathComponent("keys").path
        try #require(mkfifo(fifo, 0o600) == 0)
        let other = try await xenkeeper.start(["-q", "console", "vm"], settings: .init(redirections: "<>keys >said"))
        for number in stride(from: 1, through: 4000, by: 50) {
            let part = (number..<(number + 50)).map { "line \($0)\n" }.joined()
            while true {
                do {
                    try guest.write(part)
                    break
                } catch { try await Task.sleep(for: .milliseconds(5)) }
            }
            while try !xenkeeper.text(of: "said").hasSuffix("line \(number + 49)\n") {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(try xenkeeper.text(of: "said") == lines)
        let keys = open(fifo, O_WRONLY | O_CLOEXEC)
        _ = write(keys, "\u{1d}", 1)
        close(keys)
        #expect(try await other.outcome.status == 0)
    }

    @Test("input that is no terminal is passed on; after its end the session ends once the guest is silent")
    func pipe() async throws {
        let guest = try Pty(isRaw: true)
        let xenkeeper = try await running(guest)
        // Before it is asked: how long a silence is must not matter here.
        try guest.write("up 3 days\n")
        let console = try await xenkeeper.start(["console", "vm"], settings: .init(input: "uptime\n"))
        try await guest.read(until: "uptime\n")
        let outcome = try await console.outcome
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(outcome.output == Self.header + "up 3 days\n\n")
        // With the key that leaves in it nothing is waited for.
        let left = try await xenkeeper.start(["console", "vm"], settings: .init(input: "poweroff\n\u{1d}lost"))
        #expect(try await guest.read(until: "\n") == "poweroff\n")
        #expect(try await left.outcome.status == 0)
    }

    // MARK: Ways out

    @Test(
        "the terminal is what it was on every way out",
        .disabled(if: Sanitizer.isThread, "the thread sanitizer holds signals back"),
        arguments: [SIGINT, SIGTERM, SIGHUP, 0])
    func restored(_ signal: Int32) async throws {
        let (guest, user) = (try Pty(isRaw: true), try Pty(isRaw: false))
        let xenkeeper = try await running(guest)
        let console = try await start(["console", "vm"], at: user, on: xenkeeper)
        while try user.isCooked { try await Task.sleep(for: .milliseconds(10)) }
        if signal == 0 {
            #expect(try await xenkeeper("destroy", "vm").status == 0)
        } else {
            kill(console.pid, signal)
        }
        let outcome = try await console.outcome
        #expect(try user.isCooked)
        let errors = try xenkeeper.text(of: "errors")
        if signal == 0 {
            #expect(outcome.status == 0 && errors.hasSuffix("note: domain 'vm' is gone, and its console with it\n"))
        } else {
            #expect(outcome.status == 1 && errors == "note: a signal ended the console session\n", "\(errors)")
        }
    }

    @Test(
        "a second signal, which ends the command at once, restores it as well",
        .disabled(if: Sanitizer.isThread, "the thread sanitizer holds signals back"))
    func twoSignals() async throws {
        let (guest, user) = (try Pty(isRaw: true), try Pty(isRaw: false))
        let xenkeeper = try await running(guest)
        let console = try await start(["console", "vm"], at: user, on: xenkeeper)
        while try user.isCooked { try await Task.sleep(for: .milliseconds(10)) }
        kill(console.pid, SIGSTOP)
        try await Program.stopped(console.pid)
        for signal in [SIGTERM, SIGINT, SIGCONT] { kill(console.pid, signal) }
        #expect([128 + SIGINT, 128 + SIGTERM].contains(try await console.outcome.status))
        #expect(try user.isCooked)
    }

    // MARK: Reboots

    @Test("a guest that reboots keeps its console, on another terminal, with the service or without it")
    func reboot() async throws {
        let (guest, next, user) = (try Pty(isRaw: true), try Pty(isRaw: true), try Pty(isRaw: false))
        let xenkeeper = try await running(guest)
        let console = try await start(["console", "vm"], at: user, on: xenkeeper)
        try await user.read(until: "Ctrl + ]")
        try serve(["console": next], on: xenkeeper)
        let reboot = try await xenkeeper("reboot", "vm", "--wait")
        #expect(reboot.status == 0 && reboot.output == "Domain 'vm' has been rebooted\n\n" && reboot.errors == "")
        try await said("note: domain 'vm' was started anew (id 2), and its console goes on", by: xenkeeper)
        try next.write("welcome back")
        try await user.read(until: "welcome back")
        try user.write("here")
        try await next.read(until: "here")
        #expect(try await xenkeeper("ttyconsole", "vm").output == next.path + "\n\n")
        #expect(try await xenkeeper("shutdown", "vm", "--wait").output == "Domain 'vm' has been shut down\n\n")
        #expect(try await console.outcome.status == 0)
        #expect(try xenkeeper.text(of: "errors").hasSuffix("note: domain 'vm' is gone, and its console with it\n"))
    }

    // MARK: Who else has it

    @Test("a console has one session of ours; another is refused with the process, or by force ends it")
    func sessions() async throws {
        let (guest, user, other) = (try Pty(isRaw: true), try Pty(isRaw: false), try Pty(isRaw: false))
        let xenkeeper = try await running(guest)
        let first = try await start(["console", "vm"], at: user, on: xenkeeper)
        try await user.read(until: "Ctrl + ]")
        let refused = try await xenkeeper("console", "vm")
        #expect(refused.status == 1)
        for text in [
            "error: Failed to connect to the console of domain 'vm'\n", "Active console session exists for this domain",
            "process \(first.pid)", "console --force does that",
        ] { #expect(refused.errors.contains(text), "\(refused.errors)") }
        #expect(!refused.errors.contains("warning"), "\(refused.errors)")
        let second = try await xenkeeper.start(
            ["console", "vm", "--force"], settings: .init(redirections: "<\(other.path) >\(other.path)"))
        try await other.read(until: "Ctrl + ]")
        #expect(try await first.outcome.status == 1)
        #expect(
            try xenkeeper.text(of: "errors")
                == "error: process \(second.pid) has taken over the console of domain 'vm'\n")
        #expect(try user.isCooked)
        try guest.write("for the second")
        try await other.read(until: "for the second")
        try other.write("\u{1d}")
        let outcome = try await second.outcome
        #expect(outcome.status == 0)
        #expect(!outcome.errors.contains("error"), "\(outcome.errors)")
        let left = try FileManager.default.contentsOfDirectory(
            atPath: xenkeeper.directory.appendingPathComponent("host/run/xenkeeper/locks").path)
        #expect(left.filter { $0.contains("console") } == [])
    }

    @Test("xl's session is named; with --safe it is a refusal")
    func xlsSession() async throws {
        let guest = try Pty(isRaw: true)
        let xenkeeper = try await running(guest)
        let xl = xenkeeper.directory.appendingPathComponent("xenconsole").path
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: xl)
        // Not as what controls this process, which would be ended with it.
        let terminal = FileDescriptor(rawValue: open(guest.path, O_RDONLY | O_NOCTTY | O_CLOEXEC))
        _ = try await Subprocess.run(
            .path(FilePath(xl)), arguments: ["600"],
            input: .fileDescriptor(terminal, closeAfterSpawningProcess: true), output: .discarded, error: .discarded
        ) { execution in
            let pid = execution.processIdentifier.value
            // It may have inherited that it heeds no other signal.
            defer { kill(pid, SIGKILL) }
            let named = "'xenconsole' (process \(pid))"
            let safe = try await xenkeeper("console", "vm", "--safe")
            #expect(safe.status == 1)
            #expect(
                safe.errors.contains("the terminal \(guest.path) of domain 'vm' is in use by \(named)"),
                "\(safe.errors)")
            let console = try await xenkeeper("console", "vm", settings: .init(input: "\u{1d}"))
            #expect(console.status == 0)
            #expect(
                console.errors.hasPrefix("warning: \(named) has the console's terminal open as well"),
                "\(console.errors)")
        }
    }

    // MARK: Which

    @Test("an hvm guest's is its first serial port; serial ports and channels are had by alias")
    func named() async throws {
        let ptys = [
            "console": try Pty(isRaw: true), "serial/0": try Pty(isRaw: true), "serial/1": try Pty(isRaw: true),
            "device/console/1": try Pty(isRaw: true), "device/console/2": try Pty(isRaw: true),
        ]
        let document = Program.domain(
            "vm",
            extra: """
                <serial type='pty'><target port='0'/></serial>
                <serial type='pty'><target port='1'/><alias name='ua-second'/></serial>
                <channel type='pty'><target type='xen' name='org.one'/><alias name='ua-one'/></channel>
                <channel type='pty'><target type='xen' name='org.two'/><alias name='ua-two'/></channel>
                <channel type='unix'><target type='xen' name='org.three'/><alias name='ua-socket'/></channel>
                """)
        let hvm = document.replacing(
            "<os><type>xenpvh</type><kernel>/boot/vmlinuz</kernel></os>", with: "<os><type>hvm</type></os>")
        let xenkeeper = try await host(ptys, document: hvm)
        #expect(try await xenkeeper("console", "vm").errors == "error: The domain is not running\n")
        #expect(try await xenkeeper("ttyconsole", "vm").errors.contains("domain is not running"))
        let started = try await xenkeeper("start", "vm")
        #expect(started.status == 0, "\(started.errors)")
        for (alias, node) in [
            (nil, "serial/0"), ("serial0", "serial/0"), ("ua-second", "serial/1"), ("ua-one", "device/console/1"),
            ("ua-two", "device/console/2"),
        ] {
            let words = ["console", "vm"] + (alias.map { ["--devname", $0] } ?? [])
            let outcome = try await xenkeeper(words, settings: .init(input: "for \(alias ?? "-")\u{1d}"))
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try await ptys[node]?.read(until: alias ?? "-") == "for \(alias ?? "-")")
        }
        for (alias, reason) in [
            ("ua-nope", "cannot find character device ua-nope of domain 'vm'"),
            ("ua-root", "cannot find character device ua-root of domain 'vm'"),
            ("ua-socket", "character device ua-socket is not using a PTY but 'unix'"),
        ] {
            let outcome = try await xenkeeper("console", "vm", "--devname", alias)
            #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(outcome.errors)")
        }
    }

    @Test("a console that cannot be had is an error that says why")
    func refused() async throws {
        let xenkeeper = try await host([:])
        #expect(try await xenkeeper("start", "vm").status == 0)
        let directory = xenkeeper.directory.appendingPathComponent("host/xen").path
        for (words, reason) in [
            (["console", "vm"], "the host serves the console of domain 'vm' on no terminal"),
            (["ttyconsole", "vm"], "xenstore has no /local/domain/1/console/tty"),
            (["console", "Domain-0"], "Domain-0 does not support requested operation"),
            (["console", "nobody"], "no domain with matching name 'nobody'"),
        ] {
            let outcome = try await xenkeeper(words)
            #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(words): \(outcome.errors)")
        }
        for (path, reason) in [
            ("/dev/null", "it is no terminal"), ("/nonexistent", "No such file or directory"),
        ] {
            try FakeXenHost(directory: FilePath(directory)).writeNode(XenstorePath("/local/domain/1/console/tty"), path)
            let outcome = try await xenkeeper("console", "vm")
            #expect(
                outcome.status == 1
                    && outcome.errors.contains("the console's terminal '\(path)' cannot be used: \(reason)"),
                "\(outcome.errors)")
        }
        let guest = try Pty(isRaw: true)
        try FakeXenHost(directory: FilePath(directory)).writeNode(
            XenstorePath("/local/domain/1/console/tty"), guest.path)
        #expect(try await xenkeeper("-r", "console", "vm").errors.contains("read only access prevents"))
    }

    // MARK: From the start on

    @Test(
        "start and create with --console have the terminal open before the guest begins",
        arguments: ["start", "create"])
    func fromTheStart(_ verb: String) async throws {
        let (guest, user) = (try Pty(isRaw: true), try Pty(isRaw: false))
        let document = Program.domain("vm")
        let words = verb == "start" ? ["start", "vm"] : ["create", "vm.xml"]
        let rehearsal = try await host(["console": guest], document: document)
        if verb == "create" { _ = try await rehearsal("undefine", "vm") }
        _ = try await rehearsal(words, settings: .init(environment: ["XENKEEPER_FAKE_STEP_LOG": "steps"]))
        let steps = try rehearsal.text(of: "steps").split(separator: "\n")
        let step = try #require(steps.firstIndex { $0.hasSuffix("unpaused") }) + 1

        let xenkeeper = try await host(["console": guest], document: document)
        if verb == "create" { _ = try await xenkeeper("undefine", "vm") }
        let running = try await start(
            words + ["--console"], at: user, on: xenkeeper, ["XENKEEPER_FAKE_STOP_AT_STEP": "\(step)"])
        try await Program.stopped(running.pid)
        #expect(guest.isOpen(in: running.pid), "\(steps[step - 1])")
        try guest.write("first words")
        kill(running.pid, SIGCONT)
        let said = try await user.read(until: "first words")
        let done = verb == "start" ? "Domain 'vm' started" : "Domain 'vm' created from vm.xml"
        #expect(
            said.hasPrefix("\(done)\r\nConnected to domain 'vm'\r\nEscape character is ^] (Ctrl + ])\r\n"), "\(said)")
        try user.write("\u{1d}")
        #expect(try await running.outcome.status == 0)
        #expect(try await xenkeeper("-q", "domstate", "vm", "--reason").output == "running (booted)\n")
    }

    @Test("a console that is not served does not keep the guest from running")
    func startWithoutOne() async throws {
        let xenkeeper = try await host([:])
        let outcome = try await xenkeeper("start", "vm", "--console")
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("Domain 'vm' started\n"))
        #expect(
            outcome.errors.hasPrefix("error: Failed to connect to the console of domain 'vm'\n"), "\(outcome.errors)")
        #expect(try await xenkeeper("-q", "domstate", "vm").output == "running\n")
    }
}
