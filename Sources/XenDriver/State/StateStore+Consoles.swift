import FoundationEssentials
import Glibc
import SystemPackage
import XenUnits

/// That the session on a console is to leave it: the content of `run/xenkeeper/locks/UUID.CONSOLE.leave`.
private struct LeaveRequest: Hashable, Sendable, Codable {
    private(set) var version = Self.currentVersion
    /// The process that has the console; nil where that is not known.
    var holder: Int32?
    /// The process that wants it.
    var process: Int32

    static let currentVersion = 1
}

extension StateStore {
    /// Held by the one session of ours on a console. It belongs to the console of the domain's UUID, also while the domain
    /// is started anew.
    func consoleLock(_ line: ConsoleLine) -> FilePath { locks.appending("\(line.uuid).\(line.port.fileName)") }

    private func leaveFile(_ line: ConsoleLine) -> FilePath {
        locks.appending("\(line.uuid).\(line.port.fileName).leave")
    }

    /// Asks the session of the process `holder` to leave a console.
    func requestLeave(of line: ConsoleLine, from holder: Int32?) throws(StateError) {
        let file = leaveFile(line)
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(LeaveRequest(holder: holder, process: getpid()))) } catch {
            throw StateError(.write, file, .notReadBack("\(error)"))
        }
        try FileSystem.replace(file, with: bytes)
    }

    /// The process that asks this one's session to leave a console; nil if none does.
    func leaveRequest(of line: ConsoleLine) throws(StateError) -> Int32? {
        guard let bytes = try FileSystem.read(leaveFile(line), atMost: 4096),
            let request = try? JSONDecoder().decode(LeaveRequest.self, from: Data(bytes)),
            request.version == LeaveRequest.currentVersion, request.holder ?? getpid() == getpid()
        else { return nil }
        return request.process
    }

    func dropLeave(of line: ConsoleLine) throws(StateError) { try FileSystem.remove(leaveFile(line)) }
}
