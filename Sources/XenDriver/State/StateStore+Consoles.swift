import Glibc
import SystemPackage
import XenUnits

/// That the session on a console is to leave it: the content of `run/xenkeeper/locks/UUID.CONSOLE.leave`.
private struct LeaveRequest: Request {
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
        try write(LeaveRequest(holder: holder, process: getpid()), to: leaveFile(line))
    }

    /// The process that asks this one's session to leave a console; nil if none does.
    func leaveRequest(of line: ConsoleLine) throws(StateError) -> Int32? {
        guard let request = try request(LeaveRequest.self, in: leaveFile(line)),
            request.holder ?? getpid() == getpid()
        else { return nil }
        return request.process
    }

    func dropLeave(of line: ConsoleLine) throws(StateError) { try FileSystem.remove(leaveFile(line)) }
}
