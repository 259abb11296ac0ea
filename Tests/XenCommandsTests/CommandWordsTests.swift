import ArgumentParser
import Testing

@testable import XenCommands

@Suite("A command line is taken apart as virsh takes its own")
struct CommandWordsTests {
    @Test("Every name leads to the verb that has it", arguments: VerbName.allCases)
    func names(name: VerbName) {
        #expect(name.verb.configuration.commandName == name.rawValue)
    }

    @Test(
        "Short options may be clustered and joined, long ones shortened, before the verb and behind it",
        arguments: [
            ("-ctest:///a list", "--connect=test:///a | list |"),
            ("-cxen:///has/h list", "--connect=xen:///has/h | list |"),
            ("-c test:///a list", "--connect=test:///a | list |"),
            ("--connect=test:///a list", "--connect=test:///a | list |"),
            ("--conn test:///a list", "--connect=test:///a | list |"),
            ("-qrctest:///a list --all", "--quiet --readonly --connect=test:///a | list | --all"),
            ("-q -c -r list", "--quiet --connect=-r | list |"),
            ("--log debug -r start vm", "--log-level=debug --readonly | start | vm"),
            ("-q -- list -q", "--quiet | list | --quiet"),
            ("list -qctest:///a --all", "| list | --quiet --connect=test:///a --all"),
            ("define - -rq", "| define | - --readonly --quiet"),
            ("start -- -c", "| start | -- -c"),
            ("start vm -xq", "| start | vm -x --quiet"),
            ("-c list list", "--connect=list | list |"),
            ("-", "| - |"),
        ])
    func spelledOut(line: String, spelled: String) throws {
        let words = try CommandWords(line.split(separator: " ").map(String.init))
        let parts = [words.options, ["|"], [words.verb ?? ""], ["|"], words.operands].flatMap(\.self)
        #expect(parts.joined(separator: " ") == spelled)
        #expect(words.request == nil)
    }

    @Test(
        "Words before the verb that are none of the program's",
        arguments: [
            ("-x list", "unsupported option '-x'. See --help."),
            ("-qxh list", "unsupported option '-x'. See --help."),
            ("--bogus list", "unsupported option '--bogus'. See --help."),
            ("--live list", "unsupported option '--live'. See --help."),
            ("-c", "option '-c'/'--connect' requires an argument"),
            ("-qc", "option '-c'/'--connect' requires an argument"),
            ("--connect", "option '-c'/'--connect' requires an argument"),
            ("--log-level", "option '--log-level' requires an argument"),
            ("--quiet=yes list", "option '--quiet' doesn't allow an argument"),
            ("list -c", "option '-c'/'--connect' requires an argument"),
        ])
    func problems(line: String, sentence: String) {
        let error = #expect(throws: CommandWords.Problem.self) {
            try CommandWords(line.split(separator: " ").map(String.init))
        }
        #expect(error?.sentence == sentence)
    }

    @Test(
        "What is asked for in place of a verb",
        arguments: [
            ("-h", .help), ("--help", .help), ("-qh", .help), ("-v", .version), ("-V", .version),
            ("--version=long", .version), ("-q --version list", .version),
            ("--generate-completion-script bash", .parser),
            ("", nil), ("-q", nil), ("help list", nil),
        ] as [(String, CommandWords.Request?)])
    func requests(line: String, request: CommandWords.Request?) throws {
        #expect(try CommandWords(line.split(separator: " ").map(String.init)).request == request)
    }

    @Test(
        "A verb that is asked alone understands what the whole program does",
        arguments: [
            "list", "list --all --json", "-ctest:///a list --name", "-q list", "--log-level debug start vm --paused",
            "start -q vm", "define -", "define list", "define help", "define -- -c",
            "attach-disk vm /a xvda --live --log-level info", "detach-device vm --alias ua-x --force",
        ])
    func alone(line: String) throws {
        let words = try CommandWords(line.split(separator: " ").map(String.init))
        let name = try #require(words.verb.flatMap(VerbName.init))
        let verb = name.verb.parsed(words.options + words.operands)
        let whole = try Xenkeeper.parseAsRoot(words.options + [name.rawValue] + words.operands)
        #expect(verb.map { "\($0)" } == "\(whole)")
    }
}

@Suite("A mistyped word finds the one that was meant, or none")
struct NearestTests {
    @Test(
        "Verbs",
        arguments: [
            ("strat", "start"), ("lsit", "list"), ("domifist", "domiflist"), ("detach-devic", "detach-device"),
            ("attach-dsik", "attach-disk"), ("define-", "define"), ("domblk", "domblklist"), ("nosuch", nil),
            ("attach", nil), ("x", nil), ("", nil), (String(repeating: "start", count: 10_000), nil),
        ] as [(String, String?)])
    func verbs(word: String, meant: String?) {
        #expect(Nearest.word(to: word, among: VerbName.allCases.map(\.rawValue)) == meant)
    }
}
