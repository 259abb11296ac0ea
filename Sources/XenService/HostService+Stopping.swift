import Logging
package import XenDriver
import XenModel
import XenUnits

/// Stopping guests with the host.
extension HostService {
    /// Asks the guest of every running domain of ours to power off, and destroys the domains whose guests have: in the reverse
    /// order of their start, a few side by side, all within the settings' `stopTimeout`. Returns the names of those that have
    /// not. It is the one service of the host meanwhile, so that nothing is started anew.
    package func stopGuests() async throws(DriverError) -> [String] {
        try await driver.serving { () throws(DriverError) in
            let settings = currentSettings
            let domains = try await driver.stopPlan()
            let servers = domains.reduce(into: Set<String>()) { $0.formUnion($1.servers) }
            let end = clock.now + settings.stopTimeout
            // One that does not power off must not take the time of those that are to go last.
            let firstEnd = servers.isEmpty ? end : end - settings.stopTimeout / 4
            let left = Locked<[String]>([])
            let gate = Gate(settings.parallelStarts)
            await withDiscardingTaskGroup { group in
                for domain in domains where !servers.contains(domain.name.text) {
                    await gate.enter()
                    group.addTask {
                        if await !stop(domain, until: firstEnd) { left.withLock { $0.append(domain.name.text) } }
                        gate.leave()
                    }
                }
            }
            // Those whose devices they serve have gone by now, as far as they have.
            for domain in domains where servers.contains(domain.name.text) {
                if await !stop(domain, until: end) { left.withLock { $0.append(domain.name.text) } }
            }
            return left.withLock { $0.sorted() }
        }
    }

    /// Stops one domain; whether that was done.
    private func stop(_ domain: AutostartPlan.Domain, until end: ContinuousClock.Instant) async -> Bool {
        let reference = DomainReference("\(domain.uuid)")
        do throws(DriverError) {
            var options = CallOptions()
            options.deadline = CallOptions.Deadline(end - clock.now, from: clock.now)
            do throws(DriverError) {
                _ = try await driver.shutdown(reference, options: options)
            } catch .guestEnded {
                // It has by itself.
            }
            while try await driver.observe([.uuid(domain.uuid)]).contains(where: { $0.domid != nil && $0.ended == nil })
            {
                guard clock.now < end else {
                    logger.error("domain '\(domain.name)' has not powered off in time, and is left running")
                    return false
                }
                do throws(CancellationError) { try await clock.sleep(until: clock.now + Self.pollInterval) } catch {
                    return false
                }
            }
            do throws(DriverError) { _ = try await driver.destroy(reference) } catch .notRunning {} catch .noDomain {}
            logger.notice("domain '\(domain.name)' is stopped with the host")
            return true
        } catch {
            logger.error("domain '\(domain.name)' is not stopped with the host: \(error)")
            return false
        }
    }

    private static let pollInterval: Duration = .milliseconds(200)
}
