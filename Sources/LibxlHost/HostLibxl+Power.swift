#if Xen
import CLibxl
import CXenShim
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        let call = "libxl_domain_pause"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.check(cxen_domain_pause(context.raw, domid.rawValue), call)
        }
    }

    public func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        let call = "libxl_domain_shutdown"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.check(cxen_domain_shutdown(context.raw, domid.rawValue), call)
        }
    }

    public func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        let call = "libxl_domain_reboot"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.check(cxen_domain_reboot(context.raw, domid.rawValue), call)
        }
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
        try await DomainFollower.stream(libxl, introductions, limit: readLimit)
    }
}
#endif
