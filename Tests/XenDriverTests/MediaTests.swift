import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenUnits

@Suite("A drive's medium is changed while the guest runs")
struct MediaTests {
    static func drive(_ source: String?, more: String = "") -> String {
        """
        <disk type='file' device='cdrom'>\(source.map { "<source file='\($0)'/>" } ?? "")<target dev='hdc'/>\
        <alias name='ua-cd'/>\(more)</disk>
        """
    }

    private func running(
        _ configure: (inout FakeXenConfiguration) -> Void = { _ in }, with devices: String = drive("/a.iso")
    ) async throws -> DriverHost {
        let host = DriverHost(configure)
        let document = String(decoding: Documents.domain(devices), as: UTF8.self)
            .replacing("<type arch='x86_64' machine='xenpv'>linux</type>", with: "<type>hvm</type>")
            .replacing("<kernel>/boot/vmlinuz</kernel>", with: "")
        _ = try await host.driver.define(Documents.bytes(document), isStrict: true)
        _ = try await host.driver.start("web", paused: false)
        return host
    }

    private func change(_ document: String, _ host: DriverHost, _ scope: ChangeScope = .live) async throws(DriverError)
        -> DeviceOutcome
    {
        try await host.driver.update(Documents.bytes(document), of: "web", alias: nil, scope: scope, isStrict: true)
    }

    private func medium(_ host: DriverHost) async throws -> String? {
        try await host.fake.listDevices(.disk, of: host.domid()).compactMap(\.disk).first?.pdevPath
    }

    @Test("another medium, none, and one again, in each scope", arguments: [ChangeScope.live, .config, .liveAndConfig])
    func media(_ scope: ChangeScope) async throws {
        let host = try await running()
        var expected = (live: "/a.iso" as String?, config: "/a.iso" as String?)
        for source in ["/b.iso", nil, nil, "/c.iso"] {
            let was = expected.live
            if scope != .config { expected.live = source }
            if scope != .live { expected.config = source }
            let outcome = try await change(Self.drive(source), host, scope)
            #expect(outcome.live == (scope == .config ? nil : was == source ? .unchanged : .changedInPlace(["source"])))
            #expect(try await medium(host) == expected.live)
            #expect(try await host.driver.disks(of: "web", inactive: false).map(\.source) == [expected.live])
            #expect(try await host.driver.disks(of: "web", inactive: true).map(\.source) == [expected.config])
            #expect(try await host.disorder() == [])
        }
    }

    @Test("a medium that is not there is refused, and the old one is put back")
    func missing() async throws {
        let host = try await running { $0.missing = ["/b.iso"] }
        let before = host.everything()
        let error = await errorName { () throws(DriverError) in
            try await change(Self.drive("/b.iso"), host, .liveAndConfig)
        }
        #expect(error == "operation")
        #expect(host.everything() == before)
    }

    @Test("a drive whose old medium is gone as well is left empty by the next change, which goes on")
    func neither() async throws {
        let host = try await running()
        host.fake.configure { $0.missing = ["/a.iso", "/b.iso"] }
        let error = await errorName { () throws(DriverError) in try await change(Self.drive("/b.iso"), host) }
        #expect(error == "unrecovered")
        let outcome = try await change(Self.drive("/c.iso"), host)
        #expect(outcome.warnings.contains { $0.contains("and is empty") })
        #expect(try await medium(host) == "/c.iso")
        #expect(try await host.disorder() == [])
    }

    @Test("a drive that somebody else has given another medium is the same drive")
    func foreignMedium() async throws {
        let host = try await running()
        var disk = try #require(try await host.fake.listDevices(.disk, of: host.domid()).compactMap(\.disk).first)
        disk.pdevPath = "/theirs.iso"
        try await host.fake.insertCDROM(disk, into: host.domid(), deadline: .now + .seconds(3600))
        #expect(try await host.driver.devices(of: "web").map(\.state) == [.bound])
        #expect(try await change(Self.drive("/b.iso"), host).live == .changedInPlace(["source"]))
        #expect(try await medium(host) == "/b.iso")
    }

    @Test("what else is another disk's, or of another kind, is refused")
    func refused() async throws {
        let data = "<disk type='file'><source file='/data'/><target dev='xvda'/><alias name='ua-data'/></disk>"
        let host = try await running(with: data + Self.drive("/a.iso"))
        let before = host.everything()
        for document in [
            Self.drive("/b.iso", more: "<shareable/>"), data.replacing("/data", with: "/other"),
            Self.drive("/b.iso").replacing("cdrom", with: "disk"),
        ] {
            #expect(
                await errorName { () throws(DriverError) in try await change(document, host) } == "cannotChange",
                "\(document)")
        }
        #expect(host.everything() == before)
    }

    @Test("a medium that another domain writes to is refused")
    func inUse() async throws {
        let host = try await running()
        let other = Documents.domain(
            Documents.disk("xvda", source: "/b.iso"), name: "db", uuid: "6695eb01-f6a4-8304-79aa-97f2502e1940")
        _ = try await host.driver.create(other, paused: false, isStrict: true)
        #expect(
            await errorName { () throws(DriverError) in try await change(Self.drive("/b.iso"), host) } == "diskInUse")
    }
}
