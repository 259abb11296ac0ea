import LibxlAPI
package import Logging
import Metrics
package import XenDriver
import XenModel
package import XenUnits

/// A driver that stays up: it follows what becomes of the host's domains, tells of it, starts domains again whose guests
/// reboot, and starts domains with the host.
///
/// It is one more who works on the host's files and holds their locks: commands work beside it. Nothing is kept in it alone:
/// killed anywhere, the next one goes on where it was.
package struct HostService: Sendable {
    /// Who hears what.
    package let publisher = Publisher()

    let driver: Driver
    private let settings: Locked<ServiceSettings>
    let clock: any HostClock
    let logger: Logger
    private let watcher: Watcher
    private let looks = Looks()
    private let deviceModels: DeviceModelWatch
    /// Whether the host's domains could not be looked at the last time.
    private let isBlind = Locked(false)
    /// The domains whose guests' ends are in hand, or are to be left as they are.
    private let reported = Locked<Set<DomainID>>([])

    /// A service on the host that `driver` works on.
    package init(
        driver: Driver, settings: ServiceSettings = ServiceSettings(), clock: any HostClock, logger: Logger
    ) {
        self.driver = driver
        self.settings = Locked(settings)
        self.clock = clock
        self.logger = logger
        deviceModels = DeviceModelWatch(driver.host.processes, looks)
        watcher = Watcher(
            host: driver.host, driver: driver, publisher: publisher, looks: looks, clock: clock, logger: logger)
    }

    /// Has the service go by other settings, as far as what they are about is still to come.
    package func configure(_ settings: ServiceSettings) {
        self.settings.withLock { $0 = settings }
    }

    var currentSettings: ServiceSettings { settings.withLock { $0 } }

    /// Keeps the host's domains until the task is cancelled; `ready` is called once all is followed and recovered. Guests are
    /// left running. Throws if another service does so already, or the driver's files cannot be used.
    package func run(ready: @escaping @Sendable () async -> Void = {}) async throws(DriverError) {
        try await driver.serving { () throws(DriverError) in
            await recover()
            try await follow { endings in
                await withDiscardingTaskGroup { group in
                    group.addTask { await carryOut(endings) }
                    group.addTask { await autostart() }
                    group.addTask { await destroyDying() }
                    await ready()
                }
            }
        }
    }

    /// Follows the host's domains and tells of what becomes of them, and does nothing about it; for whoever only wants to
    /// know. Whoever has subscribed by then misses nothing.
    package func follow() async throws(DriverError) {
        try await follow { _ in }
    }

    // MARK: Following

    /// Follows the domains while `body` runs and until the task is cancelled. `body` gets the domains whose guests have
    /// ended, as they do.
    private func follow(_ body: @escaping @Sendable (AsyncStream<DomainUUID>) async -> Void) async throws(DriverError) {
        let (endings, source) = AsyncStream.makeStream(of: DomainUUID.self)
        let first = try await driver.observe()
        await publisher.begin(with: first)
        report(ended: first, to: source)
        deviceModels.follow(first)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await watcher.run() }
            group.addTask { await deviceModels.run() }
            group.addTask {
                await looks.each { scope in await look(scope, telling: source) }
                source.finish()
            }
            group.addTask { await body(endings) }
            await group.waitForAll()
        }
        await publisher.end()
    }

    private func look(_ scope: Looks.Scope, telling source: AsyncStream<DomainUUID>.Continuation) async {
        do throws(DriverError) {
            let found: [ObservedDomain]
            var looks: Set<DomainLook>?
            switch scope {
            case .everything: found = try await driver.observe()
            case .some(let some):
                let expanded = await publisher.expanded(some)
                looks = expanded
                found = try await driver.observe(expanded)
            }
            for event in await publisher.publish(found, of: looks) {
                Counter(label: "xenkeeper_events", dimensions: [("event", event.kind.name.rawValue)]).increment()
            }
            report(ended: found, to: source)
            deviceModels.follow(found)
            if becomesBlind(false) { logger.notice("the host's domains can be looked at again") }
        } catch {
            // Nothing is taken for gone that could not be looked at.
            let text = "the host's domains cannot be looked at for now; nothing is done about them until then: \(error)"
            if becomesBlind(true) { logger.debug("\(text)") } else { logger.warning("\(text)") }
            do throws(CancellationError) { try await clock.sleep(until: clock.now + Self.lookRetry) } catch { return }
            looks.addEverything()
        }
    }

    /// Whether the host's domains could not be looked at before, either.
    private func becomesBlind(_ isBlind: Bool) -> Bool {
        self.isBlind.withLock { was in
            defer { was = isBlind }
            return was
        }
    }

    private static let lookRetry: Duration = .seconds(1)

    /// Says of each domain whose guest has ended that it has, once.
    private func report(ended domains: [ObservedDomain], to source: AsyncStream<DomainUUID>.Continuation) {
        for domain in domains where !domain.isForeign {
            guard let domid = domain.domid else { continue }
            let isNews = reported.withLock { reported in
                guard domain.ended != nil else {
                    reported.remove(domid)
                    return false
                }
                return reported.insert(domid).inserted
            }
            if isNews { source.yield(domain.uuid) }
        }
    }

    // MARK: Recovering

    /// Completes or undoes what commands and an earlier service have left, and says what else is not as it was left: domains
    /// that are gone, devices that are gone or have come.
    private func recover() async {
        do throws(DriverError) {
            let found = try await driver.observe().filter { !$0.isForeign }
            for domain in found {
                let theirs = domain.devices.filter { $0.state == .foreign }.map(\.name)
                guard !theirs.isEmpty else { continue }
                logger.notice(
                    "domain '\(domain.name)' has devices that another toolstack has plugged: \(theirs.joined(separator: ", "))",
                    metadata: ["uuid": "\(domain.uuid)"])
            }
            let lacking = found.filter { $0.devices.contains { $0.state == .missing } }.map(\.uuid)
            for uuid in Set(try await driver.unfinishedDomains()).union(lacking).sorted() {
                do throws(DriverError) {
                    for notice in try await driver.recover(DomainReference("\(uuid)")) {
                        logger.notice("\(notice)", metadata: ["uuid": "\(uuid)"])
                    }
                } catch {
                    logger.error("\(error)", metadata: ["uuid": "\(uuid)"])
                }
            }
        } catch {
            logger.error("what earlier commands left is not recovered: \(error)")
        }
    }

    // MARK: Endings

    /// Does with each domain of `endings` what its definition says, one at a time for each, side by side for different ones.
    private func carryOut(_ endings: AsyncStream<DomainUUID>) async {
        let workers = Workers()
        await withDiscardingTaskGroup { group in
            for await uuid in endings where workers.begin(uuid) {
                group.addTask {
                    repeat { await carryOutEnding(of: uuid) } while workers.mustGoOn(uuid)
                }
            }
        }
    }

    /// Does with one domain what its definition says, as soon as that may be.
    private func carryOutEnding(of uuid: DomainUUID) async {
        var pause = Self.firstRetry
        while !Task.isCancelled {
            let wait: Duration
            do throws(DriverError) {
                var options = CallOptions()
                options.deadline = CallOptions.Deadline(currentSettings.restartTimeout, from: clock.now)
                options.reportNotice = { [logger] notice in logger.notice("\(notice)", metadata: ["uuid": "\(uuid)"]) }
                switch try await driver.carryOutEnding(of: uuid, options: options) {
                case .nothing: return
                case .done(let ending, let domain):
                    let notice = DriverNotice.ending(ending, domain: domain)
                    logger.notice("\(notice)", metadata: ["uuid": "\(uuid)"])
                    Counter(label: "xenkeeper_endings", dimensions: [("reason", ending.reason.rawValue)]).increment()
                    guard ending.failure != nil else { return }
                    wait = pause
                case .heldOff(let left, _, let domain):
                    logger.notice(
                        "domain '\(domain)': its guest ended soon after its start, again; it is started anew in \(left)",
                        metadata: ["uuid": "\(uuid)"])
                    wait = left
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("\(error)", metadata: ["uuid": "\(uuid)"])
                wait = pause
            }
            pause = min(pause * 2, Self.longestRetry)
            do throws(CancellationError) { try await clock.sleep(until: clock.now + wait) } catch { return }
        }
    }

    private static let firstRetry: Duration = .seconds(5)
    private static let longestRetry: Duration = .seconds(300)

    // MARK: Dying domains

    /// Tries again and again to destroy what is left in the hypervisor of domains that have a definition here, until the task is
    /// cancelled. What keeps each is said once.
    private func destroyDying() async {
        var known: Set<DomainID> = []
        while !Task.isCancelled {
            do throws(DriverError) {
                let dying = try await driver.destroyDying()
                for domain in dying where known.insert(domain.domid ?? .domain0).inserted {
                    let holders = domain.holders.joined(separator: "; ")
                    logger.warning(
                        "domain '\(domain.name)' was destroyed and is not gone; that is tried again every minute: \(holders)",
                        metadata: ["uuid": "\(domain.uuid)"])
                }
                known.formIntersection(dying.compactMap(\.domid))
            } catch {
                logger.debug("dying domains cannot be destroyed for now: \(error)")
            }
            do throws(CancellationError) { try await clock.sleep(until: clock.now + Watcher.interval) } catch { return }
        }
    }

    // MARK: Starting with the host

    /// Starts the domains that are to be started with the host, as far as that was not done in this boot. Ended in the
    /// middle, or killed, the next service goes on with the rest.
    private func autostart() async {
        let settings = currentSettings
        guard settings.autostarts, let boot = settings.boot else { return }
        do throws(DriverError) {
            let plan = try await driver.autostartPlan(boot: boot)
            for notice in plan.notices { logger.warning("\(notice)") }
            await start(plan.domains, settings) { await record($0, boot: boot) }
            guard !Task.isCancelled else { return }
            await record(nil, boot: boot)
        } catch {
            logger.error("no domain is started with the host: \(error)")
        }
    }

    /// Writes down that a domain has had its start; nil that all have.
    private func record(_ uuid: DomainUUID?, boot: String) async {
        do throws(DriverError) { try await driver.setAutostarted(uuid, boot: boot) } catch {
            logger.error("a service that starts now would start domains with the host once more: \(error)")
        }
    }

    /// Starts domains in their order, a few side by side; one that serves another's devices runs before that one begins.
    /// `done` gets each that was started, or could not be.
    private func start(
        _ domains: [AutostartPlan.Domain], _ settings: ServiceSettings,
        _ done: @escaping @Sendable (DomainUUID) async -> Void
    ) async {
        let servers = domains.reduce(into: Set<String>()) { $0.formUnion($1.servers) }
        let gate = Gate(settings.parallelStarts)
        await withDiscardingTaskGroup { group in
            for domain in domains {
                await gate.enter()
                guard !Task.isCancelled else { return }
                if servers.contains(domain.name.text) {
                    await start(domain, settings, done)
                    gate.leave()
                } else {
                    group.addTask {
                        await start(domain, settings, done)
                        gate.leave()
                    }
                }
            }
        }
    }

    private func start(
        _ domain: AutostartPlan.Domain, _ settings: ServiceSettings, _ done: @Sendable (DomainUUID) async -> Void
    ) async {
        do throws(DriverError) {
            var options = CallOptions()
            options.deadline = CallOptions.Deadline(settings.startTimeout, from: clock.now)
            let outcome = try await driver.start(DomainReference("\(domain.uuid)"), paused: false, options: options)
            for notice in outcome.warnings { logger.notice("\(notice)", metadata: ["uuid": "\(domain.uuid)"]) }
            logger.notice("domain '\(domain.name)' is started with the host", metadata: ["uuid": "\(domain.uuid)"])
        } catch .alreadyRunning {
        } catch {
            // Given up, it is for the next service.
            guard !Task.isCancelled else { return }
            logger.error(
                "domain '\(domain.name)' is not started with the host: \(error)", metadata: ["uuid": "\(domain.uuid)"])
        }
        await done(domain.uuid)
    }
}

/// How a service keeps a host.
package struct ServiceSettings: Hashable, Sendable {
    /// Whether domains are started with the host.
    package var autostarts = true
    /// How many of them are started, or stopped, side by side.
    package var parallelStarts = 4
    /// What names the boot of the host's kernel; without it no domain is started with the host.
    package var boot: String?
    /// How long one of them may take to start.
    package var startTimeout: Duration = .seconds(300)
    /// How long all guests together may take to power off with the host.
    package var stopTimeout: Duration = .seconds(300)
    /// How long a domain may take to be started anew.
    package var restartTimeout: Duration = .seconds(300)

    /// The defaults.
    package init() {}
}
