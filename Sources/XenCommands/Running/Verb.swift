import ArgumentParser
import Logging
import XenDriver
import XenUnits

/// One verb of the command line.
///
/// A verb is parsed without a host, and returns what it has to say instead of printing it.
protocol Verb: ParsableCommand {
    var global: GlobalOptions { get }

    /// Whether a signal is how it is meant to end, and no change is given up by that.
    static var isEndedBySignals: Bool { get }

    /// Does the work. Throws a `CommandFailure`, or a `UsageError` or a `ValidationError` for a command line that makes
    /// no sense; its words are looked at before a host is opened.
    func reply(in context: CommandContext) async throws -> Reply
}

extension Verb {
    static var isEndedBySignals: Bool { false }

    /// The verb with these arguments; nil if it cannot be run with them, or is asked for help.
    static func parsed(_ arguments: [String]) -> Self? {
        (try? parseAsRoot(arguments)) as? Self
    }
}

/// What a verb works with: the session, seen through its global options.
struct CommandContext: Sendable {
    let session: Session
    let global: GlobalOptions

    /// Opens the connection that the command line, the environment or the host decides.
    func driver() throws(CommandFailure) -> Driver {
        do throws(ConnectionError) {
            let choice = try choice()
            for note in choice.notes { session.console.complain("note", note) }
            return try session.open(choice.connection, logger)
        } catch {
            var failure = CommandFailure("failed to connect to the hypervisor", error.description)
            failure.isBeforeVerb = true
            throw failure
        }
    }

    /// What the connection's host can be made to do, if it is a fake one.
    func fakeControls() throws(CommandFailure) -> FakeControls {
        let (connection, controls): (Connection, FakeControls?)
        do throws(ConnectionError) {
            connection = try self.connection()
            controls = try session.openFake(connection)
        } catch {
            throw CommandFailure("failed to connect to the hypervisor", error.description)
        }
        guard let controls else { throw CommandFailure("\(connection) is a real host, on which nothing is faked") }
        return controls
    }

    /// The connection for whoever has no place for notes.
    func silentDriver() throws(ConnectionError) -> Driver { try session.open(try connection(), logger) }

    /// Opens it to change something, and says what the command line asks of that.
    func driver(
        for change: ChangeOptions, _ foreign: ForeignOption? = nil
    ) throws(CommandFailure) -> (Driver, CallOptions) {
        let options = options(change, foreign)
        let driver = try driver()
        session.endings.changeBegins()
        return (driver, options)
    }

    /// Changes a whole domain by `body` as the command line asks; says of a failure that `verb` failed, or what `virsh`
    /// says of it.
    func change<Outcome>(
        _ domain: DomainReference, by verb: VerbName, _ change: ChangeOptions, _ foreign: ForeignOption? = nil,
        virsh: (DriverError) -> [String]? = { _ in nil },
        _ body: (Driver, CallOptions) async throws(DriverError) -> Outcome
    ) async throws(CommandFailure) -> Outcome {
        try await self.change(
            "Failed to \(verb.rawValue) domain '\(domain)'", on: domain, change, foreign, virsh: virsh, body)
    }

    /// Changes something by `body` as the command line asks; says of a failure that it was `attempt` on `domain` that
    /// failed, or what `virsh` says of it.
    func change<Outcome>(
        _ attempt: String, on domain: DomainReference? = nil, _ change: ChangeOptions, _ foreign: ForeignOption? = nil,
        virsh: (DriverError) -> [String]? = { _ in nil },
        _ body: (Driver, CallOptions) async throws(DriverError) -> Outcome
    ) async throws(CommandFailure) -> Outcome {
        let (driver, options) = try driver(for: change, foreign)
        return try await attempting(attempt, on: domain, virsh: virsh) { () throws(DriverError) in
            try await body(driver, options)
        }
    }

    /// What the command line asks of a change. Its time begins now.
    func options(_ change: ChangeOptions, _ foreign: ForeignOption? = nil) -> CallOptions {
        var options = CallOptions()
        options.isReadOnly = global.isReadOnly
        options.changesForeignDomains = foreign?.isForeign ?? false
        if let timeout = change.timeout {
            options.deadline = CallOptions.Deadline(.seconds(timeout), from: session.clock.now)
        }
        options.reportNotice = { [console = session.console] in console.complain("warning", $0.message) }
        if session.console.isTerminal {
            options.reportWait = { [console = session.console] in console.complain("note", $0.sentence) }
        }
        return options
    }

    /// The connection that the command line, the environment or the host decides.
    func connection() throws(ConnectionError) -> Connection { try choice().connection }

    private func choice() throws(ConnectionError) -> ConnectionChoice {
        try ConnectionChoice(
            option: global.connect, environment: session.environment, isRootOnXenHost: session.isRootOnXenHost)
    }

    var logger: Logger {
        let console = session.console
        let level = global.logLevel.level
        return Logger(label: "xenkeeper") { _ in ConsoleLogHandler(console: console, logLevel: level) }
    }
}
