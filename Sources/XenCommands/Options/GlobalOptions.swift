import ArgumentParser
import Logging

/// What every verb takes, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("connect")],
        help: ArgumentHelp(
            "The host to work on: xen:///system, test:///default (the built-in fake host) or test:///FOLDER.",
            discussion: """
                Without it: the environment's XENKEEPER_DEFAULT_URI; else xen:///system for root on a Xen host, \
                test:///default for anyone else.
                """,
            valueName: "uri"))
    var connect: String?

    @Flag(
        name: [.customShort("q"), .customLong("quiet")],
        help: "Print results alone: no messages of success, no table headings, no blank lines.")
    var isQuiet = false

    @Option(
        name: .customLong("log-level"),
        help: ArgumentHelp("The least severe log lines to print on standard error.", valueName: "level"))
    var logLevel = LogLevel.warning

    /// What follows the options that `words` begin with; nil if they begin with one that is not listed here, or is
    /// written in a rarer way.
    static func rest(of words: [String]) -> ArraySlice<String>? {
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-") {
            switch word {
            case "-q", "--quiet": rest = rest.dropFirst()
            case "-c", "--connect", "--log-level": rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return rest
    }
}

/// How much the log says; the raw values are swift-log's own.
enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical

    /// The same level in swift-log's type.
    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
