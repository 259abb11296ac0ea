import LibxlAPI
import Logging
public import SystemPackage
public import XenUnits

/// What only the one service does that keeps the domains of a host.
extension Driver {
    /// Runs `body` as that service: while it runs, ended domains that are to be started anew are left to it. Throws
    /// `.served` if there is one already.
    public func serving<Result>(
        _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        try await FileThreads.run { () throws(DriverError) in
            try reading { () throws(StateError) in try store.prepare() }
            // Commands that look whether it is held hold it for a moment.
            return try await FileLock.hold(
                store.serviceLock, until: clock.now + .seconds(2), clock,
                orThrow: { (failure) -> DriverError in
                    switch failure {
                    case .timedOut(let holder), .cancelled(let holder, _): .served(holder: holder)
                    case .state(let error): .state(error)
                    }
                },
                { _ in }, { () throws(DriverError) in try await body() })
        }
    }

    /// Whether that service runs, in this process or another.
    public var isServed: Bool {
        get async { await FileThreads.run { store.isServed } }
    }

    /// The domains with a status that tells of an unfinished change, or of a run that has ended while nobody looked.
    public func unfinishedDomains() async throws(DriverError) -> [DomainUUID] {
        try await FileThreads.run { () throws(DriverError) in
            let files = try reading { () throws(StateError) in try store.liveFiles() }
            let running = Set(try await domainsInXen().filter { !$0.dying }.map(\.domid))
            var found = Set(files.stops.keys)
            for uuid in files.statuses {
                guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) })
                else { continue }
                let isGone = status.domid.map { !running.contains($0) } ?? false
                if status.change != nil || isGone { found.insert(uuid) }
            }
            return found.sorted()
        }
    }

    /// The directories in which a change of a file tells of a change of a domain, and which are there once somebody has
    /// made any change.
    public var watchedDirectories: [FilePath] { [store.definitions, store.statuses, store.autostart] }

    /// What to look at after a change of the file `name` of one of these directories; nil for a file of no domain.
    public static func look(atFile name: String) -> DomainLook? {
        // A status or a request to stop has its domain's UUID, a definition its name.
        if let uuid = name.split(separator: ".").first.flatMap({ DomainUUID(String($0)) }) { return .uuid(uuid) }
        return name.hasSuffix(".xml") && !name.hasPrefix(".") ? .name(String(name.dropLast(4))) : nil
    }
}
