import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("What a running domain has is taken, whatever has become of our files")
struct HolderTests {
    /// What becomes of the status file of a running domain.
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        /// nil removes the file.
        let content: String?

        var testDescription: String { name }

        static let all = [
            Damage(name: "gone", content: nil), Damage(name: "empty", content: ""),
            Damage(name: "cut off", content: "{"), Damage(name: "another's", content: "{\"uuid\": 7}"),
        ]

        func strike(_ host: DriverHost, _ uuid: String = Documents.uuid) throws {
            let path = host.statusFile(uuid).string
            if let content {
                try content.write(toFile: path, atomically: true, encoding: .utf8)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    private static let otherUUID = "6695eb01-f6a4-8304-79aa-97f2502e1951"
    private static let vnc = "<graphics type='vnc' autoport='yes'/>"

    private static func domain(_ devices: String, name: String = "web", uuid: String = Documents.uuid) -> [UInt8] {
        let text = String(decoding: Documents.domain(devices, name: name, uuid: uuid), as: UTF8.self)
        return Array(
            text.replacing("<type arch='x86_64' machine='xenpv'>linux</type>", with: "<type>hvm</type>")
                .replacing("<kernel>/boot/vmlinuz</kernel>", with: "").utf8)
    }

    static let held = [
        Documents.disk("xvda", "ua-root", source: "/dev/vg/root"), Documents.pci("03", "ua-pci"),
        Documents.usb(4, "ua-usb"),
    ]

    @Test(
        "a disk or host device of it goes to nobody else, at start, attach or media change", arguments: Damage.all, held
    )
    func taken(_ damage: Damage, _ device: String) async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Self.domain(device), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        _ = try await host.driver.define(Self.domain(device, name: "two", uuid: Self.otherUUID), isStrict: false)
        try damage.strike(host)
        for _ in 1...2 {
            let error = await #expect(throws: DriverError.self) { try await host.driver.start("two", paused: false) }
            #expect(["diskInUse", "hostDeviceInUse"].contains(error?.caseName))
            #expect(error?.description.contains("domain 'web'") == true)
        }
        _ = try await host.driver.define(Self.domain("", name: "two", uuid: Self.otherUUID), isStrict: false)
        _ = try await host.driver.start("two", paused: false)
        let attach = await errorName { () throws(DriverError) in
            try await host.driver.attach(Documents.bytes(device), to: "two", scope: .live, isStrict: true)
        }
        #expect(["diskInUse", "hostDeviceInUse"].contains(attach))
    }

    @Test("a display port of it goes to nobody else, and its display is not forgotten", arguments: Damage.all)
    func ports(_ damage: Damage) async throws {
        let host = DriverHost()
        let nic = Documents.nic(Documents.mac1, "ua-a")
        _ = try await host.driver.define(Self.domain(Self.vnc + nic), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        try damage.strike(host)
        _ = try await host.driver.define(Self.domain(Self.vnc, name: "two", uuid: Self.otherUUID), isStrict: false)
        _ = try await host.driver.start("two", paused: false)
        #expect(try await host.driver.document(of: "two", inactive: false).contains("port='5901'"))
        _ = try await host.recover()
        #expect(try await host.driver.document(of: "web", inactive: false).contains("port='5900'"))
        #expect(try await host.disorder().filter { !$0.contains("builtIn") } == [])
    }

    @Test("a disk of a transient domain whose status is gone is taken: Xen has it", arguments: Damage.all)
    func transient(_ damage: Damage) async throws {
        let host = DriverHost()
        _ = try await host.driver.create(Self.domain(Self.held[0]), paused: false, isStrict: false)
        try damage.strike(host)
        let two = Self.domain(Self.held[0], name: "two", uuid: Self.otherUUID)
        let error = await errorName { () throws(DriverError) in
            try await host.driver.create(two, paused: false, isStrict: false)
        }
        #expect(error == "diskInUse")
    }

    @Test(
        "a domain that we started is known again when all of run is gone, and one that xl started is not taken for it")
    func wiped() async throws {
        let host = DriverHost()
        let devices = Documents.nic(Documents.mac1, "ua-a") + Self.held[0]
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        try FileManager.default.removeItem(atPath: host.root.appending("run").string)
        let listing = try await host.driver.domain("web")
        #expect(listing.state == .running && listing.isPersistent && !listing.isForeign)
        #expect(try await host.driver.devices(of: "web").map(\.state) == [.bound, .bound])
        #expect(
            await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
                == "alreadyRunning")
        let named = await errorName { () throws(DriverError) in
            try await host.driver.adopt(.target("xvda"), of: "web", as: "ua-x", scope: .live)
        }
        #expect(named == "alreadyNamed")
        try FileManager.default.removeItem(atPath: host.root.appending("run").string)
        let outcome = try await host.driver.detach(
            .alias("ua-a"), from: "web", scope: .live, force: false, isStrict: true)
        #expect(outcome.warnings.contains { $0.contains("was gone") && $0.contains("ua-root") && $0.contains("ua-a") })
        #expect(try await host.disorder() == [])
        _ = try await host.driver.destroy("web")
        #expect(host.fake.domid(named: "web") == nil)

        try await host.startTheirs(name: "web")
        #expect(try await host.driver.domain("web").isForeign)
    }
}
