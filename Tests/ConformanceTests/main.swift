import Foundation
import LibxlTestKit

// conformance DIRECTORY LIST: a line for each case, its differences below it, and a total. The status is 1 if a case differs
// in what the LIST of differences on purpose does not have, and 2 if there is nothing to run. What the LIST has and no case of
// this directory needs is named, and is no failure: another directory has other cases.

guard CommandLine.arguments.count == 3 else {
    print("usage: conformance DIRECTORY LIST")
    exit(2)
}
let directory = Directory(root: URL(filePath: CommandLine.arguments[1]))
var purposes: Purposes
do {
    purposes = try Purposes(String(contentsOf: URL(filePath: CommandLine.arguments[2]), encoding: .utf8))
} catch {
    print("conformance: \(CommandLine.arguments[2]): \(error)")
    exit(2)
}
let cases = directory.cases()
var passed = 0
var different = 0
var failed = 0
for one in cases {
    do {
        let findings = try one.run()
        let differences = findings.differences.map { ($0, purposes.reason(for: $0, in: one.name)) }
        if !differences.allSatisfy({ $0.1 != nil }) {
            failed += 1
            print("FAIL       \(one.name)")
        } else if differences.isEmpty, findings.reported.isEmpty {
            passed += 1
            print("pass       \(one.name)")
        } else {
            different += 1
            print("on purpose \(one.name)")
        }
        for (difference, reason) in differences {
            print("             \(difference)" + (reason.map { ": \($0)" } ?? ""))
        }
        for path in findings.reported { print("             \(path): reported by path as left out") }
    } catch {
        failed += 1
        print("FAIL       \(one.name)\n             \(error)")
    }
}
for entry in purposes.unused {
    print("not needed \(CommandLine.arguments[2]):\(entry.line): no case of this directory differs so")
}
print("out of scope: domain-capabilities")
print("\(cases.count) cases: \(passed) pass, \(different) differ on purpose, \(failed) fail")
guard !cases.isEmpty else { exit(2) }
exit(failed == 0 ? 0 : 1)
