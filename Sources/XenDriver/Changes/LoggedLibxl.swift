import LibxlAPI
import Logging
import XenUnits

/// A libxl whose every call is logged at the level debug: its name, domain and device, how it ended, and after how
/// long. What a call was given or gave is not logged, for there may be secrets in it.
struct LoggedLibxl: Libxl {
    let libxl: any Libxl
    let logger: Logger
    let clock: any HostClock

    /// Does `body`, which is libxl's `call`, and logs it.
    private func logging<Result>(
        _ call: String, _ domid: DomainID? = nil, _ device: (any CustomStringConvertible)? = nil,
        _ body: () async throws(LibxlError) -> Result
    ) async throws(LibxlError) -> Result {
        let start = clock.now
        var metadata = LogContext.metadata
        // A device is known by its identity here, as libxl knows it.
        metadata["alias"] = nil
        metadata["call"] = "\(call)"
        if let domid { metadata["domid"] = "\(domid)" }
        if let device { metadata["device"] = "\(device)" }
        do throws(LibxlError) {
            let result = try await body()
            logger.debug("libxl: done after \(milliseconds(since: start)) ms", metadata: metadata)
            return result
        } catch {
            logger.debug("libxl: failed after \(milliseconds(since: start)) ms: \(error)", metadata: metadata)
            throw error
        }
    }

    private func milliseconds(since start: ContinuousClock.Instant) -> Double {
        let microseconds = (clock.now - start) / .microseconds(1)
        return (microseconds / 10).rounded() / 100
    }

    func listDomains() async throws(LibxlError) -> [LibxlDomainInfo] {
        try await logging("libxl_list_domain") { () throws(LibxlError) in try await libxl.listDomains() }
    }

    func domainInfo(_ domid: DomainID) async throws(LibxlError) -> LibxlDomainInfo {
        try await logging("libxl_domain_info", domid) { () throws(LibxlError) in try await libxl.domainInfo(domid) }
    }

    func domainName(_ domid: DomainID) async throws(LibxlError) -> String? {
        try await logging("libxl_domid_to_name", domid) { () throws(LibxlError) in try await libxl.domainName(domid) }
    }

    func configurationMarks(of domains: [LibxlDomainInfo]) async -> [String?] {
        await libxl.configurationMarks(of: domains)
    }

    func createDomain(_ config: LibxlDomainConfig, deadline: ContinuousClock.Instant) async throws(LibxlError)
        -> DomainID
    {
        try await logging("libxl_domain_create_new") { () throws(LibxlError) in
            try await libxl.createDomain(config, deadline: deadline)
        }
    }

    func softResetDomain(
        _ domid: DomainID, _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        try await logging("libxl_domain_soft_reset", domid) { () throws(LibxlError) in
            try await libxl.softResetDomain(domid, config, deadline: deadline)
        }
    }

    func unpauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await logging("libxl_domain_unpause", domid) { () throws(LibxlError) in
            try await libxl.unpauseDomain(domid, deadline: deadline)
        }
    }

    func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await logging("libxl_domain_pause", domid) { () throws(LibxlError) in
            try await libxl.pauseDomain(domid, deadline: deadline)
        }
    }

    func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await logging("libxl_domain_shutdown", domid) { () throws(LibxlError) in
            try await libxl.shutdownDomain(domid, deadline: deadline)
        }
    }

    func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await logging("libxl_domain_reboot", domid) { () throws(LibxlError) in
            try await libxl.rebootDomain(domid, deadline: deadline)
        }
    }

    func sendTrigger(_ trigger: LibxlTrigger, to domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await logging("libxl_send_trigger", domid) { () throws(LibxlError) in
            try await libxl.sendTrigger(trigger, to: domid, deadline: deadline)
        }
    }

    func domainEvents() async throws(LibxlError) -> AsyncStream<LibxlDomainEvent> {
        try await logging("libxl_evenable_domain_death") { () throws(LibxlError) in try await libxl.domainEvents() }
    }

    func destroyDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await logging("libxl_domain_destroy", domid) { () throws(LibxlError) in
            try await libxl.destroyDomain(domid, deadline: deadline)
        }
    }

    func insertCDROM(_ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await logging("libxl_cdrom_insert", domid, disk.place) { () throws(LibxlError) in
            try await libxl.insertCDROM(disk, into: domid, deadline: deadline)
        }
    }

    func addDevice(_ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await logging(device.kind.function(.add), domid, device.identity) { () throws(LibxlError) in
            try await libxl.addDevice(device, to: domid, deadline: deadline)
        }
    }

    func removeDevice(_ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError) -> LibxlRemoval
    {
        try await logging(device.kind.function(.remove), domid, device.identity) {
            () throws(LibxlError) in
            try await libxl.removeDevice(device, from: domid, deadline: deadline)
        }
    }

    func destroyDevice(_ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)
    {
        try await logging(device.kind.function(.destroy), domid, device.identity) {
            () throws(LibxlError) in
            try await libxl.destroyDevice(device, of: domid, deadline: deadline)
        }
    }

    func listDevices(_ kind: LibxlDevice.Kind, of domid: DomainID) async throws(LibxlError) -> [LibxlDevice] {
        try await logging(kind.function(.list), domid) { () throws(LibxlError) in
            try await libxl.listDevices(kind, of: domid)
        }
    }

    func dumpCore(of domid: DomainID, to path: String, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await logging("libxl_domain_core_dump", domid) { () throws(LibxlError) in
            try await libxl.dumpCore(of: domid, to: path, deadline: deadline)
        }
    }

    func preserveDomain(
        _ domid: DomainID, name: String, suffix: String, uuid: DomainUUID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        try await logging("libxl_domain_preserve", domid) { () throws(LibxlError) in
            try await libxl.preserveDomain(domid, name: name, suffix: suffix, uuid: uuid, deadline: deadline)
        }
    }

    func memoryNeeded(by config: LibxlDomainConfig) async throws(LibxlError) -> Kibibytes {
        try await logging("libxl_domain_need_memory") { () throws(LibxlError) in
            try await libxl.memoryNeeded(by: config)
        }
    }

    func physicalInfo() async throws(LibxlError) -> LibxlPhysicalInfo {
        try await logging("libxl_get_physinfo") { () throws(LibxlError) in try await libxl.physicalInfo() }
    }

    func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI] {
        try await logging("libxl_device_pci_assignable_list") { () throws(LibxlError) in
            try await libxl.assignablePCI()
        }
    }
}

extension LibxlDeviceDisk {
    /// Its identity; of a vdev that is none, that.
    fileprivate var place: String { number.map { "\(DeviceIdentity.disk(vdev: $0))" } ?? vdev }
}
