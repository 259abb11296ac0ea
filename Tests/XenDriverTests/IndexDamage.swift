import Foundation
import SystemPackage
import Testing

/// What becomes of the file of an index behind the driver's back.
enum IndexDamage: String, CaseIterable, Sendable {
    case missing, empty, cut, rubbish, newer
    case withoutLine = "without a line"
    case directory

    /// Does it to the file at `path`; a line goes if it `isDropped`.
    func strike(_ path: FilePath, isDropped: (String) -> Bool) throws {
        let text = try String(contentsOfFile: path.string, encoding: .utf8)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(unlink(path.string) == 0)
        func put(_ text: String) throws { try text.write(toFile: path.string, atomically: false, encoding: .utf8) }
        switch self {
        case .missing: break
        case .empty: try put("")
        case .cut: try put(String(text.dropLast(20)))
        case .rubbish: try put(lines[0] + "\nrubbish\n")
        case .newer:
            var words = lines[0].split(separator: " ").map(String.init)
            words[2] = "\(try #require(Int(words[2])) + 1)"
            try put(([words.joined(separator: " ")] + lines.dropFirst()).joined(separator: "\n") + "\n")
        case .withoutLine: try put(lines.filter { !isDropped($0) }.joined(separator: "\n") + "\n")
        case .directory: #expect(mkdir(path.string, 0o700) == 0)
        }
    }
}

/// Writes over the bytes of a file: its directory does not show it.
func overwrite(_ path: FilePath, _ text: String) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path.string))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
}
