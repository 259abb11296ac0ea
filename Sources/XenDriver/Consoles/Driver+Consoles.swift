import Glibc
import LibxlAPI
import SystemPackage
import XenModel
import XenUnits

/// Consoles of running domains: where they are, who has them, and what becomes of them.
extension Driver {
    /// The console of a running domain that has `alias`, nil for the first one. `libxl_primary_console_get_tty`,
    /// `libxl_console_get_tty`.
    ///
    /// The terminal of a domain that has just been started is waited for.
    public func console(of domain: DomainReference, alias: String? = nil) async throws(DriverError) -> ConsoleLine {
        try await FileThreads.run { () throws(DriverError) in
            let record = try await record(domain)
            switch record.kind {
            case .domain0: throw .domain0Refuses
            case .dying: throw try await dying(record)
            case .own, .foreign: break
            }
            guard let info = record.info else { throw .notRunning(domain: record.name) }
            let ports = try ports(of: record, info.guestType, alias: alias)
            let end = clock.now + Self.servingLimit
            while true {
                for port in ports {
                    guard let path = try await terminal(of: port, in: info.domid) else { continue }
                    return ConsoleLine(
                        domain: record.name, uuid: record.uuid, domid: info.domid, path: path,
                        isForeign: record.kind == .foreign, port: port)
                }
                guard clock.now < end, !Task.isCancelled else {
                    throw .consoleNotServed(domain: record.name, node: ports[0].node(in: info.domid))
                }
                try? await clock.sleep(until: clock.now + .milliseconds(100))
            }
        }
    }

    /// How long the host may take to serve the consoles of a domain that has just been made.
    private static let servingLimit: Duration = .seconds(2)

    /// What has become of a console since it was where `line` says.
    public func news(of line: ConsoleLine) async throws(DriverError) -> ConsoleNews {
        try await FileThreads.run { () throws(DriverError) in
            var status: DomainStatus?
            if case .sound(let own) = try reading({ () throws(StateError) in try store.status(line.uuid) }),
                own.isForeign != true
            {
                status = own
            }
            // A run before may be kept beside, under the same UUID: of ours the status says which one counts.
            var run = status?.domid
            if status == nil {
                let infos = try await domainsInXen().filter { $0.uuid == line.uuid && !$0.dying }
                run = (infos.first { $0.domid == line.domid } ?? infos.last)?.domid
            }
            if let run, try await liveInfo(run, line.uuid) != nil {
                let path = try await terminal(of: line.port, in: run)
                // A node that is gone tells of a domain that goes.
                guard let path else { return run == line.domid ? .same : .comingBack }
                guard run != line.domid || path != line.path else { return .same }
                var moved = line
                (moved.domid, moved.path) = (run, path)
                return .moved(moved)
            }
            guard status?.change?.kind == .restart else { return .gone }
            return .comingBack
        }
    }

    /// The programs that have a terminal open, besides this one and those that serve it. Source: proc(5), `/proc/PID/fd`.
    public func users(of line: ConsoleLine) async -> [ConsoleUser] {
        await FileThreads.run {
            var users: [ConsoleUser] = []
            for process in (try? FileSystem.list("/proc")) ?? [] {
                guard let pid = Int32(process.name), pid != getpid() else { continue }
                let directory = FilePath("/proc/\(pid)")
                let descriptors = directory.appending("fd")
                let open = (try? FileSystem.list(descriptors)) ?? []
                guard open.contains(where: { Self.target(of: descriptors.appending($0.name)) == line.path }) else {
                    continue
                }
                let name = (try? RegularFile.read(directory.appending("comm").string, atMost: 64)) ?? nil
                let text = String(decoding: (name ?? []).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
                // xenconsoled keeps both ends open; QEMU may.
                guard text != "xenconsoled", !text.hasPrefix("qemu") else { continue }
                users.append(ConsoleUser(name: text, pid: pid))
            }
            return users.sorted { $0.pid < $1.pid }
        }
    }

    /// Where a link leads; nil if it is none.
    private static func target(of link: FilePath) -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink(link.string, $0.assumingMemoryBound(to: CChar.self), buffer.count) } ?? 0
        }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// Runs `body` as the one session of ours on a console, whichever process has it; `takesOver` has another one leave.
    ///
    /// `body` gets the session, and is to end once that is asked to leave.
    public func withConsole<Value>(
        _ line: ConsoleLine, takesOver: Bool, options: CallOptions = CallOptions(),
        _ body: (ConsoleSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try await FileThreads.run { () throws(DriverError) in
            try requireChangesAllowed(begin(options))
            try reading { () throws(StateError) in try store.prepare() }
            let lock = store.consoleLock(line)
            let begun = clock.now
            var end = begun
            if takesOver, let holder = FileLock.holder(of: lock) {
                try reading { () throws(StateError) in try store.requestLeave(of: line, from: holder.pid) }
                end = begun + Self.leavingLimit
            }
            return try await FileLock.hold(
                lock, until: end, clock,
                orThrow: { (failure) -> DriverError in
                    try? store.dropLeave(of: line)
                    switch failure {
                    case .timedOut(let holder) where takesOver, .cancelled(let holder, _) where takesOver:
                        return .consoleNotLeft(domain: line.domain, holder: holder, waited: clock.now - begun)
                    case .timedOut(let holder), .cancelled(let holder, _):
                        return .consoleInUse(domain: line.domain, holder: holder)
                    case .state(let error): return .state(error)
                    }
                }, { _ in }, removesFile: true,
                { () throws(DriverError) in
                    // One that was for the session before.
                    if takesOver { try reading { () throws(StateError) in try store.dropLeave(of: line) } }
                    defer { try? store.dropLeave(of: line) }
                    return try await body(ConsoleSession(line: line, store: store))
                })
        }
    }

    /// How long another session has to leave.
    private static let leavingLimit: Duration = .seconds(10)

    /// The consoles of which the first that is served is meant.
    private func ports(
        of record: DomainRecord, _ guestType: GuestType, alias: String?
    ) throws(DriverError) -> [ConsolePort] {
        guard let alias else {
            if let definition = record.status?.definition.value { return [definition.primaryConsole] }
            // Of another toolstack's domain nobody says whether it has a serial port.
            return guestType == .hvm ? [.serial(0), .xen(0)] : [.xen(0)]
        }
        guard let found = record.status?.definition.value.console(named: alias) else {
            throw .noConsole(domain: record.name, alias: alias)
        }
        guard found.backend == .pty else {
            throw .consoleIsNoTerminal(domain: record.name, alias: alias, backend: found.backend.rawValue)
        }
        return [found.port]
    }

    /// The path that xenstore has for a console; nil while nobody serves it.
    private func terminal(of port: ConsolePort, in domid: DomainID) async throws(DriverError) -> String? {
        let path = try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(port.node(in: domid))
        }
        return path.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The one session of ours on a console.
public struct ConsoleSession: Sendable {
    let line: ConsoleLine
    let store: StateStore

    /// The process that wants the console for itself; nil if none does. To be asked now and then.
    public var successor: Int32? {
        get async { await FileThreads.run { (try? store.leaveRequest(of: line)) ?? nil } }
    }
}
