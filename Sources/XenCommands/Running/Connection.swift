public import SystemPackage

/// Which host a command works on.
public enum Connection: Hashable, Sendable, CustomStringConvertible {
    /// The real Xen of this machine: `xen:///system`.
    case xenSystem
    /// The built-in fake host that belongs to the user: `test:///default`.
    case testDefault
    /// A built-in fake host kept below an absolute folder: `test:///FOLDER`.
    case testFolder(FilePath)

    public var description: String {
        switch self {
        case .xenSystem: "xen:///system"
        case .testDefault: "test:///default"
        case .testFolder(let folder): "test://\(folder)"
        }
    }

    /// The variable that names the connection of commands that name none.
    public static let variable = "XENKEEPER_DEFAULT_URI"

    /// The connection that the option, else the environment, else the host decides. An empty text counts as none.
    static func chosen(
        option: String?, environment: [String: String], isRootOnXenHost: Bool
    ) throws(ConnectionError) -> Connection {
        for text in [option, environment[variable]] {
            if let text, !text.isEmpty { return try Connection(uri: text) }
        }
        return isRootOnXenHost ? .xenSystem : .testDefault
    }

    /// Below which folder the driver keeps `etc`, `run` and `var` for this connection.
    ///
    /// `test:///default` lies in the user's state folder: `$XDG_STATE_HOME`, else `~/.local/state`. Source: XDG Base
    /// Directory Specification.
    public func root(environment: [String: String]) throws(ConnectionError) -> FilePath {
        switch self {
        case .xenSystem:
            return FilePath("/")
        case .testFolder(let folder):
            return folder
        case .testDefault:
            // The specification: a relative path in the variable is to be ignored.
            if let folder = environment["XDG_STATE_HOME"].map({ FilePath($0) }), folder.isAbsolute {
                return folder.appending("xenkeeper").appending("test-default")
            }
            guard let home = environment["HOME"].map({ FilePath($0) }), home.isAbsolute else { throw .noStateFolder }
            return home.appending([".local", "state", "xenkeeper", "test-default"])
        }
    }
}

/// Why there is no connection.
public enum ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is no URI of ours; the reason is a clause.
    case badURI(text: String, reason: String)
    /// This build cannot drive a real Xen.
    case builtWithoutXen
    /// `test:///default` has no place to be.
    case noStateFolder
    /// The fake host's folder or its settings are of no use; the reason is a sentence.
    case host(reason: String)

    public var description: String {
        switch self {
        case .badURI(let text, let reason):
            "'\(text)' is no connection: \(reason); use xen:///system, test:///default or test:///FOLDER"
        case .builtWithoutXen:
            "xen:///system: built without Xen support, so this xenkeeper cannot drive a real Xen host;"
                + " test:///default is the built-in fake one"
        case .noStateFolder:
            "test:///default: there is no folder to keep it in; set HOME or XDG_STATE_HOME, or use test:///FOLDER"
        case .host(let reason):
            reason
        }
    }
}
