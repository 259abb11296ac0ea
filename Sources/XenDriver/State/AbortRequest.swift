import FoundationEssentials
import Glibc
import SystemPackage
import XenUnits

/// That a change be given up: the content of `run/xenkeeper/locks/UUID.abort`. It is meant for the one change that it names,
/// and whoever completes that removes it.
struct AbortRequest: Hashable, Sendable, Codable {
    private(set) var version = Self.currentVersion
    /// When the change was begun, in seconds since the host booted.
    var started: Double
    /// Who asks.
    var process: Int32

    private static let currentVersion = 1

    init(started: Double) {
        self.started = started
        process = getpid()
    }

    /// What a file says; nil for what another program means by it, or nobody.
    fileprivate init?(file bytes: [UInt8]) {
        guard let request = try? JSONDecoder().decode(AbortRequest.self, from: Data(bytes)),
            request.version == Self.currentVersion
        else { return nil }
        self = request
    }
}

extension StateStore {
    private func abortFile(_ uuid: DomainUUID) -> FilePath { locks.appending("\(uuid).abort") }

    /// What is asked for of the change of a domain; nil if nothing is.
    func abortRequest(of uuid: DomainUUID) throws(StateError) -> AbortRequest? {
        try FileSystem.read(abortFile(uuid), atMost: 4096).flatMap(AbortRequest.init(file:))
    }

    func requestAbort(of uuid: DomainUUID, _ request: AbortRequest) throws(StateError) {
        let file = abortFile(uuid)
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(request)) } catch {
            throw StateError(.write, file, .notReadBack("\(error)"))
        }
        try FileSystem.replace(file, with: bytes)
    }

    /// Takes back `request`, and none that is another's.
    func withdrawAbort(of uuid: DomainUUID, _ request: AbortRequest) throws(StateError) {
        guard try abortRequest(of: uuid) == request else { return }
        try dropAbort(of: uuid)
    }

    func dropAbort(of uuid: DomainUUID) throws(StateError) { try FileSystem.remove(abortFile(uuid)) }
}
