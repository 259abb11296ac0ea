#if Xen
import CLibxl
import CXenShim
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_pause", on: domid, deadline: deadline) { cxen_domain_pause($0, $1) }
    }

    public func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_shutdown", on: domid, deadline: deadline) { cxen_domain_shutdown($0, $1) }
    }

    public func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_reboot", on: domid, deadline: deadline) { cxen_domain_reboot($0, $1) }
    }

    public func sendTrigger(
        _ trigger: LibxlTrigger, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_send_trigger"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            let code = cxen_send_trigger(context.raw, domid.rawValue, Int32(trigger.cValue.rawValue))
            try context.check(code, call)
        }
    }

    public func domainEvents() async throws(LibxlError) -> AsyncStream<LibxlDomainEvent> {
        try await DomainFollower.stream(libxl, introductions, limit: readLimit, clock)
    }
}
#endif
