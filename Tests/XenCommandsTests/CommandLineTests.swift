import ArgumentParser
import LibxlTestKit
import SystemPackage
import Testing
import XenDriver
import XenUnits

@testable import XenCommands

@Suite("Command lines mean what they mean to virsh")
struct CommandLineTests {
    private func parse<Command: ParsableCommand>(_ words: String, as type: Command.Type) throws -> Command {
        try #require(try Xenkeeper.parseAsRoot(words.split(separator: " ").map(String.init)) as? Command)
    }

    /// What is said of a command line that makes no sense, by a program that has no host.
    private func refusal(of words: String) async throws -> HostlessRun {
        try await HostlessRun(words.split(separator: " ").map(String.init))
    }

    @Test(
        "Scope flags",
        arguments: [
            ("", .current, .current),
            ("", .live, .live),
            ("--live", .current, .live),
            ("--config", .live, .config),
            ("--current", .live, .current),
            ("--live --config", .current, .liveAndConfig),
            ("--persistent", .live, .persistent),
            ("--persistent --config", .live, .persistent),
            ("--persistent --live", .current, .liveAndConfig),
            ("--persistent --live --config", .current, .liveAndConfig),
        ] as [(String, ChangeScope, ChangeScope)])
    func scope(flags: String, unsaid: ChangeScope, meant: ChangeScope) throws {
        let verb = try parse("attach-device vm f.xml \(flags)", as: AttachDevice.self)
        #expect(try verb.scope.scope(unsaid: unsaid) == meant)
    }

    @Test(
        "Scope flags that exclude each other",
        arguments: [
            ("--current --live", "Options --current and --live are mutually exclusive"),
            ("--current --config", "Options --current and --config are mutually exclusive"),
            ("--persistent --current", "Options --persistent and --current are mutually exclusive"),
            ("--current --live --config", "Options --current and --live are mutually exclusive"),
        ])
    func exclusive(flags: String, message: String) async throws {
        var verbs = [
            "attach-device vm f", "detach-device vm f", "update-device vm f", "adopt vm --target xvdb --alias ua-x",
        ]
        if !flags.contains("persistent") { verbs += ["detach-device-alias vm ua-x", "domif-setlink vm vif1.0 up"] }
        for verb in verbs {
            let said = try await refusal(of: "\(verb) \(flags)")
            #expect(said == HostlessRun(status: 1, output: "\n", errors: "error: \(message)\n"))
        }
    }

    @Test(
        "A word is taken by its place or by its name",
        arguments: [
            "attach-device vm f.xml", "attach-device --domain vm f.xml", "attach-device --file f.xml vm",
            "attach-device vm --file f.xml", "attach-device --file=f.xml --domain=vm",
            "attach-device f.xml --domain vm", "attach-device --live vm --config f.xml",
        ])
    func operands(words: String) throws {
        let (domain, file) = try parse(words, as: AttachDevice.self).operands.resolvedBoth()
        #expect(domain.text == "vm")
        #expect(file.path == "f.xml")
    }

    @Test(
        "What the words alone show to be wrong is said in virsh's words, a line each, and nothing else",
        arguments: [
            ("start", "command 'start' requires <domain> option"),
            ("attach-device vm", "command 'attach-device' requires <file> option"),
            ("attach-device --file f", "command 'attach-device' requires <domain> option"),
            ("start vm --domain other", "unexpected data 'vm'"),
            ("start a b c", "unexpected data 'b'"),
            ("define", "command 'define' requires <file> option"),
            ("list extra", "unexpected data 'extra'"),
            ("start --domain", "expected syntax: --domain <string>"),
            ("start vm --timeout", "expected syntax: --timeout <number>"),
            ("start --domain --paused", "expected syntax: --domain <string>"),
            ("adopt vm --mac 00:16:3e:00:00:01", "command 'adopt' requires --alias option"),
            ("adopt --mac 00:16:3e:00:00:01 --alias ua-x", "command 'adopt' requires <domain> option"),
            (
                "adopt vm --mac 00:16:3e:00:00:01 --alias ua-x --foreign",
                "command 'adopt' doesn't support option --foreign"
            ),
            ("attach-device vm f --foreign", "command 'attach-device' doesn't support option --foreign"),
            ("detach-device-alias vm", "command 'detach-device-alias' requires <alias> option"),
            ("domif-setlink vm vif1.0", "command 'domif-setlink' requires <state> option"),
            ("domif-setlink vm vif1.0 up --alias ua-x", "unexpected data 'up'"),
            ("start vm --bogus", "command 'start' doesn't support option --bogus"),
            ("start vm --pausde", "command 'start' doesn't support option --pausde; did you mean --paused?"),
            ("list -x", "command 'list' doesn't support option -x"),
            ("list --all=yes", "invalid '=' after option --all"),
            ("list --all --all", "option --all already seen"),
            ("start --domain a --domain=b", "option --domain already seen"),
            ("bogus", "unknown command: 'bogus'"),
            ("bogus --help", "unknown command: 'bogus'"),
            ("strat vm", "unknown command: 'strat'; did you mean 'start'?"),
            ("-c", "option '-c'/'--connect' requires an argument"),
        ])
    func inWordsAlone(words: String, message: String) async throws {
        #expect(
            try await refusal(of: words) == HostlessRun(status: 1, output: "", errors: "error: \(message)\n"))
    }

    @Test("Each word that is missing has its line")
    func severalMissing() async throws {
        #expect(
            try await refusal(of: "domif-setlink vm").errors == """
                error: command 'domif-setlink' requires <interface> option
                error: command 'domif-setlink' requires <state> option

                """)
    }

    @Test(
        "What a verb itself finds wrong with its words is followed by the blank line of virsh's verbs, unless quiet",
        arguments: [
            ("start --domain=", "Failed to get option 'domain': Option argument is empty"),
            ("detach-device vm", "name the device by <file>, by --alias or by --identity"),
            ("detach-device vm f --alias ua-x", "Options --file and --alias are mutually exclusive"),
            (
                "domif-setlink vm up --interface vif1.0 --identity vif/0",
                "Options --interface and --identity are mutually exclusive"
            ),
            ("adopt vm --alias ua-x", "name the device by --target, --mac or --identity"),
            ("domif-setlink vm vif1.0 sideways", "invalid link state 'sideways'"),
            (
                "domif-setlink vm up --interface vif1.0 --alias ua-x",
                "Options --interface and --alias are mutually exclusive"
            ),
            ("start vm --timeout 0", "--timeout is 0; it must be 1 to 86400 seconds"),
            ("start vm --timeout 86401", "--timeout is 86401; it must be 1 to 86400 seconds"),
            ("list --json --table", "Options --table and --json are mutually exclusive"),
            ("list --table --name", "Options --table and --name are mutually exclusive"),
            ("list --name --uuid --json", "Options --json and --uuid are mutually exclusive"),
            ("shutdown vm --mode agent", "mode 'agent' does not shut down Xen guests, expecting 'acpi' or 'paravirt'"),
            ("shutdown vm --mode acpi,", "Unknown mode  value, expecting 'acpi' or 'paravirt'"),
            ("reboot vm --mode acpi", "mode 'acpi' does not reboot Xen guests, expecting 'paravirt'"),
            ("help bogus", "command or command group 'bogus' doesn't exist"),
            ("help lsit", "command or command group 'lsit' doesn't exist; did you mean 'list'?"),
        ])
    func inTheVerb(words: String, message: String) async throws {
        let errors = "error: \(message)\n"
        #expect(try await refusal(of: words) == HostlessRun(status: 1, output: "\n", errors: errors))
        #expect(try await refusal(of: "-q " + words) == HostlessRun(status: 1, output: "", errors: errors))
    }

    @Test("A value that is none of its option's is refused in one line")
    func badValues() async throws {
        for words in ["start vm --timeout 1.5", "--log-level loud list", "list --log-level loud"] {
            let said = try await refusal(of: words)
            #expect(said.errors.hasPrefix("error: The value '"))
            #expect(said.errors.split(separator: "\n").count == 1)
            #expect(said.status == 1)
        }
    }

    @Test("Every verb without a word says which it needs, or goes to the host", arguments: VerbName.allCases)
    func withoutWords(name: VerbName) async throws {
        let said = try await HostlessRun([name.rawValue])
        let lines = said.errors.split(separator: "\n")
        let needs =
            name == .event
            ? said.errors == "error: one of --list, --all, or --event <name> is required\n"
            : lines.allSatisfy { $0.hasPrefix("error: command '\(name.rawValue)' requires ") }
        #expect(said.status == 1)
        // What is wrong with it, virsh says of this one as the verb runs.
        #expect(said.output == (name == .event ? "\n" : ""))
        #expect(!lines.isEmpty && needs || said.errors == HostlessRun.noHost, "\(said.errors)")
    }

    @Test(
        "Global options stand before the verb or after it",
        arguments: [
            "-q -c test:///x start vm", "start vm -q -c test:///x", "-q start --connect test:///x vm",
            "--connect=test:///x start vm --quiet",
        ])
    func globalOptions(words: String) throws {
        let verb = try parse(words, as: Start.self)
        #expect(verb.global.connect == "test:///x")
        #expect(verb.global.isQuiet)
        #expect(try verb.operand.resolved().text == "vm")
    }

    @Test("An empty word is no name")
    func emptyWord() async throws {
        #expect(
            try await HostlessRun(["start", ""]).errors
                == "error: Failed to get option 'domain': Option argument is empty\n")
    }

    @Test("--timeout is one deadline for all of the command, and without it the driver's own time holds")
    func timeout() throws {
        let clock = VirtualClock()
        let session = Session(console: Console(), environment: [:], isRootOnXenHost: false, clock: clock) {
            _, _ throws(ConnectionError) in throw .host(reason: "there is no host here")
        }
        func deadline(_ line: String) throws -> CallOptions.Deadline? {
            let verb = try parse(line, as: Start.self)
            return CommandContext(session: session, global: verb.global).options(verb.change).deadline
        }
        #expect(try deadline("start vm --timeout 7") == CallOptions.Deadline(.seconds(7), from: clock.now))
        #expect(try deadline("start vm") == nil)
    }

    @Test(
        "list chooses by state and prints in the form that was asked for",
        arguments: [
            ("list -q", " 0    Domain-0   running\n 12   web        paused\n"),
            ("list -q --inactive", " -   a-longer-name   shut off\n"),
            ("list -q --all --name", "Domain-0\nweb\na-longer-name\n"),
            ("list -q --all --inactive --name", "Domain-0\nweb\na-longer-name\n"),
            ("list --name", "Domain-0\nweb\n\n"),
            ("list -q --uuid --inactive", "6695eb01-f6a4-8304-79aa-97f2502e193f\n"),
            ("list -q --name --uuid --inactive", "6695eb01-f6a4-8304-79aa-97f2502e193f a-longer-name\n"),
            ("list -q --all --name --persistent", "web\na-longer-name\n"),
            ("list -q --all --name --transient", "Domain-0\n"),
            ("list -q --all --name --transient --persistent", "Domain-0\nweb\na-longer-name\n"),
            ("list -q --name --state-running", "Domain-0\n"),
            ("list -q --name --state-paused", "web\n"),
            ("list -q --name --state-paused --state-running", "Domain-0\nweb\n"),
            ("list -q --name --state-paused --transient", ""),
            ("list -q --name --state-shutoff", "a-longer-name\n"),
            ("list -q --all --name --state-shutoff --state-paused", "web\na-longer-name\n"),
            ("list -q --all --name --state-other", ""),
            ("list -q --inactive --name --state-running", ""),
            ("list -q --all --name --autostart", ""),
            ("list -q --all --name --no-autostart --without-snapshot", "Domain-0\nweb\na-longer-name\n"),
            ("list -q --all --id", "0\n12\n"),
            ("list -q --all --id --name", "0 Domain-0\n12 web\n- a-longer-name\n"),
            ("list -q --title --state-paused", " 12   web   paused   The web\n"),
        ])
    func list(words: String, text: String) throws {
        let verb = try parse(words, as: List.self)
        #expect(try verb.reply(with: Samples.domains).text(isQuiet: verb.global.isQuiet) == text)
    }
}
