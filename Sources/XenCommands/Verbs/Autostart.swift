import ArgumentParser
import XenDriver

/// `autostart DOMAIN`.
struct Autostart: Verb {
    static let configuration = VerbName.autostart.configuration(
        abstract: "Have a domain started with the host, or not any more.",
        usage: "<domain> [--disable | --order <number>] \(ChangeOptions.usage)",
        discussion: """
            xenkeeperd starts such domains once after each boot of the host, smaller numbers first and those without one last; \
            a domain that serves devices of others comes before those.
            """)

    @OptionGroup var operand: DomainOperand

    @Flag(name: .customLong("disable"), help: "Do not start it with the host any more.")
    var isDisabled = false

    @Option(
        name: .customLong("order"),
        help: ArgumentHelp("Its place in the order in which domains are started.", valueName: "number"))
    var order: Int?

    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        guard !isDisabled || order == nil else {
            throw ValidationError("Options --disable and --order are mutually exclusive")
        }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let attempt =
            isDisabled
            ? "Failed to unmark domain '\(domain)' as autostarted" : "Failed to mark domain '\(domain)' as autostarted"
        let (outcome, isServed) = try await context.change(attempt, on: domain, change) {
            (driver, options) throws(DriverError) in
            let outcome = try await driver.setAutostart(domain, !isDisabled, order: order, options: options)
            return (outcome, await driver.isServed)
        }
        var reply = Reply(outcome, isDisabled ? "unmarked as autostarted" : "marked as autostarted")
        if !isDisabled, !isServed { reply.notes.append(Self.noService) }
        return reply
    }

    /// What is to be said where something needs the service and it does not run.
    private static let noService =
        "xenkeeperd does not run here, and only it starts domains with the host: enable xenkeeperd.service"
}
