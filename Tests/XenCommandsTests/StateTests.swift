import Foundation
import Testing

@Suite("What a command does to the state directories")
struct StateTests {
    @Test(
        "a verb that only reads, or that finds no domain, makes nothing of a connection that does not exist",
        arguments: [
            "list --all", "dumpxml Domain-0", "dumpxml x", "dominfo x", "domstate Domain-0", "domid Domain-0",
            "domuuid Domain-0", "domiflist x", "domblklist x", "device-list x", "check vm.xml", "start x", "destroy x",
            "undefine x", "detach-device-alias x ua-a", "domxml-to-native xen-xl vm.xml",
        ])
    func readsOnly(_ line: String) async throws {
        let xenkeeper = try Program()
        _ = try xenkeeper.file("vm.xml", Program.domain("vm"))
        let outcome = try await xenkeeper(line.split(separator: " ").map(String.init))
        #expect(outcome.signal == nil)
        #expect(!xenkeeper.hasState, "\(line): \(outcome.errors)")
    }

    @Test("a definition that waits for its command is nobody else's to drop, and success means that it was kept")
    func stagedBesideDead() async throws {
        let xenkeeper = try Program()
        let uuids = ["11111111-1111-1111-1111-111111111111", "22222222-1111-1111-1111-111111111111"]
        func document(_ uuid: String) -> String {
            Program.domain("n").replacingOccurrences(of: "<name>", with: "<uuid>\(uuid)</uuid><name>")
        }
        try await xenkeeper("create", try xenkeeper.file("a.xml", document(uuids[0])))
        let file = try xenkeeper.file("b.xml", document(uuids[1]))
        // The transient domain ended, and nobody has looked at its books since.
        try FileManager.default.removeItem(at: xenkeeper.directory.appendingPathComponent("host/xen/state.json"))
        let copy = try Program(copyOf: xenkeeper)
        try await copy(
            "define", file, settings: .init(environment: ["XENKEEPER_FAKE_STEP_LOG": "\(copy.directory.path)/steps"]))
        let steps = try copy.text(of: "steps").split(separator: "\n")
        let staged = try #require(steps.firstIndex(of: "driver: definition staged"))
        let running = try await xenkeeper.start(
            ["define", file], settings: .init(environment: ["XENKEEPER_FAKE_STOP_AT_STEP": "\(staged + 1)"]))
        try await Program.stopped(running.pid)
        for words in [["start", "n"], ["destroy", uuids[0]], ["undefine", "n"]] { try await xenkeeper(words) }
        kill(running.pid, SIGCONT)
        let outcome = try await running.outcome
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\nn\n")
        #expect(try await xenkeeper("-q", "domuuid", "n").output.hasPrefix(uuids[1]))
    }
}
