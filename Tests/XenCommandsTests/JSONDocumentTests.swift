import Foundation
import Testing

/// The table of `--json` in Sources/XenCommands/README.md, and what the program prints.
@Suite("The document of the JSON output and the output have the same members")
struct JSONDocumentTests {
    /// A row: the verb, the path to what it tells of, and that one's members.
    private struct Row {
        let verb: String
        let path: [String]
        let members: Set<String>
    }

    private static func rows() throws -> [Row] {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/XenCommands/README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let part = try #require(text.components(separatedBy: "\n## JSON output\n").dropFirst().first)
        func words(_ cell: Substring) -> [String] {
            cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
        return try part.components(separatedBy: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("| `") }.map {
            line in
            let cells = line.split(separator: "|")
            let path = try #require(words(cells[1]).first).split(separator: ".").map(String.init)
            return Row(verb: try #require(words(cells[0]).first), path: path, members: Set(words(cells[2])))
        }
    }

    /// The objects that `path` leads to in `value`; a list stands for each of its elements.
    private func objects(_ path: ArraySlice<String>, in value: Any) -> [[String: Any]] {
        if let list = value as? [Any] { return list.flatMap { objects(path, in: $0) } }
        guard let object = value as? [String: Any] else { return [] }
        guard let name = path.first else { return [object] }
        return object[name].map { objects(path.dropFirst(), in: $0) } ?? []
    }

    @Test("each verb that prints JSON is there, with its version and exactly its members")
    func members() async throws {
        let xenkeeper = try Program()
        let document = Program.domain(
            "vm",
            extra: "<frobnicate/><disk type='file' device='disk'><source file='/img/b.raw'/><target dev='vda'/></disk>")
        let file = try xenkeeper.file("broken.xml", document)
        let sound = try xenkeeper.file("vm.xml", NativeTests.document)
        try await xenkeeper("define", sound)
        try await xenkeeper("start", "vm")
        try FileManager.default.createDirectory(
            at: xenkeeper.directory.appendingPathComponent("auto"), withIntermediateDirectories: false)
        _ = try xenkeeper.file("auto/other.cfg", "name = \"other\"\nkernel = \"/k\"\nmemory = 64\n")
        let lines = [
            "list": [["list", "--all"]], "dominfo": [["dominfo", "vm"]], "device-list": [["device-list", "vm"]],
            "domiflist": [["domiflist", "vm"]], "domblklist": [["domblklist", "vm"]],
            "check": [["check", file], ["check", sound]],
            "xl-import": [["xl-import", "auto", "--dry-run"]],
        ]
        let rows = try Self.rows()
        #expect(Set(rows.map(\.verb)) == Set(lines.keys))
        for row in rows {
            var found: [[String: Any]] = []
            for words in lines[row.verb] ?? [] {
                let output = try await xenkeeper(words + ["--json"]).output
                let whole = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
                #expect(whole["version"] as? Int == 1, "\(row.verb)")
                #expect(Set(whole.keys) == ["version", row.path[0]], "\(row.verb)")
                found += objects(row.path[...], in: whole)
            }
            // What no element of a document explains; of the same type as an element's fields.
            let isRare = row.path == ["document", "defaults"]
            #expect(!found.isEmpty || isRare, "\(row.verb) shows no \(row.path)")
            for object in found { #expect(Set(object.keys) == row.members, "\(row.verb) \(row.path)") }
        }
    }
}
