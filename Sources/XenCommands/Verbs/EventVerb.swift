import ArgumentParser
import Logging
import XenDriver
import XenService
import XenUnits

/// `event`.
struct EventVerb: Verb {
    static let configuration = VerbName.event.configuration(
        abstract: "Print what happens to domains, as it happens.",
        usage: """
            {[<domain>] {--all | --event <name>} [--loop] [--timeout <seconds>] [--timestamp] [--json]} | --list
            """,
        discussion: """
            Whoever did it: a command, the service, another toolstack, the guest. It ends with the first event, unless --loop \
            has it go on until it is interrupted or the time is over. --json prints a line of JSON for each event, with the \
            members version, event, domain, uuid and id, and what the event tells.
            """)

    static let isEndedBySignals = true

    @Argument(help: ArgumentHelp("Only events of this domain.", valueName: "domain"), completion: .known)
    var word: String?

    @Option(
        name: .customLong("domain"), help: ArgumentHelp("The same, by name.", valueName: "domain"), completion: .known)
    var named: String?

    @Option(name: .customLong("event"), help: ArgumentHelp("Which event to wait for.", valueName: "name"))
    var event: String?

    @Flag(name: .customLong("all"), help: "Wait for every event.")
    var isAll = false

    @Flag(name: .customLong("loop"), help: "Go on after the first one.")
    var isLoop = false

    @Option(name: .customLong("timeout"), help: ArgumentHelp("End after so long.", valueName: "seconds"))
    var timeout: UInt32?

    @Flag(name: .customLong("timestamp"), help: "Print when each one happened.")
    var hasTimes = false

    @Flag(name: .customLong("list"), help: "Print the names of events.")
    var isList = false

    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        guard !isList else { return }
        guard isAll || event != nil else {
            throw ValidationError("one of --list, --all, or --event <name> is required")
        }
        guard !isAll || event == nil else { throw ValidationError("Options --all and --event are mutually exclusive") }
        if let event, HostEvent.Name(rawValue: event) == nil { throw ValidationError("unknown event type \(event)") }
        if timeout == 0 { throw ValidationError("invalid timeout") }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        if isList { return Reply(.lines(HostEvent.Name.allCases.map(\.rawValue))) }
        let driver = try context.driver()
        let slot = Operands.Slot(name: "domain", named: named, isOptional: true)
        let text = try Operands([slot], words: [word])["domain"]
        var subject: DomainUUID?
        if let text {
            let domain = DomainReference(text)
            subject = try await attempting(on: domain) { () throws(DriverError) in
                try await driver.domain(domain)
            }.uuid
        }
        context.session.endings.changeBegins()
        let waited = try await wait(for: subject, on: driver, in: context)
        var lines: [String] = []
        switch waited.end {
        case .done: break
        case .timedOut: lines.append("event loop timed out")
        case .interrupted: lines.append("event loop interrupted")
        case .cut: throw CommandFailure("events came faster than they could be printed; what came since is lost")
        }
        var reply = Reply(form.isJSON ? .nothing : .lines(lines + ["events received: \(waited.count)"]))
        reply.hasFailed = waited.count == 0
        return reply
    }

    private enum End: Sendable {
        case done, timedOut, interrupted, cut
    }

    /// Prints what comes until there is enough of it.
    private func wait(for subject: DomainUUID?, on driver: Driver, in context: CommandContext)
        async throws(CommandFailure)
        -> (count: Int, end: End)
    {
        let clock = context.session.clock
        let service = HostService(driver: driver, clock: clock, logger: context.logger)
        let events = await service.publisher.events()
        let follower = Task(executorPreference: FileThreads.shared) { () -> DriverError? in
            do throws(DriverError) {
                try await service.follow()
                return nil
            } catch {
                return error
            }
        }
        let isOver = Locked(false)
        let timer = timeout.map { seconds in
            Task {
                do throws(CancellationError) { try await clock.sleep(until: clock.now + .seconds(Int(seconds))) } catch
                {
                    return
                }
                isOver.withLock { $0 = true }
                follower.cancel()
            }
        }
        var count = 0
        // The stream ends by itself for who does not keep up, where nobody has ended it.
        var end = End.cut
        await withTaskCancellationHandler {
            for await event in events {
                guard subject == nil || event.uuid == subject, isAll || event.kind.name.rawValue == self.event else {
                    continue
                }
                count += 1
                let time = hasTimes ? clock.nanosecondsSince1970 : nil
                let line = form.isJSON ? event.json(at: time) : event.line(at: time)
                guard (try? context.session.console.write(line + "\n")) != nil, isLoop else {
                    end = .done
                    break
                }
            }
        } onCancel: {
            follower.cancel()
        }
        timer?.cancel()
        follower.cancel()
        if let error = await follower.value, !Task.isCancelled {
            throw CommandFailure("Failed to wait for events", error.description)
        }
        if Task.isCancelled { return (count, .interrupted) }
        if isOver.withLock({ $0 }) { return (count, .timedOut) }
        return (count, end)
    }
}
