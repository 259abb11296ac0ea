import Foundation
import Testing

@Suite("--log-level debug tells each step of ours and each call of libxl's")
struct DebugLogTests {
    @Test("Calls have their name, domain, device, outcome and duration; at the level warning nothing of it is logged")
    func calls() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let nic = try xenkeeper.file("b.xml", Program.nic("b", mac: 2))
        let start = try await xenkeeper("--log-level", "debug", "start", "vm")
        let attach = try await xenkeeper("attach-device", "vm", nic, "--log-level=debug")
        let disk = try await xenkeeper("attach-disk", "vm", "/img/n.raw", "xvdb", "--log-level", "debug")
        let detach = try await xenkeeper("detach-device-alias", "vm", "ua-b", "--log-level", "debug")
        func expect(_ outcome: Program.Outcome, _ pattern: Regex<Substring>) {
            #expect(
                outcome.errors.split(separator: "\n").contains { $0.wholeMatch(of: pattern) != nil },
                "\(outcome.errors)")
        }
        expect(start, /debug: libxl: done after [0-9.]+ ms call=libxl_domain_create_new domain=vm uuid=[0-9a-f-]+/)
        expect(start, /debug: libxl: done after [0-9.]+ ms call=libxl_domain_unpause domain=vm domid=1 uuid=[0-9a-f-]+/)
        expect(start, /debug: driver: domain unpaused domain=vm uuid=[0-9a-f-]+/)
        expect(
            attach,
            /debug: libxl: done after [0-9.]+ ms call=libxl_device_nic_add change=attach device=vif\/1 domain=vm domid=1 uuid=[0-9a-f-]+/
        )
        expect(
            disk,
            /debug: libxl: done after [0-9.]+ ms call=libxl_device_disk_add change=attach device=vbd\/51728 domain=vm domid=1 uuid=[0-9a-f-]+/
        )
        expect(
            detach,
            /debug: libxl: done after [0-9.]+ ms call=libxl_device_nic_remove change=detach device=vif\/1 domain=vm domid=1 uuid=[0-9a-f-]+/
        )
        expect(attach, /debug: driver: device plugged alias=ua-b change=attach domain=vm uuid=[0-9a-f-]+/)
        for outcome in [start, attach, disk, detach] {
            #expect(outcome.status == 0)
            // Libxl knows no alias, and its calls are logged without.
            #expect(!outcome.errors.split(separator: "\n").contains { $0.contains("libxl") && $0.contains("ua-") })
        }
        #expect(try await xenkeeper("detach-disk", "vm", "xvdb").errors == "")
    }

    @Test("A call that failed says why")
    func failure() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Program.domain("vm")))
        let directory = xenkeeper.directory.appendingPathComponent("host/xen")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        _ = try xenkeeper.file("host/xen/host.json", #"{"missing":["/img/vm.raw"]}"#)
        let outcome = try await xenkeeper("start", "vm", "--log-level", "debug")
        #expect(outcome.status == 1)
        let lines = outcome.errors.split(separator: "\n")
        #expect(
            lines.contains {
                $0.contains("debug: libxl: failed after ") && $0.contains("ERROR_INVAL")
                    && $0.contains("call=libxl_domain_create_new")
            }
        )
    }
}
