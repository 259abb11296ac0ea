/// The words of a command line, taken apart as virsh takes its own: global options, a verb, and what is the verb's.
///
/// Short options may be clustered and have their value joined (`-qcURI`), long ones may be shortened as far as they
/// stay clear (`--conn URI`). What comes out of here is spelled out, for the argument parser takes `-cURI` for flags.
struct CommandWords: Hashable {
    /// The global options before the verb.
    private(set) var options: [String] = []
    /// nil if there is none, and then nothing follows.
    private(set) var verb: String?
    /// What follows the verb.
    private(set) var operands: [String] = []
    /// What is asked for in place of a verb.
    private(set) var request: Request?

    /// What can be asked for without a verb.
    enum Request: Hashable {
        case help
        case version
        /// Something of the argument parser's own, such as a script for the completion of words.
        case parser
    }

    /// A word that is no option of the program, or an option that lacks what belongs to it; the sentence says which.
    struct Problem: Error, Hashable {
        let sentence: String
    }

    /// The options that stand before any verb.
    private enum Option: String, CaseIterable {
        case connect
        case quiet
        case readonly
        case help
        case version
        case logLevel = "log-level"

        var letters: [Character] {
            switch self {
            case .connect: ["c"]
            case .quiet: ["q"]
            case .readonly: ["r"]
            case .help: ["h"]
            case .version: ["v", "V"]
            case .logLevel: []
            }
        }

        var takesValue: Bool { self == .connect || self == .logLevel }

        /// What getopt calls it.
        var title: String { letters.first.map { "'-\($0)'/'--\(rawValue)'" } ?? "'--\(rawValue)'" }

        /// The one option whose name is or begins with `name`.
        init?(_ name: Substring) {
            let fitting = Self.allCases.filter { $0.rawValue.hasPrefix(name) }
            guard let option = Self(rawValue: String(name)) ?? (fitting.count == 1 ? fitting[0] : nil) else {
                return nil
            }
            self = option
        }

        init?(letter: Character) {
            guard let option = Self.allCases.first(where: { $0.letters.contains(letter) }) else { return nil }
            self = option
        }
    }

    /// Options that the argument parser has by itself.
    private static let parsersOwn = [
        "--generate-completion-script", "--experimental-dump-help", "--help-hidden", "---completion",
    ]

    /// Takes `arguments`, without the program's own name, apart.
    init(_ arguments: [String]) throws(Problem) {
        var rest = arguments[...]
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            if Self.parsersOwn.contains(where: word.hasPrefix) {
                options = arguments
                request = .parser
                return
            }
            rest.removeFirst()
            if word == "--" { break }
            try word.hasPrefix("--") ? takeLong(word, &rest) : takeCluster(word, &rest)
            if request != nil { return }
        }
        verb = rest.popFirst()
        while let word = rest.popFirst() {
            guard word != "--" else {
                operands += [word] + rest
                return
            }
            guard word.hasPrefix("-"), !word.hasPrefix("--"), word != "-" else {
                operands.append(word)
                continue
            }
            operands += try Self.spelledOut(word, &rest)
        }
    }

    /// Whether `--quiet` is among the words.
    var isQuiet: Bool { (options + operands.prefix { $0 != "--" }).contains("--quiet") }

    /// The first long option that stands behind the verb twice; the argument parser would take the last.
    var repeated: UsageError? {
        var seen: Set<Substring> = []
        for word in operands.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
            let name = word.prefix { $0 != "=" }
            guard seen.insert(name).inserted else { return .repeated(String(name)) }
        }
        return nil
    }

    private mutating func takeLong(_ word: String, _ rest: inout ArraySlice<String>) throws(Problem) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = Option(parts[0]) else {
            throw Problem(sentence: "unsupported option '\(word)'. See --help.")
        }
        var value = parts.count > 1 ? String(parts[1]) : nil
        guard value == nil || option.takesValue || option == .version else {
            throw Problem(sentence: "option '--\(option.rawValue)' doesn't allow an argument")
        }
        if option.takesValue, value == nil { value = try Self.value(of: option, &rest) }
        take(option, value)
    }

    private mutating func takeCluster(_ word: String, _ rest: inout ArraySlice<String>) throws(Problem) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = Option(letter: letter) else {
                throw Problem(sentence: "unsupported option '-\(letter)'. See --help.")
            }
            guard option.takesValue else {
                take(option, nil)
                continue
            }
            take(option, letters.isEmpty ? try Self.value(of: option, &rest) : String(letters))
            return
        }
    }

    private mutating func take(_ option: Option, _ value: String?) {
        switch option {
        case .help: request = request ?? .help
        case .version: request = request ?? .version
        case .connect, .quiet, .readonly, .logLevel: options += Self.words(option, value)
        }
    }

    /// A cluster that stands behind the verb, spelled out. Letters that are none of ours are left for the verb to
    /// refuse.
    private static func spelledOut(_ word: String, _ rest: inout ArraySlice<String>) throws(Problem) -> [String] {
        var words: [String] = []
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = Option(letter: letter) else {
                words.append("-\(letter)")
                continue
            }
            guard option.takesValue else {
                words += Self.words(option, nil)
                continue
            }
            words += Self.words(option, letters.isEmpty ? try value(of: option, &rest) : String(letters))
            break
        }
        return words
    }

    private static func words(_ option: Option, _ value: String?) -> [String] {
        // Joined, a value may begin with a hyphen.
        ["--\(option.rawValue)" + (value.map { "=\($0)" } ?? "")]
    }

    private static func value(of option: Option, _ rest: inout ArraySlice<String>) throws(Problem) -> String {
        guard let value = rest.popFirst() else {
            throw Problem(sentence: "option \(option.title) requires an argument")
        }
        return value
    }
}
