import ArgumentParser
import XenDriver

/// How a domain is begun.
struct PausedOption: ParsableArguments {
    @Flag(name: .customLong("paused"), help: "Leave the guest paused after its creation.")
    var isPaused = false
}

/// `start DOMAIN`.
struct Start: Verb {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a defined domain.",
        usage: "xenkeeper start <domain> [--paused] [--timeout <seconds>]",
        discussion: "A start that fails leaves nothing of the domain in Xen.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup var paused: PausedOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver(change.settings)
        let outcome = try await attempting("Failed to start domain '\(domain)'", on: domain) {
            () throws(DriverError) in
            try await driver.start(domain, paused: paused.isPaused)
        }
        return Reply(outcome, "started")
    }
}

/// `create FILE`.
struct Create: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create and start a transient domain from an XML file.",
        usage: "xenkeeper create <file> [--paused] [--strict] [--timeout <seconds>]",
        discussion: """
            The domain has no persistent definition, unless one of this name and UUID was there before; it is gone \
            once it stops.
            """)

    @OptionGroup var operand: FileOperand
    @OptionGroup var paused: PausedOption
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let file = try operand.resolved()
        let document = try file.read()
        let driver = try context.driver(change.settings)
        let outcome = try await attempting("Failed to create domain from \(file)") { () throws(DriverError) in
            try await driver.create(document, paused: paused.isPaused, isStrict: strict.isStrict)
        }
        return Reply(outcome, "created from \(file)")
    }
}

/// `destroy DOMAIN`.
struct Destroy: Verb {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Stop a domain at once, without asking the guest.",
        usage: "xenkeeper destroy <domain> [--foreign] [--timeout <seconds>]",
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
        let driver = try context.driver(foreign.settings(change))
        let outcome = try await attempting("Failed to destroy domain '\(domain)'", on: domain) {
            () throws(DriverError) in
            try await driver.destroy(domain)
        }
        return Reply(outcome, "destroyed")
    }
}
