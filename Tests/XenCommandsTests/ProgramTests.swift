import Foundation
import Testing

/// Runs the program itself; nothing here knows how it is made.
@Suite("The program keeps its word to shells and scripts")
struct ProgramTests {
    @Test("The story of a NIC that is plugged, changed and unplugged by its alias, byte for byte")
    func transcript() async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("vm.xml", Program.domain("vm"))
        _ = try xenkeeper.file("b.xml", Program.nic("b", mac: 2))
        _ = try xenkeeper.file("b2.xml", Program.nic("b", mac: 2, bridge: "xenbr2"))
        _ = try xenkeeper.file("which.xml", "<interface type='bridge'><alias name='ua-b'/></interface>")
        let story: [([String], String)] = [
            (["define", "vm.xml"], "Domain 'vm' defined from vm.xml\n\n"),
            (["domstate", "vm"], "shut off\n\n"),
            (["domid", "vm"], "-\n\n"),
            (["start", "vm"], "Domain 'vm' started\n\n"),
            (["domid", "vm"], "1\n\n"),
            (["attach-device", "vm", "b.xml"], "Device attached successfully\n\n"),
            (
                ["device-list", "vm"],
                """
                 Alias     Class       Device              Identity    Backend    State
                -------------------------------------------------------------------------
                 ua-root   disk        xvda                vbd/51712   Domain-0   bound
                 ua-a      interface   00:16:3e:00:00:01   vif/0       Domain-0   bound
                 ua-b      interface   00:16:3e:00:01:02   vif/1       Domain-0   bound


                """
            ),
            (
                ["update-device", "vm", "b2.xml"],
                "Device updated successfully (unplugged and plugged: source)\n\n"
            ),
            (
                ["-q", "domiflist", "vm"],
                """
                 vif1.0   bridge   xenbr0   -   00:16:3e:00:00:01
                 vif1.1   bridge   xenbr2   -   00:16:3e:00:01:02

                """
            ),
            (["domif-setlink", "vm", "--alias", "ua-b", "down"], "Device updated successfully (in place: link)\n\n"),
            (["domif-setlink", "vm", "vif1.1", "up"], "Device updated successfully (in place: link)\n\n"),
            (["detach-device", "vm", "which.xml"], "Device detached successfully\n\n"),
            (["detach-device-alias", "vm", "ua-a"], "Device detach request sent successfully\n\n"),
            (["-q", "domiflist", "vm"], ""),
            (["domblklist", "vm"], " Target   Source\n-----------------------\n xvda     /img/vm.raw\n\n"),
            (["-q", "domiflist", "vm", "--inactive"], " -   bridge   xenbr0   -   00:16:3e:00:00:01\n"),
            (["destroy", "vm"], "Domain 'vm' destroyed\n\n"),
            (["undefine", "vm"], "Domain 'vm' has been undefined\n\n"),
            (["list", "--all", "--name"], "Domain-0\n\n"),
        ]
        for (words, output) in story {
            let outcome = try await xenkeeper(words)
            #expect(outcome.result == output, "\(words)")
            #expect(outcome.errors == "", "\(words)")
            #expect(outcome.status == 0, "\(words)")
        }
    }

    @Test("The story of a domain that is held, let go, rebooted and shut down, byte for byte")
    func power() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let ended = "Requested operation is not valid: domain is not running"
        let story: [([String], output: String, errors: String)] = [
            (["start", "vm"], "Domain 'vm' started\n\n", ""),
            (["domstate", "vm", "--reason"], "running (booted)\n\n", ""),
            (["suspend", "vm"], "Domain 'vm' suspended\n\n", ""),
            (["domstate", "vm", "--reason"], "paused (user)\n\n", ""),
            (
                ["shutdown", "vm"], "",
                """
                error: Failed to shutdown domain 'vm'
                error: Requested operation is not valid: domain is paused and its guest cannot answer; resume it first

                """
            ),
            (["resume", "vm"], "Domain 'vm' resumed\n\n", ""),
            (["domstate", "vm", "--reason"], "running (unpaused)\n\n", ""),
            (
                ["reboot", "vm", "--mode", "paravirt"], "Domain 'vm' is being rebooted\n\n",
                "warning: domain 'vm': xenkeeperd does not run here, so nothing starts the domain again once its guest has"
                    + " ended; start xenkeeperd.service, or the domain itself\n"
            ),
            (["domstate", "vm", "--reason"], "in shutdown (reboot)\n\n", ""),
            (["-q", "list"], " 0   Domain-0   running\n 1   vm         in shutdown\n", ""),
            (
                ["suspend", "vm"], "",
                """
                warning: domain 'vm' (id 1): its guest has ended to be rebooted; its on_reboot is 'restart', but \
                xenkeeperd does not run here, so the domain was destroyed; 'start vm' brings it back
                error: Failed to suspend domain 'vm'
                error: \(ended)

                """
            ),
            (["domstate", "vm", "--reason"], "shut off (unknown)\n\n", ""),
            (["start", "vm"], "Domain 'vm' started\n\n", ""),
            (["shutdown", "vm"], "Domain 'vm' is being shutdown\n\n", ""),
            (["domstate", "vm"], "in shutdown\n\n", ""),
            (
                ["start", "vm"], "Domain 'vm' started\n\n",
                """
                warning: domain 'vm' (id 2): its guest has powered off; its on_poweroff is 'destroy', so the domain was \
                destroyed

                """
            ),
            (["domid", "vm"], "3\n\n", ""),
        ]
        for (words, output, errors) in story {
            let outcome = try await xenkeeper(words)
            #expect(outcome.result == output, "\(words)")
            #expect(outcome.errors == errors, "\(words)")
            #expect(outcome.status == (output.isEmpty ? 1 : 0), "\(words)")
        }
    }

    @Test(
        "An unknown domain is a failure with virsh's words, whatever the verb",
        arguments: [
            "start no", "suspend no", "resume no", "shutdown no", "reboot no", "destroy no", "undefine no",
            "dominfo no", "domstate no", "domid no", "domuuid no",
            "dumpxml no", "domiflist no", "domblklist no --json", "device-list no", "attach-device no nic.xml",
            "detach-device no nic.xml --live", "detach-device no --alias ua-x", "update-device no nic.xml",
            "detach-device-alias no ua-x", "domif-setlink no vif1.0 up", "destroy no --foreign",
            "adopt no --mac 00:16:3e:00:00:01 --alias ua-x",
        ])
    func unknownDomain(command: String) async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("nic.xml", Program.nic("x", mac: 2))
        let outcome = try await xenkeeper(command.split(separator: " ").map(String.init))
        #expect(
            outcome.errors == """
                error: failed to get domain 'no'
                error: Domain not found: no domain with matching name 'no'

                """)
        #expect(outcome.result == "")
        #expect(outcome.status == 1)
    }

    @Test(
        "A stopped domain has nothing live to change",
        arguments: [
            ("attach-device vm b.xml --live", "Failed to attach device from b.xml"),
            ("attach-device vm b.xml", "Failed to attach device from b.xml"),
            ("detach-device vm b.xml", "Failed to detach device from b.xml"),
            ("detach-device vm --alias ua-a --live", "Failed to detach device with alias ua-a"),
            ("detach-device-alias vm ua-a --live", "Failed to detach device with alias ua-a"),
            ("update-device vm b.xml --live --config", "Failed to update device from b.xml"),
            ("domif-setlink vm --alias ua-a up --live", "Failed to update interface link state"),
            ("suspend vm", "Failed to suspend domain 'vm'"), ("resume vm", "Failed to resume domain 'vm'"),
            ("shutdown vm", "Failed to shutdown domain 'vm'"), ("reboot vm", "Failed to reboot domain 'vm'"),
        ])
    func liveOnStopped(command: String, attempt: String) async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("b.xml", Program.nic("b", mac: 2))
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let outcome = try await xenkeeper(command.split(separator: " ").map(String.init))
        #expect(
            outcome.errors
                == "error: \(attempt)\nerror: Requested operation is not valid: domain is not running\n")
        #expect(outcome.result == "")
        #expect(outcome.status == 1)
    }

    @Test("A hyphen reads the document from standard input")
    func standardInput() async throws {
        let xenkeeper = try Program()
        let vm = Program.Settings(input: Program.domain("vm"))
        let nic = Program.Settings(input: Program.nic("b", mac: 2))
        #expect(try await xenkeeper("create", "-", settings: vm).output == "Domain 'vm' created from -\n\n")
        #expect(try await xenkeeper("attach-device", "vm", "-", settings: nic).status == 0)
        #expect(try await xenkeeper("-q", "domiflist", "vm").output.contains("00:16:3e:00:01:02"))
    }

    @Test("Warnings go to standard error, and --strict makes a failure of them")
    func strict() async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Program.domain("vm", extra: "<sound model='ac97'/>"))
        let refused = try await xenkeeper("define", "--strict", file)
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("error: Failed to define domain from \(file)\nerror: "))
        #expect(refused.errors.contains("/domain/devices/sound"))
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\n")
        let taken = try await xenkeeper("define", file)
        #expect(taken.status == 0)
        #expect(taken.errors.hasPrefix("warning: "))
        #expect(taken.errors.contains("/domain/devices/sound"))
        #expect(taken.output == "Domain 'vm' defined from \(file)\n\n")
    }

    /// Why there is no real Xen; nothing on a machine that has one, which a test leaves alone.
    private static var realXen: [(String, String)] {
        FileManager.default.fileExists(atPath: "/proc/xen/capabilities")
            ? [] : [("xen:///system", "this is not the control domain of a Xen host")]
    }

    @Test(
        "A connection that cannot be had is a failure of one sentence",
        arguments: [
            ("qemu:///system", "no driver for the scheme 'qemu'"), ("test:///dev/null/nowhere", "/dev/null/nowhere"),
        ] + realXen)
    func noConnection(uri: String, reason: String) async throws {
        let outcome = try await Program()("-c", uri, "list")
        let lines = outcome.errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3)
        #expect(lines.first == "error: failed to connect to the hypervisor")
        #expect(lines.dropFirst().first?.contains(reason) == true)
        #expect(outcome.result == "")
        #expect(outcome.status == 1)
    }

    @Test("The option comes before the environment, and the user's own fake host before neither")
    func connections() async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Program.domain("vm"))
        let other = "test://\(xenkeeper.directory.path)/other"
        try await xenkeeper("-c", other, "define", file)
        #expect(!xenkeeper.hasState)
        #expect(try await xenkeeper("-q", "list", "--inactive", "--name").output == "")
        #expect(try await xenkeeper("-q", "list", "--inactive", "--name", "-c", other).output == "vm\n")
        let mine = Program.Settings(environment: ["XENKEEPER_DEFAULT_URI": "test:///default"])
        #expect(try await xenkeeper("define", file, settings: mine).status == 0)
        let state = ".local/state/xenkeeper/test-default/etc/xenkeeper/domains/vm.xml"
        #expect(try xenkeeper.text(of: state).contains("ua-root"))
    }

    @Test("--version and --help need no host")
    func helpNeedsNoHost() async throws {
        let xenkeeper = try Program()
        for words in [["--version"], ["--help"], ["start", "--help"], ["help", "attach-device"], []] {
            let outcome = try await xenkeeper(words)
            #expect(outcome.status == 0)
            #expect(!outcome.output.isEmpty)
            #expect(outcome.errors == "")
        }
        #expect(!xenkeeper.hasState)
    }

    @Test(
        "A bad document is a failure of one line, and nothing is kept of it",
        arguments: [
            "", "<domain", "<interface/>", "<domain type='xen'><name>a\nb</name><memory>1</memory></domain>",
            "<domain type='xen'><name>../x</name><memory>1024</memory><vcpu>1</vcpu></domain>",
            "<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><domain><name>&e;</name></domain>",
        ])
    func badDocument(document: String) async throws {
        let xenkeeper = try Program()
        for verb in ["define", "create"] {
            let outcome = try await xenkeeper(verb, "-", settings: .init(input: document))
            #expect(outcome.errors.hasPrefix("error: Failed to \(verb) domain from -\nerror: "))
            #expect(outcome.errors.split(separator: "\n").count == 2)
            #expect(outcome.result == "")
            #expect(outcome.status == 1)
        }
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\n")
    }

    @Test("What the user typed is shown back without its control characters")
    func escapedOperand() async throws {
        let outcome = try await Program()("start", "x\u{1b}[31m\ny")
        #expect(
            outcome.errors == """
                error: failed to get domain 'x\\x1b[31m\\x0ay'
                error: Domain not found: no domain with matching name 'x\\x1b[31m\\x0ay'

                """)
    }

    @Test("update-device --alias adds the alias to what the file names the device by")
    func updateByAlias() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("create", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let bridge = Program.Settings(
            input: "<interface type='bridge'><source bridge='xenbr0'/><link state='down'/></interface>")
        let unnamed = try await xenkeeper("update-device", "vm", "-", settings: bridge)
        #expect(unnamed.status == 1)
        let other = try await xenkeeper("update-device", "vm", "-", "--alias", "ua-nope", settings: bridge)
        #expect(other.errors.contains("ua-nope"))
        #expect(other.status == 1)
        let named = try await xenkeeper("update-device", "vm", "-", "--alias", "ua-a", settings: bridge)
        #expect(named.output == "Device updated successfully (in place: link)\n\n")
        #expect(named.errors == "")
        #expect(try await xenkeeper("dumpxml", "vm").output.contains("<link state='down'/>"))
    }

    @Test("--force says that it was used", arguments: ["ua-a", "ua-root"])
    func force(alias: String) async throws {
        let xenkeeper = try Program()
        try await xenkeeper("create", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let outcome = try await xenkeeper("detach-device", "vm", "--alias", alias, "--force")
        #expect(outcome.output == "Device detached successfully (by force)\n\n")
        #expect(try await xenkeeper("-q", "device-list", "vm").output.contains(alias) == false)
    }

    @Test("--paused leaves the guest paused")
    func paused() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        try await xenkeeper("start", "vm", "--paused")
        #expect(try await xenkeeper("domstate", "vm").output == "paused\n\n")
    }

    @Test("A domain is found by its id, its UUID and its name")
    func references() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("create", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let uuid = try await xenkeeper("-q", "domuuid", "vm").output.trimmingCharacters(in: .newlines)
        for reference in ["1", uuid, uuid.uppercased(), "vm"] {
            #expect(try await xenkeeper("-q", "domid", reference).output == "1\n")
        }
    }

    @Test("JSON is JSON, whatever is in it")
    func json() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("a&quot;\\ &#x1f600;")))
        let list = try await xenkeeper("list", "--all", "--json").output
        let object = try #require(JSONSerialization.jsonObject(with: Data(list.utf8)) as? [String: Any])
        let rows = try #require(object["domains"] as? [[String: Any]])
        #expect(rows.map { $0["name"] as? String } == ["Domain-0", "a\"\\ \u{1f600}"])
        #expect(rows[1]["id"] is NSNull)
        for verb in ["dominfo", "domiflist", "domblklist", "device-list"] {
            let output = try await xenkeeper(verb, "a\"\\ \u{1f600}", "--json").output
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(output.utf8)) }
        }
    }
}
