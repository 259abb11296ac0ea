import Foundation

/// The folder of real documents, which is no part of the project: where `XENKEEPER_CONFORMANCE` says.
enum ConformanceFolder {
    static let root = ProcessInfo.processInfo.environment["XENKEEPER_CONFORMANCE"].map(URL.init(fileURLWithPath:))

    static var isThere: Bool { root != nil }

    /// Every document of these folders, by its path below the root.
    static func documents(in folders: [String]) -> [String] {
        guard let root else { return [] }
        return folders.flatMap { folder in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
            return names.filter { $0.hasSuffix(".xml") }.sorted().map { "\(folder)/\($0)" }
        }
    }

    static func read(_ path: String) throws -> Data {
        guard let root else { throw CocoaError(.fileNoSuchFile) }
        return try Data(contentsOf: root.appending(path: path))
    }
}
