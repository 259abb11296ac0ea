import ArgumentParser
import XenDriver

/// `domjobinfo DOMAIN`.
struct Domjobinfo: Verb {
    static let configuration = VerbName.domjobinfo.configuration(
        abstract: "Print what is being done to a domain.",
        usage: "<domain> [--completed [--keep-completed]]",
        discussion: """
            A change that is under way: which one, for how long, and how long it may still take; whichever process makes it. \
            'Failed' is one that nobody is at any more, because its process was killed: domjobabort, or the next change of the \
            domain, puts it in order. Nothing is kept of changes that have ended, so that --completed finds none.
            """)

    @OptionGroup var operand: DomainOperand

    @Flag(name: .customLong("completed"), help: "Print what was done last, of which nothing is kept.")
    var isCompleted = false

    @Flag(name: .customLong("keep-completed"), help: "Keep what --completed prints.")
    var keepsCompleted = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        guard !keepsCompleted || isCompleted else {
            throw ValidationError("Option --completed is required by option --keep-completed")
        }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let job = try await attempting(on: domain) { () throws(DriverError) in try await driver.job(of: domain) }
        guard let job, !isCompleted else { return Reply(.lines(DomainJob.line("Job type:", "None"))) }
        var reply = Reply(.lines(job.lines))
        if job.isLeftBehind {
            reply.notes = [
                "nobody is at the \(job.kind.rawValue) of domain '\(domain)' any more, for its process was killed;"
                    + " 'domjobabort \(domain)', or the next change of the domain, puts it in order"
            ]
        }
        return reply
    }
}

/// `domjobabort DOMAIN`.
struct Domjobabort: Verb {
    static let configuration = VerbName.domjobabort.configuration(
        abstract: "Give up what is being done to a domain.",
        usage: "<domain> [--foreign] \(ChangeOptions.usage)",
        discussion: """
            Whichever process makes the change, xenkeeperd or another command, gives it up as on Ctrl-C: it is undone, or \
            finished where it cannot be undone. What a process left that was killed is recovered. It returns when that is done.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let (driver, options) = try context.driver(for: change, foreign)
        let end = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.abortJob(of: domain, options: options)
        }
        var reply = Reply(.lines([]))
        if case .recovered(let news) = end { reply.warnings = news.map(\.message) }
        return reply
    }
}

extension DomainJob {
    /// virsh's lines, and behind them what it does not say.
    fileprivate var lines: [String] {
        let type = isLeftBehind ? "Failed" : remaining == nil ? "Unbounded" : "Bounded"
        var lines = Self.line("Job type:", type)
        lines += Self.line("Operation:", kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst())
        if let elapsed { lines += Self.line("Time elapsed:", milliseconds: elapsed) }
        if let remaining { lines += Self.line("Time remaining:", milliseconds: remaining) }
        if let device { lines += Self.line("Device:", device) }
        if steps > 0 { lines += Self.line("Steps done:", "\(done) of \(steps)") }
        if isUndoing { lines += Self.line("Undoing:", "yes") }
        if let holder { lines += Self.line("Process:", "\(holder)") }
        return lines
    }

    /// A line in virsh's columns.
    fileprivate static func line(_ name: String, _ value: some StringProtocol) -> [String] {
        func padded(_ text: some StringProtocol, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return [padded(name, 17) + " " + padded(value, 12)]
    }

    private static func line(_ name: String, milliseconds time: Duration) -> [String] {
        line(name, "\(Int64(time / .milliseconds(1)))").map { $0 + " ms" }
    }
}
