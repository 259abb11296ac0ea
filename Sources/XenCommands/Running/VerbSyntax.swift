import ArgumentParser
import FoundationEssentials

/// What words a verb takes, as the argument parser tells it: for saying what is wrong with a line that it refused.
struct VerbSyntax: Decodable {
    private let command: Command

    private struct Command: Decodable {
        let arguments: [Argument]?
    }

    private struct Argument: Decodable {
        struct Name: Decodable { let name: String }
        let kind: String
        let names: [Name]?
        let isOptional: Bool
        let valueName: String?
    }

    /// What `verb` takes; nil if the parser does not say.
    init?(_ verb: any Verb.Type) {
        guard let syntax = try? JSONDecoder().decode(Self.self, from: Data(verb._dumpHelp().utf8)) else { return nil }
        self = syntax
    }

    private var arguments: [Argument] { command.arguments ?? [] }

    /// The first thing that is wrong with `words`, the verb's own; nil if none of it is in the words alone.
    func problem(in words: [String]) -> UsageError? {
        var rest = words[...]
        var seen: Set<String> = []
        var places = arguments.count { $0.kind == "positional" }
        var isOver = false
        while let word = rest.popFirst() {
            if !isOver, word == "--" {
                isOver = true
            } else if isOver || !word.hasPrefix("-") || word == "-" {
                guard places > 0 else { return .unexpected(word) }
                places -= 1
            } else if let problem = problem(withOption: word, &rest, &seen) {
                return problem
            }
        }
        let missing = arguments.filter { argument in
            argument.kind == "option" && !argument.isOptional && seen.isDisjoint(with: names(of: argument))
        }
        return missing.isEmpty ? nil : .missing(missing.compactMap { names(of: $0).first })
    }

    /// What the usage calls the value of an argument: of the option of this name, or of the word at a place, as in
    /// `positional@0`. nil if there is none.
    func valueName(of argument: String) -> String? {
        if let place = argument.split(separator: "@").last.flatMap({ Int($0) }), argument.hasPrefix("positional@") {
            let words = arguments.filter { $0.kind == "positional" }
            return words.indices.contains(place) ? words[place].valueName : nil
        }
        return arguments.first { names(of: $0).contains(argument) }?.valueName
    }

    private func problem(withOption word: String, _ rest: inout ArraySlice<String>, _ seen: inout Set<String>)
        -> UsageError?
    {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let argument = arguments.first(where: { names(of: $0).contains(name) }) else {
            let known = arguments.flatMap { names(of: $0) }.filter { $0.count > 2 }
            return .unknownOption(name, nearest: Nearest.word(to: name, among: known))
        }
        seen.insert(name)
        guard argument.kind == "option" else { return parts.count > 1 ? .valueOfFlag(name) : nil }
        guard parts.count == 1 else { return parts[1].isEmpty ? .empty(String(name.drop { $0 == "-" })) : nil }
        guard let value = rest.first, value == "-" || !value.hasPrefix("-") else {
            return .noValue(option: name, kind: argument.valueName == "seconds" ? "number" : "string")
        }
        rest.removeFirst()
        return nil
    }

    private func names(of argument: Argument) -> [String] {
        (argument.names ?? []).map { $0.name.count == 1 ? "-\($0.name)" : "--\($0.name)" }
    }
}

/// Which of the words that there are a mistyped one was meant to be.
enum Nearest {
    /// The one of `words` that `word` begins, or that differs from it by the fewest letters; nil if none is near.
    static func word(to word: String, among words: [String]) -> String? {
        let continued = words.filter { word.count > 3 && $0.hasPrefix(word) }
        if continued.count == 1 { return continued[0] }
        let letters = Array(word.utf8)
        guard letters.count < 64 else { return nil }
        let distances = words.map { (word: $0, distance: distance(from: letters, to: Array($0.utf8))) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return nearest.distance <= max(1, word.count / 4) ? nearest.word : nil
    }

    /// How many letters must be put in, left out, replaced or exchanged with their neighbour. Source: the optimal
    /// string alignment distance.
    private static func distance(from one: [UInt8], to other: [UInt8]) -> Int {
        var rows = [Array(0...other.count)]
        for i in one.indices {
            var row = [i + 1]
            for j in other.indices {
                var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    least = min(least, rows[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }
}
