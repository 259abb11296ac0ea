import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite("A connection's configuration says what documents refer to")
struct ConfigurationTests {
    private func host(
        _ text: String?, _ configure: (inout FakeXenConfiguration) -> Void = { _ in }
    ) throws -> DriverHost {
        let host = DriverHost(configure)
        if let text { try write(text, host) }
        return host
    }

    private func write(_ text: String, _ host: DriverHost) throws {
        let file = URL(fileURLWithPath: host.root.appending("etc/xenkeeper/connection.json").string)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private static let nic = """
        <interface type='network'><source network='inner'/><mac address='00:16:3e:00:00:09'/>\
        <alias name='ua-net'/></interface>
        """

    private func hvm(_ devices: String, _ number: Int = 0, os: String = "<type>hvm</type>") -> [UInt8] {
        Documents.bytes(
            """
            <domain type='xen'><name>hvm\(number)</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e195\(number)</uuid>
            <memory unit='MiB'>256</memory><os>\(os)</os><devices>\(devices)</devices></domain>
            """)
    }

    @Test("a network is its bridge, at start and at attach")
    func network() async throws {
        let host = try host(#"{"networks": {"inner": "xenbr7"}}"#)
        _ = try await host.driver.define(Documents.domain(Self.nic), isStrict: true)
        _ = try await host.driver.start("web", paused: false)
        let more = Self.nic.replacing("0:09", with: "0:08").replacing("ua-net", with: "ua-more")
        _ = try await host.driver.attach(Documents.bytes(more), to: "web", scope: .live, isStrict: true)
        #expect(
            try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic).map(\.bridge) == [
                "xenbr7", "xenbr7",
            ])
        #expect(try await host.driver.document(of: "web", inactive: false).contains("<source network='inner'/>"))
        #expect(try await host.disorder() == [])
    }

    @Test(
        "a network that is missing, or whose bridge is, is an error that says where",
        arguments: [(nil, "noNetwork"), ("{}", "noNetwork"), (#"{"networks": {"inner": "nowhere"}}"#, "noBridge")]
            as [(String?, String)])
    func missing(_ text: String?, _ name: String) async throws {
        let host = try host(text) { $0.missing = ["nowhere"] }
        let warnings = try await host.driver.define(Documents.domain(Self.nic), isStrict: true).warnings
        let error = await #expect(throws: DriverError.self) { try await host.driver.start("web", paused: false) }
        #expect(error?.caseName == name)
        if name == "noNetwork" {
            // What a start says is said before.
            let warning = DriverNotice.definition(.cannotStart(try #require(error)), domain: "web")
            #expect(warnings.contains(warning))
            _ = try await host.driver.define(Documents.domain(), isStrict: true)
            let attached = try await host.driver.attach(
                Documents.bytes(Self.nic), to: "web", scope: .config, isStrict: true)
            #expect(attached.warnings.contains(warning))
            let check = try await host.driver.check("web", isStrict: false)
            #expect(check.problems.map(\.reason) == ["\(try #require(error))"])
            #expect(error?.description.hasPrefix("Network not found: no network with matching name 'inner'") == true)
            #expect(error?.description.contains("etc/xenkeeper/connection.json") == true)
        }
        #expect(host.read(host.statusFile()) == nil)
    }

    @Test(
        "a file that breaks a rule is an error that names it, and is never passed over",
        arguments: [
            ("{", ""), (#"{"network": {}}"#, "unknown member 'network'"), (#"{"networks": {"a": ""}}"#, "'a'"),
            (#"{"networks": []}"#, "networks"), (#"{"firmware": "ovmf.bin"}"#, "no absolute path"),
            (#"{"displayPorts": [5910, 5900]}"#, "first port"), (#"{"displayPorts": [70000, 70001]}"#, ""),
            (#"{"allowsNestedHVM": "yes"}"#, "allowsNestedHVM"),
        ])
    func broken(_ text: String, _ words: String) async throws {
        let host = try host(text)
        _ = try await host.driver.define(Documents.domain(), isStrict: true)
        let error = await #expect(throws: DriverError.self) { try await host.driver.start("web", paused: false) }
        #expect(error?.caseName == "badConfiguration")
        #expect(error?.description.contains("etc/xenkeeper/connection.json'") == true)
        if !words.isEmpty { #expect(error?.description.contains(words) == true, "\(error?.description ?? "")") }
        try write("{}", host)
        _ = try await host.driver.start("web", paused: false)
    }

    @Test("displays get ports that no other running domain has, and the live document shows them")
    func ports() async throws {
        let host = try host(#"{"displayPorts": [5910, 5912]}"#)
        let vnc = "<graphics type='vnc' port='-1' autoport='yes'/>"
        let spice = "<graphics type='spice' port='-1' autoport='yes'/>"
        for (number, devices) in [vnc, spice, "<graphics type='vnc' port='5912'/>"].enumerated() {
            _ = try await host.driver.create(hvm(devices, number), paused: false, isStrict: false)
        }
        #expect(try await port(0, host, inactive: false) == "5910")
        #expect(try await port(1, host, inactive: false) == "5911")
        #expect(try await port(0, host, inactive: true) == "-1")
        #expect(
            await errorName { () throws(DriverError) in
                try await host.driver.create(hvm(vnc, 3), paused: false, isStrict: false)
            } == "untranslatable")
        _ = try await host.driver.destroy("hvm0")
        _ = try await host.driver.create(hvm(vnc, 3), paused: false, isStrict: false)
        #expect(try await port(3, host, inactive: false) == "5910")
    }

    private func port(_ number: Int, _ host: DriverHost, inactive: Bool) async throws -> String? {
        let document = try await host.driver.document(of: DomainReference("hvm\(number)"), inactive: inactive)
        return document.firstMatch(of: /port='([^']*)'/).map { String($0.output.1) }
    }

    @Test("the firmware and nested guests are as the configuration says")
    func firmware() async throws {
        let host = try host(#"{"firmware": "/fw/ovmf.bin", "allowsNestedHVM": true}"#)
        let document = hvm("", os: "<type>hvm</type>")
        let text = String(decoding: document, as: UTF8.self)
            .replacing("<os>", with: "<os firmware='efi'>")
            .replacing("<devices>", with: "<cpu mode='host-passthrough'/><devices>")
        _ = try await host.driver.create(Documents.bytes(text), paused: false, isStrict: false)
        let domid = try host.domid("hvm0")
        let built = try #require(host.fake.snapshot().storedConfigurations[domid]).buildInfo.hvm
        #expect(built.systemFirmware == "/fw/ovmf.bin")
    }
}
