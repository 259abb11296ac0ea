/// A command line that makes no sense.
enum UsageError: Error, Hashable {
    /// Words that the verb needs were not given, each as virsh shows it: `<domain>`, `--alias`.
    case missing([String])
    /// A word that the verb has no place for.
    case unexpected(String)
    /// A word that is there and empty.
    case empty(String)
    /// An option that the verb does not have, and the nearest one that it has.
    case unknownOption(String, nearest: String?)
    /// An option's value is not there, which would have been what is named second.
    case noValue(option: String, kind: String)
    /// A value for an option that takes none.
    case valueOfFlag(String)
    /// The same option twice.
    case repeated(String)
    /// Words that do not go together or mean nothing, in a sentence.
    case senseless(String)

    /// What is said of it, a sentence each, of the verb `verb`. Source: virsh's own words.
    func lines(verb: String) -> [String] {
        switch self {
        case .missing(let words): words.map { "command '\(verb)' requires \($0) option" }
        case .unexpected(let word): ["unexpected data '\(word)'"]
        case .empty(let name): ["Failed to get option '\(name)': Option argument is empty"]
        case .unknownOption(let option, let nearest):
            ["command '\(verb)' doesn't support option \(option)" + (nearest.map { "; did you mean \($0)?" } ?? "")]
        case .noValue(let option, let kind): ["expected syntax: \(option) <\(kind)>"]
        case .valueOfFlag(let option): ["invalid '=' after option \(option)"]
        case .repeated(let option): ["option \(option) already seen"]
        case .senseless(let sentence): [sentence]
        }
    }

    /// Whether the words alone show it, so that virsh does not come as far as the verb.
    var isInWordsAlone: Bool {
        switch self {
        case .missing, .unexpected, .unknownOption, .noValue, .valueOfFlag, .repeated: true
        case .empty, .senseless: false
        }
    }
}
