import ArgumentParser
import Logging
import XenDriver

/// One verb of the command line.
///
/// A verb is parsed without a host, and returns what it has to say instead of printing it.
protocol Verb: ParsableCommand {
    var global: GlobalOptions { get }

    /// Does the work. Throws a `CommandFailure`, or a `ValidationError` for a command line that makes no sense.
    func reply(in context: CommandContext) async throws -> Reply
}

extension Verb {
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
    func driver(_ settings: DriverSettings = DriverSettings()) throws(CommandFailure) -> Driver {
        do throws(ConnectionError) {
            let connection = try Connection.chosen(
                option: global.connect, environment: session.environment, isRootOnXenHost: session.isRootOnXenHost)
            return try session.open(connection, settings, logger)
        } catch {
            throw CommandFailure("failed to connect to the hypervisor", error.description)
        }
    }

    private var logger: Logger {
        let console = session.console
        let level = global.logLevel.level
        return Logger(label: "xenkeeper") { _ in ConsoleLogHandler(console: console, logLevel: level) }
    }
}
