import Foundation
import Testing

@Suite("check looks at everything that stands in the way, and at domains")
struct CheckDomainTests {
    @Test("Every obstacle is an error, the table stands beside them, and define warns of the same")
    func everyObstacle() async throws {
        let xenkeeper = try Program()
        let document = """
            <domain type='xen'><name>vm</name><memory>262144</memory><vcpu>1</vcpu><os><type>xenpvh</type></os>
            <clock offset='timezone' timezone='Europe/Paris'/><devices>
            <disk type='file' device='disk'><source file='/a'/><target dev='vda'/></disk></devices></domain>
            """
        let file = try xenkeeper.file("vm.xml", document)
        let outcome = try await xenkeeper("check", file)
        let reasons = ["/domain/clock/@timezone", "/domain/os", "/domain/devices/disk/target/@dev"]
        #expect(outcome.errors.split(separator: "\n").count == reasons.count)
        for reason in reasons { #expect(outcome.errors.contains("error: \(reason)"), "\(reason)") }
        #expect(outcome.output.contains("c_info.name"))
        #expect(outcome.status == 1)
        let defined = try await xenkeeper("define", file)
        for reason in reasons { #expect(defined.errors.contains("(\(reason)"), "\(reason)") }
        let again = try await xenkeeper("check", "--domain", "vm")
        #expect(again.errors == outcome.errors && again.status == 1)
        #expect(try await xenkeeper("check", "--domain", "vm", file).status != 0)
        #expect(try await xenkeeper("check", "--domain", "nosuch").errors.contains("nosuch"))
    }

    @Test(
        "A display without an address is at the host's own in the live document as well", arguments: ["vnc", "spice"])
    func listening(kind: String) async throws {
        let xenkeeper = try Program()
        let document = """
            <domain type='xen'><name>vm</name><memory>262144</memory><vcpu>1</vcpu><os><type>hvm</type></os>
            <devices><graphics type='\(kind)' autoport='yes'/></devices></domain>
            """
        _ = try await xenkeeper("create", try xenkeeper.file("vm.xml", document))
        #expect(try await xenkeeper("dumpxml", "vm").output.contains("<listen type='address' address='127.0.0.1'/>"))
    }

    @Test("A secret's key comes from a file that only its owner reads, and is shown nowhere")
    func secret() async throws {
        let xenkeeper = try Program()
        let document = """
            <domain type='xen'><name>vm</name><memory>262144</memory><vcpu>1</vcpu>
            <os><type>linux</type><kernel>/k</kernel></os><devices>
            <disk type='network' device='disk'><driver name='qemu'/>
            <auth username='admin'><secret type='ceph' usage='ceph'/></auth>
            <source protocol='rbd' name='pool/inn'/><target dev='xvda'/></disk></devices></domain>
            """
        let file = try xenkeeper.file("vm.xml", document)
        #expect(try await xenkeeper("create", file).errors.contains("no secret with matching UUID or usage 'ceph'"))
        let key = try xenkeeper.file("key", "QUJDREVGRw==\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        let host = xenkeeper.directory.appendingPathComponent("host")
        let directory = host.appendingPathComponent("etc/xenkeeper")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data("{\"secrets\": {\"ceph\": \"\(key)\"}}".utf8)
            .write(to: directory.appendingPathComponent("connection.json"))
        #expect(try await xenkeeper("create", file).errors.contains("others than its owner"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        let created = try await xenkeeper("create", file)
        #expect(created.status == 0)
        let shown = try await [created, xenkeeper("dumpxml", "vm"), xenkeeper("check", "--domain", "vm")]
        for outcome in shown { #expect(!(outcome.output + outcome.errors).contains("QUJDREVGRw")) }
        let calls = try Data(contentsOf: host.appendingPathComponent("xen/calls.jsonl"))
        #expect(!String(decoding: calls, as: UTF8.self).contains("QUJDREVGRw"))
    }
}
