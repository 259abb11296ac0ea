import Testing

@Suite("A read-only connection changes nothing, and shows everything")
struct ReadOnlyTests {
    @Test("Every verb that changes something is refused in virsh's words, before and after an unknown domain is")
    func refused() async throws {
        let xenkeeper = try Program()
        for name in ["vm", "idle"] {
            let document = Program.domain(name).replacing("00:16:3e:00:00:01", with: "00:16:3e:00:00:0\(name.count)")
            try await xenkeeper("define", try xenkeeper.file("\(name).xml", document))
        }
        try await xenkeeper("start", "vm")
        _ = try xenkeeper.file("new.xml", Program.domain("new"))
        _ = try xenkeeper.file("b.xml", Program.nic("b", mac: 2))
        _ = try xenkeeper.file("a.xml", "<interface type='bridge'><alias name='ua-a'/></interface>")
        let changes = [
            "define new.xml", "define idle.xml", "undefine idle", "start idle", "create new.xml", "destroy vm",
            "suspend vm",
            "resume vm", "shutdown vm", "reboot vm", "attach-device vm b.xml", "attach-device idle b.xml --config",
            "detach-device vm a.xml", "detach-device-alias vm ua-root", "update-device vm a.xml",
            "attach-disk vm /img/n.raw xvdb", "detach-disk vm xvda", "attach-interface vm bridge xenbr0",
            "detach-interface vm bridge", "domif-setlink vm --alias ua-a down",
        ]
        let before = try await xenkeeper("dumpxml", "vm")
        for change in changes {
            let words = change.split(separator: " ").map(String.init)
            let outcome = try await xenkeeper([words[0], "-r"] + words.dropFirst())
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.last == "error: operation forbidden: read only access prevents changes", "\(change)")
            #expect(lines.count == 2, "\(change)")
            #expect(outcome.status == 1, "\(change)")
        }
        for look in ["list --all", "dumpxml vm", "device-list vm", "dominfo idle", "domstate vm"] {
            #expect(try await xenkeeper(["-r"] + look.split(separator: " ").map(String.init)).status == 0, "\(look)")
        }
        #expect(try await xenkeeper("dumpxml", "vm").output == before.output)
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\nvm\nidle\n")
        #expect(try await xenkeeper("-r", "start", "no").errors.hasPrefix("error: failed to get domain 'no'\n"))
    }
}
