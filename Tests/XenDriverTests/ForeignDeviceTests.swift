import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A device that another toolstack plugged is changed by what Xen knows it by")
struct ForeignDeviceTests {
    private func running(
        _ devices: String = Scenario.twoOfEach, type: String = "linux",
        _ configure: (inout FakeXenConfiguration) -> Void = { _ in }
    ) async throws -> DriverHost {
        let host = DriverHost(configure)
        let document = String(decoding: Documents.domain(devices), as: UTF8.self)
        _ = try await host.driver.define(
            Documents.bytes(document.replacing(">linux<", with: ">\(type)<")), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    private func document(_ text: String) -> DeviceSelector { .document(Documents.bytes(text)) }

    // MARK: Matching

    @Test(
        "a request by MAC, target, source or identity means it, one by alias never",
        arguments: [
            (.document(Documents.bytes(Documents.nic(DriverHost.theirMAC))), "vif/2"), (.identity("vif/2"), "vif/2"),
            (.interface(DriverHost.theirMAC), "vif/2"), (.interface("vif1.2"), "vif/2"),
            (.mac(DriverHost.theirMAC), "vif/2"), (.target("vif1.2"), "vif/2"), (.target("xvde"), "vbd/51776"),
            (.target("d4p0"), "vbd/51776"),
            (.document(Documents.bytes(Documents.disk("xvde"))), "vbd/51776"),
            (.document(Documents.bytes(Documents.disk(source: "/dev/vg/theirs"))), "vbd/51776"),
            (.all([.mac(DriverHost.theirMAC), .identity("vif/2")]), "vif/2"),
            // Ours are named by their identity just as well.
            (.identity("vif/1"), "vif/1"), (.identity("vbd/51712"), "vbd/51712"),
            (.all([.alias("ua-a"), .identity("vif/0")]), "vif/0"),
            (.all([.document(Documents.bytes(Documents.nic(Documents.mac1))), .identity("vif/1")]), "vif/1"),
            (.all([.mac(DriverHost.theirMAC), .identity("vif/1")]), "noDevice"),
            (.all([.alias("ua-a"), .identity("vif/1")]), "noDevice"),
            (.all([.alias("ua-a"), .mac(DriverHost.theirMAC)]), "noDevice"),
            (.document(Documents.bytes(Documents.nic(DriverHost.theirMAC, "ua-a"))), "noDevice"),
            (.alias("net0"), "noDevice"), (.alias("ua-x"), "noDevice"), (.identity("vif/7"), "noDevice"),
            (.mac(Documents.mac1), "severalDevices"), (.all([]), "noCriteria"),
            (.all([.identity("vif/1"), .identity("vif/2")]), "contradiction"),
            (.identity("vif"), "malformedIdentity"), (.identity("vif/02"), "malformedIdentity"),
            (.identity("vif/-1"), "malformedIdentity"), (.identity("2"), "malformedIdentity"),
            (.mac("00:16:3e"), "malformedMAC"), (.mac("ff:ff:ff:ff:ff:ff"), "malformedMAC"),
        ] as [(DeviceSelector, String)])
    func matching(_ selector: DeviceSelector, _ expected: String) async throws {
        let host = try await running()
        try await host.plugTheirNIC(2)
        try await host.plugTheirDisk()
        let there = try await host.driver.devices(of: "web").compactMap(\.identity).map(\.description)
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(selector, from: "web", scope: .live, force: false, isStrict: true)
        }
        let left = try await host.driver.devices(of: "web").compactMap(\.identity).map(\.description)
        if expected.contains("/") {
            #expect(error == "none")
            #expect(left == there.filter { $0 != expected })
        } else {
            #expect(error == expected)
            #expect(host.everything() == before)
        }
    }

    @Test("what fits one of ours and a foreign one is ambiguous, and the error says how to tell them apart")
    func ambiguous() async throws {
        let host = try await running(Documents.nic(Documents.mac1, "ua-a"))
        try await host.plugTheirNIC(1, mac: Documents.mac1)
        let before = host.everything()
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.detach(.mac(Documents.mac1), from: "web", scope: .live, force: false, isStrict: true)
        }
        #expect(
            error?.description == """
                operation failed: multiple devices matching MAC address 00:16:3e:00:00:01 found in the live definition of \
                domain 'web': interface 'ua-a' (00:16:3e:00:00:01), foreign interface '00:16:3e:00:00:01' at vif/1; name \
                one of them by its alias or by its identity
                """)
        #expect(host.everything() == before)
        _ = try await host.driver.detach(.identity("vif/1"), from: "web", scope: .live, force: false, isStrict: true)
        #expect(try await host.devids() == [0])
        #expect(try await host.disorder() == [])
    }

    // MARK: Detach

    @Test("a detach of it leaves nothing in Xen and nothing in our books", arguments: [false, true])
    func detach(_ force: Bool) async throws {
        let host = try await running()
        let before = host.everything()
        try await host.plugTheirNIC(2)
        try await host.plugTheirDisk()
        for selector in [DeviceSelector.mac(DriverHost.theirMAC), .target("xvde")] {
            let outcome = try await host.driver.detach(
                selector, from: "web", scope: .live, force: force, isStrict: true)
            #expect(outcome.alias == nil)
            #expect(outcome.live == (force ? .removedByForce : .unplugged))
        }
        #expect(host.everything() == before)
    }

    @Test("one that is in no definition cannot be detached from both, and stays")
    func detachBoth() async throws {
        let host = try await running()
        try await host.plugTheirNIC(2)
        let before = host.everything()
        for scope in [ChangeScope.liveAndConfig, .persistent, .config] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.detach(
                    .mac(DriverHost.theirMAC), from: "web", scope: scope, force: false, isStrict: true)
            }
            #expect(error == "noDevice")
        }
        #expect(host.everything() == before)
    }

    @Test("a disk that the guest holds on to stays foreign, stops nothing else, and can be detached later")
    func refusal() async throws {
        let host = try await running { $0.guest = .refusing }
        try await host.plugTheirDisk()
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.detach(.target("xvde"), from: "web", scope: .live, force: false, isStrict: true)
        }
        #expect(error?.caseName == "guestHoldsDevice")
        #expect(error?.description.contains("can be detached again once the guest has released it") == true)
        #expect(try await host.recover() == [])
        #expect(try await host.disorder() == ["xvde is foreign"])
        host.fake.release(.disk(vdev: BlockDeviceNumber(rawValue: 51776)), of: try host.domid())
        _ = try await host.driver.detach(.target("xvde"), from: "web", scope: .live, force: false, isStrict: true)
        #expect(try await host.disorder() == [])
    }

    @Test("each call of a detach failing after each of its steps: the next change completes or undoes it")
    func detachFails() async throws {
        for isNIC in [true, false] {
            let operation: FakeOperation = isNIC ? .removeNIC : .safeRemoveDisk
            for step in operation.steps {
                let host = try await running()
                let selector: DeviceSelector = isNIC ? .mac(DriverHost.theirMAC) : .target("xvde")
                if isNIC { try await host.plugTheirNIC(2) } else { try await host.plugTheirDisk() }
                host.fake.inject(FakeFault(.fail(.failed), in: operation, after: step))
                _ = try? await host.driver.detach(selector, from: "web", scope: .live, force: false, isStrict: true)
                host.fake.clearFaults()
                _ = try await host.recover()
                #expect(try await host.disorder() == [], "\(operation.rawValue) failed after \(step)")
            }
        }
    }

    // MARK: Changes

    @Test("its link is put down and up in place, and it stays foreign")
    func link() async throws {
        let host = try await running()
        try await host.plugTheirNIC(2)
        let before = host.everything()
        let link = "vif\(try host.domid()).2"
        for state in [LinkState.down, .down, .up] {
            let wasThere = host.fake.snapshot().links[link]?.state == state
            let outcome = try await host.driver.setLinkState(
                state, of: .interface(DriverHost.theirMAC), in: "web", scope: .live)
            #expect(outcome.live == (wasThere ? .unchanged : .changedInPlace(["link"])))
            #expect(host.fake.snapshot().links[link]?.state == state)
        }
        #expect(host.everything() == before)
    }

    private let moved = Documents.bytes(
        Documents.nic(DriverHost.theirMAC, bridge: "elsewhere", more: "<link state='down'/>"))

    @Test("an update plugs it anew under its identity with all else as it was, and it stays foreign")
    func update() async throws {
        let host = try await running()
        try await host.plugTheirNIC(2) {
            $0.ifname = "their-nic"
            $0.mtu = 1400
        }
        let before = host.read(host.statusFile())
        let document = Documents.nic(
            DriverHost.theirMAC, bridge: "elsewhere", more: "<mtu size='1400'/><link state='down'/>")
        let outcome = try await host.driver.update(
            Documents.bytes(document), of: "web", alias: nil, scope: .live, isStrict: true)
        #expect(outcome.live == .replugged(["source", "link"]))
        let nic = try #require(try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic).last)
        #expect(nic.bridge == "elsewhere")
        #expect(nic.mtu == 1400)
        #expect(host.fake.snapshot().links["their-nic"]?.state == .down)
        #expect(host.read(host.statusFile()) == before)
        #expect(try await host.disorder() == ["\(DriverHost.theirMAC) is foreign"])
    }

    @Test(
        "an update or its failure leaves the guest with a backend that is not to be trusted",
        arguments: [false, true])
    func updateUntrusted(_ fails: Bool) async throws {
        let host = try await running()
        try await host.plugTheirNIC(2) { $0.trusted = false }
        let trusted = XenstorePath.frontend(.nic(devid: DeviceID(rawValue: 2)), of: try host.domid()).appending(
            "trusted")
        #expect(try await host.fake.read(trusted) == "0")
        if fails { host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "script", times: 1)) }
        let error = await errorName { () throws(DriverError) in
            try await host.driver.update(
                Documents.bytes(
                    "<interface type='bridge'><mac address='\(DriverHost.theirMAC)'/><source bridge='elsewhere'/></interface>"
                ),
                of: "web", alias: nil, scope: .live, isStrict: true)
        }
        #expect(error == (fails ? "operation" : "none"))
        // A complete document says that it is to be left to libxl; the old NIC is put back as it was.
        #expect(try await host.fake.read(trusted) == (fails ? "0" : "1"))
    }

    @Test("an update that fails puts the old one back, at once or with the next change", arguments: [1, 2])
    func updateFails(_ times: Int) async throws {
        let host = try await running()
        try await host.plugTheirNIC(2)
        _ = try await host.driver.setLinkState(.down, of: .identity("vif/2"), in: "web", scope: .live)
        let before = try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic)
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "script", times: times))
        let error = await errorName { () throws(DriverError) in
            try await host.driver.update(moved, of: "web", alias: nil, scope: .live, isStrict: true)
        }
        #expect(error == "operation")
        if times > 1 {
            let shown = try await host.driver.devices(of: "web").first { $0.identity?.description == "vif/2" }
            #expect(shown?.state == .attaching)
            #expect(try await host.recover().contains { $0.contains("undid an update that was interrupted") })
        }
        #expect(try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic) == before)
        #expect(host.fake.snapshot().links["vif\(try host.domid()).2"]?.state == .down)
        #expect(try await host.disorder() == ["\(DriverHost.theirMAC) is foreign"])
    }

    // MARK: Adoption

    @Test("an adopted NIC is ours: it is listed, shown, changed and detached by its alias")
    func adoptNIC() async throws {
        let host = try await running()
        try await host.plugTheirNIC(2) {
            $0.script = "vif-route"
            $0.ifname = "their-nic"
            $0.ip = "10.0.0.1 fe80::1"
            $0.mtu = 9000
            $0.rateBytesPerInterval = 51_200
            $0.rateIntervalMicroseconds = 50_000
            $0.vlan = "42"
            $0.trusted = false
        }
        let xen = host.fake.snapshot().comparable
        let outcome = try await host.driver.adopt(
            .mac(DriverHost.theirMAC), of: "web", as: "ua-their", scope: .live)
        #expect(outcome.alias?.description == "ua-their")
        #expect(outcome.live == .adopted)
        #expect(outcome.warnings == [])
        #expect(host.fake.snapshot().comparable == xen, "nothing changes in Xen")
        #expect(try await host.disorder() == [])
        let document = try await host.driver.document(of: "web", inactive: false)
        #expect(
            document.contains(
                """
                    <interface type='bridge'>
                      <mac address='00:16:3e:00:00:77'/>
                      <source bridge='theirs'/>
                      <vlan>
                        <tag id='42'/>
                      </vlan>
                      <bandwidth>
                        <outbound average='1000'/>
                      </bandwidth>
                      <ip address='10.0.0.1'/>
                      <ip address='fe80::1'/>
                      <script path='/etc/xen/scripts/vif-route'/>
                      <target dev='their-nic'/>
                      <mtu size='9000'/>
                      <xenkeeper:backend trusted='no'/>
                      <alias name='ua-their'/>
                    </interface>
                """))
        #expect(try await host.aliases(inactive: true).contains("ua-their") == false)
        _ = try await host.driver.setLinkState(.down, of: .alias("ua-their"), in: "web", scope: .live)
        #expect(host.fake.snapshot().links["their-nic"]?.state == .down)
        // The next NIC of ours goes past it.
        _ = try await host.driver.attach(
            Documents.bytes(Documents.nic(nil, "ua-next")), to: "web", scope: .live, isStrict: true)
        #expect(try await host.devids() == [0, 1, 2, 3])
        _ = try await host.driver.detach(.alias("ua-their"), from: "web", scope: .live, force: false, isStrict: true)
        #expect(try await host.devids() == [0, 1, 3])
        #expect(try await host.disorder() == [])
    }

    @Test("an adopted disk is ours, whoever serves it", arguments: [DiskBackend.phy, .qdisk])
    func adoptDisk(_ backend: DiskBackend) async throws {
        let host = try await running(
            Documents.disk("xvda", "ua-root", source: "/dev/vg/root", more: "<driver name='qemu' type='raw'/>"))
        try await host.plugTheirDisk("d4p0") {
            $0.backend = backend
            $0.format = backend == .phy ? .raw : .qcow2
            $0.readwrite = false
        }
        let outcome = try await host.driver.adopt(.target("xvde"), of: "web", as: "ua-their", scope: .liveAndConfig)
        #expect(outcome.warnings == [])
        let driver = backend == .phy ? "<driver name='phy' type='raw'/>" : "<driver name='qemu' type='qcow2'/>"
        for inactive in [false, true] {
            let document = try await host.driver.document(of: "web", inactive: inactive)
            #expect(document.contains(driver), "\(document)")
            #expect(document.contains("<target dev='d4p0'/>"))
            #expect(document.ranges(of: "<readonly/>").count == 1)
        }
        #expect(try await host.disorder() == [])
        _ = try await host.driver.detach(
            .alias("ua-their"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        #expect(try await host.vdevs() == ["xvda"])
        #expect(try await host.disorder() == [])
    }

    @Test("what Xen does not say of an adopted device is a warning")
    func unread() async throws {
        let host = try await running("", type: "hvm")
        // libxl plugs no emulated NIC into a guest that runs, but one may have been there from its start.
        try await host.plugTheirNIC(0)
        host.fake.writeNode(
            XenstorePath.libxlDevice(.nic(devid: DeviceID(rawValue: 0)), of: try host.domid()).appending("type"),
            "vif_ioemu")
        let outcome = try await host.driver.adopt(.identity("vif/0"), of: "web", as: "ua-their", scope: .live)
        #expect(
            outcome.warnings.map(\.description) == [
                "domain 'web': interface 'ua-their' (00:16:3e:00:00:77): Xen does not say its model, which is left out"
            ])
        try await host.plugTheirNIC(1, mac: "00:16:3e:00:00:78")
        let second = try await host.driver.adopt(.identity("vif/1"), of: "web", as: "ua-second", scope: .live)
        #expect(second.warnings == [])
        #expect(try await host.driver.document(of: "web", inactive: false).contains("<model type='netfront'/>"))
    }

    @Test(
        "the scope says whether the next start has it too",
        arguments: [
            (ChangeScope.live, false), (.current, false), (.config, true), (.liveAndConfig, true), (.persistent, true),
        ])
    func adoptScope(_ scope: ChangeScope, _ isPersistent: Bool) async throws {
        let host = try await running()
        try await host.plugTheirNIC(2)
        _ = try await host.driver.adopt(.mac(DriverHost.theirMAC), of: "web", as: "ua-their", scope: scope)
        #expect(try await host.aliases().contains("ua-their"))
        #expect(try await host.aliases(inactive: true).contains("ua-their") == isPersistent)
        _ = try await host.driver.destroy("web")
        _ = try await host.driver.start("web", paused: false)
        #expect(try await host.aliases().contains("ua-their") == isPersistent)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "an adoption that makes no sense is refused, and nothing is done",
        arguments: [
            (.mac(DriverHost.theirMAC), "ua-a", .live, "duplicateAlias"),
            (.mac(DriverHost.theirMAC), "ua-root", .live, "duplicateAlias"),
            (.mac(DriverHost.theirMAC), "ua-later", .live, "duplicateAlias"),
            (.mac(DriverHost.theirMAC), "net7", .live, "generatedAlias"),
            (.mac(DriverHost.theirMAC), "ua-", .live, "malformedAlias"),
            (.mac(DriverHost.theirMAC), "x", .live, "malformedAlias"),
            (.mac(Documents.mac1), "ua-x", .live, "severalDevices"), (.identity("vif/9"), "ua-x", .live, "noDevice"),
            (.identity("vif/0"), "ua-x", .live, "alreadyNamed"), (.target("xvda"), "ua-x", .live, "alreadyNamed"),
            (.all([]), "ua-x", .live, "noCriteria"), (.target("xvde"), "ua-x", .config, "targetTaken"),
        ] as [(DeviceSelector, String, ChangeScope, String)])
    func refusedAdoption(_ selector: DeviceSelector, _ alias: String, _ scope: ChangeScope, _ expected: String)
        async throws
    {
        let host = try await running()
        _ = try await host.driver.attach(
            Documents.bytes(Documents.disk("xvde", "ua-later", source: "/dev/vg/later")), to: "web", scope: .config,
            isStrict: true)
        try await host.plugTheirNIC(2)
        try await host.plugTheirDisk()
        let before = host.everything()
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.adopt(selector, of: "web", as: alias, scope: scope)
        }
        #expect(error?.caseName == expected)
        #expect(error?.description.isEmpty == false)
        #expect(host.everything() == before)
    }

    @Test("a device that is gone from Xen cannot be adopted, nor one of a domain that does not run")
    func nothingToAdopt() async throws {
        let host = try await running()
        let ours = try #require(try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic).last)
        _ = try await host.fake.removeDevice(.nic(ours), from: host.domid(), deadline: .now + .seconds(3600))
        let gone = await errorName { () throws(DriverError) in
            try await host.driver.adopt(
                .all([.mac(Documents.mac1), .identity("vif/1")]), of: "web", as: "ua-x", scope: .live)
        }
        #expect(gone == "goneFromXen")
        _ = try await host.driver.destroy("web")
        for scope in [ChangeScope.live, .config] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.adopt(.identity("vif/0"), of: "web", as: "ua-x", scope: scope)
            }
            #expect(error == "notRunning")
        }
    }

    @Test("each call of an adoption failing: after is as before", arguments: [ChangeScope.live, .liveAndConfig])
    func adoptionFails(_ scope: ChangeScope) async throws {
        func ready() async throws -> DriverHost {
            let host = try await running()
            try await host.plugTheirNIC(2)
            try await host.plugTheirDisk()
            return host
        }
        func adopt(_ host: DriverHost) async throws(DriverError) {
            _ = try await host.driver.adopt(.target("xvde"), of: "web", as: "ua-their", scope: scope)
        }
        let unharmed = try await ready()
        let start = unharmed.fake.calls.count
        try await adopt(unharmed)
        let calls = unharmed.fake.calls.dropFirst(start).map(\.operation)
        #expect(calls.count > 10)
        for (index, operation) in calls.enumerated() {
            let host = try await ready()
            let before = host.everything()
            let skip = calls.prefix(index).count { $0 == operation }
            host.fake.inject(FakeFault(.fail(.failed), in: operation, skip: skip))
            let error = await errorName { () throws(DriverError) in try await adopt(host) }
            if error != "none" { #expect(host.everything() == before, "\(operation.rawValue) \(skip): \(error)") }
        }
    }

    @Test("a status that cannot be written leaves the device foreign", arguments: [ChangeScope.live, .liveAndConfig])
    func unwritable(_ scope: ChangeScope) async throws {
        let host = try await running()
        try await host.plugTheirNIC(2)
        let inTheWay = host.root.appending("run/xenkeeper/prepared/\(Documents.uuid).json")
        try FileManager.default.createDirectory(atPath: inTheWay.string, withIntermediateDirectories: true)
        let error = await errorName { () throws(DriverError) in
            try await host.driver.adopt(.identity("vif/2"), of: "web", as: "ua-their", scope: scope)
        }
        #expect(error == "state")
        try FileManager.default.removeItem(atPath: inTheWay.string)
        #expect(try await host.disorder() == ["\(DriverHost.theirMAC) is foreign"])
        #expect(try await host.aliases(inactive: true).contains("ua-their") == false)
    }

    @Test("names in xenstore that no document can hold stop the change of that device alone")
    func unreadable() async throws {
        let host = try await running()
        try await host.plugTheirNIC(2) { $0.bridge = "a\u{1}b" }
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.adopt(.mac(DriverHost.theirMAC), of: "web", as: "ua-x", scope: .live)
        }
        #expect(error == "unreadable")
        #expect(host.everything() == before)
        #expect(try await host.recover() == [])
    }

    @Test("an adopted disk that another domain writes to is reported")
    func sharedDisk() async throws {
        let host = try await running()
        let other = Documents.domain(
            Documents.disk("xvda", source: "/dev/vg/theirs"), name: "other", uuid: DefineTests.other)
        _ = try await host.driver.create(other, paused: false, isStrict: true)
        try await host.plugTheirDisk()
        let outcome = try await host.driver.adopt(.target("xvde"), of: "web", as: "ua-x", scope: .live)
        #expect(outcome.warnings.contains { $0.contains("'/dev/vg/theirs' is in use by domain 'other' too") })
    }

    // MARK: Broken ones of ours

    @Test("one of ours whose backend is gone is missing, not foreign, and its detach goes on working")
    func brokenBackend() async throws {
        let host = try await running()
        let identities = ["vif/1", "vbd/51728"]
        for text in identities {
            host.fake.removeBackend(of: try #require(DeviceIdentity(text)), in: try host.domid())
        }
        let shown = try await host.driver.devices(of: "web").filter { $0.state != .bound }
        #expect(shown.map(\.state) == [.missing, .missing])
        #expect(shown.compactMap(\.identity).map(\.description).sorted() == identities.sorted())
        for alias in ["ua-b", "ua-data"] {
            _ = try await host.driver.detach(.alias(alias), from: "web", scope: .live, force: false, isStrict: true)
        }
        #expect(try await host.disorder() == [])
        #expect(try await host.devids() == [0])
    }
}
