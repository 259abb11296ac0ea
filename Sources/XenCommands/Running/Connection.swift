package import SystemPackage

/// Which host a command works on.
package enum Connection: Hashable, Sendable, CustomStringConvertible {
    /// The real Xen of this machine: `xen:///system`.
    case xenSystem
    /// The fake host that belongs to the user: `test:///default`.
    case testDefault
    /// A fake host kept below an absolute directory: `test:///DIRECTORY`.
    case testDirectory(FilePath)

    package var description: String {
        switch self {
        case .xenSystem: "xen:///system"
        case .testDefault: "test:///default"
        case .testDirectory(let directory): "test://\(directory)"
        }
    }

    /// Below which directory the driver keeps `etc`, `run` and `var` for this connection.
    ///
    /// `test:///default` lies in the user's state directory: `$XDG_STATE_HOME`, else `~/.local/state`. Source: XDG Base
    /// Directory Specification.
    package func root(environment: [String: String]) throws(ConnectionError) -> FilePath {
        switch self {
        case .xenSystem:
            return FilePath("/")
        case .testDirectory(let directory):
            return directory
        case .testDefault:
            // The specification: a relative path in the variable is to be ignored.
            if let directory = environment["XDG_STATE_HOME"].map({ FilePath($0) }), directory.isAbsolute {
                return directory.appending("xenkeeper").appending("test-default")
            }
            guard let home = environment["HOME"].map({ FilePath($0) }), home.isAbsolute else { throw .noStateDirectory }
            return home.appending([".local", "state", "xenkeeper", "test-default"])
        }
    }
}

/// The connection that a command line, the environment or the host decides.
struct ConnectionChoice: Hashable, Sendable {
    let connection: Connection
    /// What the user should know of the choice, in sentences.
    private(set) var notes: [String] = []

    /// The variables that name the connection of commands that name none: ours, then libvirt's.
    private static let variables = (ours: "XENKEEPER_DEFAULT_URI", libvirts: "LIBVIRT_DEFAULT_URI")

    /// Decides; an empty text counts as none.
    ///
    /// libvirt's variable is heeded where it means Xen or a fake host, near or far. One that means another hypervisor
    /// is for other programs.
    init(option: String?, environment: [String: String], isRootOnXenHost: Bool) throws(ConnectionError) {
        for text in [option, environment[Self.variables.ours]] {
            guard let text, !text.isEmpty else { continue }
            connection = try Connection(uri: text)
            return
        }
        if let text = environment[Self.variables.libvirts], !text.isEmpty {
            if Connection.isOfOurScheme(text) {
                do throws(ConnectionError) {
                    connection = try Connection(uri: text)
                } catch .badURI(let text, let reason) {
                    throw .badURI(text: text, reason: "\(Self.variables.libvirts) has it, and \(reason)")
                }
                return
            }
            notes.append("\(Self.variables.libvirts) is '\(text)', which is no Xen host, and is passed over")
        }
        connection = isRootOnXenHost ? .xenSystem : .testDefault
        if !isRootOnXenHost {
            notes.append(
                "no connection is named, and you are not root on a Xen host: this is the fake host \(connection)")
        }
    }
}

/// Why there is no connection.
package enum ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is no URI of ours; the reason is a clause.
    case badURI(text: String, reason: String)
    /// `test:///default` has no place to be.
    case noStateDirectory
    /// The fake host's directory or its settings are of no use; the reason is a sentence.
    case host(reason: String)

    package var description: String {
        switch self {
        case .badURI(let text, let reason):
            "'\(text)' is no connection: \(reason); use xen:///system, test:///default or test:///DIRECTORY"
        case .noStateDirectory:
            "test:///default: there is no directory to keep it in; set HOME or XDG_STATE_HOME, or use test:///DIRECTORY"
        case .host(let reason):
            reason
        }
    }
}
