import Foundation
import LibxlTestKit
import XLTestKit
import XenUnits

/// The xl of a Debian package, which opens no Xen for the stub that is loaded before it.
struct RealXL {
    let program: String
    let stub: String

    /// What it tells libxl of a file with this text.
    func outcome(of text: String) throws -> XLCase.Outcome {
        let directory = FileManager.default.temporaryDirectory.appending(path: "judge-xl-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "guest.cfg")
        try text.write(to: file, atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-N", "create", file.path]
        process.environment = ["LD_PRELOAD": stub, "LC_ALL": "C"]
        let output = Pipe()
        let complaints = directory.appending(path: "complaints")
        _ = FileManager.default.createFile(atPath: complaints.path, contents: nil)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: complaints)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let passed = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let lines = try String(contentsOf: complaints, encoding: .utf8)
                .replacing(file.path, with: "FILE").split(separator: "\n").filter { !$0.hasPrefix("Parsing config") }
            return .refused(lines.last.map(String.init) ?? "status \(process.terminationStatus)")
        }
        guard let start = passed.firstIndex(of: "{") else { throw NothingPassed(text: text) }
        return .passed(try JSONValue(parsing: String(passed[start...])).leaves())
    }

    struct NothingPassed: Error, CustomStringConvertible {
        var text: String
        var description: String { "xl succeeds and tells nothing of\n\(text)" }
    }
}
