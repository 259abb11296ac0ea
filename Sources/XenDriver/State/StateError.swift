public import SystemPackage
import XenUnits

/// A file of the driver's own state could not be read or written.
public struct StateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Action: String, Hashable, Sendable {
        case read
        case write
        case rename
        case remove
        case list
        case createDirectory = "create the directory"
        case lock
    }

    /// What kept it from being done.
    public enum Problem: Hashable, Sendable {
        /// The system refused.
        case system(Errno)
        /// What is there is no file that is read or written; a clause.
        case notAFile(String)
        /// What was to be written would not be read as it is; a clause.
        case notReadBack(String)
        /// The file is another domain's by now, or is gone; a clause.
        case notOurs(String)
        /// A later program wrote it, in a form that this one does not know.
        case newer(version: Int, known: Int)
    }

    public let action: Action
    public let path: FilePath
    public let problem: Problem

    /// The failure of `action` on `path`.
    public init(_ action: Action, _ path: FilePath, _ problem: Problem) {
        self.action = action
        self.path = path
        self.problem = problem
    }

    init(_ action: Action, _ path: FilePath, _ error: RegularFileError) {
        let problem: Problem =
            switch error {
            case .system(let number): .system(Errno(rawValue: number))
            case .notRegular, .tooLarge: .notAFile("\(error)")
            }
        self.init(action, path, problem)
    }

    public var description: String {
        "cannot \(action.rawValue) '\(path)': \(reason)" + (advice.map { "; \($0)" } ?? "")
    }

    /// The problem without the path.
    var reason: String {
        switch problem {
        case .system(let errno): "\(errno)"
        case .notAFile(let clause), .notReadBack(let clause), .notOurs(let clause): clause
        case .newer(let version, let known):
            "it is of version \(version), and this program knows no later one than version \(known)"
        }
    }

    /// Whether the process, and not the file, is at fault: the next file could not be read either.
    var isOfProcess: Bool {
        switch problem {
        case .system(.tooManyOpenFiles), .system(.tooManyOpenFilesInSystem), .system(.noMemory): true
        case .system, .notAFile, .notReadBack, .notOurs, .newer: false
        }
    }

    private var advice: String? {
        switch problem {
        case .system(.noSpace): "free some space on its file system and try again"
        case .system(.permissionDenied), .system(.notPermitted), .system(.readOnlyFileSystem):
            "run as a user who may write there, or choose another connection"
        case .notAFile: "remove it, or put a file in its place"
        case .notReadBack: "nothing was changed"
        case .newer: "nothing was changed; use the program that wrote it"
        case .system, .notOurs: nil
        }
    }
}
