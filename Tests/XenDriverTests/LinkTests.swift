import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A link that cannot be set is refused before anything is done")
struct LinkTests {
    private static let uuid = "6695eb01-f6a4-8304-79aa-97f2502e1950"

    /// A NIC whose link is not this host's to set, and what says so.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let nic: @Sendable (_ more: String) -> String
        let error: String
        /// What somebody does to the host once it is plugged.
        var then: @Sendable (FakeXenHost, DomainID) -> Void = { _, _ in }

        var testDescription: String { name }

        static let all = [
            Case(
                name: "served by another domain",
                nic: { Documents.nic(Documents.mac3, "ua-n", more: "<backenddomain name='fw'/>" + $0) },
                error: "linkElsewhere"),
            Case(
                name: "a PCI device of the host's",
                nic: {
                    """
                    <interface type='hostdev' managed='yes'><mac address='\(Documents.mac3)'/><source>\
                    <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source>\
                    <alias name='ua-n'/>\($0)</interface>
                    """
                }, error: "noLink"),
            Case(
                name: "renamed or removed on the host", nic: { Documents.nic(Documents.mac3, "ua-n", more: $0) },
                error: "noLinkDevice", then: { $0.removeLink("vif\($1).1") }),
        ]
    }

    private func running(_ example: Case) async throws -> DriverHost {
        let host = DriverHost()
        _ = try await host.driver.create(
            Documents.domain(name: "fw", uuid: Self.uuid), paused: false, isStrict: true)
        let devices = Documents.nic(Documents.mac1, "ua-a") + example.nic("")
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        example.then(host.fake, try host.domid())
        return host
    }

    @Test("by setlink and by update, in the live definition and in both; the domain is as before", arguments: Case.all)
    func refused(_ example: Case) async throws {
        let host = try await running(example)
        let before = host.everything()
        for scope in [ChangeScope.live, .liveAndConfig, .current] {
            let error = await #expect(throws: DriverError.self) {
                try await host.driver.setLinkState(.down, of: .alias("ua-n"), in: "web", scope: scope)
            }
            #expect(error?.caseName == example.error)
            #expect(error?.description.contains("interface 'ua-n'") == true)
            let update = await errorName { () throws(DriverError) in
                try await host.driver.update(
                    Documents.bytes(example.nic("<link state='down'/>")), of: "web", alias: nil, scope: scope,
                    isStrict: false)
            }
            #expect([example.error, "cannotChange"].contains(update))
            #expect(host.everything() == before)
        }
        #expect(try await host.recover() == [])
        let outcome = try await host.driver.detach(
            .alias("ua-n"), from: "web", scope: .live, force: true, isStrict: true)
        #expect(outcome.warnings == [])
    }

    @Test("a NIC that another domain serves comes with its link up, or not at all")
    func served() async throws {
        let host = DriverHost()
        _ = try await host.driver.create(
            Documents.domain(name: "fw", uuid: Self.uuid), paused: false, isStrict: true)
        let down = Case.all[0].nic("<link state='down'/>")
        let warnings = try await host.driver.define(Documents.domain(down), isStrict: false).warnings
        #expect(warnings.contains { $0.contains("cannot be started as it is") && $0.contains("'fw'") })
        let calls = host.fake.calls.count { $0.operation == .createDomain }
        let start = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(start == "linkElsewhere")
        #expect(host.fake.calls.count { $0.operation == .createDomain } == calls)
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        let attach = await errorName { () throws(DriverError) in
            try await host.driver.attach(Documents.bytes(down), to: "web", scope: .live, isStrict: true)
        }
        #expect(attach == "linkElsewhere")
        #expect(try await host.disorder() == [])
    }

    @Test("a link that has gone since a killed command began to set it does not stop its NIC's detach, nor any verb")
    func goneMeanwhile() async throws {
        let host = try await Scenario.updates[0].host()
        host.fake.inject(FakeFault(.fail(.failed), in: .setLinkState, times: 2))
        _ = await errorName { () throws(DriverError) in
            try await host.driver.setLinkState(.down, of: .alias("ua-b"), in: "web", scope: .liveAndConfig)
        }
        host.fake.removeLink("vif\(try host.domid()).1")
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        #expect(outcome.live == .unplugged)
        #expect(outcome.warnings.contains { $0.contains("gave up the update that was interrupted") })
        #expect(try await host.disorder() == [])
    }
}
