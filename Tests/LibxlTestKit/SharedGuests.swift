import XenUnits

/// The guests of a real host that tests take turns with, one of each kind: to build one takes longer than most tests.
///
/// For tests that run one after the other.
actor SharedGuests {
    private var running: [ContractHost.GuestKind: DomainID] = [:]

    /// The guest of this kind, made when it is first asked for.
    func guest(_ kind: ContractHost.GuestKind, make: @Sendable () async throws -> DomainID) async throws -> DomainID {
        if let domid = running[kind] { return domid }
        let domid = try await make()
        running[kind] = domid
        return domid
    }

    /// Forgets the guests, and says which there were.
    func takeAll() -> [DomainID] {
        defer { running = [:] }
        return running.values.sorted()
    }
}
