import FoundationEssentials
import SystemPackage
import XenUnits

/// What a process asks of the one that holds a lock, by a small file beside that; whoever holds the lock looks at it now and
/// then.
protocol Request: Hashable, Sendable, Codable {
    static var currentVersion: Int { get }
    var version: Int { get }
}

extension StateStore {
    func write(_ request: some Request, to file: FilePath) throws(StateError) {
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(request)) } catch {
            throw StateError(.write, file, .notReadBack("\(error)"))
        }
        try FileSystem.replace(file, with: bytes)
    }

    /// What a file asks for; nil if there is none, or it is what another program means by it, or nobody.
    func request<Kind: Request>(_: Kind.Type, in file: FilePath) throws(StateError) -> Kind? {
        guard let bytes = try FileSystem.read(file, atMost: 4096),
            let request = try? JSONDecoder().decode(Kind.self, from: Data(bytes)),
            request.version == Kind.currentVersion
        else { return nil }
        return request
    }
}
