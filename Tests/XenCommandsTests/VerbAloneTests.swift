import ArgumentParser
import Testing

@testable import XenCommands

@Suite("A verb that is asked alone understands what the whole program does")
struct VerbAloneTests {
    @Test("Every name leads to the verb that has it", arguments: VerbName.allCases)
    func names(name: VerbName) {
        #expect(name.verb.configuration.commandName == name.rawValue)
    }

    @Test(
        "Plain command lines",
        arguments: [
            "list", "list --all --json", "-c test:///a list --name", "-q list",
            "--connect test:///a -q list -c test:///b",
            "--log-level debug start vm --paused", "-c list list", "start -q vm", "define -", "define list",
            "define help",
            "define -- -c", "attach-disk vm /a xvda --live --log-level info", "detach-device vm --alias ua-x --force",
        ])
    func plain(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let verb = try #require(XenkeeperCommandLine.verb(spelledBy: words))
        #expect(try "\(verb)" == "\(Xenkeeper.parseAsRoot(words))")
    }

    @Test(
        "What is no plain command line is left to the whole program",
        arguments: [
            "", "--version", "--help", "help", "help list", "list --help", "list -h", "list --version", "list x",
            "nope",
            "-c", "-c list", "-x list", "-- list", "start", "list --name --table", "list --log-level loud",
            "--generate-completion-script bash", "list --generate-completion-script bash",
        ])
    func other(line: String) {
        #expect(XenkeeperCommandLine.verb(spelledBy: line.split(separator: " ").map(String.init)) == nil)
    }
}
