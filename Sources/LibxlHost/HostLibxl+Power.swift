import CXenInterface
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_pause", on: domid, deadline: deadline, \.domain_pause)
    }

    public func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_shutdown", on: domid, deadline: deadline, \.domain_shutdown)
    }

    public func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_reboot", on: domid, deadline: deadline, \.domain_reboot)
    }

    public func sendTrigger(
        _ trigger: LibxlTrigger, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_send_trigger"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.check(
                context.shim.functions.send_trigger(context.raw, domid.rawValue, trigger.rawValue), call)
        }
    }

    public func domainEvents() async throws(LibxlError) -> AsyncStream<LibxlDomainEvent> {
        try await DomainFollower.stream(shim, introductions, limit: readLimit, clock)
    }
}
