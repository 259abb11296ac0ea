import LibxlAPI
import LibxlFake
import Testing
import XenDriver

@Suite("A device of the host goes to one running domain")
struct HostDeviceTests {
    private static let nic = """
        <interface type='hostdev' managed='yes'><mac address='00:16:3e:00:00:09'/><source>\
        <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source></interface>
        """

    private func create(_ device: String, _ number: Int, _ host: DriverHost) async throws(DriverError) -> DomainOutcome
    {
        try await host.driver.create(
            Documents.domain(device, name: "vm\(number)", uuid: "6695eb01-f6a4-8304-79aa-97f2502e195\(number)"),
            paused: false, isStrict: false)
    }

    @Test(
        "whoever comes second is refused until the first has ended",
        arguments: [
            (Documents.pci("03"), Documents.pci("03")), (Documents.pci("03"), nic),
            (Documents.usb(4), Documents.usb(4)),
        ])
    func second(_ first: String, _ second: String) async throws {
        let host = DriverHost()
        _ = try await create(first, 0, host)
        #expect(await errorName { () throws(DriverError) in try await create(second, 1, host) } == "hostDeviceInUse")
        _ = try await create(Documents.pci("04"), 2, host)
        host.fake.shutDownGuest(try host.domid("vm0"), reason: .poweroff)
        _ = try await host.driver.destroy("vm0")
        _ = try await create(second, 1, host)
    }

    @Test(
        "one that another domain has is not plugged either, until that one has let go of it",
        arguments: [(Documents.pci("03", "ua-x"), nic), (Documents.usb(4, "ua-x"), Documents.usb(4))])
    func hotplug(_ plugged: String, _ wanted: String) async throws {
        let host = DriverHost()
        _ = try await create("", 0, host)
        _ = try await create("", 1, host)
        func attach(_ device: String, _ domain: DomainReference) async -> String {
            await errorName { () throws(DriverError) in
                try await host.driver.attach(Documents.bytes(device), to: domain, scope: .live, isStrict: true)
            }
        }
        #expect(await attach(plugged, "vm0") == "none")
        #expect(await attach(wanted, "vm1") == "hostDeviceInUse")
        _ = try await host.driver.detach(.alias("ua-x"), from: "vm0", scope: .live, force: false, isStrict: true)
        #expect(await attach(wanted, "vm1") == "none")
    }

    private static func product(_ product: String, _ more: String = "") -> String {
        """
        <hostdev mode='subsystem' type='usb'>
          <source><vendor id='0x1d6b'/><product id='0x\(product)'/>\(more)</source>
        </hostdev>
        """
    }

    private static func hostWithUSB() -> DriverHost {
        DriverHost {
            $0.usbDevices = Set(["1-1 1d6b:0002", "1-7 1d6b:0003", "2-4 1d6b:0003"].compactMap(FakeUSBDevice.init))
        }
    }

    @Test("a USB device that is named by vendor and product is found on the host, and of several a free one")
    func usbByProduct() async throws {
        let host = Self.hostWithUSB()
        _ = try await create(Self.product("0003"), 0, host)
        _ = try await create("", 1, host)
        func attach() async -> String {
            await errorName { () throws(DriverError) in
                try await host.driver.attach(
                    Documents.bytes(Self.product("0003")), to: "vm1", scope: .live, isStrict: true)
            }
        }
        #expect(await attach() == "none")
        #expect(try await host.usbDevices("vm0") == ["1.7"])
        #expect(try await host.usbDevices("vm1") == ["2.4"])
        let shown = try await host.driver.document(of: "vm1", inactive: false)
        #expect(shown.contains("<product id='0x0003'/>"))
        #expect(shown.contains("<address bus='2' device='4'/>"))
        #expect(await attach() == "noUSBDevice")
        _ = try await host.driver.detach(
            .document(Documents.bytes(Self.product("0003"))), from: "vm1", scope: .live, force: false, isStrict: true)
        #expect(try await host.usbDevices("vm1") == [])
    }

    @Test(
        "one that is not plugged into the host is refused, and so is another at its place",
        arguments: [
            (product("0009"), "noUSBDevice"), (product("0003", "<address bus='1' device='1'/>"), "otherUSBDevice"),
            (product("0003", "<address bus='9' device='9'/>"), "noUSBDevice"),
        ])
    func usbMissing(_ device: String, _ expected: String) async throws {
        let host = Self.hostWithUSB()
        #expect(await errorName { () throws(DriverError) in try await create(device, 0, host) } == expected)
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0"])
    }
}

extension DriverHost {
    /// The USB devices that Xen has in a domain, as `BUS.ADDRESS`.
    fileprivate func usbDevices(_ name: String) async throws -> [String] {
        try await fake.listDevices(.usbDevice, of: domid(name)).compactMap {
            if case .usbDevice(let device) = $0 { "\(device.hostBus).\(device.hostAddress)" } else { nil }
        }
    }
}
