import LibxlAPI
import LibxlFake
import Testing
import XenUnits

@Suite("Facts of libxl that the fake keeps")
struct FactTests {
    private let host = FakeXenHost(configuration: quick { $0.missing = ["/images/none", "nobridge", "/opt/none"] })

    @Test("Domain-0 is there from the start and cannot be destroyed")
    func domain0() async throws {
        let error = await failure { try await host.destroyDomain(.domain0, deadline: .far) }
        #expect(error?.code == .invalid)
        #expect(try await host.listDomains().map(\.uuid) == [.zero])
        #expect(try await host.listDomains().first?.running == true)
    }

    @Test("a name that a domain has is refused before anything is made")
    func duplicates() async throws {
        _ = try await host.start(guest())
        let before = host.snapshot()
        for config in [guest("inn"), guest("Domain-0"), guest("")] {
            let error = await failure { _ = try await host.createDomain(config, deadline: .far) }
            #expect(error?.code == .invalid)
        }
        #expect(host.snapshot() == before)
    }

    @Test("domids count up and are not given again")
    func domids() async throws {
        var given: [UInt32] = []
        for _ in 1...3 {
            let domid = try await host.start()
            given.append(domid.rawValue)
            try await host.destroyDomain(domid, deadline: .far)
        }
        #expect(given == [1, 2, 3])
    }

    @Test("the wrong backend domid deletes the guest's end and leaves the backend")
    func wrongBackend() async throws {
        let domid = try await host.start()
        try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        var wrong = nic()
        wrong.backendDomainID = DomainID(rawValue: 77)
        _ = try await host.removeDevice(.nic(wrong), from: domid, deadline: .far)
        #expect(host.node("/local/domain/0/backend/vif/\(domid)/0/mac") != nil)
        #expect(host.node("/local/domain/0/backend/vif/\(domid)/0/online") == "1")
        #expect(try await host.list(XenstorePath("/local/domain/\(domid)/device/vif/0")) == nil)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
    }

    @Test("the wrong kind of backend does the same to a disk")
    func wrongKind() async throws {
        let domid = try await host.start()
        try await host.addDevice(.disk(disk()), to: domid, deadline: .far)
        try await host.destroyDevice(.disk(disk(backend: .qdisk)), of: domid, deadline: .far)
        #expect(host.node("/local/domain/0/backend/vbd/\(domid)/51712/params") == "/images/xvda")
        #expect(try await host.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
    }

    @Test("devices of a domain that is not there: adding is ERROR_FAIL, removing ERROR_DOMAIN_NOTFOUND")
    func unknownDomain() async throws {
        let stranger = DomainID(rawValue: 99)
        let codes = [
            await failure { try await host.addDevice(.nic(nic()), to: stranger, deadline: .far) }?.code,
            await failure { try await host.addDevice(.disk(disk()), to: stranger, deadline: .far) }?.code,
            await failure { _ = try await host.removeDevice(.nic(nic()), from: stranger, deadline: .far) }?.code,
            await failure { _ = try await host.removeDevice(.disk(disk()), from: stranger, deadline: .far) }?.code,
            await failure { try await host.destroyDevice(.nic(nic()), of: stranger, deadline: .far) }?.code,
        ]
        #expect(codes == [.failed, .failed, .domainNotFound, .domainNotFound, .domainNotFound])
    }

    /// A disk, and the backend that libxl chooses for it or the code with which it is refused.
    struct Choice: Sendable, CustomTestStringConvertible {
        var format: DiskFormat
        var backend = DiskBackend.unknown
        var script: String?
        var path: String? = "/images/a"
        var isCDROM = false
        var guest = GuestType.pv
        var chosen: DiskBackend?
        var code: LibxlError.Code?

        var testDescription: String { "\(format) \(backend) \(script ?? "-") \(path ?? "-") cd \(isCDROM) \(guest)" }
    }

    static let choices = [
        Choice(format: .raw, chosen: .phy),
        Choice(format: .raw, path: "/dev/vg/a", chosen: .phy),
        Choice(format: .raw, backend: .qdisk, guest: .hvm, chosen: .qdisk),
        Choice(format: .raw, backend: .qdisk, code: .failed),
        Choice(format: .qcow2, chosen: .qdisk),
        Choice(format: .vhd, chosen: .qdisk),
        Choice(format: .qcow2, backend: .phy, code: .invalid),
        Choice(format: .raw, backend: .tap, code: .failed),
        Choice(format: .qcow2, backend: .tap, code: .invalid),
        Choice(format: .raw, script: "block-iscsi", path: "iqn.2001:x", chosen: .phy),
        Choice(format: .qcow2, script: "block-iscsi", path: "iqn.2001:x", code: .invalid),
        Choice(format: .raw, path: "/images/none", code: .invalid),
        Choice(format: .raw, backend: .qdisk, path: "/images/none", guest: .hvm, chosen: .qdisk),
        Choice(format: .raw, path: nil, code: .invalid),
        Choice(format: .raw, isCDROM: true, chosen: .phy),
        Choice(format: .raw, isCDROM: true, guest: .hvm, chosen: .qdisk),
        Choice(format: .raw, backend: .phy, isCDROM: true, guest: .hvm, code: .failed),
        Choice(format: .empty, path: nil, isCDROM: true, chosen: .phy),
        Choice(format: .empty, path: nil, isCDROM: false, code: .invalid),
        Choice(format: .empty, path: "/images/a", isCDROM: true, code: .invalid),
        Choice(format: .unknown, code: .invalid),
    ]

    @Test("devices of the device tree are handed out on Arm alone", arguments: [GuestType.pv, .hvm, .pvh])
    func deviceTree(type: GuestType) async throws {
        var config = guest(type: type)
        config.dtdevs = [LibxlDeviceDTDev(path: "/soc/serial@fe201000")]
        let error = await failure { _ = try await host.start(config) }
        #expect(error?.code == (type == .pvh ? .invalid : .nonspecific))
        config.createInfo.passthrough = .disabled
        #expect(await failure { _ = try await host.start(config) }?.code == .invalid)
    }

    @Test("the backend of a disk is chosen, or refused, as libxl does", arguments: choices)
    func diskBackend(choice: Choice) async throws {
        let domid = try await host.start(guest(type: choice.guest))
        var disk = LibxlDeviceDisk(vdev: "xvdc", pdevPath: choice.path, format: choice.format)
        disk.backend = choice.backend
        disk.script = choice.script
        disk.isCDROM = choice.isCDROM
        let error = await failure { try await host.addDevice(.disk(disk), to: domid, deadline: .far) }
        #expect(error?.code == choice.code)
        let listed = try await host.listDevices(.disk, of: domid).compactMap(\.disk).first
        #expect(listed?.backend == choice.chosen)
        #expect(host.snapshot().storedConfigurations[domid]?.disks.first?.backend == choice.chosen)
        if choice.chosen != nil {
            #expect(listed?.pdevPath == choice.path.map { $0.contains(":") ? "x" : $0 })
            #expect(listed?.format == .unknown)
            #expect(listed?.isCDROM == choice.isCDROM)
        }
    }

    @Test("a disk of QEMU's lies under qdisk, needs no script, and is connected by its state")
    func qdisk() async throws {
        let domid = try await host.start(guest(type: .hvm))
        try await host.addDevice(.disk(disk(backend: .qdisk)), to: domid, deadline: .far)
        let backend = "/local/domain/0/backend/qdisk/\(domid)/51712"
        #expect(host.node("/libxl/\(domid)/device/vbd/51712/backend") == backend)
        #expect(host.node(backend + "/params") == "aio:/images/xvda")
        #expect(host.node(backend + "/type") == "qdisk")
        #expect(host.node(backend + "/hotplug-status") == nil)
        #expect(host.node(backend + "/script") == nil)
        #expect(host.node(backend + "/state") == "4")
        _ = try await host.removeDevice(.disk(disk(backend: .qdisk)), from: domid, deadline: .far)
        #expect(try await host.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
    }

    @Test("QEMU gives a disk back without asking a guest that stands still")
    func qdiskOfPaused() async throws {
        let domid = try await host.createDomain(guest(type: .hvm), deadline: .far)
        try await host.addDevice(.disk(disk(backend: .qdisk)), to: domid, deadline: .far)
        _ = try await host.removeDevice(.disk(disk(backend: .qdisk)), from: domid, deadline: .far)
        #expect(try await host.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
    }

    @Test("an emulated NIC is refused to pv and pvh; hvm has one from the start, with a second link")
    func emulated() async throws {
        for type in [GuestType.pv, .pvh] {
            let domid = try await host.start(guest("\(type)", type: type))
            var emulated = nic()
            emulated.nictype = .vifIOEmu
            #expect(
                await failure { try await host.addDevice(.nic(emulated), to: domid, deadline: .far) }?.code == .invalid)
        }
        var config = guest(type: .hvm)
        var automatic = nic()
        automatic.nictype = .unknown
        config.nics = [automatic]
        let domid = try await host.start(config)
        var plugged = nic(1)
        plugged.nictype = .unknown
        try await host.addDevice(.nic(plugged), to: domid, deadline: .far)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).map(\.nictype) == [.vifIOEmu, .vif])
        let links = Set(host.snapshot().links.keys)
        #expect(links == ["vif\(domid).0", "vif\(domid).0-emu", "vif\(domid).1"])
    }

    @Test("a backend domain is found by name or number, and serves the device in its own part of xenstore")
    func driverDomain() async throws {
        let server = try await host.start(guest("netvm"))
        let domid = try await host.start(guest("inn"))
        for (devid, name) in [(Int32(0), "netvm"), (1, "\(server)")] {
            var remote = nic(devid)
            remote.backendDomainName = name
            try await host.addDevice(.nic(remote), to: domid, deadline: .far)
            let backend = "/local/domain/\(server)/backend/vif/\(domid)/\(devid)"
            #expect(host.node(backend + "/state") == "4")
            #expect(host.node(backend + "/hotplug-status") == "connected")
            #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).first?.backendDomainID == server)
            // Domain-0's network has no part in it.
            #expect(try await host.linkState(of: "vif\(domid).\(devid)") == nil)
            remote.backendDomainID = server
            #expect(try await host.removeDevice(.nic(remote), from: domid, deadline: .far) == .released)
            #expect(host.node(backend + "/state") == nil)
        }
        var nowhere = nic()
        nowhere.backendDomainName = "nobody"
        let error = await failure { try await host.addDevice(.nic(nowhere), to: domid, deadline: .far) }
        #expect(error?.code == .invalid)
        #expect(error?.log.contains("'nobody'") == true)
        nowhere.backendDomainName = nil
        nowhere.backendDomainID = DomainID(rawValue: 77)
        #expect(await failure { try await host.addDevice(.nic(nowhere), to: domid, deadline: .far) }?.code == .timedOut)
    }

    @Test("libxl's record is what is listed, whatever becomes of the backend")
    func backendRemoved() async throws {
        let domid = try await host.start()
        let plugged = nic()
        try await host.addDevice(.nic(plugged), to: domid, deadline: .far)
        host.removeBackend(of: .nic0, in: domid)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).map(\.mac) == [plugged.mac])
        #expect(try await host.linkState(of: "vif\(domid).0") == nil)
        #expect(try await host.removeDevice(.nic(plugged), from: domid, deadline: .far) == .released)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
    }

    @Test("the stored configuration follows plug and unplug, or stays behind where that is asked for")
    func storedConfiguration() async throws {
        var config = guest()
        config.nics = [nic(5)]
        let domid = try await host.start(config)
        try await host.addDevice(.nic(nic(6)), to: domid, deadline: .far)
        func stored() -> [Int32] { host.snapshot().storedConfigurations[domid]?.nics.map(\.devid.rawValue) ?? [] }
        #expect(stored() == [5, 6])
        _ = try await host.removeDevice(.nic(nic(5)), from: domid, deadline: .far)
        #expect(stored() == [6])
        host.configure { $0.removalLeavesStoredConfiguration = true }
        _ = try await host.removeDevice(.nic(nic(6)), from: domid, deadline: .far)
        #expect(stored() == [6])
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
    }

    @Test("a script of one's own that is not there fails; bridges do not matter to scripts that use none")
    func scripts() async throws {
        let domid = try await host.start()
        var own = nic()
        own.script = "/opt/none"
        let error = await failure { try await host.addDevice(.nic(own), to: domid, deadline: .far) }
        #expect(error?.code == .failed)
        #expect(error?.log.contains("/opt/none") == true)
        var routed = nic(1)
        routed.script = "vif-route"
        routed.bridge = "nobridge"
        try await host.addDevice(.nic(routed), to: domid, deadline: .far)
        #expect(
            try await host.listDevices(.nic, of: domid).compactMap(\.nic).last?.script == "/etc/xen/scripts/vif-route")
    }

    @Test("the bridge is looked for when the script runs, also for one that is taken away and given back")
    func bridgeComesAndGoes() async throws {
        let domid = try await host.start()
        host.removeBridge("xenbr0")
        #expect(await failure { try await host.addDevice(.nic(nic(0)), to: domid, deadline: .far) }?.code == .failed)
        host.addBridge("xenbr0")
        try await host.addDevice(.nic(nic(1)), to: domid, deadline: .far)
    }

    @Test("a renamed domain goes by its new name alone")
    func renamed() async throws {
        let domid = try await host.start()
        host.renameDomain(domid, to: "tavern")
        #expect(try await host.domainName(domid) == "tavern")
        #expect(host.domid(named: "inn") == nil)
        _ = try await host.start(guest("inn"))
        #expect(await failure { _ = try await host.createDomain(guest("tavern"), deadline: .far) }?.code == .invalid)
    }
}
