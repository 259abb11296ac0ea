import LibxlAPI
import XenModel
import XenUnits

/// What becomes of a domain whose guest has ended.
extension Driver {
    /// Does with a domain whose guest has ended what its live definition says; whether the domain is still there.
    ///
    /// Needs no change in the status: killed anywhere, it finds the domain ended again, or gone.
    func endIfMeant(_ live: LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) -> Bool {
        // A suspended guest waits for whoever had it suspended, to be saved or resumed.
        guard let reason = live.ended, reason != .suspend else { return true }
        var ending = GuestEnding(
            live.domid, reason, of: live.status.definition.value, isPersistent: domain.persistent != nil)
        if !ending.isKept {
            do throws(LibxlError) {
                try await host.libxl.destroyDomain(live.domid, deadline: live.call.deadline)
            } catch  where error.code != .domainNotFound {
                // One that is dying is Xen's to finish.
                if try await liveInfo(live.domid, live.uuid) != nil {
                    ending.failure = error
                    domain.warnings.append(.ending(ending, domain: domain.name))
                    return true
                }
            } catch {}
            steps.reached(.endedDomainDestroyed)
            try forget(live.status)
        }
        domain.warnings.append(.ending(ending, domain: domain.name))
        return ending.isKept
    }
}

extension LibxlDomainInfo {
    /// How the guest ended; nil while it runs.
    var ending: LibxlShutdownReason? { shutdown ? shutdownReason ?? .unknown : nil }
}
