import Testing

@Suite("What an interrupted command left is shown, and 'recover' puts it in order and does nothing else")
struct RecoverTests {
    /// What the changes of a running or defined domain are called.
    private static let kinds = [
        "attach-device": ["attach"], "detach-device": ["detach"], "detach-device-alias": ["detach"],
        "update-device": ["update", "link change", "medium change"], "domif-setlink": ["link change"],
        "domif-setbridge": ["update"], "change-media": ["medium change"], "start": ["start"], "destroy": ["destroy"],
    ]

    @Test("after each change that was killed when it had begun", arguments: KillScenario.changesOfOurs)
    func shown(scenario: KillScenario) async throws {
        let trail = try await KillHost.ready(for: scenario).trail(of: scenario)
        let begun = try trail.steps.first { try KillHost(left: $0).isPending() }
        let host = try KillHost(left: try #require(begun))
        let kinds = try #require(Self.kinds[scenario.words[0]])

        let info = try await host.program("dominfo", "vm")
        let line = info.output.split(separator: "\n").first { $0.hasPrefix("Unfinished:") }
        let unfinished = try #require(line, "\(info.output)").dropFirst(16)
        #expect(kinds.contains { unfinished == $0 || unfinished.hasPrefix("\($0) of ") }, "\(unfinished)")
        let state = try await host.program("domstate", "vm")
        #expect(
            state.errors == """
                note: domain 'vm' has an unfinished change: \(unfinished); if no command is at it, the next one that changes the \
                domain, or 'recover vm', puts it in order

                """)
        #expect(try await host.program("list", "--all", "--json").output.contains("\"unfinished\" : \"\(unfinished)\""))

        let recovered = try await host.program("recover", "vm")
        #expect(recovered.output == "Domain 'vm' recovered\n\n", "\(recovered.errors)")
        #expect(recovered.errors.hasPrefix("warning: domain 'vm'"))
        #expect(try host.isPending() == false)
        #expect(try await host.look().disorder == [])
        guard try await host.program("domid", "vm").status == 0 else {
            #expect(scenario.beginning == .transient)
            return
        }

        #expect(try await host.program("domstate", "vm").errors == "")
        let again = try await host.program("recover", "vm")
        #expect(again.output == "Domain 'vm' had nothing to recover\n\n")
        #expect(again.errors == "")
    }
}

extension KillScenario {
    /// Those that change a running domain of ours, start it or destroy it.
    fileprivate static let changesOfOurs = (attaches + detaches + updates + media + lives).filter { scenario in
        // Of what a killed create left nobody but the next create knows; these leave no change for others.
        !["create", "define", "undefine", "suspend", "resume", "shutdown", "reboot"].contains(scenario.words[0])
            && !(scenario.words.contains("--config") && !scenario.words.contains("--live"))
    }
}
