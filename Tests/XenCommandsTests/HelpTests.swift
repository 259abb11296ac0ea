import Foundation
import Testing

@Suite("--help of each verb is complete")
struct HelpTests {
    /// The argument parser's own account of a command.
    struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { let name: String }
            let kind: String
            let abstract: String?
            let valueName: String?
            let names: [Name]?
        }
        let commandName: String
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?
        let arguments: [Argument]?
    }
    struct Tool: Decodable { let command: Command }

    private func verbs() async throws -> [Command] {
        let outcome = try await Program()("--experimental-dump-help")
        let tool = try JSONDecoder().decode(Tool.self, from: Data(outcome.output.utf8))
        return (tool.command.subcommands ?? []).filter { $0.commandName != "help" }
    }

    @Test("Every verb that is promised is there, and no other")
    func allVerbs() async throws {
        #expect(
            try await verbs().map(\.commandName).sorted() == [
                "adopt", "alias-set", "attach-device", "attach-disk", "attach-interface", "autostart",
                "change-media", "check", "console",
                "create",
                "define", "desc", "destroy", "detach-device", "detach-device-alias", "detach-disk", "detach-interface",
                "device-list", "domblklist", "domdisplay", "domid", "domif-getlink", "domif-setbridge", "domif-setlink",
                "domiflist",
                "dominfo", "domjobabort", "domjobinfo", "domname", "domstate", "domuuid", "domxml-from-native",
                "domxml-to-native", "dumpxml",
                "event", "fake",
                "hostname", "list", "reboot", "recover", "resume", "shutdown", "start", "suspend", "ttyconsole",
                "undefine", "update-device",
                "uri", "version", "vncdisplay", "xl-import",
            ])
    }

    @Test("Every verb, operand and flag says what it is")
    func everythingIsExplained() async throws {
        for verb in try await verbs() {
            #expect(verb.abstract?.isEmpty == false, "\(verb.commandName)")
            #expect(verb.discussion?.isEmpty == false, "\(verb.commandName)")
            for argument in verb.arguments ?? [] {
                let name = argument.names?.first?.name ?? argument.valueName ?? "?"
                #expect(argument.abstract?.isEmpty == false, "\(verb.commandName) \(name)")
            }
        }
    }

    @Test("The usage line names every option of the verb, and the verb itself")
    func usageIsComplete() async throws {
        let xenkeeper = try Program()
        // By place as well as by name, so the usage line shows the place; or global, so the top shows them.
        let unlisted: Set = [
            "domain", "file", "interface", "state", "connect", "quiet", "readonly", "log-level", "version", "help",
        ]
        for verb in try await verbs() {
            let help = try await xenkeeper(verb.commandName, "--help").output
            let usage = try #require(help.split(separator: "\n").first { $0.hasPrefix("USAGE: ") })
            #expect(usage.hasPrefix("USAGE: xenkeeper \(verb.commandName)"))
            for argument in verb.arguments ?? [] where argument.kind != "positional" {
                let names = (argument.names ?? []).map(\.name)
                guard unlisted.isDisjoint(with: names) else { continue }
                #expect(names.contains { usage.contains($0) }, "\(verb.commandName) \(names)")
            }
        }
    }

    @Test("Every verb that changes something takes --timeout, and every scope flag that virsh has")
    func promisedFlags() async throws {
        let scope: Set = ["live", "config", "current"]
        let promised: [String: Set<String>] = [
            "define": ["timeout", "strict"], "undefine": ["timeout"], "start": ["timeout", "paused", "console"],
            "create": ["timeout", "paused", "console", "strict"], "destroy": ["timeout", "foreign"],
            "recover": ["timeout", "foreign"],
            "attach-device": scope.union(["timeout", "persistent", "strict"]),
            "detach-device": scope.union(["timeout", "persistent", "alias", "identity", "force", "foreign"]),
            "update-device": scope.union(["timeout", "persistent", "alias", "identity", "strict", "foreign"]),
            "adopt": scope.union(["timeout", "persistent", "alias", "identity", "mac", "target"]),
            "change-media": scope.union([
                "timeout", "alias", "eject", "insert", "update", "force", "block", "print-xml",
            ]),
            "detach-device-alias": scope.union(["timeout", "alias"]),
            "domif-setlink": ["timeout", "config", "alias", "identity", "foreign"],
            "suspend": ["timeout", "foreign"], "resume": ["timeout", "foreign"],
            "console": ["devname", "force", "safe"], "domjobinfo": ["completed", "keep-completed"],
            "domjobabort": ["timeout", "foreign"],
            "shutdown": ["timeout", "mode", "foreign", "wait"],
            "reboot": ["timeout", "mode", "foreign", "wait"], "domstate": ["reason"],
            "list": [
                "all", "inactive", "name", "uuid", "id", "title", "table", "json", "state-running", "state-paused",
                "state-shutoff", "state-other", "persistent", "transient",
            ], "dumpxml": ["inactive", "security-info", "xpath", "wrap"],
            "dominfo": ["json"], "domiflist": ["inactive", "json"], "domblklist": ["inactive", "details", "json"],
            "device-list": ["json"], "check": ["file", "json", "strict"],
            "xl-import": ["aliases", "dry-run", "json", "timeout"],
            "domxml-from-native": ["format", "config", "strict"],
            "domxml-to-native": ["format", "domain", "xml", "strict"],
        ]
        for verb in try await verbs() {
            let flags = Set((verb.arguments ?? []).flatMap { ($0.names ?? []).map(\.name) })
            #expect(flags.isSuperset(of: promised[verb.commandName] ?? []), "\(verb.commandName)")
            #expect(flags.isSuperset(of: ["connect", "quiet", "readonly", "log-level"]), "\(verb.commandName)")
        }
    }
}
