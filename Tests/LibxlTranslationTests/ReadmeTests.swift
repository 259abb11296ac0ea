import Foundation
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlTranslation

/// The tables of the README's section on XML, and what the translation's report looks at.
@Suite("The README's tables and the translation say the same of what is supported")
struct ReadmeTests {
    /// The paths in the first column of each table of a part of the section, as they are written.
    private static func paths(inPart title: String) throws -> [[String]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = String(
            decoding: try contents(ofFile: folder.appendingPathComponent("README.md").path), as: UTF8.self)
        let part = try #require(readme.components(separatedBy: "\n### \(title)\n").dropFirst().first)
            .components(separatedBy: "\n## ")[0].components(separatedBy: "\n### ")[0]
        return part.components(separatedBy: "| element | becomes | notes |\n").dropFirst().map { table in
            table.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("|") }.dropFirst()
                .flatMap { row in
                    let cell = row.split(separator: "|", omittingEmptySubsequences: false)[1]
                    return cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
                }
        }
    }

    @Test("each element outside of devices is in one table, and no other is")
    func domain() throws {
        let options = try #require(try Self.paths(inPart: "What libvirt has no word for").last)
        let written =
            try Self.paths(inPart: "The domain").joined().map { "/domain/\($0)" }
            + options.map { "/domain/xenkeeper:options/\($0)" }
        #expect(written.sorted() == DomainProbe.all.map(\.path).sorted())
    }

    @Test("each part of a device is in a table, and no other is")
    func devices() throws {
        let written = try Self.paths(inPart: "Devices").joined() + Self.paths(inPart: "What libvirt has no word for")[0]
        #expect(Set(written).count == written.count)
        for path in written where !path.hasPrefix("*/") {
            // An element of our namespace has its prefix before the class.
            let element = path.prefix { $0 != "/" }
            #expect(DeviceClass(rawValue: String(element.split(separator: ":").last ?? "")) != nil, "\(path)")
        }
        let parts = Set(
            written.compactMap { path in
                path.firstIndex(of: "/").map { String(path[path.index(after: $0)...]) }
            })
        #expect(parts.sorted() == Set(DeviceProbe.all.map(\.part)).sorted())
    }
}
