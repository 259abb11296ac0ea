import Foundation
import Testing

@Suite("check explains a document")
struct CheckTests {
    @Test("The table names each element, what it becomes and its value, long ones cut")
    func table() async throws {
        let xenkeeper = try Program()
        let outcome = try await xenkeeper("check", try xenkeeper.file("vm.xml", NativeTests.document))
        #expect(
            outcome.output == """
                 Element                               Becomes               Value
                ---------------------------------------------------------------------------------------------------------------
                 @type                                 required              -
                 name                                  c_info.name           "vm"
                 uuid                                  c_info.uuid           "5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11"
                 title                                 description only      -
                 memory                                b_info.max_memkb      262144
                 currentMemory                         b_info.target_memkb   262144
                 on_poweroff                           on_poweroff           default
                 on_reboot                             on_reboot             "restart"
                 on_crash                              on_crash              default
                 seclabel                              ignored               Xen cannot express it
                 vcpu                                  b_info.avail_vcpus    [0]
                                                       b_info.max_vcpus      1
                 os/type                               c_info.type           "pvh"
                 os/kernel                             b_info.kernel         "/boot/vmlinuz"
                 os/cmdline                            b_info.cmdline        "root=/dev/xvda ro console=hvc0 a-very-long-arg…
                 devices/disk[1]                       disks[0].format       "raw"
                                                       disks[0].removable    1
                 devices/disk[1]/alias                 description only      -
                 devices/disk[1]/@device               disks[0].is_cdrom     default
                                                       disks[0].readwrite    1
                 devices/disk[1]/source                disks[0].pdev_path    "/img/vm.raw"
                 devices/disk[1]/target/@dev           disks[0].vdev         "xvda"
                 devices/disk[1]/target/@bus           description only      -
                 devices/interface[1]                  nics[0].devid         0
                                                       nics[0].nictype       "vif"
                 devices/interface[1]/alias            description only      -
                 devices/interface[1]/source/@bridge   nics[0].bridge        "xenbr0"
                 devices/interface[1]/mac/@address     nics[0].mac           "00:16:3e:00:00:01"
                 devices/interface[1]/mtu/@size        nics[0].mtu           9000
                 frobnicate                            ignored               this driver does not support it (line 12)


                """)
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
        #expect(!xenkeeper.hasState)
    }

    @Test("With --strict everything ignored is an error")
    func strict() async throws {
        let xenkeeper = try Program()
        let outcome = try await xenkeeper("check", "--strict", try xenkeeper.file("vm.xml", NativeTests.document))
        #expect(
            outcome.errors == """
                error: /domain/seclabel: it is ignored: Xen cannot express it
                error: /domain/frobnicate: it is ignored: this driver does not support it (line 12)

                """)
        #expect(outcome.status == 1)
    }

    @Test("The JSON has whole values")
    func json() async throws {
        struct Check: Decodable {
            struct Element: Decodable {
                let path: String
                let device: String?
                let outcome: String
                let reason: String?
                let fields: [Field]
            }
            struct Field: Decodable {
                let member: String
                let value: String?
            }
            let elements: [Element]
        }
        struct Output: Decodable {
            let document: Check
        }
        let xenkeeper = try Program()
        let outcome = try await xenkeeper("check", "--json", try xenkeeper.file("vm.xml", NativeTests.document))
        let check = try JSONDecoder().decode(Output.self, from: Data(outcome.output.utf8)).document
        func element(_ path: String) -> Check.Element? { check.elements.first { $0.path == path } }
        #expect(
            element("/domain/os/cmdline")?.fields.first?.value
                == #""root=/dev/xvda ro console=hvc0 a-very-long-argument=0123456789""#)
        #expect(element("/domain/seclabel")?.outcome == "ignored")
        #expect(element("/domain/seclabel")?.reason == "Xen cannot express it")
        #expect(element("/domain/devices/disk[1]/alias")?.outcome == "description only")
        #expect(element("/domain/devices/disk[1]/alias")?.device == "xvda")
        #expect(element("/domain/on_crash")?.fields.map(\.value) == [nil])
    }

    @Test("What keeps a domain from being started is an error by its path, each device's its own")
    func problems() async throws {
        let xenkeeper = try Program()
        let document = Program.domain(
            "vm",
            extra: """
                <disk type='file' device='disk'><source file='/img/b.raw'/><target dev='vda'/></disk>
                <interface type='bridge'>
                  <mac address='00:16:3e:00:00:02'/><source bridge='xenbr0'/><vlan><tag id='0'/></vlan>
                </interface>
                """)
        let outcome = try await xenkeeper("check", try xenkeeper.file("vm.xml", document))
        #expect(
            outcome.errors == """
                error: /domain/devices/disk/target/@dev of 'vda': 'vda' is no disk name of Xen; use one such as xvda, hda or sda
                error: /domain/devices/interface/vlan of '00:16:3e:00:00:02': without <virtualport \
                type='openvswitch'/> an interface with a bridge can be in one VLAN, of 1 to 4094, and no trunk

                """)
        #expect(outcome.status == 1)
    }

    @Test("A document that cannot be read fails as define does")
    func unreadable() async throws {
        let xenkeeper = try Program()
        let outcome = try await xenkeeper("check", try xenkeeper.file("vm.xml", "<domain type='xen'/>"))
        #expect(outcome.result == "")
        #expect(outcome.errors.hasPrefix("error: Failed to check "))
        #expect(outcome.errors.hasSuffix("error: XML error: line 1: /domain: 'name' is missing; add it\n"))
        #expect(outcome.status == 1)
    }
}
