import Testing

@Suite("change-media says and does what virsh's does")
struct MediaTests {
    private static func domain(_ type: String = "hvm") -> String {
        """
        <domain type='xen'>
          <name>vm</name>
          <memory unit='MiB'>256</memory>
          <os><type>\(type)</type>\(type == "hvm" ? "" : "<kernel>/boot/vmlinuz</kernel>")</os>
          <devices>
            <disk type='file'><source file='/img/vm.raw'/><target dev='xvda'/></disk>
            <disk type='file' device='cdrom'><source file='/img/a.iso'/><target dev='hdc'/><alias name='ua-c'/></disk>
            <disk type='file' device='cdrom'><target dev='hdd'/></disk>
          </devices>
        </domain>
        """
    }

    private func running(_ type: String = "hvm") async throws -> Program {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Self.domain(type)))
        try await xenkeeper("start", "vm")
        return xenkeeper
    }

    @Test("The story of two drives, byte for byte")
    func story() async throws {
        let xenkeeper = try await running()
        let story: [(words: String, output: String, errors: String)] = [
            ("vm hdd --eject", "", "error: The disk device 'hdd' doesn't have media\n"),
            ("vm hdc /img/b.iso --insert", "", "error: The disk device 'hdc' already has media\n"),
            ("vm hdc --insert", "", "error: New disk media source was not specified\n"),
            ("vm hdc", "", "error: New disk media source was not specified\n"),
            ("vm hde /img/b.iso", "", "error: No disk found whose source path or target is hde\n"),
            ("vm --alias ua-no /img/b.iso", "", "error: No disk found whose alias is ua-no\n"),
            (
                "vm xvda /img/b.iso", "",
                "error: No disk found whose source path or target is xvda\nerror: The disk device 'xvda' is not removable\n"
            ),
            ("vm hdc --eject", "Successfully ejected media.\n\n", ""),
            ("vm hdc /img/b.iso --insert --block", "Successfully inserted media.\n\n", ""),
            ("vm /img/b.iso /img/c.iso", "Successfully updated media.\n\n", ""),
            ("vm --alias ua-c /img/d.iso --force", "Successfully updated media.\n\n", ""),
            ("vm hdd --update --source /img/e.iso --config", "Successfully updated media.\n\n", ""),
            ("vm hdd --update", "", "error: The disk device 'hdd' doesn't have media\n"),
            ("vm hdd /img/f.iso --live --config", "Successfully updated media.\n\n", ""),
            (
                "nobody hdc --eject", "",
                "error: failed to get domain 'nobody'\nerror: Domain not found: no domain with matching name 'nobody'\n"
            ),
        ]
        for (line, output, errors) in story {
            let outcome = try await xenkeeper(["change-media"] + line.split(separator: " ").map(String.init))
            #expect(outcome.result == output, "\(line)")
            #expect(outcome.errors == errors, "\(line)")
            #expect(outcome.status == (output.isEmpty ? 1 : 0), "\(line)")
        }
        #expect(
            try await xenkeeper("-q", "domblklist", "vm").output
                == " xvda   /img/vm.raw\n hdc    /img/d.iso\n hdd    /img/f.iso\n")
        #expect(
            try await xenkeeper("-q", "domblklist", "vm", "--inactive").output
                == " xvda   /img/vm.raw\n hdc    /img/a.iso\n hdd    /img/f.iso\n")
    }

    @Test("--print-xml shows the drive with its new medium, and does nothing")
    func printXML() async throws {
        let xenkeeper = try await running()
        let outcome = try await xenkeeper(
            "-q", "change-media", "vm", "hdd", "/dev/sr0", "--block", "--config", "--print-xml")
        #expect(
            outcome.output == """
                <disk type='block' device='cdrom'>
                  <source dev='/dev/sr0'/>
                  <target dev='hdd'/>
                  <readonly/>
                </disk>

                """)
        #expect(try await xenkeeper("-q", "domblklist", "vm", "--inactive").output.hasSuffix(" hdd    -\n"))
    }

    @Test("A guest that is not hvm keeps its medium while it runs, and may have another at its next start")
    func paravirtual() async throws {
        let xenkeeper = try await running("linux")
        let outcome = try await xenkeeper("change-media", "vm", "hdc", "--eject")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("error: Failed to complete action eject on media\nerror: "))
        #expect(outcome.errors.contains("hvm"))
        #expect(try await xenkeeper("change-media", "vm", "hdc", "--eject", "--config").status == 0)
        #expect(try await xenkeeper("-q", "domblklist", "vm").output.contains("/img/a.iso"))
    }

    @Test(
        "Flags that exclude each other are refused",
        arguments: [
            "--eject --insert", "--eject --update", "--insert --update", "--eject --block", "--current --live",
            "--current --config",
        ])
    func exclusive(_ flags: String) async throws {
        let words = flags.split(separator: " ").map(String.init)
        let outcome = try await Program()(["change-media", "vm", "hdc", "/img/b.iso"] + words)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("Options \(words[0]) and \(words[1]) are mutually exclusive"))
    }
}
