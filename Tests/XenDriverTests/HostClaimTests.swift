import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("What the host has once goes to one running domain, however it is spelt")
struct HostClaimTests {
    private func domain(_ number: Int, _ devices: String, hvm: Bool = false) -> [UInt8] {
        let document = String(
            decoding: Documents.domain(
                devices, name: "vm\(number)", uuid: "6695eb01-f6a4-8304-79aa-97f2502e195\(number)"), as: UTF8.self)
        return Documents.bytes(
            hvm
                ? document.replacing("<type arch='x86_64' machine='xenpv'>linux</type>", with: "<type>hvm</type>")
                    .replacing("<kernel>/boot/vmlinuz</kernel>", with: "") : document)
    }

    private static func disk(_ source: String, _ more: String = "") -> String {
        "<disk type='file'><source file='\(source)'/><target dev='xvda'/>\(more)</disk>"
    }

    private static func rbd(_ name: String, _ host: String) -> String {
        """
        <disk type='network'><driver name='qemu'/><source protocol='rbd' name='\(name)'><host name='\(host)'/></source>\
        <target dev='xvda'/></disk>
        """
    }

    private static func link(_ name: String, _ mac: String = Documents.mac1) -> String {
        Documents.nic(mac, more: "<target dev='\(name)'/>")
    }

    private static func display(_ type: String, _ port: Int, _ listen: String = "") -> String {
        "<graphics type='\(type)' port='\(port)' autoport='no'\(listen)/>"
    }

    @Test(
        "a second domain is refused with the first one's name at start, and warned at define",
        arguments: [
            (disk("/images/a"), disk("/images//a"), true), (disk("/images/a"), disk("/images/./b/../a"), true),
            (disk("/images/a"), disk("file:/images/a"), true), (disk("/images/a"), disk("/images/b"), false),
            (disk("/images/a", "<shareable/>"), disk("//images/a", "<shareable/>"), false),
            (disk("/images/a"), disk("/images/a", "<backenddomain name='Domain-0'/>"), true),
            (disk("/images/\u{e9}"), disk("/images/e\u{301}"), false),
            (rbd("pool/a", "m1"), rbd("pool/a", "m2"), true), (rbd("pool/a", "m1"), rbd("pool/b", "m1"), false),
            (rbd("pool/a", "m1"), disk("rbd:pool/a:conf=/x"), true),
            (disk("nbd:h:10809"), disk("nbd://h/"), true), (disk("nbd:h:10809"), disk("nbd://i/"), false),
            (link("web0"), link("web0", Documents.mac3), true), (link("web0"), link("web1", Documents.mac3), false),
            (link("web0-emu"), link("web0", Documents.mac3), true),
            (display("vnc", 5901), display("vnc", 5901), true), (display("vnc", 5901), display("spice", 5901), true),
            (display("vnc", 5901), "<graphics type='spice' port='5905' tlsPort='5901' autoport='no'/>", true),
            (display("vnc", 5901, " listen='192.0.2.7'"), display("vnc", 5901, " listen='192.0.2.8'"), false),
            (display("vnc", 5901, " listen='192.0.2.7'"), display("vnc", 5901, " listen='0.0.0.0'"), true),
            (display("vnc", 5901), display("vnc", 5902), false),
        ])
    func twoDomains(_ first: String, _ second: String, _ clashes: Bool) async throws {
        let host = DriverHost()
        _ = try await host.driver.create(domain(0, first, hvm: true), paused: false, isStrict: false)
        let outcome = try await host.driver.define(domain(1, second, hvm: true), isStrict: false)
        #expect(outcome.warnings.contains { $0.contains("in use by domain 'vm0'") } == clashes, "\(outcome.warnings)")
        do throws(DriverError) {
            _ = try await host.driver.start("vm1", paused: false)
            #expect(!clashes)
        } catch {
            #expect(clashes && error.description.contains("in use by domain 'vm0'"), "\(error)")
        }
    }

    @Test("a link to an image is that image", arguments: [false, true])
    func links(_ isSymbolic: Bool) async throws {
        let host = DriverHost()
        let files = FileManager.default
        try files.createDirectory(atPath: host.root.string, withIntermediateDirectories: true)
        let (image, link) = (host.root.appending("image").string, host.root.appending("link").string)
        _ = files.createFile(atPath: image, contents: nil)
        if isSymbolic {
            try files.createSymbolicLink(atPath: link, withDestinationPath: image)
        } else {
            try files.linkItem(atPath: image, toPath: link)
        }
        _ = try await host.driver.create(domain(0, Self.disk(image)), paused: false, isStrict: false)
        _ = try await host.driver.create(domain(1, ""), paused: false, isStrict: false)
        for error in [
            await errorName { () throws(DriverError) in
                try await host.driver.create(domain(2, Self.disk(link)), paused: false, isStrict: false)
            },
            await errorName { () throws(DriverError) in
                try await host.driver.attach(Documents.bytes(Self.disk(link)), to: "vm1", scope: .live, isStrict: false)
            },
        ] { #expect(error == "diskInUse") }
    }

    @Test("a disk of another toolstack's domain is taken, and so is one that it plugged into ours")
    func foreign() async throws {
        let host = DriverHost()
        try await host.startTheirs(uuid: "6695eb01-f6a4-8304-79aa-97f2502e1999")
        _ = try await host.driver.create(domain(0, ""), paused: false, isStrict: false)
        try await host.plugTheirDisk(into: "vm0")
        for (source, holder) in [("/dev/vg/their-root", "theirs"), ("/dev/vg//theirs", "vm0")] {
            let error = await #expect(throws: DriverError.self) {
                try await host.driver.create(domain(1, Self.disk(source)), paused: false, isStrict: false)
            }
            #expect(error?.description.contains("in use by domain '\(holder)'") == true)
        }
    }

    @Test(
        "two devices of one guest cannot have it either",
        arguments: [
            (disk("/a") + disk("//a").replacing("xvda", with: "xvdb"), true),
            (disk("/a") + disk("/a", "<readonly/>").replacing("xvda", with: "xvde"), false),
            (disk("/a", "<shareable/>") + disk("/a", "<shareable/>").replacing("xvda", with: "xvdb"), false),
            (link("web0") + link("web0", Documents.mac3), true),
            (display("vnc", 5901) + display("vnc", 5901), true),
            ("<graphics type='spice' port='5901' tlsPort='5901' autoport='no'/>", true),
        ])
    func oneDomain(_ devices: String, _ clashes: Bool) async throws {
        let host = DriverHost()
        let outcome = try await host.driver.define(domain(0, devices, hvm: true), isStrict: false)
        #expect(outcome.warnings.contains { $0.contains("cannot both have") } == clashes)
        let error = await errorName { () throws(DriverError) in try await host.driver.start("vm0", paused: false) }
        #expect(error == (clashes ? "claimedTwice" : "none"))
    }

    @Test(
        "a name that Linux does not take is refused by name, at define as a warning",
        arguments: [
            ("webserver-front", false, true), ("webserver-fronts", false, false), ("webserver-fr", true, false),
            ("webserver-f", true, true), ("web server", false, false), ("a/b", false, false), (".", false, false),
            ("..", false, false), ("x:y", false, false), ("web%d", false, false), ("\u{e0}b", false, false),
        ])
    func interfaceNames(_ name: String, _ hvm: Bool, _ isGood: Bool) async throws {
        let host = DriverHost()
        let outcome = try await host.driver.define(domain(0, Self.link(name), hvm: hvm), isStrict: false)
        #expect(outcome.warnings.contains { $0.contains("no network device '\(name)'") } == !isGood)
        do throws(DriverError) {
            _ = try await host.driver.start("vm0", paused: false)
            #expect(isGood)
            #expect(host.fake.snapshot().links[name]?.state == .up)
        } catch {
            #expect(!isGood && error.description.contains("no network device '\(name)'"), "\(error)")
        }
    }

    @Test("the fake host's script fails where the name is taken, as vif-common.sh does")
    func script() async throws {
        let host = DriverHost()
        _ = try await host.driver.create(domain(0, Self.link("web0")), paused: false, isStrict: false)
        _ = try await host.driver.create(domain(1, ""), paused: false, isStrict: false)
        await #expect(throws: LibxlError.self) {
            try await host.plugTheirNIC(0, into: "vm1") { $0.ifname = "web0" }
        }
        #expect(host.fake.snapshot().links["web0"]?.domid == (try host.domid("vm0")))
    }

    @Test("another USB device at the place that is named is reported")
    func otherUSB() async throws {
        let host = DriverHost { configuration in
            let other = FakeUSBDevice(
                bus: 1, address: 4, vendorProduct: FakeUSBDevice.VendorProduct(vendor: 0x1d6b, product: 2))
            configuration.usbDevices = Set([other].compactMap { $0 })
        }
        let device = """
            <hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/><product id='0xc52b'/>\
            <address bus='1' device='4'/></source></hostdev>
            """
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.create(domain(0, device), paused: false, isStrict: false)
        }
        #expect(error?.description.contains("the host has usb 1d6b:0002 there") == true)
    }
}

@Suite("alias-set names a device, and domif-setbridge moves a NIC")
struct AliasSetTests {
    private func running() async throws -> DriverHost {
        let host = DriverHost()
        let devices =
            Documents.nic(Documents.mac1) + Documents.disk("xvda", source: "/dev/a")
            + Documents.disk("xvdb", "ua-b", source: "/dev/b")
            + Documents.pci("03")
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    @Test(
        "in the running domain, the definition or both, by target, MAC address or address",
        arguments: [
            (DeviceSelector.target("xvda"), "vbd/51712"), (.mac(Documents.mac1), "vif/0"),
            (.address("0000:03:00.0"), "pci/0000:03:00.0"), (.alias("ua-b"), "vbd/51728"),
        ], [ChangeScope.live, .config, .liveAndConfig])
    func names(_ named: (DeviceSelector, String), _ scope: ChangeScope) async throws {
        let (device, identity) = named
        let host = try await running()
        for _ in 0..<2 {
            // The second time nothing is left to do.
            let again = scope == .config && device == .alias("ua-b") ? DeviceSelector.target("xvdb") : device
            _ = try? await host.driver.setAlias("ua-new", of: again, in: "web", scope: scope)
        }
        let listed = try #require(
            try await host.driver.devices(of: "web").first { $0.identity?.description == identity })
        #expect((listed.alias?.description == "ua-new") == (scope != .config))
        #expect(listed.state == .bound)
        #expect(try await host.aliases(inactive: true).contains("ua-new") == (scope != .live))
        if scope != .config, !identity.hasPrefix("pci") {
            _ = try await host.driver.detach(.alias("ua-new"), from: "web", scope: .live, force: false, isStrict: true)
        }
        #expect(try await host.disorder() == [])
    }

    @Test(
        "no name that another device of either definition has, or that is none",
        arguments: [
            ("ua-b", "duplicateAlias"), ("net7", "generatedAlias"), ("web", "malformedAlias"),
            ("ua-", "malformedAlias"),
        ])
    func refused(_ alias: String, _ expected: String) async throws {
        let host = try await running()
        for scope in [ChangeScope.live, .config, .liveAndConfig] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.setAlias(alias, of: .target("xvda"), in: "web", scope: scope)
            }
            #expect(error == expected)
        }
    }

    @Test("a NIC that is put on another bridge stays the same device, in the running domain and the definition")
    func bridge() async throws {
        let host = try await running()
        let outcome = try await host.driver.setBridge("br7", of: .mac(Documents.mac1), in: "web", scope: .liveAndConfig)
        #expect(outcome.live == .replugged(["source"]))
        #expect(try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic).map(\.bridge) == ["br7"])
        #expect(try await host.devids() == [0])
        for document in try await host.documents() { #expect(document.contains("bridge='br7'")) }
        let error = await errorName { () throws(DriverError) in
            try await host.driver.setBridge("br7", of: .target("xvda"), in: "web", scope: .live)
        }
        #expect(error == "cannotChange")
    }
}
