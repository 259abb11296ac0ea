import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Lifecycle {
    @Test("Domain-0 is listed first, runs, and has no uuid of its own", arguments: Backend.available)
    func domain0(on backend: Backend) async throws {
        let host = try backend.open()
        let first = try #require(try await host.libxl.listDomains().first)
        #expect(first.domid == .domain0)
        #expect(first.uuid == .zero)
        #expect(!first.paused && !first.shutdown && !first.dying)
        #expect(first.guestType == .pv)
        #expect(first.vcpuCount > 0)
        #expect(first.currentMemory.count > 0)
        #expect(try await host.libxl.domainName(.domain0) == "Domain-0")
    }

    @Test("an unknown domain is an error, has no name and no devices", arguments: Backend.available)
    func unknown(on backend: Backend) async throws {
        let libxl = try backend.open().libxl
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
        // libxl looks for the domain's type first, and has no other word for finding none.
        #expect(unpause?.code == .failed)
        #expect(destroy?.code == .domainNotFound)
        #expect(destroy?.call == "libxl_domain_destroy")
        #expect(try await libxl.domainName(stranger) == nil)
        #expect(try await libxl.listDevices(.nic, of: stranger).compactMap(\.nic).isEmpty)
        #expect(try await libxl.listDevices(.disk, of: stranger).compactMap(\.disk).isEmpty)
    }

    @Test("a new domain is what was asked for, and paused until it is unpaused", arguments: Backend.available)
    func create(on backend: Backend) async throws {
        let host = try backend.open()
        let config = host.config()
        try await host.withNewDomain(config) { domid in
            let made = try await host.libxl.domainInfo(domid)
            #expect(made.domid == domid)
            #expect(made.uuid == config.createInfo.uuid)
            #expect(made.guestType == .pv)
            #expect(made.paused)
            #expect(made.vcpuCount == 1)
            #expect(made.maximumMemory >= config.buildInfo.maxMemory)
            #expect(made.currentMemory.count > 0)
            #expect(try await host.libxl.domainName(domid) == config.createInfo.name)
            let name = XenstorePath("/local/domain/\(domid)/name")
            #expect(try await host.xenstore.read(name) == config.createInfo.name)
            let domids = try await host.libxl.listDomains().map(\.domid)
            #expect(domids.contains(domid))
            #expect(domids == domids.sorted())
            try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
            let again = await #expect(throws: LibxlError.self) {
                try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
            }
            #expect(again?.code == .failed)
            let unpaused = try await host.libxl.domainInfo(domid)
            #expect(!unpaused.paused)
        }
    }

    @Test("a domain comes with its devices; destroyed, it goes with them and its nodes", arguments: Backend.available)
    func destroy(on backend: Backend) async throws {
        let host = try backend.open()
        var config = host.config()
        config.nics = [host.stockNIC(2)]
        config.disks = [host.disk("xvdc")]
        let (domid, vif, vbd) = try await host.withNewDomain(config) { domid in
            #expect(
                try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).map(\.mac) == config.nics.map(\.mac)
            )
            #expect(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).map(\.vdev) == ["xvdc"])
            #expect(try await host.network.linkState(of: "vif\(domid).2") == .up)
            let number = try #require(config.disks[0].number)
            let vif = try #require(try await host.backend(of: .nic(devid: DeviceID(rawValue: 2)), in: domid))
            let vbd = try #require(try await host.backend(of: .disk(vdev: number), in: domid))
            for end in [vif, vbd] {
                #expect(try await host.xenstore.read(end.path.appending("hotplug-status")) == "connected")
            }
            try await host.libxl.destroyDomain(domid, deadline: host.deadline)
            return (domid, vif, vbd)
        }
        let error = await #expect(throws: LibxlError.self) { try await host.libxl.domainInfo(domid) }
        #expect(error?.code == .domainNotFound)
        #expect(try await !host.libxl.listDomains().contains { $0.domid == domid })
        #expect(try await host.libxl.domainName(domid) == nil)
        #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
        #expect(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
        #expect(try await host.xenstore.list(XenstorePath("/local/domain/\(domid)")) == nil)
        #expect(try await host.xenstore.list(XenstorePath("/libxl/\(domid)")) == nil)
        #expect(try await host.xenstore.read(vif.path.appending("state")) == nil)
        #expect(try await host.xenstore.read(vbd.path.appending("state")) == nil)
        #expect(try await host.network.linkState(of: "vif\(domid).2") == nil)
    }

    @Test("a name that a domain has is refused, and harms neither", arguments: Backend.available)
    func duplicateName(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let name = try #require(try await host.libxl.domainName(domid))
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

    @Test("libxl takes a second domain of one uuid, and gives it a domid of its own", arguments: Backend.available)
    func duplicateUUID(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { first in
            var config = host.config()
            config.createInfo.uuid = try await host.libxl.domainInfo(first).uuid
            let second = try await host.withNewDomain(config) { second in
                #expect(second != first)
                let info = try await host.libxl.domainInfo(second)
                #expect(info.uuid == config.createInfo.uuid)
                return second
            }
            #expect(try await host.libxl.domainInfo(first).uuid == config.createInfo.uuid)
            let error = await #expect(throws: LibxlError.self) { try await host.libxl.domainInfo(second) }
            #expect(error?.code == .domainNotFound)
        }
    }

    @Test("a domid is not given again to the next domain", arguments: Backend.available)
    func domids(on backend: Backend) async throws {
        let host = try backend.open()
        let first = try await host.withNewDomain(host.config()) { $0 }
        let second = try await host.withNewDomain(host.config()) { $0 }
        #expect(second != first)
    }

    @Test("a create that fails leaves no domain", arguments: Backend.available)
    func failedCreate(on backend: Backend) async throws {
        let host = try backend.open()
        var config = host.config()
        var nic = host.stockNIC(0)
        nic.bridge = ContractHost.missingBridge
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
        let host = try backend.open()
        var config = host.config()
        config.buildInfo.kernel = ContractHost.missingFile
        let error = await #expect(throws: LibxlError.self) {
            try await host.libxl.createDomain(config, deadline: host.deadline)
        }
        #expect(error?.code != .aborted)
        #expect(try await !host.libxl.listDomains().contains { $0.uuid == config.createInfo.uuid })
    }
}
