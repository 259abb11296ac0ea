import ArgumentParser
import XenDriver

/// `console DOMAIN`.
struct ConsoleVerb: Verb {
    static let configuration = VerbName.console.configuration(
        abstract: "Connect to a guest's console.",
        usage: "<domain> [--devname <alias>] [--force] [--safe]",
        discussion: """
            What is typed goes to the guest, and what it says comes to the standard output, until ^] is typed. The session \
            goes on when the domain is started anew, and ends when the domain is gone. Input that is no terminal is passed on \
            as well; after its end the session ends as soon as the guest has been silent for a second. Without --devname it is \
            the console that xl takes: an hvm guest's first serial port, else Xen's own.
            """)

    static let isEndedBySignals = true

    @OptionGroup var operand: DomainOperand

    @Option(
        name: .customLong("devname"),
        help: ArgumentHelp("The alias of the console, serial port or channel.", valueName: "alias"), completion: .known)
    var alias: String?

    @Flag(
        name: .customLong("force"),
        help: "End another session of this program's on the same console; one of xl's is named, and left.")
    var isForced = false

    @Flag(
        name: .customLong("safe"),
        help: "Connect only if no other program, such as xl, has the console's terminal open.")
    var isSafe = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let line = try await attempting(
            on: domain, virsh: { if case .notRunning = $0 { ["The domain is not running"] } else { nil } }
        ) { () throws(DriverError) in
            try await driver.console(of: domain, alias: alias)
        }
        let visit = ConsoleVisit(context: context, driver: driver, takesOver: isForced, isSafe: isSafe)
        return try await visit.reply(on: line)
    }
}

/// `ttyconsole DOMAIN`.
struct Ttyconsole: Verb {
    static let configuration = VerbName.ttyconsole.configuration(
        abstract: "Print the path of the terminal of a guest's console.",
        usage: "<domain>",
        discussion: "It is another one in each run of the domain. console connects to it.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        return Reply(
            .lines([
                try await attempting(on: domain) { () throws(DriverError) in try await driver.console(of: domain) }.path
            ]))
    }
}

extension CommandContext {
    /// Starts a domain by `body` and connects the terminal with its console before its guest begins; `done` is what is said
    /// of the domain once it is started.
    func changeWithConsole(
        _ attempt: String, on domain: DomainReference? = nil, _ change: ChangeOptions, done: String,
        virsh: (DriverError) -> [String]? = { _ in nil },
        _ body: (Driver, CallOptions) async throws(DriverError) -> DomainOutcome
    ) async throws -> Reply {
        let early = EarlyLine()
        let (driver, outcome) = try await self.change(attempt, on: domain, change, virsh: virsh) {
            (driver, options) throws(DriverError) in
            var options = options
            options.willRun = { domid in
                // What is wrong with it is found again once the domain runs, which it does all the same.
                guard let line = try? await driver.console(of: DomainReference("\(domid)")) else { return }
                early.open(line.path)
            }
            return (driver, try await body(driver, options))
        }
        let started = Reply(outcome, done)
        for warning in started.warnings { session.console.complain("warning", warning) }
        try? session.console.write(global.isQuiet ? "" : started.text(isQuiet: false).dropLast().description)
        let visit = ConsoleVisit(context: self, driver: driver, takesOver: false, isSafe: false, early: early)
        let reference = DomainReference("\(outcome.uuid)")
        let line = try await attempting("Failed to connect to the console of domain '\(outcome.name)'") {
            () throws(DriverError) in try await driver.console(of: reference)
        }
        return try await visit.reply(on: line)
    }
}
