import Foundation
package import XenUnits

/// What the real xl tells libxl of one file: a case of the recorded table.
package struct XLCase: Hashable, Sendable, CustomStringConvertible {
    package var guestType: GuestType
    /// The keys of the head that the file goes without.
    package var omitted: Set<String>
    /// What stands in the file beside the head, on one line.
    package var text: String
    package var outcome: Outcome?

    /// What comes of it.
    package enum Outcome: Hashable, Sendable {
        /// libxl is given this, by the place in libxl's JSON.
        case passed([String: String])
        /// The file is refused, in these words.
        case refused(String)
    }

    /// As a purpose names it: the type and what the file says.
    package var description: String {
        ([guestType.rawValue] + omitted.sorted().map { "-\($0)" } + [text]).joined(separator: " ")
    }

    /// The keys that the file says something for beside the head.
    package var keys: Set<String> {
        Set(text.matches(of: /(?:^|; )([a-z][a-z0-9_]*) *\+?=/).map { String($0.1) })
    }

    /// The whole file. A key that the case says is not in its head.
    package var file: String {
        let said = keys
        var head: [(key: String, line: String)] = [
            ("name", #"name="guest""#), ("uuid", #"uuid="c7a5fdb2-cdaf-9455-926a-d65c16db1809""#),
        ]
        if said.isDisjoint(with: ["maxmem", "vnuma"]) { head.append(("memory", "memory=64")) }
        if !said.contains("builder") { head.append(("type", "type=\"\(guestType.rawValue)\"")) }
        if guestType != .hvm, said.isDisjoint(with: ["bootloader", "firmware"]) {
            head.append(("kernel", #"kernel="/k""#))
        }
        return head.filter { !said.contains($0.key) && !omitted.contains($0.key) }.map { $0.line + "\n" }.joined()
            + text + "\n"
    }
}

/// The recorded table: for files that say each key of xl's, what the real xl tells libxl of them.
///
/// A line `TYPES | TEXT` is a case for each of the types, where `-KEY` among the types leaves a key out of the head that
/// every file has. Below it stand `PATH = VALUE` for what libxl is given and is not given for the file with the head alone,
/// `- PATH` for what it is given for that and not for this, and `! SENTENCE` for a file that xl refuses.
package struct XLRecord: Sendable {
    package private(set) var cases: [XLCase] = []
    private var lines: [Line] = []

    private enum Line: Sendable {
        case comment(String)
        /// Where its cases are.
        case cases(Range<Int>)
    }

    package struct Malformed: Error, CustomStringConvertible {
        package var line: Int
        package var description: String {
            "line \(line) of the table is neither 'TYPES | TEXT' nor a part of such a case"
        }
    }

    package init(_ text: String) throws {
        var bare: [GuestType: [String: String]] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("  ") {
                guard case .cases(let range)? = lines.last, !range.isEmpty else { throw Malformed(line: index + 1) }
                for place in range { try cases[place].read(line.dropFirst(2), bare, Malformed(line: index + 1)) }
            } else if line.isEmpty || line.hasPrefix("#") {
                lines.append(.comment(String(line)))
            } else {
                noteBare(&bare)
                let parts = line.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw Malformed(line: index + 1) }
                let words = parts[0].split(separator: " ")
                let types = words.filter { !$0.hasPrefix("-") }.compactMap { GuestType(rawValue: String($0)) }
                let omitted = Set(words.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) })
                guard !types.isEmpty, types.count + omitted.count == words.count else {
                    throw Malformed(line: index + 1)
                }
                let start = cases.count
                let said = parts[1].trimmingCharacters(in: .whitespaces)
                for type in types {
                    cases.append(
                        XLCase(guestType: type, omitted: omitted, text: said, outcome: bare[type].map { .passed($0) }))
                }
                lines.append(.cases(start..<cases.count))
            }
        }
        noteBare(&bare)
    }

    /// The file with the head alone is what the others are compared with.
    private func noteBare(_ bare: inout [GuestType: [String: String]]) {
        for one in cases where one.text.isEmpty && one.omitted.isEmpty && bare[one.guestType] == nil {
            if case .passed(let leaves) = one.outcome { bare[one.guestType] = leaves }
        }
    }

    /// The table with what `outcome` says of each case in the place of what was recorded.
    package func recorded(_ outcome: (XLCase) throws -> XLCase.Outcome) rethrows -> String {
        var bare: [GuestType: [String: String]] = [:]
        var text = ""
        // Cases of one text that had to be distinguished stand together again if they need it no more.
        var groups: [[XLCase]] = []
        var comments: [Int: [String]] = [:]
        for line in lines {
            switch line {
            case .comment(let comment): comments[groups.count, default: []].append(comment)
            case .cases(let range):
                let more = Array(cases[range])
                if let last = groups.last?.first, comments[groups.count] == nil, let first = more.first,
                    last.text == first.text, last.omitted == first.omitted
                {
                    groups[groups.count - 1] += more
                } else {
                    groups.append(more)
                }
            }
        }
        for (index, group) in groups.enumerated() {
            for comment in comments[index] ?? [] { text += comment + "\n" }
            var bodies: [(types: [GuestType], body: String)] = []
            for one in group {
                let outcome = try outcome(one)
                let body = Self.body(outcome, besides: bare[one.guestType] ?? [:])
                if one.text.isEmpty, one.omitted.isEmpty, case .passed(let leaves) = outcome {
                    bare[one.guestType] = leaves
                }
                if let place = bodies.firstIndex(where: { $0.body == body }) {
                    bodies[place].types.append(one.guestType)
                } else {
                    bodies.append(([one.guestType], body))
                }
            }
            for (types, body) in bodies {
                let words = types.map(\.rawValue) + (group.first?.omitted.sorted().map { "-\($0)" } ?? [])
                text +=
                    words.joined(separator: " ") + " |"
                    + (group.first.map { $0.text.isEmpty ? "" : " " + $0.text } ?? "")
                text += "\n" + body
            }
        }
        // The text ends with a newline, behind which the last comment is none.
        for comment in (comments[groups.count] ?? []).dropLast() { text += comment + "\n" }
        return text
    }

    private static func body(_ outcome: XLCase.Outcome, besides bare: [String: String]) -> String {
        switch outcome {
        case .refused(let sentence): return "  ! \(sentence)\n"
        case .passed(let leaves):
            let said = leaves.filter { bare[$0.key] != $0.value }.sorted(by: <).map { "  \($0.key) = \($0.value)\n" }
            let unsaid = bare.keys.filter { leaves[$0] == nil }.sorted().map { "  - \($0)\n" }
            return (said + unsaid).joined()
        }
    }
}

extension XLCase {
    fileprivate mutating func read(
        _ line: Substring, _ bare: [GuestType: [String: String]], _ malformed: XLRecord.Malformed
    ) throws {
        if line.hasPrefix("! ") {
            outcome = .refused(String(line.dropFirst(2)))
            return
        }
        var leaves: [String: String] = [:]
        if case .passed(let passed) = outcome { leaves = passed }
        if line.hasPrefix("- ") {
            leaves[String(line.dropFirst(2))] = nil
        } else {
            guard let range = line.range(of: " = ") else { throw malformed }
            leaves[String(line[..<range.lowerBound])] = String(line[range.upperBound...])
        }
        outcome = .passed(leaves)
    }
}
