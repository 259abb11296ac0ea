import Foundation
import LibxlFake
import Subprocess
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite("xenkeeperd keeps a fake host, beside commands", .timeLimit(.minutes(30)))
struct ServiceProgramTests {
    private static let devices = """
        <interface type='bridge'><source bridge='xenbr0'/><alias name='ua-lan'/></interface>
        """

    /// A host with the domain `vm` running.
    private func host() async throws -> Program {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm", extra: Self.devices)))
        try await xenkeeper("start", "vm")
        return xenkeeper
    }

    /// Runs a service until `body` has ended; it says what it has to say in `service.log`.
    private func serve(
        _ xenkeeper: Program, ends signal: Int32 = SIGTERM, _ environment: [String: String] = [:],
        _ body: (Program.Running) async throws -> Void
    ) async throws -> Program.Outcome {
        // What an earlier one said is not this one's.
        _ = try xenkeeper.file("service.log", "")
        let running = try await xenkeeper.start(
            ["--connect", xenkeeper.uri, "--config", xenkeeper.directory.path + "/xenkeeperd.conf"],
            settings: .init(environment: environment, redirections: ">service.log 2>&1", name: "xenkeeperd"))
        do {
            try await said("are kept from now on", in: "service.log", of: xenkeeper)
            try await body(running)
        } catch {
            kill(running.pid, SIGKILL)
            throw error
        }
        kill(running.pid, signal)
        return try await running.outcome
    }

    /// Returns once a file, which may not be there yet, has `text`.
    private func said(_ text: String, in file: String, of xenkeeper: Program) async throws {
        while (try? xenkeeper.text(of: file))?.contains(text) != true { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Returns once `list` shows something else than `before`.
    private func runs(otherThan id: Int, _ xenkeeper: Program) async throws {
        while true {
            let found = try await xenkeeper("-q", "list", "--id", "--name").output
            if let line = found.split(separator: "\n").first(where: { $0.hasSuffix("vm") }), !line.hasPrefix("\(id) "),
                try await xenkeeper("-q", "domstate", "vm").output == "running\n"
            {
                return
            }
        }
    }

    @Test("a guest that reboots comes back, is seen in event, and the service ends in order with its guests running")
    func reboot() async throws {
        let xenkeeper = try await host()
        let before = try await xenkeeper("device-list", "vm").output
        let outcome = try await serve(xenkeeper) { _ in
            let events = try await xenkeeper.start(
                ["event", "--all", "--loop"], settings: .init(redirections: ">events.log 2>&1"))
            // It follows the host's files from then on.
            while try !Self.watches(events.pid) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(try await xenkeeper("fake", "vm", "reboot").status == 0)
            try await said("Started Booted", in: "events.log", of: xenkeeper)
            kill(events.pid, SIGINT)
            let ended = try await events.outcome
            let text = try xenkeeper.text(of: "events.log")
            #expect(ended.status == 0)
            for line in [
                "event 'lifecycle' for domain 'vm': Stopped Shutdown", "event 'reboot' for domain 'vm'",
                "event 'lifecycle' for domain 'vm': Started Booted", "event loop interrupted", "events received: ",
            ] { #expect(text.contains(line), "\(text)") }
        }
        #expect(outcome.status == 0)
        #expect(try xenkeeper.text(of: "service.log").contains("ended; guests are left running"))
        #expect(try await xenkeeper("device-list", "vm").output == before)
        #expect(try await xenkeeper("-q", "domid", "vm").output == "2\n")
    }

    /// Whether a process watches directories. Source: proc(5), `/proc/PID/fd`.
    private static func watches(_ pid: pid_t) throws -> Bool {
        let directory = "/proc/\(pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: directory).contains { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)"))?.contains("inotify")
                ?? false
        }
    }

    @Test("killed at any step of a restart, the next service brings the guest back with its names")
    func killed() async throws {
        let prepared = try await host()
        let before = try await prepared("device-list", "vm").output
        _ = try await prepared("fake", "vm", "reboot")
        let log = "\(prepared.directory.path)/steps"
        let whole = try Program(copyOf: prepared)
        _ = try await serve(whole, ["XENKEEPER_FAKE_STEP_LOG": log]) { _ in try await runs(otherThan: 1, whole) }
        let steps = try prepared.text(of: "steps").split(separator: "\n")
        let first = try #require(steps.firstIndex { $0 == "driver: restart planned" })
        let last = try #require(steps.firstIndex { $0 == "driver: change completed" })
        // Every third: a kill of a process takes its time.
        for step in stride(from: first + 1, through: last + 1, by: 3) {
            let xenkeeper = try Program(copyOf: prepared)
            let running = try await xenkeeper.start(
                ["--connect", xenkeeper.uri, "--config", "/nonexistent"],
                settings: .init(environment: ["XENKEEPER_FAKE_END_AT_STEP": "\(step)"], name: "xenkeeperd"))
            #expect(try await running.outcome.signal == SIGKILL, "at step \(step), \(steps[step - 1])")
            _ = try await serve(xenkeeper) { _ in try await runs(otherThan: 1, xenkeeper) }
            #expect(try await xenkeeper("device-list", "vm").output == before, "at step \(step), \(steps[step - 1])")
        }
    }

    @Test("out of descriptors it says so and takes nothing for gone, and goes on as soon as it has some")
    func outOfDescriptors() async throws {
        let xenkeeper = try await host()
        let before = try await xenkeeper("device-list", "vm").output
        _ = try await serve(xenkeeper) { running in
            try await Self.limit(running.pid, descriptors: 4)
            _ = try await xenkeeper("fake", "vm", "reboot")
            try await said("Too many open files", in: "service.log", of: xenkeeper)
            #expect(try await xenkeeper("-q", "domid", "vm").output == "1\n")
            try await Self.limit(running.pid, descriptors: 1024)
            try await runs(otherThan: 1, xenkeeper)
        }
        #expect(try await xenkeeper("device-list", "vm").output == before)
        let log = try xenkeeper.text(of: "service.log")
        #expect(log.contains("the host's domains can be looked at again"), "\(log)")
    }

    /// Has a process open no descriptor of a number that high, or higher.
    private static func limit(_ pid: pid_t, descriptors: Int) async throws {
        let result = try await Subprocess.run(
            .name("prlimit"), arguments: ["--pid", "\(pid)", "--nofile=\(descriptors):1024"], output: .discarded,
            error: .discarded)
        try #require(result.terminationStatus.isSuccess)
    }

    @Test("the configuration is read again on SIGHUP, and one that makes no sense is left aside")
    func configuration() async throws {
        let xenkeeper = try await host()
        _ = try xenkeeper.file("xenkeeperd.conf", "parallel-starts: 2\n")
        _ = try await serve(xenkeeper) { running in
            kill(running.pid, SIGHUP)
            try await said("was read again", in: "service.log", of: xenkeeper)
            _ = try xenkeeper.file("xenkeeperd.conf", "parallel-starts: many\n")
            kill(running.pid, SIGHUP)
            try await said("the configuration stays as it was", in: "service.log", of: xenkeeper)
            try await said(
                "parallel-starts is 'many', and must be a number from 1 to 1000", in: "service.log", of: xenkeeper)
        }
    }

    @Test(
        "a configuration that makes no sense is refused before anything is done",
        arguments: [
            ("nonsense: 1", "'nonsense' is none of its keys"), ("- a\n- b", "it is no mapping of keys to values"),
            ("autostart: perhaps", "autostart is 'perhaps', and must be true or false"), ("a: [", "cannot be used"),
            ("log-level: loud", "must be one of trace, debug"),
            ("start-timeout: 0", "must be a number from 1 to 86400"),
            ("connection: qemu:///system", "'qemu:///system' is no connection"),
        ])
    func badConfiguration(_ text: String, _ reason: String) async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("bad.conf", text)
        let outcome = try await xenkeeper(["--config", file], settings: .init(name: "xenkeeperd"))
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("xenkeeperd: ") && outcome.errors.contains(reason), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(!xenkeeper.hasState)
    }

    @Test("a second service is refused")
    func second() async throws {
        let xenkeeper = try await host()
        _ = try await serve(xenkeeper) { running in
            let other = try await xenkeeper(
                ["--connect", xenkeeper.uri, "--config", "/nonexistent"], settings: .init(name: "xenkeeperd"))
            #expect(other.status == 1)
            #expect(
                other.errors.contains("xenkeeperd keeps the domains of this host already (process \(running.pid))"),
                "\(other.errors)")
        }
    }

    @Test("a domain that is marked so comes with the host, once in each boot, and commands say what starts it")
    func autostart() async throws {
        let xenkeeper = try await host()
        let marked = try await xenkeeper("autostart", "vm", "--order", "3")
        #expect(marked.status == 0 && marked.output == "Domain 'vm' marked as autostarted\n\n")
        #expect(marked.errors.hasPrefix("note: xenkeeperd does not run here"), "\(marked.errors)")
        #expect(try await xenkeeper("-q", "list", "--all", "--autostart", "--name").output == "vm\n")
        #expect(try await xenkeeper("-q", "list", "--all", "--no-autostart", "--name").output == "Domain-0\n")
        #expect(try await xenkeeper("dominfo", "vm").output.contains("Autostart:      enable\n"))
        for boot in 1...2 {
            #expect(try await xenkeeper("fake", "--host", "reboot").status == 0)
            #expect(try await xenkeeper("-q", "domstate", "vm").output == "shut off\n")
            _ = try await serve(xenkeeper) { _ in
                try await said("'vm' is started with the host", in: "service.log", of: xenkeeper)
            }
            #expect(try await xenkeeper("-q", "domstate", "vm").output == "running\n", "boot \(boot)")
        }
        #expect(try await xenkeeper("destroy", "vm").status == 0)
        _ = try await serve(xenkeeper) { _ in }
        #expect(try await xenkeeper("-q", "domstate", "vm").output == "shut off\n")
        let unmarked = try await xenkeeper("autostart", "vm", "--disable")
        #expect(unmarked.output == "Domain 'vm' unmarked as autostarted\n\n" && unmarked.errors == "")
        #expect(try await xenkeeper("dominfo", "vm").output.contains("Autostart:      disable\n"))
        try await xenkeeper("create", try xenkeeper.file("t.xml", Program.domain("guest")))
        let transient = try await xenkeeper("autostart", "guest")
        #expect(transient.status == 1)
        #expect(transient.errors.contains("cannot set autostart for transient domain"), "\(transient.errors)")
    }

    @Test("event ends with the first one, after its time, and prints names, times and JSON")
    func event() async throws {
        let xenkeeper = try await host()
        #expect(try await xenkeeper("event", "--list").output.hasPrefix("lifecycle\nreboot\ndisk-change\n"))
        let late = try await xenkeeper("event", "vm", "--all", "--timeout", "1")
        #expect(late.status == 1 && late.output == "event loop timed out\nevents received: 0\n\n")
        for (words, pattern) in [
            ([], #"^event 'lifecycle' for domain 'vm': Suspended Paused\nevents received: 1\n\n$"#),
            (["--timestamp"], #"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: event 'lifecycle' for domain 'vm'"#),
            (["--json"], #"^\{"detail":"Paused","domain":"vm","event":"lifecycle","id":1,.*"version":1\}\n$"#),
        ] {
            let running = try await xenkeeper.start(["event", "vm", "--event", "lifecycle"] + words)
            while try !Self.watches(running.pid) { try await Task.sleep(for: .milliseconds(10)) }
            _ = try await xenkeeper("suspend", "vm")
            let outcome = try await running.outcome
            let isExpected = try outcome.output.contains(Regex(pattern))
            #expect(outcome.status == 0 && isExpected, "\(outcome.output)")
            _ = try await xenkeeper("resume", "vm")
        }
        // One who cannot be written to is not one who does not keep up.
        let unheard = try await xenkeeper.start(["event", "--all", "--loop"], settings: .init(redirections: ">&-"))
        while try !Self.watches(unheard.pid) { try await Task.sleep(for: .milliseconds(10)) }
        _ = try await xenkeeper("suspend", "vm")
        let errors = try await unheard.outcome.errors
        #expect(!errors.contains("came faster") && errors.contains("could not be written"), "\(errors)")
        for (words, error) in [
            (["--all", "--event", "reboot"], "Options --all and --event are mutually exclusive"),
            (["--event", "rebot"], "unknown event type rebot"), (["--all", "--timeout", "0"], "invalid timeout"),
        ] {
            #expect(try await xenkeeper(["event"] + words).errors == "error: \(error)\n")
        }
        #expect(
            try await xenkeeper("event", "nobody", "--all").errors.contains("no domain with matching name 'nobody'"))
    }

    @Test("what a fake host is made to do is done, and what it cannot is refused")
    func fake() async throws {
        let xenkeeper = try await host()
        for words in [
            ["vm", "balloon", "1000"], ["vm", "refuse"], ["vm", "cooperate"], ["vm", "release"],
            ["--host", "attach-interface", "vm", "00:16:3e:00:00:77", "xenbr1"],
        ] {
            let outcome = try await xenkeeper(["fake"] + words)
            #expect(outcome.status == 0 && outcome.output == "" && outcome.errors == "", "\(words): \(outcome.errors)")
        }
        #expect(try await xenkeeper("device-list", "vm").output.contains("foreign"))
        #expect(try await xenkeeper("dominfo", "vm").output.contains("Used memory:    1000 KiB"))
        #expect(try await xenkeeper("fake", "--host", "detach-interface", "vm", "00:16:3e:00:00:77").status == 0)
        #expect(try await !xenkeeper("device-list", "vm").output.contains("foreign"))
        for (words, error) in [
            (["vm", "dance"], "no guest does 'dance'"), (["--host", "dance"], "nobody on a host does 'dance'"),
            (["vm", "balloon", "much"], "'much' is no number of KiB"),
            (["vm", "crash", "now"], "unexpected data 'now'"),
            (["nobody", "crash"], "no domain with matching name 'nobody'"),
            (["--host", "detach-interface", "vm", "00:16:3e:00:00:77"], "no NIC has the MAC address"),
            (["-c", "xen:///system", "vm", "crash"], "is a real host, on which nothing is faked"),
        ] {
            let outcome = try await xenkeeper(["fake"] + words)
            #expect(outcome.status == 1 && outcome.errors.contains(error), "\(words): \(outcome.errors)")
        }
        #expect(try await xenkeeper("fake", "vm", "crash").status == 0)
        #expect(try await xenkeeper("-q", "domstate", "vm").output == "crashed\n")
        #expect(try await xenkeeper("fake", "--host", "destroy", "vm").status == 0)
        #expect(try await xenkeeper("fake", "vm", "crash").errors.contains("domain 'vm' does not run"))
    }
}
