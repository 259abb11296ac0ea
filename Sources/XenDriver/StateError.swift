public import SystemPackage

/// A file of the driver's own state could not be read or written.
public struct StateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Action: String, Hashable, Sendable {
        case read
        case write
        case rename
        case remove
        case list
        case createFolder = "create the folder"
        case lock
    }

    public let action: Action
    public let path: FilePath
    public let errno: Errno

    /// The system's refusal of `action` on `path`.
    public init(_ action: Action, _ path: FilePath, _ errno: Errno) {
        self.action = action
        self.path = path
        self.errno = errno
    }

    public var description: String {
        "cannot \(action.rawValue) '\(path)': \(errno)" + (advice.map { "; \($0)" } ?? "")
    }

    private var advice: String? {
        switch errno {
        case .noSpace: "free some space on its file system and try again"
        case .permissionDenied, .notPermitted, .readOnlyFileSystem:
            "run as a user who may write there, or choose another connection"
        default: nil
        }
    }
}
