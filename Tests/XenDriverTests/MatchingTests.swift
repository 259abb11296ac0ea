import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

/// What a request asks for, and which of the devices A, B and C it gets, or which error.
struct MatchCase: Sendable, CustomTestStringConvertible {
    let asked: String
    let document: String
    /// The identity that goes: a devid or a vdev.
    let hit: String?
    let error: String?

    var testDescription: String { "\(asked) → \(hit ?? error ?? "?")" }

    static func hit(_ asked: String, _ document: String, _ hit: String) -> MatchCase {
        MatchCase(asked: asked, document: document, hit: hit, error: nil)
    }

    static func miss(_ asked: String, _ document: String, _ error: String) -> MatchCase {
        MatchCase(asked: asked, document: document, hit: nil, error: error)
    }

    static let nics: [MatchCase] = [
        .miss("mac1", Documents.nic(Documents.mac1), "severalDevices"),
        .hit("mac1 + ua-b", Documents.nic(Documents.mac1, "ua-b"), "1"),
        .hit("ua-b alone", Documents.nic(nil, "ua-b", bridge: nil), "1"),
        .miss("mac3 + ua-b", Documents.nic(Documents.mac3, "ua-b"), "noDevice"),
        .miss("ua-nope", Documents.nic(nil, "ua-nope"), "noDevice"),
        .miss("mac1 + ua-nope", Documents.nic(Documents.mac1, "ua-nope"), "noDevice"),
        .hit("mac3", Documents.nic(Documents.mac3), "2"),
        .hit("MAC in upper case", Documents.nic("00:16:3E:0:0:3"), "2"),
        .miss("nothing", Documents.nic(), "noCriteria"),
        .miss("an address that none has", Documents.nic(more: "<address type='pci' slot='0x03'/>"), "noDevice"),
        .miss("ua-b as a disk", Documents.disk(nil, "ua-b"), "noDevice"),
        .hit("net0, the generated alias of C", Documents.nic(nil, "net0", bridge: nil), "2"),
        .miss("net0 with the MAC of A", Documents.nic(Documents.mac1, "net0"), "noDevice"),
    ]

    static let disks: [MatchCase] = [
        .miss("the shared source", Documents.disk(source: "/dev/vg/shared"), "severalDevices"),
        .hit("source + ua-b", Documents.disk(nil, "ua-b", source: "/dev/vg/shared"), "xvdb"),
        .hit("ua-b alone", Documents.disk(nil, "ua-b"), "xvdb"),
        .hit("target xvdb", Documents.disk("xvdb"), "xvdb"),
        .hit("target d1p0, which is xvdb", Documents.disk("d1p0"), "xvdb"),
        .miss("xvdc + ua-b", Documents.disk("xvdc", "ua-b"), "noDevice"),
        .miss("ua-nope", Documents.disk(nil, "ua-nope"), "noDevice"),
        .miss("xvda + ua-nope", Documents.disk("xvda", "ua-nope"), "noDevice"),
        .miss("xvda with the source of C", Documents.disk("xvda", source: "/dev/vg/c"), "noDevice"),
        .hit("xvdc", Documents.disk("xvdc"), "xvdc"),
        .hit("source of C", Documents.disk(source: "/dev/vg/c"), "xvdc"),
        .miss("nothing", Documents.disk(), "noCriteria"),
        .hit("disk0, the generated alias of C", Documents.disk(nil, "disk0"), "xvdc"),
    ]
}

@Suite("A request means exactly one device, or is an error")
struct MatchingTests {
    private func running(_ devices: String) async throws -> DriverHost {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    @Test("detach of a live NIC takes the one that is named, by its devid", arguments: MatchCase.nics)
    func detachNIC(_ request: MatchCase) async throws {
        let host = try await running(Documents.threeNICs)
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(
                .document(Documents.bytes(request.document)), from: "web", scope: .live, force: false, isStrict: false)
        }
        guard let hit = request.hit else {
            #expect(error == request.error)
            #expect(host.everything() == before)
            return
        }
        #expect(error == "none")
        let devids = try await host.devids().map { "\($0)" }
        #expect(devids == ["0", "1", "2"].filter { $0 != hit })
        let removals = host.fake.calls.filter { $0.operation == .removeNIC }
        #expect(removals.count == 1)
        #expect(try #require(removals.first).arguments.contains("\"devid\":\(hit)"))
    }

    @Test("detach of a live disk takes the one that is named, by its vdev", arguments: MatchCase.disks)
    func detachDisk(_ request: MatchCase) async throws {
        let host = try await running(Documents.threeDisks)
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(
                .document(Documents.bytes(request.document)), from: "web", scope: .live, force: false, isStrict: false)
        }
        guard let hit = request.hit else {
            #expect(error == request.error)
            #expect(host.everything() == before)
            return
        }
        #expect(error == "none")
        #expect(try await host.vdevs() == ["xvda", "xvdb", "xvdc"].filter { $0 != hit })
    }

    @Test(
        "in the persistent definition the same criteria mean the same device",
        arguments: MatchCase.nics.filter { !$0.asked.contains("generated") && !$0.asked.contains("net0") })
    func detachPersistentNIC(_ request: MatchCase) async throws {
        let host = try await running(Documents.threeNICs)
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(
                .document(Documents.bytes(request.document)), from: "web", scope: .config, force: false,
                isStrict: false)
        }
        let left = try await host.driver.interfaces(of: "web", inactive: true)
        if let hit = request.hit, let index = Int(hit) {
            #expect(error == "none")
            let all = [("ua-a", Documents.mac1), ("ua-b", Documents.mac1), (nil, Documents.mac3)]
            let expected = all.enumerated().filter { $0.offset != index }.map { "\($0.element)" }
            #expect(left.map { "\(($0.alias?.description, $0.mac.description))" } == expected)
        } else {
            #expect(error == request.error)
            #expect(left.count == 3)
        }
        #expect(try await host.devids() == [0, 1, 2], "the live domain was not asked about")
    }

    @Test("a change of both finds both before it does anything", arguments: MatchCase.nics)
    func detachBoth(_ request: MatchCase) async throws {
        let host = try await running(Documents.threeNICs)
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(
                .document(Documents.bytes(request.document)), from: "web", scope: .liveAndConfig, force: false,
                isStrict: false)
        }
        if let hit = request.hit {
            #expect(error == "none")
            #expect(try await host.devids().map { "\($0)" } == ["0", "1", "2"].filter { $0 != hit })
            #expect(try await host.driver.interfaces(of: "web", inactive: true).count == 2)
        } else {
            #expect(error == request.error)
            #expect(host.everything() == before)
        }
    }

    @Test("a live device without a unique counterpart is not touched")
    func counterpartMissing() async throws {
        let host = try await running(Documents.threeNICs)
        _ = try await host.driver.detach(.alias("ua-b"), from: "web", scope: .config, force: false, isStrict: false)
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(
                .alias("ua-b"), from: "web", scope: .liveAndConfig, force: false, isStrict: false)
        }
        #expect(error == "noDevice")
        #expect(host.everything() == before)
    }

    @Test(
        "update means the same device as detach does",
        arguments: MatchCase.nics.filter { $0.asked != "ua-b as a disk" })
    func update(_ request: MatchCase) async throws {
        let host = try await running(Documents.threeNICs)
        let before = host.everything()
        let document = request.document.replacing("</interface>", with: "<link state='down'/></interface>")
        let error = await errorName { () throws(DriverError) in
            try await host.driver.update(
                Documents.bytes(document), of: "web", alias: nil, scope: .live, isStrict: false)
        }
        guard let hit = request.hit else {
            #expect(error == request.error)
            #expect(host.everything() == before)
            return
        }
        #expect(error == "none")
        let domid = try host.domid()
        let down = host.fake.snapshot().links.filter { $0.value.state == .down }.map(\.key)
        #expect(down == ["vif\(domid).\(hit)"])
    }

    @Test(
        "detach by alias alone takes that device of any class, or none",
        arguments: [
            ("ua-a", "none"), ("ua-b", "none"), ("net0", "none"), ("ua-d", "none"), ("ua-nope", "noDevice"),
            ("disk0", "noDevice"), ("ua-", "malformedAlias"), ("foo", "malformedAlias"), ("", "malformedAlias"),
            ("ua-a.b", "malformedAlias"),
        ])
    func detachAlias(_ alias: String, _ expected: String) async throws {
        let host = try await running(Documents.threeNICs + Documents.disk("xvda", "ua-d", source: "/dev/vg/d"))
        let error = await errorName { () throws(DriverError) in
            try await host.driver.detach(.alias(alias), from: "web", scope: .live, force: false, isStrict: false)
        }
        #expect(error == expected)
        let left = try await host.driver.devices(of: "web").map { $0.alias?.description }
        #expect(left.count == (expected == "none" ? 3 : 4))
        #expect(!left.contains(expected == "none" ? alias : "-"))
    }

    @Test("an error of matching lists what was asked and what there is")
    func sentences() async throws {
        let host = try await running(Documents.threeNICs)
        let several = await #expect(throws: DriverError.self) {
            try await host.driver.detach(
                .document(Documents.bytes(Documents.nic(Documents.mac1))), from: "web", scope: .live, force: false,
                isStrict: false)
        }
        #expect(several?.code == .operationFailed)
        #expect(
            several?.description
                == """
                operation failed: multiple devices matching MAC address 00:16:3e:00:00:01 found in the live definition \
                of domain 'web': interface 'ua-a' (00:16:3e:00:00:01), interface 'ua-b' (00:16:3e:00:00:01); name one of \
                them by its alias
                """)
        let none = await #expect(throws: DriverError.self) {
            try await host.driver.detach(.alias("ua-nope"), from: "web", scope: .live, force: false, isStrict: false)
        }
        #expect(none?.code == .deviceMissing)
        #expect(none?.description.hasPrefix("device not found: no device found matching alias 'ua-nope'") == true)
        #expect(none?.description.contains("'ua-a'") == true)
    }

    @Test("what dumpxml printed is accepted by detach, also after another tool has re-serialised it")
    func ownDump() async throws {
        let host = try await running(Documents.threeNICs)
        let dump = try await host.driver.document(of: "web", inactive: false)
        let nics = dump.matches(of: /(?s)<interface.*?<\/interface>/).map { String($0.output) }
        #expect(nics.count == 3)
        for nic in nics {
            let reserialised = "<?xml version=\"1.0\"?>\n" + nic.replacing("'", with: "\"")
            _ = try await host.driver.detach(
                .document(Documents.bytes(reserialised)), from: "web", scope: .live, force: false, isStrict: false)
        }
        #expect(try await host.devids().isEmpty)
    }
}
