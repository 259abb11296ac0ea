import Glibc
import SystemPackage
import XenUnits

/// That a change be given up: the content of `run/xenkeeper/locks/UUID.abort`. It is meant for the one change that it names,
/// and whoever completes that removes it.
struct AbortRequest: Request {
    private(set) var version = Self.currentVersion
    /// When the change was begun, in seconds since the host booted.
    var started: Double
    /// Who asks.
    var process: Int32

    static let currentVersion = 1

    init(started: Double) {
        self.started = started
        process = getpid()
    }
}

extension StateStore {
    private func abortFile(_ uuid: DomainUUID) -> FilePath { locks.appending("\(uuid).abort") }

    /// What is asked for of the change of a domain; nil if nothing is.
    func abortRequest(of uuid: DomainUUID) throws(StateError) -> AbortRequest? {
        try request(AbortRequest.self, in: abortFile(uuid))
    }

    func requestAbort(of uuid: DomainUUID, _ request: AbortRequest) throws(StateError) {
        try write(request, to: abortFile(uuid))
    }

    /// Takes back `request`, and none that is another's.
    func withdrawAbort(of uuid: DomainUUID, _ request: AbortRequest) throws(StateError) {
        guard try abortRequest(of: uuid) == request else { return }
        try dropAbort(of: uuid)
    }

    func dropAbort(of uuid: DomainUUID) throws(StateError) { try FileSystem.remove(abortFile(uuid)) }
}
