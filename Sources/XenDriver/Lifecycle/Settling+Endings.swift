import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// What becomes of a domain whose guest has ended.
extension Driver {
    /// Does with a domain whose guest has ended what its live definition says; whether the domain is still there.
    ///
    /// Needs no change in the status: killed anywhere, it finds the domain ended again, or gone.
    func remains(_ live: LiveDomain, _ domain: inout LockedDomain) async throws(DriverError) -> Bool {
        // A suspended guest waits for whoever had it suspended, to be saved or resumed.
        guard let reason = live.ended, reason != .suspend else { return true }
        let ending = Ending(reason, of: live.status.definition.value, nextStart: domain.nextStart)
        if !ending.isKept {
            do throws(LibxlError) {
                try await host.libxl.destroyDomain(live.domid, deadline: live.call.deadline)
            } catch  where error.code != .domainNotFound {
                // One that is dying is Xen's to finish.
                if try await liveInfo(live.domid, live.uuid) != nil {
                    domain.warnings.append(
                        "domain '\(domain.name)' (id \(live.domid)): its guest \(reason.clause), and the domain cannot be"
                            + " destroyed (\(error)); the next change tries again")
                    return true
                }
            } catch {}
            steps.reached(.endedDomainDestroyed)
            try forget(live.status)
        }
        domain.warnings.append("domain '\(domain.name)' (id \(live.domid)): its guest \(reason.clause); \(ending.news)")
        return ending.isKept
    }
}

/// How a guest ended, and what its domain's definition says of that.
struct Ending: Sendable {
    /// Whether the domain stays as it is.
    let isKept: Bool
    /// What was done, as a clause.
    let news: String

    /// `nextStart` is what starts the domain, as a user types it.
    init(_ reason: LibxlShutdownReason, of definition: DomainDefinition, nextStart: String) {
        let rule: (element: String, action: LifecycleAction)? =
            switch reason {
            case .poweroff: ("on_poweroff", definition.onPoweroff)
            case .reboot: ("on_reboot", definition.onReboot)
            case .crash: ("on_crash", definition.onCrash)
            case .unknown, .suspend, .watchdog, .softReset: nil
            }
        isKept = reason == .softReset || rule?.action == .preserve
        guard let (element, action) = rule else {
            news =
                isKept
                ? "this version does none, and the domain is kept as it is; destroy it, then \(nextStart) brings it back"
                : "the domain was destroyed"
            return
        }
        let said = "its \(element) is '\(action.word)'"
        switch action {
        case .preserve: news = "\(said), so the domain is kept as it is; destroy it when it is of no more use"
        case .destroy: news = "\(said), so the domain was destroyed"
        case .restart, .restartRename:
            news =
                "\(said), but this version restarts no domain by itself, so it was destroyed; "
                + "\(nextStart) brings it back"
        case .coredumpDestroy:
            news = "\(said), but this version makes no dumps, so the domain was destroyed without one"
        case .coredumpRestart:
            news =
                "\(said), but this version makes no dumps and restarts no domain by itself, so it was destroyed without "
                + "one; \(nextStart) brings it back"
        }
    }
}

extension LockedDomain {
    /// What starts the domain when it does not run, as a user types it.
    var nextStart: String { persistent == nil ? "'create'" : "'start \(name)'" }
}

extension LibxlDomainInfo {
    /// How the guest ended; nil while it runs.
    var ending: LibxlShutdownReason? { shutdown ? shutdownReason ?? .unknown : nil }
}

extension LibxlShutdownReason {
    /// What a guest that ended so has done.
    var clause: String {
        switch self {
        case .unknown: "has ended"
        case .poweroff: "has powered off"
        case .reboot: "has ended to be rebooted"
        case .suspend: "is suspended"
        case .crash: "has crashed"
        case .watchdog: "was ended by its watchdog"
        case .softReset: "waits for a soft reset"
        }
    }
}
