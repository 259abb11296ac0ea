import DomainXML
import Foundation
import LibxlTestKit
import XLConfig
import XLTestKit
import XenModel

// judge-xl XL STUB TABLE DIFFERENCES [--record | --recorded | FILE...]
//
// For each case of TABLE: what the real XL, with the library STUB loaded before it, tells libxl is what the table says it
// does, and what Xenkeeper makes of the file is the same, or is in the list of DIFFERENCES on purpose, or is reported to
// whoever reads the file. For FILE.cfg the same without a table; for FILE.xml the other way round: the document is
// written as an xl.cfg, of which XL tells libxl what Xenkeeper tells it of the document. --record writes the table anew, and --recorded
// believes it.

var arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 4 else {
    print("usage: judge-xl XL STUB TABLE DIFFERENCES [--record | FILE...]")
    exit(2)
}
let xl = RealXL(program: arguments[0], stub: arguments[1])
let table = URL(filePath: arguments[2])
let list = URL(filePath: arguments[3])
let files = arguments.dropFirst(4)
var failures = 0
var counts: [String: Int] = [:]

@MainActor func note(_ verdict: String, _ name: String, _ lines: [String] = []) {
    counts[verdict, default: 0] += 1
    if verdict == "FAIL" { failures += 1 }
    guard verdict == "FAIL" || !files.isEmpty && files.first != "--recorded" else { return }
    print("\(verdict)\t\(name)")
    for line in lines { print("\t\(line)") }
}

/// Tells of one comparison.
@MainActor func judge(_ name: String, _ comparison: XLComparison, _ purposes: inout Purposes) {
    let unexplained = comparison.differences.filter { purposes.reason(for: $0, in: name) == nil }
    if comparison.differences.isEmpty {
        note("same", name)
    } else if unexplained.isEmpty {
        note("on purpose", name, comparison.differences.map(\.description))
    } else if !comparison.notices.isEmpty, !unexplained.contains(where: { $0.path == "refused" }) {
        note("reported", name, unexplained.map(\.description) + comparison.notices)
    } else {
        note("FAIL", name, unexplained.map(\.description) + comparison.notices)
    }
}

do {
    var purposes = try Purposes(String(contentsOf: list, encoding: .utf8))
    if files.first == "--record" {
        let record = try XLRecord(String(contentsOf: table, encoding: .utf8))
        try record.recorded { try xl.outcome(of: $0.file) }.write(to: table, atomically: true, encoding: .utf8)
        print("judge-xl: \(record.cases.count) cases recorded")
        exit(0)
    }
    if files.isEmpty || files.first == "--recorded" {
        let record = try XLRecord(String(contentsOf: table, encoding: .utf8))
        for one in record.cases {
            let theirs = try files.first == "--recorded" ? one.outcome ?? .refused("") : xl.outcome(of: one.file)
            if one.outcome != theirs {
                note("FAIL", one.description, ["xl tells libxl another thing than the table says; see --record"])
            }
            judge(one.description, XLComparison(theirs: theirs, ours: XLResult(one.file)), &purposes)
        }
        for entry in purposes.unused {
            note("FAIL", "\(list.lastPathComponent):\(entry.line)", ["no case differs so any more"])
        }
    }
    for file in files where file != "--recorded" {
        let content = try Array(Data(contentsOf: URL(filePath: file)))
        let name = URL(filePath: file).lastPathComponent
        if name.hasSuffix(".xml") {
            let definition = try DomainDefinition.parse(content, options: XLResult.options).value
            let writing = try definition.xlConfiguration()
            judge(
                name,
                XLComparison(
                    theirs: try xl.outcome(of: writing.configuration.text), ours: XLResult.outcome(of: definition),
                    notices: writing.notices.map(\.description)),
                &purposes)
        } else {
            let text = String(decoding: content, as: UTF8.self)
            judge(name, XLComparison(theirs: try xl.outcome(of: text), ours: XLResult(text)), &purposes)
        }
    }
} catch {
    print("judge-xl: \(error)")
    exit(2)
}
print("judge-xl: " + counts.sorted(by: <).map { "\($0.value) \($0.key)" }.joined(separator: ", "))
exit(failures == 0 ? 0 : 1)
