import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("update-device changes in place what it can, else unplugs and plugs the same identity")
struct UpdateTests {
    static let nic = """
        <interface type='bridge'><mac address='\(Documents.mac1)'/><source bridge='xenbr0'/>\
        <script path='vif-bridge'/><model type='netfront'/><alias name='ua-a'/></interface>
        """

    private func running() async throws -> DriverHost {
        let host = DriverHost()
        let devices =
            Self.nic + Documents.nic(Documents.mac3, "ua-c") + Documents.disk("xvda", "ua-d", source: "/dev/d")
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    /// The document of `ua-a` with one of its parts replaced.
    private func edited(_ part: String, _ new: String) -> [UInt8] {
        Documents.bytes(Self.nic.replacing(part, with: new))
    }

    @Test(
        "each element says how it was changed",
        arguments: [
            ("<alias", "<link state='down'/><alias", LiveChange.changedInPlace(["link"])),
            ("xenbr0", "xenbr1", .replugged(["source"])),
            ("<alias", "<mtu size='9000'/><alias", .replugged(["mtu"])),
            ("<alias", "<ip address='10.0.0.9'/><alias", .replugged(["ip"])),
            ("<alias", "<bandwidth><outbound average='512'/></bandwidth><alias", .replugged(["bandwidth"])),
            ("'vif-bridge'", "'vif-route'", .replugged(["script"])),
            ("<alias", "<link state='down'/><mtu size='1400'/><alias", .replugged(["mtu", "link"])),
            ("<alias", "<alias", .unchanged),
            ("<alias", "<link state='up'/><alias", .unchanged),
        ])
    func kinds(_ part: String, _ new: String, _ expected: LiveChange) async throws {
        let host = try await running()
        let outcome = try await host.driver.update(
            edited(part, new), of: "web", alias: nil, scope: .liveAndConfig, isStrict: true)
        #expect(outcome.live == expected)
        #expect(try await host.devids() == [0, 1], "the identity stays")
        let listing = try #require(
            try await host.driver.devices(of: "web").first { $0.alias?.description == "ua-a" })
        #expect(listing.identity == .nic(devid: DeviceID(rawValue: 0)))
        #expect(listing.state == .bound)
        let documents = try await host.documents()
        if expected != .unchanged {
            let changed = new.replacing("<alias", with: "").replacing("\(part)", with: "")
            let shown = changed.split(separator: "'").dropFirst().first.map(String.init) ?? changed
            for document in documents { #expect(document.contains(shown)) }
        }
        #expect(try await host.disorder() == [])
    }

    @Test(
        "what only detach and attach can change is refused by name",
        arguments: [
            ("type='bridge'>", "type='ethernet'>", "type"), ("netfront", "e1000", "model"),
            ("<alias", "<backenddomain name='net'/><alias", "backenddomain"),
        ])
    func refusedNIC(_ part: String, _ new: String, _ name: String) async throws {
        let host = try await running()
        let before = host.everything()
        let document = name == "type" ? Self.nic.replacing("<source bridge='xenbr0'/>", with: "") : Self.nic
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.update(
                Documents.bytes(document.replacing(part, with: new)), of: "web", alias: nil, scope: .liveAndConfig,
                isStrict: true)
        }
        #expect(error?.caseName == "cannotChange")
        #expect(error?.description.contains("an update cannot change \(name);") == true)
        #expect(host.everything() == before)
    }

    @Test("another MAC address or alias is no other name for the device, and the error says which it has")
    func refusedCriteria() async throws {
        let host = try await running()
        for (document, hint) in [
            (Documents.nic("00:16:3e:00:00:99", "ua-a"), "its MAC address is '\(Documents.mac1)'"),
            (Documents.nic(Documents.mac1, "ua-z"), "its alias is 'ua-a'"),
        ] {
            let error = await #expect(throws: DriverError.self) {
                try await host.driver.update(
                    Documents.bytes(document), of: "web", alias: nil, scope: .live, isStrict: true)
            }
            #expect(error?.code == .deviceMissing)
            #expect(error?.description.contains(hint) == true)
        }
    }

    @Test(
        "a disk's elements are each refused by name; one that is as it was is no change",
        arguments: [
            ("<disk type='block' device='cdrom'><target dev='xvda'/></disk>", "device"),
            ("<disk type='file'><target dev='xvda'/></disk>", "type"),
            ("<disk type='block'><target dev='xvda'/><readonly/></disk>", "readonly"),
            ("<disk type='block'><target dev='xvda'/><shareable/></disk>", "shareable"),
            ("<disk type='block'><driver name='qemu'/><target dev='xvda'/></disk>", "driver name"),
            ("<disk type='block'><driver type='qcow2'/><target dev='xvda'/></disk>", "driver type"),
            ("<disk type='block'><target dev='xvda'/><alias name='ua-d'/></disk>", nil),
        ] as [(String, String?)])
    func disk(_ document: String, _ name: String?) async throws {
        let host = try await running()
        let before = host.everything()
        do throws(DriverError) {
            let outcome = try await host.driver.update(
                Documents.bytes(document), of: "web", alias: nil, scope: .live, isStrict: true)
            #expect(name == nil)
            #expect(outcome.live == .unchanged)
        } catch {
            #expect(error.caseName == "cannotChange")
            #expect(error.description.contains(try #require(name)))
        }
        #expect(host.everything() == before)
    }

    @Test("a link that is down stays so over replug, restart and in the document")
    func linkStays() async throws {
        let host = try await running()
        _ = try await host.driver.setLinkState(.down, of: .alias("ua-a"), in: "web", scope: .liveAndConfig)
        func isDown() throws -> Bool {
            host.fake.snapshot().links["vif\(try host.domid()).0"]?.state == .down
        }
        #expect(try isDown())
        _ = try await host.driver.update(
            Documents.bytes(
                Documents.nic(Documents.mac1, "ua-a", bridge: "xenbr7", more: "<link state='down'/>")
                    .replacing("<alias", with: "<script path='vif-bridge'/><alias")),
            of: "web", alias: nil, scope: .liveAndConfig, isStrict: true)
        #expect(try isDown())
        _ = try await host.driver.destroy("web")
        _ = try await host.driver.start("web", paused: false)
        #expect(try isDown())
        #expect(try await host.driver.document(of: "web", inactive: false).contains("<link state='down'/>"))
    }

    @Test(
        "a link is set by alias, MAC address or host name of the NIC, and by nothing that means none or several",
        arguments: [
            (DeviceSelector.alias("ua-c"), "none"), (.interface(Documents.mac3), "none"),
            (.interface("vif1.1"), "none"), (.interface("vif1.9"), "noDevice"),
            (.interface("00:16:3e:ff:ff:ff"), "noDevice"), (.alias("ua-d"), "cannotChange"),
            (.alias("x"), "malformedAlias"),
        ])
    func selectors(_ selector: DeviceSelector, _ expected: String) async throws {
        let host = try await running()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.setLinkState(.down, of: selector, in: "web", scope: .live)
        }
        #expect(error == expected)
        #expect(host.fake.snapshot().links["vif1.1"]?.state == (expected == "none" ? .down : .up))
    }

    @Test("--alias adds to the document's criteria, and may not contradict them")
    func extraAlias() async throws {
        let host = try await running()
        let document = "<interface type='bridge'><link state='down'/></interface>"
        let outcome = try await host.driver.update(
            Documents.bytes(document), of: "web", alias: "ua-c", scope: .live, isStrict: true)
        #expect(outcome.live == .changedInPlace(["link"]))
        let error = await errorName { () throws(DriverError) in
            try await host.driver.update(edited("x", "x"), of: "web", alias: "ua-c", scope: .live, isStrict: true)
        }
        #expect(error == "cannotChange")
    }
}
