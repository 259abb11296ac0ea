import SystemPackage

/// A document that the user named: a file, or `-` for standard input.
struct DocumentFile: Hashable, Sendable, CustomStringConvertible {
    /// What the user wrote.
    let path: String

    /// The most bytes that are read; no domain's XML comes near it. The parser's own limit is the same.
    static let longest = 16 * 1024 * 1024

    var description: String { path }

    /// Everything in it.
    func read(standardInput: FileDescriptor = .standardInput) throws(CommandFailure) -> [UInt8] {
        if path == "-" { return try contents(of: standardInput) }
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        } catch {
            throw CommandFailure("Failed to open file '\(path)': \(error)")
        }
        defer { try? descriptor.close() }
        return try contents(of: descriptor)
    }

    private func contents(of descriptor: FileDescriptor) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count: Int
            do {
                count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            } catch {
                throw CommandFailure("Failed to read file '\(path)': \(error)")
            }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= Self.longest else {
                throw CommandFailure("Failed to read file '\(path)': it is longer than \(Self.longest >> 20) MiB")
            }
            bytes += chunk[..<count]
        }
    }
}
