import ArgumentParser
import XenDriver

/// `suspend DOMAIN`.
struct Suspend: Verb {
    static let configuration = VerbName.suspend.configuration(
        abstract: "Hold a running domain.",
        usage: "<domain> [--foreign] \(ChangeOptions.usage)",
        discussion: "It keeps its memory and gets no processor time until it is resumed. One that is held stays so.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let outcome = try await context.change(domain, by: .suspend, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.suspend(domain, options: options)
        }
        return Reply(outcome, "suspended")
    }
}

/// `resume DOMAIN`.
struct Resume: Verb {
    static let configuration = VerbName.resume.configuration(
        abstract: "Let a held domain run.",
        usage: "<domain> [--foreign] \(ChangeOptions.usage)",
        discussion: "Also one that was started with --paused, or paused by another toolstack, however often.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let outcome = try await context.change(domain, by: .resume, change, foreign) {
            (driver, options) throws(DriverError) in
            try await driver.resume(domain, options: options)
        }
        return Reply(outcome, "resumed")
    }
}

/// Whether a verb that asks a guest for something waits until that has come to pass.
struct WaitOption: ParsableArguments {
    @Flag(
        name: .customLong("wait"),
        help: ArgumentHelp(
            "Wait until it has come to pass.",
            discussion:
                "For 60 seconds, or as long as --timeout says. That it takes longer is an error, and changes nothing."
        ))
    var isWanted = false
}

/// `shutdown DOMAIN`.
struct Shutdown: Verb {
    static let configuration = VerbName.shutdown.configuration(
        abstract: "Ask a guest to power off.",
        usage: "<domain> [--mode <mode>] [--wait] [--foreign] \(ChangeOptions.usage)",
        discussion: """
            It returns when the guest has said that it will; with --wait once it has, or its domain is gone. A guest that has powered off is \
            in shutdown; xenkeeperd, or else the next command that changes the domain, does what its on_poweroff says.
            """)

    @OptionGroup var operand: DomainOperand

    @Option(
        help: ArgumentHelp(
            "How to ask, acpi or paravirt, or both with a comma.",
            discussion: """
                paravirt asks the guest's Xen drivers, acpi presses the power button of an hvm guest. Without it the \
                drivers are asked first.
                """,
            valueName: "mode"))
    var mode: String?

    @OptionGroup var wait: WaitOption
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func modes() throws -> Set<ShutdownMode> {
        try ShutdownMode.read(mode, for: "shut down", from: ShutdownMode.allCases)
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let modes = try modes()
        let outcome = try await context.change(domain, by: .shutdown, change, foreign) {
            (driver, options) throws(DriverError) in
            var outcome = try await driver.shutdown(domain, modes: modes, options: options)
            if wait.isWanted { outcome.warnings += try await driver.waitForEnd(of: outcome, options: options) }
            return outcome
        }
        return Reply(outcome, wait.isWanted ? "has been shut down" : "is being shutdown")
    }
}

/// `reboot DOMAIN`.
struct Reboot: Verb {
    static let configuration = VerbName.reboot.configuration(
        abstract: "Ask a guest to reboot.",
        usage: "<domain> [--mode <mode>] [--wait] [--foreign] \(ChangeOptions.usage)",
        discussion: """
            It returns when the guest has said that it will; with --wait once the domain has been started anew, which it does \
            itself where no xenkeeperd runs. Where xenkeeperd runs, the domain is started anew once its guest \
            has ended; elsewhere start it then.
            """)

    @OptionGroup var operand: DomainOperand

    @Option(
        help: ArgumentHelp(
            "How to ask: paravirt, which is done anyway.", discussion: "No button of a machine reboots it.",
            valueName: "mode"))
    var mode: String?

    @OptionGroup var wait: WaitOption
    @OptionGroup var foreign: ForeignOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        _ = try ShutdownMode.read(mode, for: "reboot", from: [.paravirt])
        let outcome = try await context.change(domain, by: .reboot, change, foreign) {
            (driver, options) throws(DriverError) in
            let outcome = try await driver.reboot(domain, options: options)
            return wait.isWanted ? try await driver.waitForRestart(of: outcome, options: options) : outcome
        }
        return Reply(outcome, wait.isWanted ? "has been rebooted" : "is being rebooted")
    }
}

extension ShutdownMode {
    /// virsh's words for ways that no Xen guest can be asked in.
    private static let strangers = ["agent", "initctl", "signal"]

    /// The modes of `text`, words with commas between; none for nil. Throws a `ValidationError` for any but `known`.
    fileprivate static func read(_ text: String?, for purpose: String, from known: [ShutdownMode]) throws
        -> Set<ShutdownMode>
    {
        let expected = known.map { "'\($0.rawValue)'" }.joined(separator: " or ")
        var modes: Set<ShutdownMode> = []
        for word in text?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? [] {
            if let mode = known.first(where: { $0.rawValue == word }) {
                modes.insert(mode)
            } else if strangers.contains(word) || ShutdownMode(rawValue: word) != nil {
                throw ValidationError("mode '\(word)' does not \(purpose) Xen guests, expecting \(expected)")
            } else {
                throw ValidationError("Unknown mode \(word) value, expecting \(expected)")
            }
        }
        return modes
    }
}
