import SystemPackage
import XenUnits

@testable import XenCommands

/// A command line in this process, with a connection that nothing can be reached by.
struct HostlessRun: Hashable, Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// What it says once it wants a host.
    static let noHost = """
        error: failed to connect to the hypervisor
        error: there is no host here

        """

    /// A run that ended so.
    init(status: Int32, output: String, errors: String) {
        self.status = status
        self.output = output
        self.errors = errors
    }

    /// Runs the command that `words` spell.
    init(_ words: [String]) async throws {
        let (output, errors) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
        let session = Session(
            console: Console(output: output.writeEnd, errors: errors.writeEnd),
            environment: ["XENKEEPER_DEFAULT_URI": "test:///nowhere"], isRootOnXenHost: false,
            clock: SystemClock()
        ) { _, _ throws(ConnectionError) in throw .host(reason: "there is no host here") }
        status = await XenkeeperCommandLine.run(words, in: session)
        self.output = try Self.everything(in: output)
        self.errors = try Self.everything(in: errors)
    }

    /// What was written to a pipe, which is closed; no more than a pipe holds.
    private static func everything(in pipe: (readEnd: FileDescriptor, writeEnd: FileDescriptor)) throws -> String {
        try pipe.writeEnd.close()
        defer { try? pipe.readEnd.close() }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = try bytes.withUnsafeMutableBytes { try pipe.readEnd.read(into: $0) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
