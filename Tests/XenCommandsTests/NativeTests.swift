import Foundation
import Testing

@Suite("Domains come from xl's files and go to them, and a document is explained")
struct NativeTests {
    static let document = """
        <domain type='xen'>
          <name>vm</name>
          <uuid>5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11</uuid>
          <title>an inn</title>
          <memory unit='MiB'>256</memory>
          <vcpu>1</vcpu>
          <os>
            <type>xenpvh</type><kernel>/boot/vmlinuz</kernel>
            <cmdline>root=/dev/xvda ro console=hvc0 a-very-long-argument=0123456789</cmdline>
          </os>
          <seclabel type='dynamic'/>
          <frobnicate/>
          <devices>
            <disk type='file' device='disk'>
              <source file='/img/vm.raw'/><target dev='xvda' bus='xen'/><alias name='ua-root'/>
            </disk>
            <interface type='bridge'>
              <mac address='00:16:3e:00:00:01'/><source bridge='xenbr0'/><mtu size='9000'/><alias name='ua-a'/>
            </interface>
          </devices>
        </domain>
        """

    static let file = """
        name = "vm"
        uuid = "5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11"
        type = "pvh"
        maxmem = 256
        memory = 256
        vcpus = 1
        kernel = "/boot/vmlinuz"
        cmdline = "root=/dev/xvda ro console=hvc0 a-very-long-argument=0123456789"
        localtime = 0
        on_poweroff = "destroy"
        on_reboot = "restart"
        on_crash = "destroy"
        disk = [ "format=raw,vdev=xvda,access=rw,target=/img/vm.raw" ]
        vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0,mtu=9000" ]


        """

    /// What is left out of the document for xl.
    static let losses = [
        "line 12: /domain/frobnicate is not supported by this driver and was left out",
        "/domain/title has no key in xl.cfg and was left out",
        "/domain/seclabel has no key in xl.cfg and was left out",
    ]

    /// What is said of every disk that says nothing of it.
    static let note = """
        note: /domain/devices/disk/xenkeeper:options/@removable is 'no' in what xl makes of the file, for xl.cfg cannot \
        express it

        """

    private func expect(
        _ words: [String], on xenkeeper: Program, status: Int32 = 0, output: String = "", errors: String = ""
    ) async throws {
        let outcome = try await xenkeeper(words)
        #expect(outcome.result == output, "\(words)")
        #expect(outcome.errors == errors, "\(words)")
        #expect(outcome.status == status, "\(words)")
    }

    @Test("A document goes to xl's file without its aliases, what xl cannot express being said, with no host")
    func toXL() async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("vm.xml", Self.document)
        let warnings = Self.note + Self.losses.map { "warning: \($0)\n" }.joined()
        try await expect(["domxml-to-native", "xen-xl", "vm.xml"], on: xenkeeper, output: Self.file, errors: warnings)
        try await expect(
            ["domxml-to-native", "--format", "xen-xl", "--xml", "vm.xml"], on: xenkeeper, output: Self.file,
            errors: warnings)
        try await expect(
            ["domxml-to-native", "xen-xl", "vm.xml", "--strict"], on: xenkeeper, status: 1,
            errors: "error: unsupported configuration: not all of it can be carried over: "
                + Self.losses.joined(separator: "; ") + "\n")
        #expect(!xenkeeper.hasState)
    }

    @Test("A document goes to libxl's JSON, with no host and no alias")
    func toJSON() async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("vm.xml", Program.domain("vm"))
        let outcome = try await xenkeeper("domxml-to-native", "xen-json", "vm.xml")
        #expect(outcome.errors == "")
        #expect(!outcome.output.contains("ua-"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let disks = try #require(json["disks"] as? [[String: Any]])
        #expect(disks.map { $0["vdev"] as? String } == ["xvda"])
        let build = try #require(json["b_info"] as? [String: Any])
        #expect(build["max_memkb"] as? Int == 262_144)
        #expect(!xenkeeper.hasState)
    }

    @Test("A domain's definition goes to what a start on this host tells libxl, which a file alone cannot know")
    func domainToJSON() async throws {
        let xenkeeper = try Program()
        let document = Program.domain("vm").replacing("<vcpu>1</vcpu>", with: "<vcpu>2</vcpu>")
            .replacing("</domain>", with: "<cputune><vcpupin vcpu='1' cpuset='1'/></cputune></domain>")
            .replacing("<interface type='bridge'>", with: "<interface type='network'>")
            .replacing("<source bridge='xenbr0'/>", with: "<source network='lan'/>")
        let file = try xenkeeper.file("vm.xml", document)
        try await xenkeeper("define", file)
        let directory = xenkeeper.directory.appendingPathComponent("host/etc/xenkeeper")
        try Data(#"{"networks": {"lan": "xenbr7"}}"#.utf8)
            .write(to: directory.appendingPathComponent("connection.json"))
        for (source, bridge, last) in [(["vm.xml"], "lan", 1), (["--domain", "vm"], "xenbr7", 15)] {
            let outcome = try await xenkeeper(["domxml-to-native", "xen-json"] + source)
            #expect(outcome.errors == "")
            let json = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            let nics = try #require(json["nics"] as? [[String: Any]])
            #expect(nics.map { $0["bridge"] as? String } == [bridge])
            let build = try #require(json["b_info"] as? [String: Any])
            let processors = try #require(build["vcpu_hard_affinity"] as? [[Int]])
            #expect(processors.map { $0.max() } == [last, 1])
        }
    }

    @Test("A domain's definition goes to xl's file and comes back with the aliases of the definition of its name")
    func thereAndBack() async throws {
        let xenkeeper = try Program()
        let document = Self.document.replacing("<frobnicate/>", with: "")
            .replacing("<seclabel type='dynamic'/>", with: "").replacing("<title>an inn</title>", with: "")
        try await xenkeeper("define", try xenkeeper.file("vm.xml", document))
        try await expect(
            ["domxml-to-native", "xen-xl", "--domain", "vm"], on: xenkeeper, output: Self.file, errors: Self.note)
        // A file without uuid, with a NIC that the definition does not have.
        let file = Self.file.replacing(/uuid = .*\n/, with: "")
            .replacing("mtu=9000\" ]", with: "mtu=9000\", \"mac=00:16:3e:00:00:02,bridge=xenbr1\" ]")
        _ = try xenkeeper.file("vm.cfg", file)
        try await expect(
            ["domxml-from-native", "xen-xl", "vm.cfg"], on: xenkeeper,
            output: """
                <domain xmlns:xenkeeper='urn:xenkeeper:domain:1' type='xen'>
                  <name>vm</name>
                  <uuid>5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11</uuid>
                  <memory unit='KiB'>262144</memory>
                  <currentMemory unit='KiB'>262144</currentMemory>
                  <vcpu placement='static'>1</vcpu>
                  <os>
                    <type>xenpvh</type>
                    <kernel>/boot/vmlinuz</kernel>
                    <cmdline>root=/dev/xvda ro console=hvc0 a-very-long-argument=0123456789</cmdline>
                  </os>
                  <clock offset='utc'/>
                  <on_poweroff>destroy</on_poweroff>
                  <on_reboot>restart</on_reboot>
                  <on_crash>destroy</on_crash>
                  <devices>
                    <disk type='file' device='disk'>
                      <driver type='raw'/>
                      <source file='/img/vm.raw'/>
                      <target dev='xvda'/>
                      <xenkeeper:options removable='no'/>
                      <alias name='ua-root'/>
                    </disk>
                    <interface type='bridge'>
                      <mac address='00:16:3e:00:00:01'/>
                      <source bridge='xenbr0'/>
                      <mtu size='9000'/>
                      <alias name='ua-a'/>
                    </interface>
                    <interface type='bridge'>
                      <mac address='00:16:3e:00:00:02'/>
                      <source bridge='xenbr1'/>
                    </interface>
                  </devices>
                </domain>


                """,
            errors: """
                note: the UUID is that of the definition of domain 'vm', for the file has none
                note: aliases from the definition of domain 'vm': disk 'ua-root' (xvda), interface 'ua-a' \
                (00:16:3e:00:00:01)

                """)
    }

    @Test("An alias whose device is not in the file, or there twice, is given to none and named")
    func aliasesLeft() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let file = try xenkeeper.file(
            "vm.cfg",
            """
            name = 'vm'
            memory = 64
            kernel = '/k'
            vif = [ 'mac=00:16:3e:00:00:01', 'mac=00:16:3e:00:00:01' ]
            disk = [ '/a,raw,xvdb,rw' ]
            """)
        let outcome = try await xenkeeper("domxml-from-native", "xen-xl", file)
        #expect(!outcome.output.contains("alias"))
        #expect(
            outcome.errors == """
                note: the UUID is that of the definition of domain 'vm', for the file has none
                note: the definition of domain 'vm' has aliases for which no one device of the file is: disk 'ua-root' \
                (xvda), interface 'ua-a' (00:16:3e:00:00:01)

                """)
    }

    @Test(
        "What cannot be converted is refused by a sentence",
        arguments: [
            (
                ["domxml-from-native", "xen-sxpr", "vm.cfg"],
                "Operation not supported: conversion from 'xen-sxpr' format is no longer supported"
            ),
            (
                ["domxml-to-native", "xen-xm", "vm.xml"],
                "Operation not supported: conversion to 'xen-xm' format is not supported; use xen-xl, in which most of"
                    + " those files can be read"
            ),
            (
                ["domxml-from-native", "xen-json", "vm.cfg"],
                "Operation not supported: conversion from 'xen-json' format is not supported; use xen-xl"
            ),
            (
                ["domxml-to-native", "xen-xl", "kvm.xml"],
                "unsupported configuration: the document is for 'kvm'; this driver runs <domain type='xen'> alone"
            ),
            (["domxml-to-native", "xen-foo", "vm.xml"], "invalid argument: unsupported config type xen-foo"),
            (
                ["domxml-from-native", "xen-xl", "vm.cfg"],
                "configuration file syntax error: line 2, column 9: nothing more stands here, but a quoted text, a number"
                    + " or a list is needed"
            ),
            (
                ["domxml-from-native", "xen-xl", "more.cfg", "--strict"],
                "unsupported configuration: not all of it can be carried over: line 4: frob is no key of xl's and was left"
                    + " out"
            ),
            (
                ["domxml-to-native", "xen-xl", "--domain", "Domain-0"],
                "Requested operation is not valid: Domain-0 does not support requested operation"
            ),
        ])
    func refused(_ words: [String], _ sentence: String) async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("vm.cfg", "name = 'vm'\nmemory =\n")
        _ = try xenkeeper.file("more.cfg", "name = 'vm'\nmemory = 64\nkernel = '/k'\nfrob = 1\n")
        _ = try xenkeeper.file("vm.xml", Self.document)
        _ = try xenkeeper.file("kvm.xml", Self.document.replacing("'xen'", with: "'kvm'"))
        try await expect(words, on: xenkeeper, status: 1, errors: "error: \(sentence)\n")
    }
}
