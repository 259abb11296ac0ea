import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A device of the host's device tree")
struct DeviceTreeTests {
    private static func node(_ name: String, _ alias: String) -> String {
        "<x:dtdev xmlns:x='urn:xenkeeper:domain:1' path='/soc/\(name)'><alias name='\(alias)'/></x:dtdev>"
    }

    @Test("is kept by its alias, attached to and detached from a definition, and refused by a host that is no Arm one")
    func definition() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Self.node("serial", "ua-s")), isStrict: true)
        _ = try await host.driver.attach(
            Documents.bytes(Self.node("timer", "ua-t")), to: "web", scope: .config, isStrict: true)
        let document = try await host.driver.document(of: "web", inactive: true)
        #expect(
            document.contains(
                """
                    <xenkeeper:dtdev path='/soc/serial'>
                      <alias name='ua-s'/>
                    </xenkeeper:dtdev>
                    <xenkeeper:dtdev path='/soc/timer'>
                      <alias name='ua-t'/>
                    </xenkeeper:dtdev>
                """))
        let error = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(error == "operation")
        #expect(host.fake.snapshot().storedConfigurations.keys.allSatisfy { $0 == .domain0 })
        for alias in ["ua-s", "ua-t"] {
            _ = try await host.driver.detach(
                .alias(alias), from: "web", scope: .config, force: false, isStrict: true)
        }
        #expect(try await !host.driver.document(of: "web", inactive: true).contains("dtdev"))
        _ = try await host.driver.start("web", paused: false)
    }
}
