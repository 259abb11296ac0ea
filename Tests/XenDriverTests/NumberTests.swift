import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("No number of a file's, of xenstore's or of libxl's ends the process or a domain's usefulness")
struct NumberTests {
    private static let kinds = [
        "vif": Documents.nic(Documents.mac3, "ua-new"), "vtpm": Scenario.others[3].document,
        "vdispl": Scenario.others[4].document, "vsnd": Scenario.others[5].document,
    ]

    @Test(
        "whatever number another toolstack gave a device, the next one gets a free one",
        arguments: kinds.keys.sorted(),
        ["2147483647", "2147483646", "-2147483648", "65535", "99999999999999999999", "x"])
    func numbers(_ kind: String, _ number: String) async throws {
        let host = try await Scenario.updates[0].host()
        let domid = try host.domid()
        let record = "/libxl/\(domid)/device/\(kind)/\(number)"
        host.fake.writeNode(XenstorePath("\(record)/backend"), "/local/domain/0/backend/\(kind)/\(domid)/\(number)")
        host.fake.writeNode(XenstorePath("\(record)/frontend"), "/local/domain/\(domid)/device/\(kind)/\(number)")
        let document = try #require(Self.kinds[kind])
        let outcome = try await host.driver.attach(
            Documents.bytes(document), to: "web", scope: .live, isStrict: true)
        #expect(outcome.live == .plugged)
        let identity = try await host.driver.devices(of: "web").first { $0.alias?.description == "ua-new" }?.identity
        #expect((0..<65536).contains(identity?.devid.rawValue ?? -1))
    }

    @Test("a NIC that xl gave the last number there is does not stop another, nor its own detach")
    func lastNumber() async throws {
        let host = try await Scenario.updates[0].host()
        try await host.plugTheirNIC(.max)
        let nic = Documents.bytes(Self.kinds["vif"] ?? "")
        _ = try await host.driver.attach(nic, to: "web", scope: .live, isStrict: true)
        #expect(try await host.devids() == [0, 1, 2, .max])
        _ = try await host.driver.detach(
            .identity("vif/2147483647"), from: "web", scope: .live, force: false, isStrict: true)
        #expect(try await host.devids() == [0, 1, 2])
    }

    @Test(
        "whenever a change says that it was begun, its script is waited for no longer than a script may run",
        arguments: ["-1e300", "1e300", "-1", "0", "1e18", "9223372036854775807", "1e-300"])
    func begun(_ number: String) async throws {
        let host = try await Scenario.attaches[0].host()
        host.fake.configure { $0.scripts = ["vif-bridge": .hangs] }
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "backend"))
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyNIC))
        _ = try? await Scenario.attaches[0].change(host.driver)
        let status = try #require(host.read(host.statusFile()))
        try status.replacing(/"begun" : [^,\n]*/, with: "\"begun\" : \(number)")
            .write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
        _ = try await host.recover()
        #expect(try await host.disorder() == [])
    }

    @Test(
        "the next generated name may be any number in the file",
        arguments: ["9223372036854775807", "-9223372036854775808", "-1", "9223372036854775806"])
    func generated(_ number: String) async throws {
        let host = try await Scenario.updates[0].host()
        let status = try #require(host.read(host.statusFile()))
        try status.replacing(/"nextGenerated" : \{[^}]*\}/, with: "\"nextGenerated\" : {\"net\" : \(number)}")
            .write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
        for mac in ["00:16:3e:00:03:01", "00:16:3e:00:03:02"] {
            let outcome = try await host.driver.attach(
                Documents.bytes(Documents.nic(mac)), to: "web", scope: .live, isStrict: true)
            #expect(outcome.live == .plugged)
        }
        #expect(Set(try await host.aliases()).count == 6)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "a number in a status that is none of its kind makes that status a damaged one, and no more",
        arguments: ["-1", "1e300", "4294967296", "18446744073709551616", "\"x\"", "0.5", "NaN"])
    func status(_ number: String) async throws {
        for member in ["domid", "devid", "rawValue", "bits"] {
            let host = try await Scenario.updates[0].host()
            let status = try #require(host.read(host.statusFile()))
            let changed = status.replacing(
                try Regex("\"\(member)\" : [0-9]+"), with: "\"\(member)\" : \(number)")
            try changed.write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
            _ = try? await host.driver.devices(of: "web")
            _ = try? await host.recover()
            _ = try? await host.driver.destroy("web")
        }
    }
}
