import Glibc
import SystemPackage
import XenDriver
import XenUnits

/// A terminal that was opened before anybody reads it, so that nothing is lost of what is written to it meanwhile.
final class EarlyLine: Sendable {
    private let opened = Locked<(path: String, descriptor: CInt)?>(nil)

    /// Opens the terminal at `path`; that it fails is found again by whoever connects.
    func open(_ path: String) {
        guard case .success(let descriptor) = ConsoleDescriptor.open(path) else { return }
        opened.withLock { $0 = (path, descriptor) }
    }

    /// The terminal at `path`, the caller's from now on; nil if it was not opened.
    func take(_ path: String) -> CInt? {
        opened.withLock { opened in
            guard let found = opened, found.path == path else { return nil }
            opened = nil
            return found.descriptor
        }
    }

    deinit {
        if let left = opened.withLock({ $0 }) { close(left.descriptor) }
    }
}

/// One session of a user on a console, through as many runs of its domain as there are.
struct ConsoleVisit: Sendable {
    let context: CommandContext
    let driver: Driver
    /// Whether another session of ours is ended for it.
    let takesOver: Bool
    /// Whether nobody else may have the terminal open.
    let isSafe: Bool
    /// The terminal, if somebody has opened it already.
    var early = EarlyLine()

    /// Why the session ended.
    private enum End: Hashable, Sendable {
        case left, inputEnded, outputClosed, signal, gone
        case taken(by: Int32)
        case failed(String)
    }

    /// What the session hears of.
    private enum Happening: Hashable, Sendable {
        case relay(ConsoleRelay.Event)
        case tick
    }

    /// How often the session looks what has become of the domain.
    private static let interval: Duration = .milliseconds(500)
    /// How many looks another toolstack's domain may be gone before it counts as gone for good: it is in neither of its two
    /// runs for a moment while it is started anew.
    private static let mostAbsences = 10

    /// Connects the user with `line` until the session ends, and says how it ended.
    func reply(on line: ConsoleLine) async throws(CommandFailure) -> Reply {
        let attempt = "Failed to connect to the console of domain '\(line.domain)'"
        context.session.endings.changeBegins()
        var options = CallOptions()
        options.isReadOnly = context.global.isReadOnly
        let end = try await attempting(attempt) { () throws(DriverError) in
            try await driver.withConsole(line, takesOver: takesOver, options: options) { session in
                await run(line, session)
            }
        }
        var reply = Reply(.lines([]))
        switch end {
        case .left, .inputEnded: break
        case .outputClosed: reply.hasFailed = true
        case .signal:
            reply.notes = ["a signal ended the console session"]
            reply.hasFailed = true
        case .gone: reply.notes = ["domain '\(line.domain)' is gone, and its console with it"]
        case .taken(let process):
            reply.errors = ["process \(process) has taken over the console of domain '\(line.domain)'"]
        case .failed(let reason): throw CommandFailure(attempt, reason)
        }
        return reply
    }

    private func run(_ first: ConsoleLine, _ session: ConsoleSession) async -> End {
        // Ours have left it by now.
        let users = await driver.users(of: first)
        if !users.isEmpty {
            guard !isSafe else {
                return .failed(
                    DriverError.consoleShared(domain: first.domain, path: first.path, by: users).message)
            }
            context.session.console.complain(
                "warning",
                "\(users.list) has the console's terminal open as well: each of the two gets a part of what the guest says"
            )
        }
        let opened: Result<CInt, ConsoleDescriptorError> =
            early.take(first.path).map(Result.success) ?? ConsoleDescriptor.open(first.path)
        let descriptor: CInt
        switch opened {
        case .success(let open): descriptor = open
        case .failure(let error): return .failed("\(error)")
        }
        let (happenings, source) = AsyncStream.makeStream(of: Happening.self)
        let console = context.session.console
        let relay = ConsoleRelay(input: console.input.rawValue, output: console.output.rawValue) { event in
            source.yield(.relay(event))
        }
        guard let relay else {
            close(descriptor)
            return .failed("this process has no descriptors left for it")
        }
        if !context.global.isQuiet {
            try? console.write("Connected to domain '\(first.domain)'\nEscape character is ^] (Ctrl + ])\n")
        }
        let isRaw = context.session.terminal.makeRaw()
        defer { if isRaw { context.session.terminal.restore() } }
        relay.connect(descriptor)
        guard relay.begin() else {
            close(descriptor)
            return .failed("there is no thread for it")
        }
        defer { relay.stop() }
        let ticker = Task { [clock = context.session.clock] in
            while true {
                do throws(CancellationError) { try await clock.sleep(until: clock.now + Self.interval) } catch {
                    return
                }
                source.yield(.tick)
            }
        }
        defer { ticker.cancel() }
        return await follow(first, session, relay, happenings) { sentence in
            // In the middle of the guest's lines, and on a terminal that does not begin one by itself.
            let end = isRaw ? "\r\n" : "\n"
            console.complainVerbatim("\(end)note: \(DisplayText(sentence).text)\(end)")
        }
    }

    /// Goes where the console goes until the session ends; a cancelled task ends `happenings`.
    private func follow(
        _ first: ConsoleLine, _ session: ConsoleSession, _ relay: ConsoleRelay, _ happenings: AsyncStream<Happening>,
        _ say: (String) -> Void
    ) async -> End {
        var line = first
        var isConnected = true
        var absences = 0
        var isAwaited = false
        for await happening in happenings {
            switch happening {
            case .relay(.left): return .left
            case .relay(.inputEnded): return .inputEnded
            case .relay(.outputClosed): return .outputClosed
            case .relay(.hungUp): isConnected = false
            case .tick:
                if let process = await session.successor { return .taken(by: process) }
            }
            let news: ConsoleNews
            // What cannot be looked at now is looked at again.
            do throws(DriverError) { news = try await driver.news(of: line) } catch { continue }
            if news != .gone { absences = 0 }
            switch news {
            case .same:
                guard !isConnected, happening == .tick, case .success(let open) = ConsoleDescriptor.open(line.path)
                else {
                    continue
                }
                relay.connect(open)
                isConnected = true
            case .moved(let next):
                guard case .success(let open) = ConsoleDescriptor.open(next.path) else { continue }
                relay.connect(open)
                say(
                    next.domid == line.domid
                        ? "the console of domain '\(line.domain)' is served anew, and goes on"
                        : "domain '\(line.domain)' was started anew (id \(next.domid)), and its console goes on")
                (line, isConnected, isAwaited) = (next, true, false)
            case .comingBack:
                guard !isAwaited else { continue }
                isAwaited = true
                say("domain '\(line.domain)' is being started anew; its console goes on then")
            case .gone:
                // The guest's last words may still be on their way.
                absences += 1
                let most = line.isForeign ? Self.mostAbsences : isConnected ? 2 : 1
                if absences >= most { return .gone }
            }
        }
        return .signal
    }
}
