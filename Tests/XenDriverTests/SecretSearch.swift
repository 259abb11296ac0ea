import Foundation
import Glibc
import LibxlFake
import SystemPackage

import func LibxlTestKit.contents

/// A search for names in everything that a fake host was given and keeps.
struct SecretSearch {
    /// Users' names; the random part of each is looked for, in any case and cut short as a kernel would cut it.
    var users: Set<String> = []
    /// Names that the driver gave; short words, so they are looked for as whole words.
    var generated: Set<String> = []

    /// As much of a name is enough to know it by: less than fits into a name of a network device.
    static let tell = 10

    /// Where names stand: the call, the part of the snapshot or the file, each with the name.
    func places(calls: [FakeCall]) -> [String] {
        let text = calls.map { "\($0.operation.rawValue) \($0.arguments)" }.joined(separator: "\n")
        return places(in: Array(text.utf8), called: "a call's arguments")
    }

    func places(_ state: FakeXenState) throws -> [String] {
        places(in: Array(try JSONEncoder().encode(state)), called: "the snapshot")
    }

    /// Searches the names and the bytes of all files below `directory`.
    func places(directory: FilePath) throws -> [String] {
        var found: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory.string) {
            found += places(in: Array(name.utf8), called: "a file's name")
            let path = directory.appending(name).string
            var isDirectory = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
                continue
            }
            found += places(in: Array(try contents(ofFile: path)), called: name)
        }
        return found
    }

    func places(in bytes: [UInt8], called place: String) -> [String] {
        // For strstr(3), which ends at the first zero and is quick also where the tests are built without optimising.
        var lower = bytes + [0]
        for index in bytes.indices {
            let byte = bytes[index]
            lower[index] = (65...90).contains(byte) ? byte | 0x20 : max(byte, 1)
        }
        let users = users.filter { name in
            let tell = name.dropFirst("ua-".count).prefix(Self.tell).lowercased()
            return !Self.offsets(of: tell, in: lower).isEmpty
        }
        let generated = generated.filter { name in
            Self.offsets(of: name, in: lower).contains { offset in
                let end = offset + name.utf8.count
                return !(offset > 0 && lower[offset - 1].isWordCharacter)
                    && !lower[end].isWordCharacter
            }
        }
        return users.union(generated).sorted().map { "'\($0)' in \(place)" }
    }

    /// Where `needle`, which has no zero in it, stands in `text`, which has one at its end.
    private static func offsets(of needle: String, in text: [UInt8]) -> [Int] {
        text.withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return [] }
            var found: [Int] = []
            var from = start
            while let hit = strstr(from, needle) {
                found.append(UnsafePointer(hit) - start)
                from = UnsafePointer(hit) + 1
            }
            return found
        }
    }
}

extension UInt8 {
    fileprivate var isWordCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
