import ArgumentParser
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

    /// What the parser says of a command line that it refuses; nil if it takes it.
    private func refusal(of words: String) -> String? {
        do {
            _ = try Xenkeeper.parseAsRoot(words.split(separator: " ").map(String.init))
            return nil
        } catch {
            return Xenkeeper.message(for: error)
        }
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
    func exclusive(flags: String, message: String) {
        for verb in [
            "attach-device vm f", "detach-device vm f", "update-device vm f", "adopt vm --target xvdb --alias ua-x",
        ] {
            #expect(refusal(of: "\(verb) \(flags)") == message)
        }
        guard !flags.contains("persistent") else { return }
        for verb in ["detach-device-alias vm ua-x", "domif-setlink vm vif1.0 up"] {
            #expect(refusal(of: "\(verb) \(flags)") == message)
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
        "A word too few, too many or empty is refused",
        arguments: [
            ("start", "the operand <domain> is missing"),
            ("attach-device vm", "the operand <file> is missing"),
            ("attach-device --file f", "the operand <domain> is missing"),
            ("start vm --domain other", "unexpected data 'vm'"),
            ("start a b", "Unexpected argument 'b'"),
            ("define", "the operand <file> is missing"),
            ("start --domain=", "Missing value for '--domain <domain>'"),
            ("list extra", "Unexpected argument 'extra'"),
            ("detach-device vm", "name the device by <file>, by --alias or by --identity"),
            ("detach-device vm f --alias ua-x", "Options --file and --alias are mutually exclusive"),
            (
                "domif-setlink vm up --interface vif1.0 --identity vif/0",
                "Options --interface and --identity are mutually exclusive"
            ),
            ("adopt vm --alias ua-x", "name the device by --target, --mac or --identity"),
            ("adopt vm --mac 00:16:3e:00:00:01", "Missing expected argument '--alias <alias>'"),
            ("adopt --mac 00:16:3e:00:00:01 --alias ua-x", "the operand <domain> is missing"),
            ("adopt vm --mac 00:16:3e:00:00:01 --alias ua-x --foreign", "Unknown option '--foreign'"),
            ("attach-device vm f --foreign", "Unknown option '--foreign'"),
            ("detach-device-alias vm", "the operand <alias> is missing"),
            ("domif-setlink vm vif1.0", "the operand <state> is missing"),
            ("domif-setlink vm vif1.0 sideways", "invalid link state 'sideways'"),
            ("domif-setlink vm vif1.0 up --alias ua-x", "unexpected data 'up'"),
            (
                "domif-setlink vm up --interface vif1.0 --alias ua-x",
                "Options --interface and --alias are mutually exclusive"
            ),
            ("bogus", "Unexpected argument 'bogus'"),
            ("start vm --bogus", "Unknown option '--bogus'"),
            ("start vm --timeout 0", "--timeout is 0; it must be 1 to 86400 seconds"),
            ("start vm --timeout 86401", "--timeout is 86401; it must be 1 to 86400 seconds"),
            ("start vm --timeout 1.5", "The value '1.5' is invalid for '--timeout <seconds>'"),
            ("list --json --table", "Options --table and --json are mutually exclusive"),
            ("list --table --name", "Options --table and --name are mutually exclusive"),
            ("list --name --uuid --json", "Options --name and --json are mutually exclusive"),
        ])
    func refused(words: String, message: String) {
        #expect(refusal(of: words)?.contains(message) == true, "\(refusal(of: words) ?? "it was taken")")
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
    func emptyWord() throws {
        let error = #expect(throws: (any Error).self) { try Xenkeeper.parseAsRoot(["start", ""]) }
        #expect(try Xenkeeper.message(for: #require(error)) == "the operand <domain> is empty")
    }

    @Test("--timeout sets every wait that it can set, and without it the driver's defaults hold")
    func timeout() throws {
        let settings = try parse("start vm --timeout 7", as: Start.self).change.settings
        #expect(settings.lockTimeout == .seconds(7))
        #expect(settings.operationTimeout == .seconds(7))
        #expect(try parse("start vm", as: Start.self).change.settings == DriverSettings())
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
        ])
    func list(words: String, text: String) throws {
        let verb = try parse(words, as: List.self)
        #expect(try verb.reply(with: Samples.domains).text(isQuiet: verb.global.isQuiet) == text)
    }
}
