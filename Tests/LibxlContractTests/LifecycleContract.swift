import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@Suite("Libxl contract: lifecycle", .serialized)
struct LifecycleContract {
    @Test("Domain-0 is listed first, runs, and has no uuid of its own", arguments: Backend.available)
    func domain0(on backend: Backend) async throws {
        let host = backend.open()
        let first = try #require(try await host.libxl.listDomains().first)
        #expect(first.domid == .domain0)
        #expect(first.uuid == .zero)
        #expect(!first.paused && !first.shutdown && !first.dying)
        #expect(first.vcpuCount > 0)
        #expect(first.currentMemory.count > 0)
        #expect(try await host.libxl.domainName(.domain0) == "Domain-0")
    }

    @Test("an unknown domain is ERROR_DOMAIN_NOTFOUND and has no name", arguments: Backend.available)
    func unknown(on backend: Backend) async throws {
        let libxl = backend.open().libxl
        let stranger = DomainID(rawValue: 30_000)
        let deadline = ContinuousClock.now + .seconds(3600)
        let info = await #expect(throws: LibxlError.self) { try await libxl.domainInfo(stranger) }
        let unpause = await #expect(throws: LibxlError.self) {
            try await libxl.unpauseDomain(stranger, deadline: deadline)
        }
        let destroy = await #expect(throws: LibxlError.self) {
            try await libxl.destroyDomain(stranger, deadline: deadline)
        }
        #expect(info?.code == .domainNotFound)
        #expect(unpause?.code == .failed)
        #expect(destroy?.code == .domainNotFound)
        #expect(destroy?.call == "libxl_domain_destroy")
        #expect(try await libxl.domainName(stranger) == nil)
        #expect(try await libxl.listNICs(of: stranger).isEmpty)
        #expect(try await libxl.listDisks(of: stranger).isEmpty)
    }

    @Test("a new domain is what was asked for, and paused until it is unpaused", arguments: Backend.available)
    func create(on backend: Backend) async throws {
        let host = backend.open()
        let config = host.config()
        let domid = try await host.libxl.createDomain(config, deadline: host.deadline)
        let made = try await host.libxl.domainInfo(domid)
        #expect(made.domid == domid)
        #expect(made.uuid == config.createInfo.uuid)
        #expect(made.guestType == .pv)
        #expect(made.paused)
        #expect(made.vcpuCount == 1)
        #expect(try await host.libxl.domainName(domid) == config.createInfo.name)
        #expect(try await host.xenstore.read(XenstorePath("/local/domain/\(domid)/name")) == config.createInfo.name)
        let domids = try await host.libxl.listDomains().map(\.domid)
        #expect(domids.contains(domid))
        #expect(domids == domids.sorted())
        try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
        let unpaused = try await host.libxl.domainInfo(domid)
        #expect(!unpaused.paused)
        try await host.libxl.destroyDomain(domid, deadline: host.deadline)
    }

    @Test("a destroyed domain is gone with its devices and its nodes", arguments: Backend.available)
    func destroy(on backend: Backend) async throws {
        let host = backend.open()
        let (domid, vif) = try await host.withDomain {
            $0.nics = [host.nic(0)]
            $0.disks = [host.disk("xvda")]
        } _: { domid in
            let vif = try #require(try await host.backend(of: .nic(devid: DeviceID(rawValue: 0)), in: domid))
            try await host.libxl.destroyDomain(domid, deadline: host.deadline)
            return (domid, vif)
        }
        let error = await #expect(throws: LibxlError.self) { try await host.libxl.domainInfo(domid) }
        #expect(error?.code == .domainNotFound)
        #expect(try await !host.libxl.listDomains().contains { $0.domid == domid })
        #expect(try await host.libxl.domainName(domid) == nil)
        #expect(try await host.libxl.listNICs(of: domid).isEmpty)
        #expect(try await host.libxl.listDisks(of: domid).isEmpty)
        #expect(try await host.xenstore.list(XenstorePath("/local/domain/\(domid)")) == nil)
        #expect(try await host.xenstore.list(XenstorePath("/libxl/\(domid)")) == nil)
        #expect(try await host.xenstore.read(vif.path.appending("state")) == nil)
        #expect(try await host.network.linkState(of: "vif\(domid).0") == nil)
    }

    @Test("a name that a domain has is refused, and harms neither", arguments: Backend.available)
    func duplicateName(on backend: Backend) async throws {
        let host = backend.open()
        let name = host.config().createInfo.name
        try await host.withDomain {
            $0.createInfo.name = name
        } _: { domid in
            var second = host.config()
            second.createInfo.name = name
            let before = try await host.libxl.listDomains().map(\.domid)
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.createDomain(second, deadline: host.deadline)
            }
            #expect(error?.code == .invalid || error?.code == .failed)
            #expect(try await host.libxl.listDomains().map(\.domid) == before)
            #expect(try await host.libxl.domainName(domid) == name)
        }
    }

    @Test("a domid is not given again to the next domain", arguments: Backend.available)
    func domids(on backend: Backend) async throws {
        let host = backend.open()
        let first = try await host.withDomain { $0 }
        let second = try await host.withDomain { $0 }
        #expect(second != first)
    }

    @Test("a create that fails leaves no domain", arguments: Backend.available)
    func failedCreate(on backend: Backend) async throws {
        let host = backend.open()
        var config = host.config()
        var nic = host.nic(0)
        nic.bridge = TestHost.missingBridge
        config.nics = [nic]
        let error = await #expect(throws: LibxlError.self) {
            try await host.libxl.createDomain(config, deadline: host.deadline)
        }
        #expect(error?.code == .failed)
        #expect(error?.call == "libxl_domain_create_new")
        #expect(try await !host.libxl.listDomains().contains { $0.uuid == config.createInfo.uuid })
    }

    @Test("a kernel that is not there fails the create", arguments: Backend.available)
    func missingKernel(on backend: Backend) async throws {
        let host = backend.open()
        var config = host.config()
        config.buildInfo.kernel = TestHost.missingFile
        let error = await #expect(throws: LibxlError.self) {
            try await host.libxl.createDomain(config, deadline: host.deadline)
        }
        #expect(error?.code != .aborted)
        #expect(try await !host.libxl.listDomains().contains { $0.uuid == config.createInfo.uuid })
    }
}
