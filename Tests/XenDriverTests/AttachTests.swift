import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A device is plugged under a name and an identity of its own")
struct AttachTests {
    private func running(
        _ devices: String, _ configure: (inout FakeXenConfiguration) -> Void = { _ in }
    ) async throws -> DriverHost {
        let host = DriverHost(configure)
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    private func attach(_ document: String, to host: DriverHost, _ scope: ChangeScope = .live) async -> String {
        await errorName { () throws(DriverError) in
            try await host.driver.attach(Documents.bytes(document), to: "web", scope: scope, isStrict: false)
        }
    }

    @Test(
        "what another device of the domain has is refused, and nothing is done",
        arguments: [
            (Documents.nic("00:16:3e:00:00:09", "ua-a"), "duplicateAlias"),
            (Documents.disk("xvdz", "ua-a", source: "/dev/z"), "duplicateAlias"),
            (Documents.nic("00:16:3e:00:00:09", "ua-root"), "duplicateAlias"),
            (Documents.nic(Documents.mac1, "ua-new"), "macTaken"),
            (Documents.nic("00:16:3E:0:0:1"), "macTaken"),
            (Documents.disk("xvda", "ua-new", source: "/dev/z"), "targetTaken"),
            (Documents.disk("d0p0", "ua-new", source: "/dev/z"), "targetTaken"),
            (Documents.disk("51712", "ua-new", source: "/dev/z"), "targetTaken"),
            (Documents.nic("00:16:3e:00:00:09", "ua-new", bridge: "nowhere"), "noBridge"),
            (Documents.disk("vda", "ua-new", source: "/dev/z"), "untranslatable"),
            (Documents.nic("00:16:3e:00:00:09", "ua-a.b"), "document"),
            (Documents.nic("01:00:5e:00:00:09", "ua-new"), "document"),
            ("<sound model='ac97'><alias name='ua-s'/></sound>", "notHotPluggable"),
            (
                "<x:dtdev xmlns:x='urn:xenkeeper:domain:1' path='/soc/serial'><alias name='ua-s'/></x:dtdev>",
                "notHotPluggable"
            ),
            ("", "document"), ("<interface", "document"),
        ], [ChangeScope.live, .liveAndConfig, .persistent, .current])
    func refused(_ request: (document: String, error: String), _ scope: ChangeScope) async throws {
        let host = try await running(Scenario.twoOfEach) { $0.missing = ["nowhere"] }
        let before = host.everything()
        #expect(await attach(request.document, to: host, scope) == request.error)
        #expect(host.everything() == before)
    }

    @Test(
        "a bridge is looked for where Xen's own bridge script will need it, and nowhere else",
        arguments: [
            ("", "noBridge"), ("<script path='vif-bridge'/>", "noBridge"),
            ("<script path='/etc/xen/scripts/vif-bridge'/>", "noBridge"),
            ("<script path='vif-route'/>", "none"),
        ])
    func bridges(_ script: String, _ expected: String) async throws {
        let host = try await running("") { $0.bridges = [] }
        #expect(await attach(Documents.nic(nil, "ua-x", bridge: "ovsbr0", more: script), to: host) == expected)
    }

    @Test("equal MAC addresses are allowed at define and start, with a warning each")
    func equalMACs() async throws {
        let host = DriverHost()
        let defined = try await host.driver.define(Documents.domain(Documents.threeNICs), isStrict: true)
        #expect(defined.warnings.count == 1)
        #expect(defined.warnings.first?.contains("2 interfaces have the MAC address 00:16:3e:00:00:01") == true)
        #expect(try await host.driver.start("web", paused: false).warnings == defined.warnings)
    }

    @Test("a new NIC's devid is one past the highest known, also after a low one has gone")
    func devids() async throws {
        let host = try await running(Documents.threeNICs)
        _ = try await host.driver.detach(.alias("ua-a"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(await attach(Documents.nic("00:16:3e:00:00:09", "ua-x"), to: host) == "none")
        #expect(try await host.devids() == [1, 2, 3])
        // Somebody else plugs two; ours goes past them.
        let domid = try host.domid()
        let mac = try #require(MACAddress("00:16:3e:00:00:77"))
        let nic = LibxlDeviceNIC(devid: DeviceID(rawValue: 9), mac: mac, nictype: .vif)
        try await host.fake.addDevice(.nic(nic), to: domid, deadline: .now + .seconds(3600))
        #expect(await attach(Documents.nic("00:16:3e:00:00:0a"), to: host) == "none")
        #expect(try await host.devids() == [1, 2, 3, 9, 10])
    }

    @Test("a disk at a place where somebody else has plugged one is refused, and theirs stays")
    func foreignDisk() async throws {
        let host = try await running(Scenario.twoOfEach)
        var disk = LibxlDeviceDisk(vdev: "xvde", pdevPath: "/dev/vg/theirs", format: .raw)
        disk.backend = .phy
        try await host.fake.addDevice(.disk(disk), to: try host.domid(), deadline: .now + .seconds(3600))
        let before = host.everything()
        #expect(await attach(Documents.disk("xvde", "ua-e", source: "/dev/vg/e"), to: host) == "targetTaken")
        #expect(host.everything() == before)
    }

    @Test("a device that somebody plugs under the identity that was planned is theirs and stays")
    func overtaken() async throws {
        let host = try await running(Scenario.twoOfEach)
        let domid = try host.domid()
        let fake = host.fake
        let mac = try #require(MACAddress("00:16:3e:00:00:77"))
        let theirs = XenstorePath.libxlDevice(.nic(devid: DeviceID(rawValue: 2)), of: domid)
        // As soon as our change is written, they take the devid, as a record of libxl's shows.
        let overtaker = host.otherDriver(
            steps: StepHook { step in
                guard step == "driver: change written" else { return }
                fake.writeNode(theirs.appending("backend"), "/local/domain/0/backend/vif/\(domid)/2")
                fake.writeNode(theirs.appending("mac"), "\(mac)")
            })
        let documents = try await host.documents()
        let error = await #expect(throws: DriverError.self) {
            try await overtaker.attach(
                Documents.bytes(Documents.nic("00:16:3e:00:00:09", "ua-x")), to: "web", scope: .liveAndConfig,
                isStrict: false)
        }
        #expect(error?.description.contains("ERROR_DEVICE_EXISTS") == true)
        #expect(try await fake.listDevices(.nic, of: domid).compactMap(\.nic).last?.mac == mac)
        #expect(try await host.documents() == documents)
        let foreign = try await host.driver.devices(of: "web").filter { $0.state == .foreign }
        #expect(foreign.map(\.familiarName) == ["00:16:3e:00:00:77"])
        #expect(foreign.first?.alias == nil)
    }

    @Test("a generated alias is given to whom the user gave none, and never twice in a run")
    func generated() async throws {
        let host = try await running(Documents.nic(Documents.mac1) + Documents.nic(Documents.mac3, "ua-c"))
        #expect(try await host.aliases() == ["net0", "ua-c"])
        #expect(try await host.aliases(inactive: true) == ["ua-c"])
        _ = try await host.driver.detach(.alias("net0"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(await attach(Documents.nic("00:16:3e:00:00:09"), to: host) == "none")
        #expect(try await host.aliases() == ["ua-c", "net1"])
    }

    @Test(
        "the same device may be detached from the running domain and attached to it again",
        arguments: [
            Documents.nic(Documents.mac1, "ua-a"), Documents.disk("xvda", "ua-a", source: "/dev/vg/a"),
        ])
    func backAgain(_ device: String) async throws {
        let host = try await running(device)
        _ = try await host.driver.detach(.alias("ua-a"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(await attach(device, to: host) == "none")
        #expect(try await host.aliases() == ["ua-a"])
        #expect(try await host.aliases(inactive: true) == ["ua-a"])
    }

    @Test(
        "the scope says which definition changes",
        arguments: [
            (ChangeScope.live, true, false), (.config, false, true), (.liveAndConfig, true, true),
            (.persistent, true, true), (.current, true, false),
        ])
    func scopes(_ scope: ChangeScope, _ live: Bool, _ config: Bool) async throws {
        let host = try await running("")
        #expect(await attach(Documents.nic(nil, "ua-x"), to: host, scope) == "none")
        #expect(try await host.aliases().contains("ua-x") == live)
        #expect(try await host.aliases(inactive: true).contains("ua-x") == config)
        guard live, config else { return }
        let nics = try await host.driver.interfaces(of: "web", inactive: false)
        #expect(try await host.driver.interfaces(of: "web", inactive: true).map(\.mac) == nics.map(\.mac))
    }

    @Test(
        "a domain that does not run has no live definition, a transient one no persistent one",
        arguments: [ChangeScope.live, .liveAndConfig, .config, .persistent, .current])
    func wrongScope(_ scope: ChangeScope) async throws {
        let stopped = DriverHost()
        _ = try await stopped.driver.define(Documents.domain(), isStrict: false)
        let isLive = scope == .live || scope == .liveAndConfig
        #expect(await attach(Documents.nic(), to: stopped, scope) == (isLive ? "notRunning" : "none"))
        let transient = DriverHost()
        _ = try await transient.driver.create(Documents.domain(), paused: false, isStrict: false)
        let isConfig = scope == .config || scope == .liveAndConfig || scope == .persistent
        #expect(await attach(Documents.nic(), to: transient, scope) == (isConfig ? "transientHasNoConfig" : "none"))
    }

    @Test(
        "a disk is not given to two domains that could spoil it for each other",
        arguments: [
            ("", "", "diskInUse"), ("<shareable/>", "", "diskInUse"), ("<shareable/>", "<shareable/>", "none"),
            ("<readonly/>", "<readonly/>", "none"), ("<readonly/>", "", "diskInUse"), ("", "<readonly/>", "diskInUse"),
        ])
    func sharedDisk(_ first: String, _ second: String, _ expected: String) async throws {
        let host = try await running(Documents.disk("xvda", source: "/dev/vg/one", more: first))
        let other = Documents.domain(
            Documents.disk("xvdb", source: "/dev/vg/one", more: second), name: "other",
            uuid: "6695eb01-f6a4-8304-79aa-97f2502e1940")
        _ = try await host.driver.define(other, isStrict: false)
        let started = await errorName { () throws(DriverError) in
            try await host.driver.start("other", paused: false)
        }
        #expect(started == expected)
        let empty = Documents.domain(name: "third", uuid: "6695eb01-f6a4-8304-79aa-97f2502e1941")
        _ = try await host.driver.create(empty, paused: false, isStrict: false)
        let attached = await errorName { () throws(DriverError) in
            try await host.driver.attach(
                Documents.bytes(Documents.disk("xvdb", source: "/dev/vg/one", more: second)), to: "third",
                scope: .live, isStrict: false)
        }
        #expect(attached == expected)
    }

    @Test("the disk's driver that libxl chose is shown where the user named none")
    func chosenDriver() async throws {
        let host = try await running(Documents.disk("xvda", "ua-a", source: "/dev/vg/a"))
        #expect(try await host.driver.document(of: "web", inactive: false).contains("<driver name='phy'"))
        #expect(try await host.driver.document(of: "web", inactive: true).contains("<driver") == false)
    }
}
