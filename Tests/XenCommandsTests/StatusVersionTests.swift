import Foundation
import Testing

/// `Statuses` has, for each version of the status file, one as a program of that version left it: of `vm.xml` running,
/// and killed in the middle of a change of each kind; with `usb` in the name, of `usb.xml`.
@Suite("A status that another version of the program wrote")
struct StatusVersionTests {
    private static let statuses: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
        return (files ?? []).filter { $0.hasSuffix(".json") }.sorted()
    }()
    private static let directory = Bundle.module.bundleURL.appendingPathComponent("Statuses")
    private static let status = "host/run/xenkeeper/domains/6695eb01-f6a4-8304-79aa-97f2502e193f.json"

    private func running(_ file: String = "vm.xml") async throws -> Program {
        let xenkeeper = try Program()
        let document = try String(contentsOf: Self.directory.appendingPathComponent(file), encoding: .utf8)
        #expect(try await xenkeeper("define", try xenkeeper.file("vm.xml", document)).status == 0)
        #expect(try await xenkeeper("start", "vm").status == 0)
        return xenkeeper
    }

    private func members(of xenkeeper: Program) throws -> [String: Any] {
        let text = try xenkeeper.text(of: Self.status)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("an earlier one is read, and the change that it tells of is finished or undone")
    func earlier() async throws {
        #expect(Self.statuses.count >= 32)
        for file in Self.statuses {
            let hasUSB = file.contains("usb")
            let xenkeeper = try await running(hasUSB ? "usb.xml" : "vm.xml")
            let old = try String(contentsOf: Self.directory.appendingPathComponent(file), encoding: .utf8)
            _ = try xenkeeper.file(Self.status, old)
            let shown = try await xenkeeper("device-list", "vm")
            #expect(shown.status == 0, "\(file)")
            for alias in ["ua-root", "ua-a", "ua-b"] + (hasUSB ? [] : ["ua-cd", "controller0"]) {
                #expect(shown.output.contains(alias), "\(file): \(shown.output)")
            }
            let outcome = try await xenkeeper("domif-setlink", "vm", "--alias", "ua-b", "up")
            #expect(outcome.status == 0, "\(file): \(outcome.errors)")
            #expect(!outcome.errors.contains("damaged"), "\(file): \(outcome.errors)")
            #expect(outcome.errors.contains("interrupted") == (try isChanging(old)), "\(file): \(outcome.errors)")
            #expect(try members(of: xenkeeper)["version"] as? Int != nil, "\(file)")
        }
    }

    private func isChanging(_ status: String) throws -> Bool {
        let members = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
        return members?["plan"] != nil || members?["change"] != nil
    }

    @Test(
        "a later one is refused by name and left alone, by each change; its domain is shown, and can be destroyed",
        arguments: [
            ["domif-setlink", "vm", "--alias", "ua-b", "up"], ["detach-device-alias", "vm", "ua-data"],
            ["undefine", "vm"], ["suspend", "vm"], ["start", "vm"],
        ])
    func later(_ words: [String]) async throws {
        let xenkeeper = try await running()
        let newer = try xenkeeper.text(of: Self.status).replacing(
            "\"version\" : ", with: "\"change\" : { \"steps\" : [{ \"unheard\" : {} }] }, \"version\" : 9")
        #expect(newer.contains("\"version\" : 9"))
        _ = try xenkeeper.file(Self.status, newer)
        let outcome = try await xenkeeper(words)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("it is of version 9"), "\(outcome.errors)")
        #expect(outcome.errors.contains("use the program that wrote it"), "\(outcome.errors)")
        #expect(try xenkeeper.text(of: Self.status) == newer)
        #expect(try await xenkeeper("list", "--all").output.contains("running"))
        #expect(try await xenkeeper("device-list", "vm").output.contains("ua-cd"))
        let destroyed = try await xenkeeper("destroy", "vm")
        #expect(destroyed.status == 0, "\(destroyed.errors)")
        #expect(destroyed.errors.contains("it is of version 9"), "\(destroyed.errors)")
        #expect(try xenkeeper.text(of: Self.status) == newer)
        #expect(try await xenkeeper("list", "--all").output.contains("shut off"))
    }

    @Test("what it has that we do not know stays in it through each change")
    func unknown() async throws {
        let xenkeeper = try await running()
        let more = try xenkeeper.text(of: Self.status)
            .replacing("\"domid\" : 1,", with: "\"domid\" : 1, \"future\" : [1, 2.5, null, {\"a\" : \"ä\"}],")
            .replacing("\"key\" : \"ua-a\",", with: "\"key\" : \"ua-a\", \"shaped\" : true,")
        _ = try xenkeeper.file(Self.status, more)
        for words in [
            ["detach-device-alias", "vm", "ua-data"], ["domif-setlink", "vm", "--alias", "ua-a", "down"],
            ["domif-setbridge", "vm", "--alias", "ua-a", "xenbr1"], ["suspend", "vm"], ["resume", "vm"],
        ] {
            let outcome = try await xenkeeper(words)
            #expect(outcome.status == 0, "\(words): \(outcome.errors)")
        }
        let members = try members(of: xenkeeper)
        let future = try #require(members["future"] as? [Any])
        #expect("\(future)" == "[1, 2.5, <null>, [\"a\": \"ä\"]]")
        let bindings = try #require(members["bindings"] as? [[String: Any]])
        #expect(bindings.first { $0["key"] as? String == "ua-a" }?["shaped"] as? Bool == true)
    }
}
