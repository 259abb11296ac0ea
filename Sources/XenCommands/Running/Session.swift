package import Logging
package import XenDriver
package import XenUnits

/// What a command line runs in: the process's surroundings as values, and the way to a host.
///
/// A host is opened when a verb first needs one, so that `--help` needs neither Xen nor state.
package struct Session: Sendable {
    /// Opens the host of a connection and gives the driver on it.
    package typealias Opener =
        @Sendable (_ connection: Connection, _ logger: Logger) throws(ConnectionError) -> Driver

    /// What the hypervisor of a connection's host calls its version, such as `4.17.5`; nil where nobody says.
    package typealias VersionReader = @Sendable (_ connection: Connection) -> String?

    /// What the host of a connection can be made to do; nil for a real one.
    package typealias FakeOpener = @Sendable (_ connection: Connection) throws(ConnectionError) -> FakeControls?

    let console: Console
    let environment: [String: String]
    let isRootOnXenHost: Bool
    let clock: any HostClock
    let endings: Endings
    let open: Opener
    let openFake: FakeOpener
    let hypervisorVersion: VersionReader
    let terminal: Terminal

    /// A session in these surroundings.
    ///
    /// `environment` holds the process's variables. `isRootOnXenHost` is whether the caller may drive a real Xen here,
    /// which decides the connection when nobody names one. A command's time goes by `clock`;
    /// `endings` are the signals that give a change up, `terminal` is the one that the user types at.
    package init(
        console: Console, environment: [String: String], isRootOnXenHost: Bool,
        clock: any HostClock, endings: Endings = .none, terminal: Terminal = .none,
        hypervisorVersion: @escaping VersionReader = { _ in nil },
        openFake: @escaping FakeOpener = { (_) throws(ConnectionError) in nil },
        open: @escaping Opener
    ) {
        self.console = console
        self.environment = environment
        self.isRootOnXenHost = isRootOnXenHost
        self.clock = clock
        self.endings = endings
        self.open = open
        self.openFake = openFake
        self.hypervisorVersion = hypervisorVersion
        self.terminal = terminal
    }
}

/// The terminal that the user types at.
package struct Terminal: Sendable {
    let makeRaw: @Sendable () -> Bool
    let restore: @Sendable () -> Void

    /// `makeRaw` has every key come through as it is typed, and is false where there is no terminal; `restore` makes the
    /// terminal what it was before. It must be done on every way out of the process, a signal's too.
    package init(makeRaw: @escaping @Sendable () -> Bool, restore: @escaping @Sendable () -> Void) {
        self.makeRaw = makeRaw
        self.restore = restore
    }

    /// There is none.
    package static let none = Terminal(makeRaw: { false }, restore: {})
}

/// The signals that end a process. Until a change begins they do so at once; from then on the first one has the task
/// that runs the command cancelled, which gives the change up in order.
package struct Endings: Sendable {
    let changeBegins: @Sendable () -> Void
    let caught: @Sendable () -> Int32?

    /// `changeBegins` is called when signals are to be caught from then on; `caught` is the number of the first that
    /// was.
    package init(changeBegins: @escaping @Sendable () -> Void, caught: @escaping @Sendable () -> Int32?) {
        self.changeBegins = changeBegins
        self.caught = caught
    }

    /// None is caught.
    package static let none = Endings(changeBegins: {}, caught: { nil })

    /// What a command's end becomes if a signal was caught: it is reported, and the exit code is the shell's for that
    /// signal.
    func status(_ status: Int32, on console: Console) -> Int32 {
        guard let signal = caught() else { return status }
        let name = [1: "SIGHUP", 2: "SIGINT", 15: "SIGTERM"][signal] ?? "signal \(signal)"
        console.complain(
            "note",
            status == ExitStatus.success
                ? "\(name) came too late to give the change up: it is finished"
                : "the change was given up because of \(name)")
        return ExitStatus.ofSignals + signal
    }
}
