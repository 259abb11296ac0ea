public import LibxlAPI
public import XenUnits

/// Pausing domains, and asking guests to end.
extension FakeXenHost {
    public func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .pauseDomain, DomainArguments(domid: domid), on: self, deadline: deadline)
        try await operation.step("paused") { (state, now) throws(LibxlError) in
            // A domain cannot pause itself, and Xen counts to 255.
            guard domid != .domain0, let domain = state.domain(domid), domain.pauseCount < 255 else {
                throw operation.failure(.failed, "Pausing domain")
            }
            state.changeDomain(domid, at: now) { $0.pauseCount += 1 }
            // It does nothing while it stands still, and goes on with it afterwards.
            state.forgetGuestsIntentions(domid)
        }
    }

    public func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await SteppedOperation(.shutdownDomain, DomainArguments(domid: domid), on: self, deadline: deadline)
            .ask(domid, for: .poweroff)
    }

    public func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await SteppedOperation(.rebootDomain, DomainArguments(domid: domid), on: self, deadline: deadline)
            .ask(domid, for: .reboot)
    }

    public func sendTrigger(
        _ trigger: LibxlTrigger, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let operation = try await SteppedOperation(
            .sendTrigger, TriggerArguments(domid: domid, trigger: trigger), on: self, deadline: deadline)
        try await operation.step("sent") { (state, now) throws(LibxlError) in
            guard let domain = state.domain(domid), domain.guestType != .pv else {
                throw operation.failure(.failed, "Send trigger '\(trigger.rawValue)' failed")
            }
            // A pvh guest has no button, and Xen does not say so.
            guard domain.guestType == .hvm else { return }
            state.changeDomain(domid, at: now) { $0.intention = .poweroff }
        }
    }
}

extension SteppedOperation {
    /// Asks a guest to end, and waits until it has read that.
    fileprivate func ask(_ domid: DomainID, for reason: LibxlShutdownReason) async throws(LibxlError) {
        let node = HostState.controlNode(domid)
        try await step("asked") { (state, _) throws(LibxlError) in
            guard let domain = state.domain(domid) else {
                throw failure(.failed, "there is no domain \(domid)")
            }
            guard domain.guestType != .hvm || domain.guest != .dead else {
                throw failure(.noParavirt)
            }
            state.write(node, reason.rawValue)
        }
        let answer: Bool? = try await wait(atMost: configuration.controlTimeout) { state in
            // A node that is gone, domain and all, counts as well.
            state.value(node)?.isEmpty ?? true ? true : nil
        }
        // The request stays: a guest that wakes up later will find it.
        guard answer != nil else { throw failure(.timedOut, "guest didn't acknowledge control request") }
        try await step("acknowledged") { (_, _) throws(LibxlError) in }
    }
}
