import CXenInterface
import Glibc
public import LibxlAPI
public import XenUnits

extension HostLibxl: Libxl {
    public func listDomains() async throws(LibxlError) -> [LibxlDomainInfo] {
        try await read("libxl_list_domain") { context throws(LibxlError) in
            try context.listDomains()
        }
    }

    public func domainInfo(_ domid: DomainID) async throws(LibxlError) -> LibxlDomainInfo {
        let call = "libxl_domain_info"
        return try await read(call) { context throws(LibxlError) in
            try context.printed(call) {
                context.shim.functions.domain_info(context.raw, domid.rawValue, &$0)
            }
        }
    }

    public func domainName(_ domid: DomainID) async throws(LibxlError) -> String? {
        try await read("libxl_domid_to_name") { context throws(LibxlError) in
            context.shim.functions.domid_to_name(context.raw, domid.rawValue)?.taken()
        }
    }

    public func physicalInfo() async throws(LibxlError) -> LibxlPhysicalInfo {
        let call = "libxl_get_physinfo"
        return try await read(call) { context throws(LibxlError) in
            try context.printed(call) { context.shim.functions.get_physinfo(context.raw, &$0) }
        }
    }

    public func memoryNeeded(by config: LibxlDomainConfig) async throws(LibxlError) -> Kibibytes {
        let call = "libxl_domain_need_memory"
        return try await read(call) { context throws(LibxlError) in
            try config.requireFit(call)
            var need: UInt64 = 0
            try context.call(call, with: config, as: "domain_config") {
                context.shim.functions.domain_need_memory(context.raw, $0, &need)
            }
            return Kibibytes(need)
        }
    }

    public func configurationMarks(of domains: [LibxlDomainInfo]) async -> [String?] {
        FileThreads.willBlock()
        let now = clock.nanosecondsSince1970
        return domains.map { domain in
            var status = stat()
            let path = "\(userdata)/userdata-d.\(domain.domid).\(domain.uuid).libxl-json"
            guard lstat(path, &status) == 0 else { return nil }
            let changed = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            guard now - changed >= Self.configurationRest else { return nil }
            return "\(status.st_ino) \(status.st_size) \(changed)"
        }
    }

    /// For how long libxl must have left the stored configuration alone before it is taken for what xenstore shows, in
    /// nanoseconds: libxl writes it before the nodes, and a domain's start ends long after both.
    private static let configurationRest: Int64 = 60_000_000_000

    public func createDomain(
        _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> DomainID {
        let call = "libxl_domain_create_new"
        return try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try config.requireFit(call)
            var domid = UInt32.max
            try context.call(call, with: config, as: "domain_config") {
                context.shim.functions.domain_create_new(context.raw, $0, &domid)
            }
            return DomainID(rawValue: domid)
        }
    }

    public func softResetDomain(
        _ domid: DomainID, _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_domain_soft_reset"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try config.requireFit(call)
            try context.call(call, with: config, as: "domain_config") {
                context.shim.functions.domain_soft_reset(context.raw, $0, domid.rawValue)
            }
        }
    }

    public func unpauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_unpause", on: domid, deadline: deadline, \.domain_unpause)
    }

    public func destroyDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_destroy", on: domid, deadline: deadline, \.domain_destroy)
    }

    public func dumpCore(
        of domid: DomainID, to path: String, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_domain_core_dump"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try path.requireFit(call)
            try context.check(context.shim.functions.domain_core_dump(context.raw, domid.rawValue, path), call)
        }
    }

    public func preserveDomain(
        _ domid: DomainID, name: String, suffix: String, uuid: DomainUUID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_domain_preserve"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try name.requireFit(call)
            try suffix.requireFit(call)
            try context.check(
                context.shim.functions.domain_preserve(context.raw, domid.rawValue, name, suffix, uuid.octets), call)
        }
    }
}

extension String {
    /// Refuses what C would take for a shorter text.
    fileprivate func requireFit(_ call: String) throws(LibxlError) {
        guard utf8.contains(0) else { return }
        throw LibxlError(.invalid, in: call, log: "the text has a zero byte in it")
    }
}

extension DomainUUID {
    /// Most significant first.
    fileprivate var octets: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
    }
}

extension LibxlContext {
    /// Every domain, in order of domid.
    func listDomains() throws(LibxlError) -> [LibxlDomainInfo] {
        let list: [LibxlDomainInfo] = try printed("libxl_list_domain") { shim.functions.list_domain(raw, &$0) }
        return list.sorted { $0.domid < $1.domid }
    }
}
