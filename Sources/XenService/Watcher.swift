import LibxlAPI
import Logging
import SystemPackage
import XenDriver
import XenUnits

/// Sees that something has happened on the host, and says at which domain to look: libxl's events, xenstore's changes, the
/// driver's files. None of them says what has happened, and one that is lost is made up for by a look at everything now and
/// then.
struct Watcher: Sendable {
    let host: XenHost
    let driver: Driver
    let publisher: Publisher
    let looks: Looks
    let clock: any HostClock
    let logger: Logger

    /// How long after the last look at everything the next one comes, whatever happens.
    static let interval: Duration = .seconds(60)
    /// How long until a source that has ended is opened anew.
    static let retryInterval: Duration = .seconds(5)

    /// Watches until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await keep("libxl's events") { await followGuests() } }
            group.addTask { await keep("xenstore") { await followXenstore() } }
            for directory in driver.watchedDirectories {
                group.addTask { await keep("\(directory)") { await followFiles(in: directory) } }
            }
            group.addTask { await lookNowAndThen() }
        }
    }

    /// Does `body` again when it ends, for what it watches may come back. That it is gone is said once; what is not there at
    /// all has never been.
    private func keep(_ subject: String, _ body: () async -> Bool) async {
        while true {
            let hasWatched = await body()
            guard !Task.isCancelled else { return }
            if hasWatched {
                logger.warning(
                    "\(subject) cannot be watched for now; every domain is looked at now and then all the same")
            }
            do throws(CancellationError) { try await clock.sleep(until: clock.now + Self.retryInterval) } catch {
                return
            }
        }
    }

    /// Follows guests that end and domains that go; whether there was anything to follow.
    private func followGuests() async -> Bool {
        let events: AsyncStream<LibxlDomainEvent>
        do throws(LibxlError) { events = try await host.libxl.domainEvents() } catch {
            logger.debug("libxl tells of no events: \(error)")
            return false
        }
        looks.addEverything()
        for await event in events {
            switch event {
            case .shutdown(let domid, let reason):
                await publisher.remember(reason, of: domid)
                looks.add(.domid(domid))
            case .death(let domid): looks.add(.domid(domid))
            }
        }
        return true
    }

    /// Follows what libxl writes of each domain, and domains as they come.
    private func followXenstore() async -> Bool {
        var count = 0
        for await path in host.xenstore.watch(.libxlDomains) {
            count += 1
            // The first is that the watch has begun.
            if count == 1 { looks.addEverything() }
            if let domid = path.libxlDomain { looks.add(.domid(domid)) }
        }
        return count > 0
    }

    /// Follows what commands and other services do to the driver's files.
    private func followFiles(in directory: FilePath) async -> Bool {
        guard let names = DirectoryWatch.names(in: directory) else { return false }
        looks.addEverything()
        for await name in names {
            if name.isEmpty { looks.addEverything() } else if let look = Driver.look(atFile: name) { looks.add(look) }
        }
        return true
    }

    private func lookNowAndThen() async {
        while true {
            do throws(CancellationError) { try await clock.sleep(until: clock.now + Self.interval) } catch { return }
            looks.addEverything()
        }
    }
}
