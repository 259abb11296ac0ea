#if Xen
import CLibxl
import CXenShim
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
            var info = libxl_dominfo()
            cxen_dominfo_init(context.libxl.table, &info)
            defer { cxen_dominfo_dispose(context.libxl.table, &info) }
            try context.check(cxen_domain_info(context.raw, &info, domid.rawValue), call)
            return LibxlDomainInfo(info)
        }
    }

    public func domainName(_ domid: DomainID) async throws(LibxlError) -> String? {
        try await read("libxl_domid_to_name") { context throws(LibxlError) in
            guard let name = cxen_domid_to_name(context.raw, domid.rawValue) else { return nil }
            defer { free(name) }
            return String(cString: name)
        }
    }

    public func physicalInfo() async throws(LibxlError) -> LibxlPhysicalInfo {
        let call = "libxl_get_physinfo"
        return try await read(call) { context throws(LibxlError) in
            var (highest, nodes) = (UInt32(0), UInt32(0))
            try context.check(cxen_get_physinfo(context.raw, &highest, &nodes), call)
            return LibxlPhysicalInfo(processorCount: highest == .max ? highest : highest + 1, nodeCount: nodes)
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
            var domid = UInt32.max
            try context.call(call, with: config) { cxen_domain_create_new(context.raw, $0, &domid) }
            return DomainID(rawValue: domid)
        }
    }

    public func unpauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_unpause", on: domid, deadline: deadline) { cxen_domain_unpause($0, $1) }
    }

    public func destroyDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError) {
        try await operate("libxl_domain_destroy", on: domid, deadline: deadline) { cxen_domain_destroy($0, $1) }
    }
}

extension LibxlContext {
    /// Every domain, in order of domid.
    func listDomains() throws(LibxlError) -> [LibxlDomainInfo] {
        var count: Int32 = 0
        guard let list = cxen_list_domain(raw, &count) else {
            throw error(LibxlError.Code.failed.rawValue, in: "libxl_list_domain")
        }
        defer { cxen_dominfo_list_free(raw, list, count) }
        return UnsafeBufferPointer(start: list.assumingMemoryBound(to: libxl_dominfo.self), count: max(0, Int(count)))
            .map { LibxlDomainInfo($0) }
            .sorted { $0.domid < $1.domid }
    }
}
#endif
