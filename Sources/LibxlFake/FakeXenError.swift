/// The directory of a fake host could not be used.
public enum FakeXenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system refused to read `path`.
    case unreadable(path: String, reason: String)
    /// The system refused to write `path`.
    case unwritable(path: String, reason: String)
    /// What `path` holds is not what a fake host wrote there.
    case damaged(path: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read the fake Xen host's '\(path)': \(reason); check the directory and its permissions"
        case .unwritable(let path, let reason):
            "cannot write the fake Xen host's '\(path)': \(reason); check the directory, its permissions and free space"
        case .damaged(let path, let reason):
            "the fake Xen host's '\(path)' is damaged: \(reason); correct the file, or remove it to begin anew"
        }
    }

    /// What the system or the decoder said.
    var reason: String {
        switch self {
        case .unreadable(_, let reason), .unwritable(_, let reason), .damaged(_, let reason): reason
        }
    }
}
