import LibxlAPI
import LibxlFake
import Testing
import XenDriver

@Suite("A device of the host goes to one running domain")
struct HostDeviceTests {
    private static func pci(_ bus: String) -> String {
        """
        <hostdev mode='subsystem' type='pci' managed='yes'><source>\
        <address domain='0x0000' bus='\(bus)' slot='0x00' function='0x0'/></source></hostdev>
        """
    }

    private static let usb = """
        <hostdev mode='subsystem' type='usb'><source><address bus='1' device='4'/></source></hostdev>
        """

    private static let card = """
        <interface type='hostdev' managed='yes'><mac address='00:16:3e:00:00:09'/><source>\
        <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source></interface>
        """

    private func create(_ device: String, _ number: Int, _ host: TestHost) async throws(DriverError) -> DomainOutcome {
        try await host.driver.create(
            Documents.domain(device, name: "vm\(number)", uuid: "6695eb01-f6a4-8304-79aa-97f2502e195\(number)"),
            paused: false, isStrict: false)
    }

    @Test(
        "whoever comes second is refused until the first has ended",
        arguments: [(pci("0x03"), pci("0x03")), (pci("0x03"), card), (usb, usb)])
    func second(_ first: String, _ second: String) async throws {
        let host = TestHost()
        _ = try await create(first, 0, host)
        #expect(await errorName { () throws(DriverError) in try await create(second, 1, host) } == "hostDeviceInUse")
        _ = try await create(Self.pci("0x04"), 2, host)
        host.fake.shutDownGuest(try host.domid("vm0"), reason: .poweroff)
        _ = try await host.driver.destroy("vm0")
        _ = try await create(second, 1, host)
    }
}
