import Foundation

/// The differences on purpose, out of the file that lists them.
package struct Purposes: Sendable {
    private var entries: [Entry] = []
    private var used: Set<Int> = []

    /// One line: a case, a path, what each side says, and why.
    package struct Entry: Sendable {
        package var line: Int
        package var name: String
        package var path: String
        package var theirs: String
        package var ours: String
        package var reason: String
    }

    /// Reads lines `CASE | PATH | THEIRS | OURS | REASON`; `*` in the first four is any text, `-` is nothing said.
    package init(_ text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard fields.count == 5, fields.allSatisfy({ !$0.isEmpty }) else { throw Malformed(line: index + 1) }
            entries.append(
                Entry(
                    line: index + 1, name: fields[0], path: fields[1], theirs: fields[2], ours: fields[3],
                    reason: fields[4]))
        }
    }

    package struct Malformed: Error, CustomStringConvertible {
        package var line: Int
        package var description: String { "line \(line) is not 'CASE | PATH | THEIRS | OURS | REASON'" }
    }

    /// Why the case differs so; nil if that is not on purpose.
    package mutating func reason(for difference: Difference, in name: String) -> String? {
        let entry = entries.first {
            Self.matches($0.name, name) && Self.matches($0.path, difference.path)
                && Self.matches($0.theirs, difference.theirs ?? "-") && Self.matches($0.ours, difference.ours ?? "-")
        }
        if let entry { used.insert(entry.line) }
        return entry?.reason
    }

    /// Those that no difference was found for.
    package var unused: [Entry] { entries.filter { !used.contains($0.line) } }

    /// Whether `text` is `pattern` with any text for each `*`.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        let parts = pattern.components(separatedBy: "*")
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == text }
        guard text.hasPrefix(first), text.utf8.count >= first.utf8.count + last.utf8.count, text.hasSuffix(last) else {
            return false
        }
        var rest = text.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
