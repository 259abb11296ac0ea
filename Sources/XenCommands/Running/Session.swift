public import Logging
public import XenDriver

/// What a command line runs in: the process's surroundings as values, and the way to a host.
///
/// A host is opened when a verb first needs one, so that `--help` needs neither Xen nor state.
public struct Session: Sendable {
    /// Opens the host of a connection and gives the driver on it.
    public typealias Opener =
        @Sendable (_ connection: Connection, _ settings: DriverSettings, _ logger: Logger) throws(ConnectionError) ->
        Driver

    let console: Console
    let environment: [String: String]
    let isRootOnXenHost: Bool
    let open: Opener

    /// A session in these surroundings.
    ///
    /// `environment` holds the process's variables. `isRootOnXenHost` is whether the caller may drive a real Xen here,
    /// which decides the connection when nobody names one.
    public init(
        console: Console, environment: [String: String], isRootOnXenHost: Bool, open: @escaping Opener
    ) {
        self.console = console
        self.environment = environment
        self.isRootOnXenHost = isRootOnXenHost
        self.open = open
    }
}
