import Foundation

/// Documents outside of the project, in the folder that `XENKEEPER_CONFORMANCE` names.
enum ConformanceDocuments {
    /// The folder; nil where the variable is not set.
    static let folder = ProcessInfo.processInfo.environment["XENKEEPER_CONFORMANCE"].map { URL(fileURLWithPath: $0) }

    /// The names, without ending, of the files of `subfolder` that end in `ending`, sorted; those with the folder's
    /// name before them if asked for. Empty without a folder, where the suites do not run.
    static func names(in subfolder: String, _ ending: String, keepFolder: Bool = false) -> [String] {
        guard let folder,
            let files = try? FileManager.default.contentsOfDirectory(
                atPath: folder.appendingPathComponent(subfolder).path)
        else { return [] }
        return files.filter { $0.hasSuffix(".\(ending)") }.sorted()
            .map { (keepFolder ? "\(subfolder)/" : "") + $0.dropLast(ending.count + 1) }
    }

    /// The content of a file, by its path in the folder.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder else { throw CocoaError(.fileNoSuchFile) }
        return try Array(Data(contentsOf: folder.appendingPathComponent(path)))
    }
}
