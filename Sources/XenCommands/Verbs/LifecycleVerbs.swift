import ArgumentParser
import XenDriver

/// How a domain is begun.
struct PausedOption: ParsableArguments {
    @Flag(name: .customLong("paused"), help: "Leave the guest paused after its creation.")
    var isPaused = false
}

/// Whether the terminal is connected with a domain's console before its guest begins.
struct ConsoleOption: ParsableArguments {
    @Flag(name: .customLong("console"), help: "Connect to the guest's console, from its first line on; see console.")
    var isWanted = false
}

/// `start DOMAIN`.
struct Start: Verb {
    static let configuration = VerbName.start.configuration(
        abstract: "Start a defined domain.",
        usage: "<domain> [--paused] [--console] \(ChangeOptions.usage)",
        discussion: "A start that fails leaves nothing of the domain in Xen.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup var paused: PausedOption
    @OptionGroup var console: ConsoleOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let start = { (driver: Driver, options: CallOptions) async throws(DriverError) -> DomainOutcome in
            try await driver.start(domain, paused: paused.isPaused, options: options)
        }
        let virsh = { (error: DriverError) -> [String]? in
            if case .alreadyRunning = error { ["Domain is already active"] } else { nil }
        }
        let attempt = "Failed to start domain '\(domain)'"
        if console.isWanted {
            return try await context.changeWithConsole(
                attempt, on: domain, change, done: "started", virsh: virsh, start)
        }
        return Reply(try await context.change(attempt, on: domain, change, virsh: virsh, start), "started")
    }
}

/// `create FILE`.
struct Create: Verb {
    static let configuration = VerbName.create.configuration(
        abstract: "Create and start a transient domain from an XML file.",
        usage: "<file> [--paused] [--console] [--strict] \(ChangeOptions.usage)",
        discussion: """
            The domain has no persistent definition, unless one of this name and UUID was there before; it is gone \
            once it stops.
            """)

    @OptionGroup var operand: FileOperand
    @OptionGroup var paused: PausedOption
    @OptionGroup var console: ConsoleOption
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let file = try operand.resolved()
        let document = try file.read()
        let create = { (driver: Driver, options: CallOptions) async throws(DriverError) -> DomainOutcome in
            try await driver.create(document, paused: paused.isPaused, isStrict: strict.isStrict, options: options)
        }
        let (attempt, done) = ("Failed to create domain from \(file)", "created from \(file)")
        if console.isWanted { return try await context.changeWithConsole(attempt, change, done: done, create) }
        return Reply(try await context.change(attempt, change, nil, create), done)
    }
}

/// `destroy DOMAIN`.
struct Destroy: Verb {
    static let configuration = VerbName.destroy.configuration(
        abstract: "Stop a domain at once, without asking the guest.",
        usage: "<domain> [--foreign] \(ChangeOptions.usage)",
        discussion: """
            Its disks and its persistent definition stay. It does not wait for a change of the same domain that is \
            stuck.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let outcome = try await context.change(domain, by: .destroy, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.destroy(domain, options: options)
        }
        return Reply(outcome, "destroyed")
    }
}

/// `recover DOMAIN`.
struct Recover: Verb {
    static let configuration = VerbName.recover.configuration(
        abstract: "Complete or undo what a command that was interrupted left of a domain.",
        usage: "<domain> [--foreign] \(ChangeOptions.usage)",
        discussion: """
            Every command that changes the domain does that first; this one does nothing else. A warning says what was \
            done. It waits for a command that is at work on the domain. dominfo, domstate and list --json tell of an \
            unfinished change.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let news = try await context.change(domain, by: .recover, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.recover(domain, options: options)
        }
        var reply = Reply(.message("Domain '\(domain)' \(news.isEmpty ? "had nothing to recover" : "recovered")"))
        reply.warnings = news.map(\.message)
        return reply
    }
}
