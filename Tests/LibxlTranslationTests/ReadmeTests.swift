import Foundation
import LibxlTestKit
import Testing
import XenModel
import XenUnits

@testable import LibxlTranslation

/// The tables of DomainXML's page, and what the translation's report looks at.
@Suite("The tables of supported XML and the translation say the same of what is supported")
struct ReadmeTests {
    /// A row of a table: the paths of its first column and the members of its second, as they are written.
    private struct Row {
        let paths: [String]
        let members: [String]
    }

    private static let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources/DomainXML/README.md").path

    /// The part of the page below a heading.
    private static func part(_ title: String) throws -> String {
        let page = String(decoding: try contents(ofFile: readme), as: UTF8.self)
        return try #require(page.components(separatedBy: "\n## \(title)\n").dropFirst().first)
            .components(separatedBy: "\n## ")[0]
    }

    /// The tables of a part of the page.
    private static func tables(inPart title: String) throws -> [[Row]] {
        try part(title).components(separatedBy: "| element | becomes | notes |\n").dropFirst().map { table in
            table.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("|") }.dropFirst()
                .map { row in
                    let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                    return Row(paths: quoted(in: cells[1]), members: quoted(in: cells[2]))
                }
        }
    }

    /// What stands in backticks.
    private static func quoted(in cell: Substring) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// The paths of each table of a part of the page.
    private static func paths(inPart title: String) throws -> [[String]] {
        try tables(inPart: title).map { $0.flatMap(\.paths) }
    }

    @Test("each element outside of devices is in one table, and no other is")
    func domain() throws {
        let options = try #require(try Self.paths(inPart: "What libvirt's format cannot express").last)
        let written =
            try Self.paths(inPart: "The domain").joined().map { "/domain/\($0)" }
            + options.map { "/domain/xenkeeper:options/\($0)" }
        #expect(written.sorted() == DomainProbe.all.map(\.path).sorted())
    }

    @Test("the guests that an element is for are those that the translation knows")
    func guests() throws {
        let rows = try Self.part("What holds for some guests alone").split(separator: "\n").filter {
            $0.hasPrefix("| `")
        }
        var written: [String: [String]] = [:]
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            let guests = cells[2].split { $0 == "," || $0 == " " }.map(String.init)
            for word in Self.quoted(in: cells[1]) { written[word] = guests }
        }
        var known: [String: [String]] = [:]
        for probe in DomainProbe.all where probe.guests != GuestType.every {
            known[String(probe.path.dropFirst("/domain/".count))] = probe.guests.map(\.rawValue)
        }
        for probe in DeviceProbe.all where probe.guests != GuestType.every {
            known["devices/*/\(probe.part)"] = probe.guests.map(\.rawValue)
        }
        for deviceClass in Device.emulated { known["devices/\(deviceClass.rawValue)"] = ["hvm"] }
        known["devices/input[@bus='usb']"] = Device.input(Input(type: .mouse, bus: .usb)).guests.map(\.rawValue)
        #expect(written == known)
    }

    @Test("each part of a device is in a table, and no other is")
    func devices() throws {
        let written =
            try Self.paths(inPart: "Devices").joined() + Self.paths(inPart: "What libvirt's format cannot express")[0]
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

    @Test("each row's elements stand in a document of the fixtures, and became there the members that it names")
    func shown() throws {
        var fields: [String: Set<String>] = [:]
        for name in FixtureTests.names {
            for row in try FixtureTests.report(name).rows {
                fields[row.path.withoutIndexes, default: []].formUnion(row.fields.map(\.member.withoutIndexes))
            }
        }
        let ours = try Self.tables(inPart: "What libvirt's format cannot express")
        let prefixed =
            try Self.tables(inPart: "The domain").joined().map { ("/domain/", $0) }
            + (Self.tables(inPart: "Devices").joined() + ours[0]).map { ("/domain/devices/", $0) }
            + ours[1].map { ("/domain/xenkeeper:options/", $0) }
        for (prefix, row) in prefixed {
            var passed: Set<String> = []
            for path in row.paths {
                let found = fields.filter { shown, _ in
                    path.hasPrefix("*/") ? shown.hasSuffix(path.dropFirst()) : shown == prefix + path
                }
                #expect(!found.isEmpty, "no fixture has \(prefix)\(path)")
                for members in found.values { passed.formUnion(members) }
            }
            for member in row.members {
                let isPassed = passed.contains { $0.hasParts(of: member) }
                #expect(isPassed, "no fixture's \(row.paths) became \(member), but \(passed)")
            }
        }
    }
}

extension String {
    /// A path without what stands in brackets.
    fileprivate var withoutIndexes: String {
        replacing(/\[[0-9]+\]/, with: "")
    }

    /// Whether the parts of `member` are among its own, in their order.
    fileprivate func hasParts(of member: String) -> Bool {
        var rest = split(separator: ".")[...]
        return member.split(separator: ".").allSatisfy { part in
            guard let index = rest.firstIndex(of: part) else { return false }
            rest = rest[(index + 1)...]
            return true
        }
    }
}
