import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A device of any kind that libxl can plug comes and goes by its name")
struct HotplugTests {
    private func running(_ devices: String = "") async throws -> DriverHost {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    /// The devices with a name and an identity, as `NAME IDENTITY STATE`.
    private func devices(_ host: DriverHost) async throws -> [String] {
        try await host.driver.devices(of: "web").map {
            "\($0.alias?.description ?? "-") \($0.identity?.description ?? "-") \($0.state.rawValue)"
        }
    }

    private static let controller = "<controller type='usb' index='2' ports='1'><alias name='ua-ports'/></controller>"
    private static let identities = [
        "PCI device": "pci/0000:03:00.0", "USB controller": "vusb/4", "USB device": "vusb/2/1", "TPM": "vtpm/0",
        "display": "vdispl/0", "sound card": "vsnd/0",
    ]

    @Test("it is plugged, listed with its identity, and unplugged", arguments: Scenario.others)
    func comesAndGoes(_ name: String, _ document: String) async throws {
        let host = try await running(Self.controller)
        let identity = try #require(Self.identities[name])
        let before = host.fake.snapshot().comparable.xenstore
        _ = try await host.driver.attach(
            Documents.bytes(document), to: "web", scope: .liveAndConfig, isStrict: true)
        #expect(try await devices(host) == ["ua-ports vusb/2 bound", "ua-new \(identity) bound"])
        #expect(try await host.aliases(inactive: true) == ["ua-ports", "ua-new"])
        let shown = try await host.driver.document(of: "web", inactive: false)
        #expect(shown.contains("<alias name='ua-new'/>"))
        let outcome = try await host.driver.detach(
            .alias("ua-new"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        #expect(outcome.live == .unplugged)
        #expect(try await devices(host) == ["ua-ports vusb/2 bound"])
        #expect(try await host.aliases(inactive: true) == ["ua-ports"])
        #expect(host.fake.snapshot().comparable.xenstore == before)
    }

    @Test("one that came with its domain goes as well, by its document or by force", arguments: Scenario.others)
    func cameWithItsDomain(_ name: String, _ document: String) async throws {
        let host = try await running(Self.controller + document)
        #expect(
            Set(try await devices(host)) == [
                "ua-ports vusb/2 bound", "ua-new \(try #require(Self.identities[name])) bound",
            ])
        for selector in [DeviceSelector.document(Documents.bytes(document)), .alias("ua-new")] {
            if try await devices(host).count == 1 {
                _ = try await host.driver.attach(
                    Documents.bytes(document), to: "web", scope: .live, isStrict: true)
            }
            _ = try await host.driver.detach(selector, from: "web", scope: .live, force: true, isStrict: true)
            #expect(try await devices(host) == ["ua-ports vusb/2 bound"])
        }
    }

    @Test("what somebody else plugged goes by its identity, and can be given a name", arguments: Scenario.others)
    func foreign(_ name: String, _ document: String) async throws {
        let host = try await running(Self.controller + document)
        let identity = try #require(Self.identities[name])
        // Another toolstack's, as far as the driver's books go.
        let other = DriverHost(fake: host.fake)
        let before = try await other.driver.devices(of: "web").map(\.identity?.description)
        #expect(before.contains(identity))
        _ = try await host.driver.detach(.identity(identity), from: "web", scope: .live, force: false, isStrict: true)
        #expect(!(try await devices(host)).contains { $0.contains(" \(identity) ") })
    }

    @Test("USB devices take the free ports, and a controller comes when there is none")
    func ports() async throws {
        let host = try await running(Self.controller)
        for (device, identity) in [(4, "vusb/2/1"), (5, "vusb/3/1"), (6, "vusb/3/2")] {
            _ = try await host.driver.attach(
                Documents.bytes(Documents.usb(device, "ua-\(device)")), to: "web", scope: .live, isStrict: true)
            #expect(try await devices(host).contains("ua-\(device) \(identity) bound"))
        }
        #expect(try await devices(host).contains("controller0 vusb/3 bound"))
        _ = try await host.driver.detach(.alias("ua-5"), from: "web", scope: .live, force: false, isStrict: true)
        _ = try await host.driver.attach(
            Documents.bytes(Documents.usb(7, "ua-7")), to: "web", scope: .live, isStrict: true)
        #expect(try await devices(host).contains("ua-7 vusb/3/1 bound"))
    }

    @Test("the controller that came for a device that cannot be had goes again")
    func controllerIsUndone() async throws {
        let host = try await running()
        let before = host.fake.snapshot().comparable.xenstore
        host.fake.inject(FakeFault(.fail(.failed), in: .addUSBDevice))
        let error = await errorName { () throws(DriverError) in
            try await host.driver.attach(
                Documents.bytes(Documents.usb(4, "ua-x")), to: "web", scope: .live, isStrict: true)
        }
        #expect(error == "operation")
        #expect(try await devices(host) == [])
        #expect(host.fake.snapshot().comparable.xenstore == before)
    }

    @Test("a domain whose USB devices need a controller gets one, with a name of its own")
    func controllerAtStart() async throws {
        let host = try await running(Documents.usb(4, "ua-key"))
        #expect(Set(try await devices(host)) == ["ua-key vusb/0/1 bound", "controller0 vusb/0 bound"])
        #expect(try await host.aliases(inactive: true) == ["ua-key"])
    }

    @Test(
        "a place that is taken is refused, and nothing is done",
        arguments: [
            (Documents.pci("03", "ua-x"), "hostDeviceTaken"), (Documents.usb(4, "ua-x"), "hostDeviceTaken"),
            ("<controller type='usb' index='2'><alias name='ua-x'/></controller>", "targetTaken"),
            (Documents.pci("05", "ua-pci"), "duplicateAlias"),
            ("<controller type='scsi' index='0'><alias name='ua-x'/></controller>", "notHotPluggable"),
            ("<filesystem type='mount'><source dir='/a'/><target dir='b'/></filesystem>", "notHotPluggable"),
        ])
    func taken(_ document: String, _ expected: String) async throws {
        let host = try await running(Self.controller + Documents.pci("03", "ua-pci") + Documents.usb(4, "ua-usb"))
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await host.driver.attach(Documents.bytes(document), to: "web", scope: .live, isStrict: true)
        }
        #expect(error == expected)
        #expect(host.everything() == before)
    }

    @Test("an hvm guest gets USB devices through QEMU, which has no backend", arguments: [false, true])
    func emulated(_ force: Bool) async throws {
        let host = DriverHost()
        let document = String(decoding: Documents.domain(), as: UTF8.self)
            .replacing("<type arch='x86_64' machine='xenpv'>linux</type>", with: "<type>hvm</type>")
            .replacing("<kernel>/boot/vmlinuz</kernel>", with: "")
        _ = try await host.driver.create(Documents.bytes(document), paused: false, isStrict: true)
        _ = try await host.driver.attach(
            Documents.bytes(Documents.usb(4, "ua-key")), to: "web", scope: .live, isStrict: true)
        #expect(try await devices(host) == ["controller0 vusb/0 bound", "ua-key vusb/0/1 bound"])
        for name in ["ua-key", "controller0"] {
            _ = try await host.driver.detach(.alias(name), from: "web", scope: .live, force: force, isStrict: true)
        }
        #expect(try await devices(host) == [])
    }

    @Test("a pv guest that does not let go of a PCI device keeps it, and that is an error", arguments: [false, true])
    func pciIsKept(_ force: Bool) async throws {
        let host = DriverHost { $0.guest = .refusing }
        _ = try await host.driver.create(
            Documents.domain(Documents.pci("03", "ua-pci")), paused: false, isStrict: true)
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.detach(.alias("ua-pci"), from: "web", scope: .live, force: force, isStrict: true)
        }
        #expect(error?.description.contains("the guest has not let go of the device") == true)
        #expect(try await devices(host) == ["ua-pci pci/0000:03:00.0 bound"])
        try host.fake.release(.pci(host: #require(PCIAddress("0000:03:00.0"))), of: host.domid())
        _ = try await host.driver.detach(.alias("ua-pci"), from: "web", scope: .live, force: false, isStrict: true)
        #expect(try await devices(host) == [])
    }

    @Test("a controller that goes takes the devices on its ports along, and they are out of the books")
    func controllerTakesDevicesAlong() async throws {
        let host = try await running(Self.controller + Documents.usb(4, "ua-key"))
        _ = try await host.driver.detach(.alias("ua-ports"), from: "web", scope: .live, force: false, isStrict: true)
        let outcome = try await host.driver.attach(
            Documents.bytes(Documents.nic(Documents.mac3, "ua-n")), to: "web", scope: .live, isStrict: true)
        #expect(outcome.warnings.contains { $0.contains("hostdev 'ua-key'") && $0.contains("is gone from Xen") })
        #expect(try await devices(host) == ["ua-n vif/0 bound"])
    }
}
