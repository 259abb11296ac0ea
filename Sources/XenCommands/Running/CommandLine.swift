import ArgumentParser
import SystemPackage

/// The whole command line of `xenkeeper`.
package enum XenkeeperCommandLine {
    /// Runs the command that `arguments` (without the program's own name) spell, and returns the process's exit code:
    /// 0 for success, 1 for anything else, as virsh, but for a change that a signal gave up.
    package static func run(_ arguments: [String], in session: Session) async -> Int32 {
        let console = session.console
        let words: CommandWords
        do throws(CommandWords.Problem) {
            words = try CommandWords(arguments)
        } catch {
            console.complain("error", error.sentence)
            return ExitStatus.failure
        }
        switch (words.request, words.verb) {
        case (.version, _): return write(Xenkeeper.version + "\n", on: console)
        case (.help, _), (nil, nil): return write(Xenkeeper.helpMessage() + "\n", on: console)
        case (.parser, _):
            guard let completion = Completion(words.options) else { return parse(words.options, on: console) }
            return write(await completion.text(in: session), on: console)
        case (nil, "help"): return help(words, on: console)
        case (nil, let word?): return await run(word, words, in: session)
        }
    }

    /// Runs the verb that is called `word`.
    ///
    /// The parser reflects on the program and every option group on the way to a verb, which takes longer than many a
    /// verb does. So the verb alone is asked first; where it makes no sense of its words, time does not matter.
    private static func run(_ word: String, _ words: CommandWords, in session: Session) async -> Int32 {
        guard let name = VerbName(rawValue: word) else {
            session.console.complain("error", "unknown command: '\(word)'" + suggestion(for: word))
            return ExitStatus.failure
        }
        if let problem = words.repeated { return refuse(problem, name, isQuiet: words.isQuiet, on: session.console) }
        if let verb = name.verb.parsed(words.options + words.operands) { return await run(verb, name, in: session) }
        do {
            // Help, a version and the like may be asked for anywhere.
            var command = try Xenkeeper.parseAsRoot(words.options + [word] + words.operands)
            if let verb = command as? any Verb { return await run(verb, name, in: session) }
            try command.run()
            return ExitStatus.success
        } catch  where Xenkeeper.exitCode(for: error).isSuccess {
            return write(Xenkeeper.fullMessage(for: error) + "\n", on: session.console)
        } catch {
            let problem =
                VerbSyntax(name.verb)?.problem(in: words.operands) ?? .senseless(Xenkeeper.message(for: error))
            return refuse(problem, name, isQuiet: words.isQuiet, on: session.console)
        }
    }

    private static func run(_ verb: any Verb, _ name: VerbName, in session: Session) async -> Int32 {
        let status = await outcome(of: verb, name, in: session)
        return type(of: verb).isEndedBySignals ? status : session.endings.status(status, on: session.console)
    }

    private static func outcome(of verb: any Verb, _ name: VerbName, in session: Session) async -> Int32 {
        let console = session.console
        let reply: Reply
        do {
            reply = try await verb.reply(in: CommandContext(session: session, global: verb.global))
        } catch let failure as CommandFailure {
            for line in failure.lines { console.complain("error", line) }
            return failed(isQuiet: verb.global.isQuiet || failure.isBeforeVerb, on: console)
        } catch let error as UsageError {
            return refuse(error, name, isQuiet: verb.global.isQuiet, on: console)
        } catch {
            return refuse(.senseless(Xenkeeper.message(for: error)), name, isQuiet: verb.global.isQuiet, on: console)
        }
        for note in reply.notes { console.complain("note", note) }
        for warning in reply.warnings { console.complain("warning", warning) }
        for error in reply.errors { console.complain("error", error) }
        let status = write(reply.text(isQuiet: verb.global.isQuiet), on: console)
        return reply.errors.isEmpty && !reply.hasFailed ? status : ExitStatus.failure
    }
}

// MARK: -

extension XenkeeperCommandLine {
    /// `help`, `help VERB`.
    private static func help(_ words: CommandWords, on console: Console) -> Int32 {
        guard let word = words.operands.first(where: { !$0.hasPrefix("-") }) else {
            return write(Xenkeeper.helpMessage() + "\n", on: console)
        }
        guard VerbName(rawValue: word) != nil else {
            console.complain("error", "command or command group '\(word)' doesn't exist" + suggestion(for: word))
            return failed(isQuiet: words.isQuiet, on: console)
        }
        return parse(["help", word], on: console)
    }

    /// Does what the argument parser does by itself, which it tells by throwing it.
    private static func parse(_ words: [String], on console: Console) -> Int32 {
        do {
            var command = try Xenkeeper.parseAsRoot(words)
            try command.run()
            return ExitStatus.success
        } catch {
            let message = Xenkeeper.fullMessage(for: error)
            if Xenkeeper.exitCode(for: error).isSuccess { return write(message + "\n", on: console) }
            console.complain("error", Xenkeeper.message(for: error))
            return ExitStatus.failure
        }
    }

    /// The words of a sentence that names the verb which `word` is likely to be.
    private static func suggestion(for word: String) -> String {
        Nearest.word(to: word, among: VerbName.allCases.map(\.rawValue)).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Says what is wrong with a command line.
    private static func refuse(_ error: UsageError, _ verb: VerbName, isQuiet: Bool, on console: Console) -> Int32 {
        for line in error.lines(verb: verb.rawValue) { console.complain("error", line) }
        return failed(isQuiet: isQuiet || error.isInWordsAlone, on: console)
    }

    /// The end of a verb that failed: virsh prints the blank line that follows a result also where there is none.
    private static func failed(isQuiet: Bool, on console: Console) -> Int32 {
        if !isQuiet { _ = write("\n", on: console) }
        return ExitStatus.failure
    }

    /// Writes a result. Only its end is lost on a reader who closed the pipe (`… | head -1`), which is no news to
    /// anybody; any other failure is distinguished from a failure of the command, which has succeeded by now.
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

/// The exit codes of the process, virsh's.
enum ExitStatus {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    /// Of a process that a signal gave up, before the signal's number is added. Source: the shell's.
    static let ofSignals: Int32 = 128
}
