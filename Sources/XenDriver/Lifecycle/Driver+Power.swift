import LibxlAPI
import Logging
import XenModel
import XenUnits

/// A way to ask a guest to end. The raw value is virsh's word.
public enum ShutdownMode: String, Hashable, Sendable, CaseIterable {
    /// Press the power button of an hvm guest's machine.
    case acpi
    /// Ask the guest's Xen drivers.
    case paravirt
}

extension Driver {
    /// Holds a running domain; success if it is held already. `virDomainSuspend`.
    public func suspend(
        _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await withDomain(domain, options, recovery: .attempted, foreign: true) { (domain) throws(DriverError) in
                let live = try domain.running()
                // Pauses count: of a second one the first resume would know nothing.
                if try await !isPaused(live) {
                    try await operation(live.name, "suspend", live.call) { (deadline) throws(LibxlError) in
                        try await host.libxl.pauseDomain(live.domid, deadline: deadline)
                    }
                    steps.reached(.domainPaused)
                    // Xen tells nobody of a pause: whoever follows the domain sees it by its status.
                    if live.status.isForeign != true { try write(live.status, step: .pauseRecorded) }
                }
                return domain.outcome(live)
            }
        }
    }

    /// Lets a held domain run, however often it was paused; success if it runs. `virDomainResume`.
    public func resume(
        _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await withDomain(domain, options, recovery: .attempted, foreign: true) { (domain) throws(DriverError) in
                var live = try domain.running()
                for attempt in 0... {
                    guard try await isPaused(live) else { break }
                    guard attempt < Self.mostPauses else { throw .staysPaused(domain: live.name, resumed: attempt) }
                    try await operation(live.name, "resume", live.call) { (deadline) throws(LibxlError) in
                        try await host.libxl.unpauseDomain(live.domid, deadline: deadline)
                    }
                    steps.reached(.domainUnpaused)
                    live.status.isResumed = true
                }
                if live.status != domain.live?.status { try write(live.status, step: .resumeRecorded) }
                return domain.outcome(live)
            }
        }
    }

    /// Asks a guest to power off, in the first of `modes` that it can be asked in, its drivers first; empty is all.
    /// `virDomainShutdownFlags`.
    ///
    /// Returns when the guest has been asked; it ends by itself, or not at all. The domain's lock is not held while the
    /// guest is waited for: it holds up nobody.
    public func shutdown(
        _ domain: DomainReference, modes: Set<ShutdownMode> = [], options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let modes = modes.isEmpty ? Set(ShutdownMode.allCases) : modes
            let (live, outcome) = try await guestToAsk(domain, options)
            let hasButton = live.guestType == .hvm
            guard modes.contains(.paravirt) || hasButton else {
                throw .noPowerButton(domain: live.name, guestType: live.guestType)
            }
            if modes.contains(.paravirt) {
                do throws(LibxlError) {
                    try await host.libxl.shutdownDomain(live.domid, deadline: live.call.deadline)
                    return outcome
                } catch
                    where hasButton && modes.contains(.acpi) && (error.code == .noParavirt || error.code == .timedOut)
                {
                    // libxl cannot tell at once of every hvm guest that it has no drivers.
                    logger.here.debug(
                        "no answer from drivers (\(error)), pressing the power button",
                        metadata: ["domain": "\(live.name)", "uuid": "\(live.uuid)"])
                } catch {
                    throw refusal(error, of: live, phase: "shutdown")
                }
            }
            try await operation(live.name, "shutdown", live.call) { (deadline) throws(LibxlError) in
                try await host.libxl.sendTrigger(.power, to: live.domid, deadline: deadline)
            }
            return outcome
        }
    }

    /// Asks a guest's drivers to reboot it; see `shutdown`. `virDomainReboot`.
    public func reboot(
        _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            var (live, outcome) = try await guestToAsk(domain, options)
            do throws(LibxlError) {
                try await host.libxl.rebootDomain(live.domid, deadline: live.call.deadline)
            } catch {
                throw refusal(error, of: live, phase: "reboot")
            }
            // Another toolstack restarts its domains, or does not, as its own settings say.
            guard live.status.isForeign != true, !store.isServed else { return outcome }
            switch live.status.definition.value.onReboot {
            case .restart, .restartRename, .coredumpRestart:
                outcome.warnings.append(.noRestart(domain: live.name))
            case .destroy, .preserve, .coredumpDestroy: break
            }
            return outcome
        }
    }

    // MARK: -

    /// The hypervisor counts no more pauses of a domain than this. Source: Xen's `domain_pause_by_systemcontroller`.
    private static let mostPauses = 255

    private func isPaused(_ live: LiveDomain) async throws(DriverError) -> Bool {
        guard let info = try await liveInfo(live.domid, live.uuid) else { throw .notRunning(domain: live.name) }
        return info.paused
    }

    /// A domain whose guest can answer; throws if it cannot.
    private func guestToAsk(_ domain: DomainReference, _ options: CallOptions) async throws(DriverError) -> (
        LiveDomain, DomainOutcome
    ) {
        try await withDomain(domain, options, recovery: .attempted, foreign: true) { (domain) throws(DriverError) in
            let live = try domain.running()
            guard try await !isPaused(live) else { throw .guestPaused(domain: domain.name) }
            return (live, domain.outcome(live))
        }
    }

    private func refusal(_ error: LibxlError, of live: LiveDomain, phase: String) -> DriverError {
        switch error.code {
        case .noParavirt: .noGuestDrivers(domain: live.name)
        case .timedOut, .aborted: .guestDoesNotAnswer(domain: live.name, failure: error)
        default: .operation(OperationFailure(domain: live.name, phase: phase, error: error))
        }
    }
}

extension LockedDomain {
    /// What a change to a running domain that changed no definition tells.
    fileprivate func outcome(_ live: LiveDomain) -> DomainOutcome {
        DomainOutcome(name: live.status.name, uuid: uuid, domid: live.domid, warnings: warnings)
    }
}
