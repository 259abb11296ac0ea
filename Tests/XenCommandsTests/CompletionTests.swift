import Testing

@Suite("Shells complete words that the host knows")
struct CompletionTests {
    /// What the program answers where the shell asks for `argument` of the last of `words`.
    private func answer(_ xenkeeper: Program, _ argument: String, _ words: [String]) async throws -> [String] {
        let verb = try #require(words.first { !$0.hasPrefix("-") && !$0.contains(":") })
        let outcome = try await xenkeeper(
            ["---completion", verb, "--", argument, "\(words.count)", "0", "xenkeeper"] + words)
        #expect(outcome.errors.isEmpty)
        #expect(outcome.status == 0)
        return outcome.output.split(separator: "\n").map(String.init)
    }

    private func running() async throws -> Program {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", NativeTests.document))
        try await xenkeeper("start", "vm")
        return xenkeeper
    }

    @Test("domains, aliases, identities, targets and MAC addresses, each where it belongs")
    func words() async throws {
        let xenkeeper = try await running()
        #expect(try await answer(xenkeeper, "positional@0", ["start", ""]) == ["Domain-0", "vm"])
        #expect(try await answer(xenkeeper, "--domain", ["-q", "start", "--domain", ""]) == ["Domain-0", "vm"])
        let devices = try await xenkeeper("device-list", "vm", "--json").output
        let aliases = try await answer(xenkeeper, "positional@1", ["detach-device-alias", "vm", "ua"])
        #expect(!aliases.isEmpty)
        for alias in aliases { #expect(devices.contains("\"alias\" : \"\(alias)\"")) }
        let identities = try await answer(xenkeeper, "--identity", ["detach-device", "vm", "--identity", ""])
        #expect(!identities.isEmpty)
        for identity in identities { #expect(devices.contains("\"identity\" : \"\(identity)\"")) }
        let targets = try await answer(xenkeeper, "positional@1", ["detach-disk", "vm", ""])
        #expect(targets.contains("xvda"))
        #expect(try await answer(xenkeeper, "--mac", ["adopt", "vm", "--mac", ""]).allSatisfy { $0.count == 17 })
    }

    @Test("no word where none belongs, and no error: no domain, an unknown one, a value of another kind")
    func nothing() async throws {
        let xenkeeper = try await running()
        for words in [["detach-device-alias", ""], ["detach-device-alias", "no", ""]] {
            #expect(try await answer(xenkeeper, "positional@1", words) == [])
        }
    }

    @Test("the scripts of all shells ask for them", arguments: ["bash", "zsh", "fish"])
    func scripts(shell: String) async throws {
        let outcome = try await Program()("--generate-completion-script", shell)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("---completion detach-device-alias -- positional@1"))
    }
}
