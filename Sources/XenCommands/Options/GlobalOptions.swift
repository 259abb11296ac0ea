import ArgumentParser
import Logging

/// What every verb takes, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("connect")],
        help: ArgumentHelp(
            "The host to work on: xen:///system, test:///default (a fake host of your own) or test:///DIRECTORY.",
            discussion: """
                Without it: the environment's XENKEEPER_DEFAULT_URI, else its LIBVIRT_DEFAULT_URI; else xen:///system \
                for root on a Xen host, test:///default for anyone else.
                """,
            valueName: "uri"))
    var connect: String?

    @Flag(
        name: [.customShort("q"), .customLong("quiet")],
        help: "Print results alone: no messages of success, no table headings, no blank lines.")
    var isQuiet = false

    @Flag(
        name: [.customShort("r"), .customLong("readonly")],
        help: "Look only: refuse every change.")
    var isReadOnly = false

    @Option(
        name: .customLong("log-level"),
        help: ArgumentHelp("The least severe log lines to print on standard error.", valueName: "level"))
    var logLevel = LogLevel.warning
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
