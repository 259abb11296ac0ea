import FakeLibxlShim
import LibxlAPI
import LibxlFake
import XenUnits

@testable import LibxlHost

/// A libxl for a driver: everything is asked of the real `HostLibxl` over the scripted libxl, and then done on a fake host, which
/// knows what became of it.
struct TwofoldLibxl: Libxl {
    let host: HostLibxl
    let fake: FakeXenHost
    let cancellation: CallCancellation

    /// Does one operation on both; the second is not asked where the first fails.
    private func operate<Ignored, Value>(
        _ onHost: (HostLibxl) async throws(LibxlError) -> Ignored,
        _ onFake: (FakeXenHost) async throws(LibxlError) -> Value
    ) async throws(LibxlError) -> Value {
        let moment = cancellation.begin()
        if moment == .before { withUnsafeCurrentTask { $0?.cancel() } }
        do throws(LibxlError) {
            _ = try await onHost(host)
        } catch {
            if moment == .during { ScriptedLibxl.set(ScriptedLibxl.Plan()) }
            throw error
        }
        let value = try await onFake(fake)
        if moment == .after { withUnsafeCurrentTask { $0?.cancel() } }
        return value
    }

    func listDomains() async throws(LibxlError) -> [LibxlDomainInfo] {
        _ = try await host.listDomains()
        return try await fake.listDomains()
    }

    func domainInfo(_ domid: DomainID) async throws(LibxlError) -> LibxlDomainInfo { try await fake.domainInfo(domid) }

    func domainName(_ domid: DomainID) async throws(LibxlError) -> String? { try await fake.domainName(domid) }

    func configurationMarks(of domains: [LibxlDomainInfo]) async -> [String?] {
        await fake.configurationMarks(of: domains)
    }

    func createDomain(_ config: LibxlDomainConfig, deadline: ContinuousClock.Instant) async throws(LibxlError)
        -> DomainID
    {
        try await operate { (host) throws(LibxlError) in
            try await host.createDomain(config, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.createDomain(config, deadline: deadline)
        }
    }

    func unpauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.unpauseDomain(domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.unpauseDomain(domid, deadline: deadline)
        }
    }

    func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.pauseDomain(domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.pauseDomain(domid, deadline: deadline)
        }
    }

    func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.shutdownDomain(domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.shutdownDomain(domid, deadline: deadline)
        }
    }

    func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.rebootDomain(domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.rebootDomain(domid, deadline: deadline)
        }
    }

    func sendTrigger(_ trigger: LibxlTrigger, to domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await operate { (host) throws(LibxlError) in
            try await host.sendTrigger(trigger, to: domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.sendTrigger(trigger, to: domid, deadline: deadline)
        }
    }

    func domainEvents() async throws(LibxlError) -> AsyncStream<LibxlDomainEvent> { try await fake.domainEvents() }

    func destroyDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.destroyDomain(domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.destroyDomain(domid, deadline: deadline)
        }
    }

    func addDevice(_ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await operate { (host) throws(LibxlError) in
            try await host.addDevice(device, to: domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.addDevice(device, to: domid, deadline: deadline)
        }
    }

    func removeDevice(_ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError) -> LibxlRemoval
    {
        try await operate { (host) throws(LibxlError) in
            try await host.removeDevice(device, from: domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.removeDevice(device, from: domid, deadline: deadline)
        }
    }

    func destroyDevice(_ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await operate { (host) throws(LibxlError) in
            try await host.destroyDevice(device, of: domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.destroyDevice(device, of: domid, deadline: deadline)
        }
    }

    func listDevices(_ kind: LibxlDevice.Kind, of domid: DomainID) async throws(LibxlError) -> [LibxlDevice] {
        _ = try await host.listDevices(kind, of: domid)
        return try await fake.listDevices(kind, of: domid)
    }

    func insertCDROM(_ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await operate { (host) throws(LibxlError) in
            try await host.insertCDROM(disk, into: domid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.insertCDROM(disk, into: domid, deadline: deadline)
        }
    }

    func softResetDomain(
        _ domid: DomainID, _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.softResetDomain(domid, config, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.softResetDomain(domid, config, deadline: deadline)
        }
    }

    func dumpCore(of domid: DomainID, to path: String, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.dumpCore(of: domid, to: path, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.dumpCore(of: domid, to: path, deadline: deadline)
        }
    }

    func preserveDomain(
        _ domid: DomainID, name: String, suffix: String, uuid: DomainUUID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        try await operate { (host) throws(LibxlError) in
            try await host.preserveDomain(domid, name: name, suffix: suffix, uuid: uuid, deadline: deadline)
        } _: { (fake) throws(LibxlError) in
            try await fake.preserveDomain(domid, name: name, suffix: suffix, uuid: uuid, deadline: deadline)
        }
    }

    func memoryNeeded(by config: LibxlDomainConfig) async throws(LibxlError) -> Kibibytes {
        _ = try await host.memoryNeeded(by: config)
        return try await fake.memoryNeeded(by: config)
    }

    func physicalInfo() async throws(LibxlError) -> LibxlPhysicalInfo {
        _ = try await host.physicalInfo()
        return try await fake.physicalInfo()
    }

    func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI] {
        _ = try await host.assignablePCI()
        return try await fake.assignablePCI()
    }
}

/// Gives a change up at one of the operations that it asks of libxl.
final class CallCancellation: Sendable {
    enum Moment: Hashable, Sendable, CaseIterable {
        case before, during, after
    }

    private let state = Locked((count: 0, due: (number: Int, moment: Moment)?.none))
    /// Yields when the operation begins that is to be given up in its midst.
    let begun: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() {
        (begun, signal) = AsyncStream.makeStream()
    }

    /// How many operations there were.
    var count: Int { state.withLock { $0.count } }

    /// Has the operation of this number, counted from 1 from now on, given up.
    func set(_ number: Int, _ moment: Moment) {
        state.withLock { $0 = (0, (number, moment)) }
    }

    /// An operation begins: when it is to be given up, if it is.
    fileprivate func begin() -> Moment? {
        let moment = state.withLock { state in
            state.count += 1
            return state.due.flatMap { $0.number == state.count ? $0.moment : nil }
        }
        if moment == .during {
            ScriptedLibxl.set(ScriptedLibxl.Plan(ending: FXL_WHEN_ABORTED, code: .aborted))
            signal.yield()
        }
        return moment
    }
}
