import Glibc
import SystemPackage

/// A directory of documents that the user named.
struct DocumentDirectory: Hashable, Sendable {
    /// What the user wrote.
    let path: String

    /// The names of the regular files in it, links to such included, in order of their bytes.
    func names() throws(CommandFailure) -> [String] {
        guard let directory = opendir(path) else {
            throw CommandFailure("Failed to open directory '\(path)': \(Errno(rawValue: errno))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !isNoFile(name) { names.append(name) }
            errno = 0
        }
        guard errno == 0 else {
            throw CommandFailure("Failed to read directory '\(path)': \(Errno(rawValue: errno))")
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// The file `name` in it.
    func file(_ name: String) -> DocumentFile {
        DocumentFile(path: FilePath(path).appending(name).string)
    }

    /// Whether it is known to be no regular file; what cannot be looked at is left to the reader to complain of.
    private func isNoFile(_ name: String) -> Bool {
        var status = stat()
        return stat(file(name).path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }
}
