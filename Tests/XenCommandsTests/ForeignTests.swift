import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenUnits

@Suite("What another toolstack plugged or started is changed when one says so")
struct ForeignTests {
    private func fake(_ xenkeeper: Program) throws -> FakeXenHost {
        try FakeXenHost(directory: FilePath(xenkeeper.directory.path).appending("host").appending("xen"))
    }

    private func follow(
        _ story: [([String], output: String, errors: String)], on xenkeeper: Program
    ) async throws {
        for (words, output, errors) in story {
            let outcome = try await xenkeeper(words)
            #expect(outcome.result == output, "\(words)")
            #expect(outcome.errors == errors, "\(words)")
            #expect(outcome.status == (output.isEmpty && !words.contains("-q") ? 1 : 0), "\(words)")
        }
    }

    @Test("The story of devices that xl plugged and we adopt, change and unplug, byte for byte")
    func devices() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        try await xenkeeper("start", "vm")
        try await fake(xenkeeper).visit(DomainID(rawValue: 1))
        let mac = KillScenario.theirMAC
        try await follow(
            [
                (
                    ["device-list", "vm"],
                    """
                     Alias     Class       Device              Identity    Backend    State
                    ---------------------------------------------------------------------------
                     ua-root   disk        xvda                vbd/51712   Domain-0   bound
                     ua-a      interface   00:16:3e:00:00:01   vif/0       Domain-0   bound
                     -         disk        xvde                vbd/51776   Domain-0   foreign
                     -         interface   00:16:3e:00:00:66   vif/5       Domain-0   foreign


                    """, ""
                ),
                (
                    ["detach-device", "vm", "--alias", "ua-their"], "",
                    """
                    error: Failed to detach device with alias ua-their
                    error: device not found: no device found matching alias 'ua-their' in the live definition of domain \
                    'vm'; it has disk 'ua-root' (xvda), interface 'ua-a' (00:16:3e:00:00:01), foreign disk 'xvde' at \
                    vbd/51776, foreign interface '00:16:3e:00:00:66' at vif/5

                    """
                ),
                (
                    ["adopt", "vm", "--mac", mac, "--alias", "ua-a"], "",
                    """
                    error: Failed to adopt device as ua-a
                    error: unsupported configuration: non unique alias detected: ua-a is already a device of domain 'vm'

                    """
                ),
                (
                    ["adopt", "vm", "--identity", "vif/0", "--alias", "ua-b"], "",
                    """
                    error: Failed to adopt device as ua-b
                    error: Requested operation is not valid: interface 'ua-a' (00:16:3e:00:00:01) of domain 'vm' is known by \
                    that name already; to give it another one, detach it and attach it under that

                    """
                ),
                (
                    ["adopt", "vm", "--identity", "5", "--alias", "ua-b"], "",
                    """
                    error: Failed to adopt device as ua-b
                    error: invalid argument: '5' is no identity: give a kind and a number, such as vif/0 or vbd/51712; device-list \
                    shows them under Identity

                    """
                ),
                (["adopt", "vm", "--mac", mac, "--alias", "ua-their"], "Device adopted successfully\n\n", ""),
                (
                    ["-q", "device-list", "vm"],
                    """
                     ua-root    disk        xvda                vbd/51712   Domain-0   bound
                     ua-a       interface   00:16:3e:00:00:01   vif/0       Domain-0   bound
                     ua-their   interface   00:16:3e:00:00:66   vif/5       Domain-0   bound
                     -          disk        xvde                vbd/51776   Domain-0   foreign

                    """, ""
                ),
                (
                    ["-q", "domiflist", "vm"],
                    """
                     vif1.0   bridge   xenbr0   -   00:16:3e:00:00:01
                     vif1.5   bridge   theirs   -   00:16:3e:00:00:66

                    """, ""
                ),
                (
                    ["domif-setlink", "vm", "--identity", "vif/5", "down"],
                    "Device updated successfully (in place: link)\n\n", ""
                ),
                (["detach-device-alias", "vm", "ua-their"], "Device detach request sent successfully\n\n", ""),
                (["detach-device", "vm", "--identity", "vbd/51776"], "Device detached successfully\n\n", ""),
                (
                    ["detach-device", "vm", "--identity", "vbd/51776"], "",
                    """
                    error: Failed to detach device with identity vbd/51776
                    error: device not found: no device found matching identity 'vbd/51776' in the live definition of domain \
                    'vm'; it has disk 'ua-root' (xvda): its identity is 'vbd/51712'; interface 'ua-a' \
                    (00:16:3e:00:00:01): its identity is 'vif/0'

                    """
                ),
            ], on: xenkeeper)
    }

    @Test("The story of a domain that xl started, byte for byte")
    func domain() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("create", try xenkeeper.file("vm.xml", Program.domain("vm")))
        _ = try xenkeeper.file("nic.xml", Program.nic("b", mac: 2))
        // Without our books it is another toolstack's.
        let books = xenkeeper.directory.appendingPathComponent("host/run/xenkeeper/domains")
        try FileManager.default.removeItem(at: books)
        let alone = "domain 'vm' (id 1) was made by another toolstack and is left alone"
        func refusal(_ attempt: String, _ end: String = "--foreign does it all the same") -> String {
            "error: Failed to \(attempt)\nerror: Requested operation is not valid: \(alone); \(end)\n"
        }
        let never = "this is never done to such a domain, use that one's commands"
        try await follow(
            [
                (["-q", "list"], " 0   Domain-0   running\n 1   vm         running\n", ""),
                (["destroy", "vm"], "", refusal("destroy domain 'vm'")),
                (["shutdown", "vm"], "", refusal("shutdown domain 'vm'")),
                (["suspend", "vm"], "", refusal("suspend domain 'vm'")),
                (["detach-device", "vm", "--identity", "vif/0"], "", refusal("detach device with identity vif/0")),
                (["attach-device", "vm", "nic.xml"], "", refusal("attach device from nic.xml", never)),
                (
                    ["adopt", "vm", "--identity", "vif/0", "--alias", "ua-x"], "",
                    refusal("adopt device as ua-x", never)
                ),
                (["detach-device-alias", "vm", "ua-a"], "", refusal("detach device with alias ua-a", never)),
                (["suspend", "vm", "--foreign"], "Domain 'vm' suspended\n\n", ""),
                (["resume", "vm", "--foreign"], "Domain 'vm' resumed\n\n", ""),
                (
                    ["domif-setlink", "vm", "vif1.0", "down", "--foreign"],
                    "Device updated successfully (in place: link)\n\n", ""
                ),
                (
                    ["detach-device", "vm", "--identity", "vif/0", "--foreign"], "Device detached successfully\n\n", ""
                ),
                (
                    ["-q", "device-list", "vm"], " -   disk   xvda   vbd/51712   Domain-0   foreign\n", ""
                ),
                (["reboot", "vm", "--foreign"], "Domain 'vm' is being rebooted\n\n", ""),
                (["destroy", "vm", "--foreign"], "Domain 'vm' destroyed\n\n", ""),
                (["-q", "list", "--all"], " 0   Domain-0   running\n", ""),
                (
                    ["destroy", "0", "--foreign"], "",
                    """
                    error: Failed to destroy domain '0'
                    error: Requested operation is not valid: Domain-0 does not support requested operation

                    """
                ),
            ], on: xenkeeper)
        let left = (try? FileManager.default.contentsOfDirectory(atPath: books.path)) ?? []
        #expect(left == [])
    }
}
