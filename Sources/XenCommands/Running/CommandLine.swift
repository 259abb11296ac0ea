import ArgumentParser
import SystemPackage

/// The whole command line of `xenkeeper`.
public enum XenkeeperCommandLine {
    /// Runs the command that `arguments` (without the program's own name) spell, and returns the process's exit code:
    /// 0 for success, 1 for a failure, 2 for a command line that makes no sense.
    public static func run(_ arguments: [String], in session: Session) async -> Int32 {
        if let verb = verb(spelledBy: arguments) { return await run(verb, in: session) }
        do {
            var command = try Xenkeeper.parseAsRoot(arguments)
            if let verb = command as? any Verb { return await run(verb, in: session) }
            // The argument parser's own commands, `help` above all, have their say by throwing it.
            try command.run()
            return ExitStatus.success
        } catch {
            return end(Xenkeeper.self, with: error, on: session.console)
        }
    }

    /// The verb that `arguments` spell, if they are the plain case: a verb after nothing but global options, and no
    /// mistake in it.
    ///
    /// The parser reflects on the program and every option group on the way to a verb, which takes longer than many a
    /// verb does. So the verb alone is asked first; whatever it does not make sense of is for the whole program to say.
    static func verb(spelledBy arguments: [String]) -> (any Verb)? {
        guard let rest = GlobalOptions.rest(of: arguments), let name = rest.first.flatMap(VerbName.init) else {
            return nil
        }
        return name.verb.parsed(Array(arguments[..<rest.startIndex] + rest.dropFirst()))
    }

    private static func run(_ verb: any Verb, in session: Session) async -> Int32 {
        let reply: Reply
        do {
            reply = try await verb.reply(in: CommandContext(session: session, global: verb.global))
        } catch let failure as CommandFailure {
            for line in failure.lines { session.console.complain("error", line) }
            return ExitStatus.failure
        } catch {
            return end(type(of: verb), with: error, on: session.console)
        }
        for note in reply.notes { session.console.complain("note", note) }
        for warning in reply.warnings { session.console.complain("warning", warning) }
        for error in reply.errors { session.console.complain("error", error) }
        let status = write(reply.text(isQuiet: verb.global.isQuiet), on: session.console)
        return reply.errors.isEmpty ? status : ExitStatus.failure
    }

    /// Prints what the argument parser has to say: help or a version as a result, all else as a usage error.
    private static func end(_ command: any ParsableCommand.Type, with error: any Error, on console: Console) -> Int32 {
        let message = command.fullMessage(for: error)
        if command.exitCode(for: error).isSuccess { return write(message + "\n", on: console) }
        let prefix = "Error: "
        let isPrefixed = message.hasPrefix(prefix)
        console.complainVerbatim((isPrefixed ? "error: " + message.dropFirst(prefix.count) : message) + "\n")
        return ExitStatus.usage
    }

    /// Writes a result. Only its end is lost on a reader who closed the pipe (`… | head -1`), which is no news to
    /// anybody; any other failure is told apart from a failure of the command, which has succeeded by now.
    private static func write(_ text: String, on console: Console) -> Int32 {
        do throws(Errno) {
            try console.write(text)
            return ExitStatus.success
        } catch .brokenPipe {
            return ExitStatus.failure
        } catch {
            console.complain("error", "the command was carried out, but its result could not be written: \(error)")
            return ExitStatus.failure
        }
    }
}

/// The exit codes of the process.
enum ExitStatus {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    static let usage: Int32 = 2
}
