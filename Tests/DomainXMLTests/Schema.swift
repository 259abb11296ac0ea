import Foundation
import Subprocess
import SystemPackage

/// libvirt's own RELAX NG schema of domain documents, as Debian's libvirt0 brings it, and the xmllint that reads it.
enum Schema {
    private static let path = "/usr/share/libvirt/schemas/domain.rng"
    private static let xmllint = "/usr/bin/xmllint"

    static var isInstalled: Bool {
        FileManager.default.fileExists(atPath: path) && FileManager.default.isExecutableFile(atPath: xmllint)
    }

    /// What the schema has against each of the documents, in xmllint's words; empty for one that is valid.
    static func faults(in documents: [String]) async throws -> [[String]] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = try documents.enumerated().map { number, document in
            let file = directory.appending(path: "\(number).xml")
            try Data(document.utf8).write(to: file)
            return file.path
        }
        let verdicts = try await run(["--noout", "--nonet", "--relaxng", path] + files)
        return files.map { file in
            let said = verdicts.filter { $0.hasPrefix(file) }
            return said.last == "\(file) validates" ? [] : said + ["not valid"]
        }
    }

    /// The lines that xmllint writes of its errors.
    private static func run(_ arguments: [String]) async throws -> [String] {
        // A verdict and the sentences of a fault take some hundred octets a document.
        let result = try await Subprocess.run(
            .path(FilePath(xmllint)), arguments: Arguments(arguments), input: .none, output: .discarded,
            error: .string(limit: 16 * 1024 * 1024))
        return result.standardError.split(separator: "\n").map(String.init)
    }
}
