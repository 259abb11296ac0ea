import Foundation
import LibxlTestKit
import Testing
import XLConfig
import XLTestKit
import XenModel
import XenUnits

/// Files that say each key of xl's, against what the real xl was recorded to tell libxl of them (`Scripts/judge-xl`).
@Suite struct RecordedTests {
    static func text(_ name: String) throws -> String {
        let url = Bundle.module.resourceURL?.appending(path: "Recorded/\(name)")
        guard let url else { throw CocoaError(.fileNoSuchFile) }
        return try String(contentsOf: url, encoding: .utf8)
    }

    @Test(
        "What xl passes to libxl for a file is passed, or refused or reported by name, or is another thing on purpose")
    func everyKeyIsKeptOrReported() throws {
        let record = try XLRecord(Self.text("keys"))
        var purposes = try Purposes(Self.text("differences"))
        #expect(record.cases.count > 1500)
        for one in record.cases {
            let recorded = try #require(one.outcome, "\(one) is not recorded: Scripts/judge-xl --record")
            let comparison = XLComparison(theirs: recorded, ours: XLResult(one.file))
            let unexplained = comparison.differences.filter { purposes.reason(for: $0, in: one.description) == nil }
            if unexplained.contains(where: { $0.path == "refused" }) || comparison.notices.isEmpty {
                #expect(unexplained.isEmpty, "\(one)")
            }
        }
        #expect(purposes.unused.map(\.line) == [], "lines of the differences that no case needs any more")
    }

    @Test("Everything that is said of a file names a key of it, and the line where it stands or that it is missing")
    func noticesNameTheKey() throws {
        for one in try XLRecord(Self.text("keys")).cases {
            guard let configuration = try? XLConfiguration.parse(Array(one.file.utf8)) else { continue }
            let lines = one.file.split(separator: "\n", omittingEmptySubsequences: false)
            func check(_ key: String, _ line: Int) {
                let name = key.prefix { $0 != "[" }
                #expect(
                    line == 0 ? configuration[key] == nil : lines[line - 1].contains(name), "\(one): \(key) in \(line)")
            }
            do {
                for notice in try DomainDefinition.read(configuration, draws: draws).notices {
                    check(notice.key, notice.line)
                    let isForeign = Self.foreign.contains(notice.key)
                    #expect((notice.kind == .unknownKey) == isForeign, "\(one): \(notice)")
                }
            } catch let XLConfigError.value(key, line, _) {
                check(key, line)
            }
        }
    }

    /// Keys of the table that are none of xl's.
    static let foreign: Set<String> = ["parallel", "suppress_spurious_page_faults", "nosuchkey"]

    @Test("Each key of xl.cfg(5) is in the table")
    func everyKeyIsInTheTable() throws {
        let tested = try XLRecord(Self.text("keys")).cases.reduce(into: Set<String>()) { $0.formUnion($1.keys) }
        #expect(XLKeys.all.subtracting(tested) == Set(XLKeys.untested.keys))
        #expect(tested.subtracting(XLKeys.all) == Self.foreign)
    }
}
