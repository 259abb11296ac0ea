import Foundation
import SystemPackage
import Testing

@testable import XenCommands

@Suite("A document is read whole and as it is, or not at all")
struct DocumentFileTests {
    private func withFile<Result>(of bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let path = NSTemporaryDirectory() + "document-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    @Test("Every byte, text or not, at sizes around the buffer's", arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
    func bytes(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let read = try withFile(of: bytes) { try DocumentFile(path: $0).read() }
        #expect(read == bytes)
    }

    @Test("The longest document is taken, and one byte more is refused")
    func longest() throws {
        let bytes = [UInt8](repeating: 0x20, count: DocumentFile.longest)
        #expect(try withFile(of: bytes) { try DocumentFile(path: $0).read().count } == DocumentFile.longest)
        try withFile(of: bytes + [0x20]) { path in
            let failure = #expect(throws: CommandFailure.self) { try DocumentFile(path: path).read() }
            #expect(failure?.lines == ["Failed to read file '\(path)': it is longer than 16 MiB"])
        }
    }

    @Test("A lone hyphen is standard input")
    func standardInput() throws {
        let pipe = try FileDescriptor.pipe()
        try pipe.writeEnd.writeAll("<domain/>".utf8)
        try pipe.writeEnd.close()
        defer { try? pipe.readEnd.close() }
        #expect(try DocumentFile(path: "-").read(standardInput: pipe.readEnd) == Array("<domain/>".utf8))
    }

    @Test(
        "What cannot be read is named with the system's reason",
        arguments: [
            ("/nonexistent/x.xml", "Failed to open file '/nonexistent/x.xml': No such file or directory"),
            ("/", "Failed to read file '/': Is a directory"),
        ])
    func unreadable(path: String, line: String) {
        let failure = #expect(throws: CommandFailure.self) { try DocumentFile(path: path).read() }
        #expect(failure?.lines == [line])
    }
}
