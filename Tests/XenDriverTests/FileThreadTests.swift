import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("No call on a file or a lock blocks a thread of Swift's pool")
struct FileThreadTests {
    /// A public call of the driver's, on a host where it succeeds.
    struct PublicCall: Sendable, CustomTestStringConvertible {
        /// The function's.
        let name: String
        let prepare: @Sendable (DriverHost) async throws -> Void
        let body: @Sendable (Driver) async throws -> Void

        var testDescription: String { name }

        init(
            _ name: String, _ prepare: @escaping @Sendable (DriverHost) async throws -> Void,
            _ body: @escaping @Sendable (Driver) async throws -> Void
        ) {
            self.name = name
            self.prepare = prepare
            self.body = body
        }
    }

    // MARK: Hosts

    @Sendable private static func empty(_ host: DriverHost) {}

    @Sendable private static func defined(_ host: DriverHost) async throws {
        _ = try await host.driver.define(Documents.domain(Scenario.twoOfEach), isStrict: false)
    }

    @Sendable private static func running(_ host: DriverHost) async throws {
        try await defined(host)
        _ = try await host.driver.start("web", paused: false)
    }

    @Sendable private static func rebooting(_ host: DriverHost) async throws {
        try await running(host)
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
    }

    /// Its console is on a terminal, as far as xenstore says.
    @Sendable private static func served(_ host: DriverHost) async throws {
        try await running(host)
        host.fake.writeNode(XenstorePath("/local/domain/\(try host.domid())/console/tty"), "/nonexistent")
    }

    @Sendable private static func held(_ host: DriverHost) async throws {
        try await defined(host)
        _ = try await host.driver.start("web", paused: true)
    }

    @Sendable private static func withTheirs(_ host: DriverHost) async throws {
        try await running(host)
        try await host.plugTheirNIC(2)
        try await host.plugTheirDisk()
    }

    /// A host whose Xen is files as well.
    private static func host() throws -> DriverHost {
        let root = FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
        return DriverHost(fake: try FakeXenHost(directory: root.appending("xen")), root: root)
    }

    // MARK: Calls

    private static let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))
    private static let xl = Documents.bytes(
        """
        name = "cellar"
        memory = 256
        kernel = "/boot/vmlinuz"
        disk = ["/dev/vg/cellar,raw,xvda,w"]

        """)

    static let calls: [PublicCall] = definitions + devices + power + listings + service + consoles

    private static let definitions: [PublicCall] = [
        PublicCall("define", empty) { _ = try await $0.define(Documents.domain(Scenario.twoOfEach), isStrict: false) },
        PublicCall("undefine", defined) { _ = try await $0.undefine("web") },
        PublicCall("document", defined) { _ = try await $0.document(fromNative: xl, isStrict: false) },
        PublicCall("add", empty) { driver in
            var xlImport = XLImport(driver, isDryRun: false)
            #expect(await xlImport.add("cellar.cfg", xl).result == .defined)
        },
        PublicCall("recover", running) { _ = try await $0.recover("web") },
        PublicCall("check", defined) { _ = try await $0.check("web", isStrict: false) },
        PublicCall("native", defined) { driver in
            let format = try NativeFormat("xen-json", isOutput: true)
            _ = try await driver.native(of: "web", format: format, isStrict: false)
        },
    ]

    private static let service: [PublicCall] = [
        PublicCall("setAutostart", defined) { _ = try await $0.setAutostart("web", true, order: 3) },
        PublicCall("autostartPlan", defined) { _ = try await $0.autostartPlan(boot: "one") },
        PublicCall("stopPlan", running) { _ = try await $0.stopPlan() },
        PublicCall("setAutostarted", empty) { try await $0.setAutostarted(nil, boot: "one") },
        PublicCall("serving", empty) { driver in
            try await driver.serving { () throws(DriverError) in #expect(await driver.isServed) }
        },
        PublicCall("unfinishedDomains", running) { _ = try await $0.unfinishedDomains() },
        PublicCall("observe", running) { _ = try await $0.observe() },
        PublicCall("observe", running) { _ = try await $0.observe([.name("web")]) },
        PublicCall("carryOutEnding", rebooting) { driver in
            _ = try await driver.carryOutEnding(of: try #require(DomainUUID(Documents.uuid)))
        },
    ]

    private static let consoles: [PublicCall] = [
        PublicCall("console", served) { _ = try await $0.console(of: "web") },
        PublicCall("news", served) { driver in
            let line = try await driver.console(of: "web")
            #expect(try await driver.news(of: line) == .same)
        },
        PublicCall("users", served) { driver in
            let line = try await driver.console(of: "web")
            #expect(await driver.users(of: line) == [])
        },
        PublicCall("withConsole", served) { driver in
            let line = try await driver.console(of: "web")
            let successor = try await driver.withConsole(line, takesOver: true) { session in await session.successor }
            #expect(successor == nil)
        },
        PublicCall("job", running) { _ = try await $0.job(of: "web") },
        PublicCall("abortJob", running) { driver in
            #expect(await errorName { () throws(DriverError) in try await driver.abortJob(of: "web") } == "noJob")
        },
        PublicCall("waitForEnd", running) { driver in
            _ = try await driver.waitForEnd(of: try await driver.shutdown("web"))
        },
        PublicCall("waitForRestart", running) { driver in
            _ = try await driver.waitForRestart(of: try await driver.reboot("web"))
        },
    ]

    private static let devices: [PublicCall] = [
        PublicCall("attach", running) {
            _ = try await $0.attach(nic, to: "web", scope: .liveAndConfig, isStrict: true)
        },
        PublicCall("detach", running) {
            _ = try await $0.detach(.alias("ua-b"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        },
        PublicCall("update", running) {
            let document = Documents.bytes(Documents.nic(nil, "ua-b", bridge: "xenbr1"))
            _ = try await $0.update(document, of: "web", alias: nil, scope: .liveAndConfig, isStrict: true)
        },
        PublicCall("setLinkState", running) {
            _ = try await $0.setLinkState(.down, of: .alias("ua-b"), in: "web", scope: .liveAndConfig)
        },
        PublicCall("setBridge", running) {
            _ = try await $0.setBridge("xenbr1", of: .alias("ua-b"), in: "web", scope: .liveAndConfig)
        },
        PublicCall("setAlias", running) {
            _ = try await $0.setAlias("ua-c", of: .alias("ua-b"), in: "web", scope: .liveAndConfig)
        },
        PublicCall("adopt", withTheirs) {
            _ = try await $0.adopt(.mac(DriverHost.theirMAC), of: "web", as: "ua-their", scope: .liveAndConfig)
        },
    ]

    private static let power: [PublicCall] = [
        PublicCall("start", defined) { _ = try await $0.start("web", paused: false) },
        PublicCall("create", empty) { _ = try await $0.create(Documents.domain(), paused: false, isStrict: false) },
        PublicCall("destroy", running) { _ = try await $0.destroy("web") },
        PublicCall("suspend", running) { _ = try await $0.suspend("web") },
        PublicCall("resume", held) { _ = try await $0.resume("web") },
        PublicCall("shutdown", running) { _ = try await $0.shutdown("web") },
        PublicCall("reboot", running) { _ = try await $0.reboot("web") },
    ]

    private static let listings: [PublicCall] = [
        PublicCall("domains", withTheirs) { _ = try await $0.domains() },
        PublicCall("domain", running) { _ = try await $0.domain("web") },
        PublicCall("summary", running) { _ = try await $0.summary(of: "web") },
        PublicCall("document", withTheirs) { _ = try await $0.document(of: "web", inactive: false) },
        PublicCall("devices", withTheirs) { _ = try await $0.devices(of: "web") },
        PublicCall("interfaces", running) { _ = try await $0.interfaces(of: "web", inactive: false) },
        PublicCall("disks", running) { _ = try await $0.disks(of: "web", inactive: true) },
    ]

    /// The calls on files and locks that `body` makes on other threads than those for them, each once.
    private func strays(_ body: () async throws -> Void) async throws -> [String] {
        let strays = Locked<[String: Int]>([:])
        try await FileThreads.watching { call in
            strays.withLock { $0[call, default: 0] += 1 }
        } _: {
            try await body()
        }
        return strays.withLock { $0.keys.sorted() }
    }

    // MARK: -

    @Test("of the driver", arguments: calls)
    func call(_ call: PublicCall) async throws {
        let host = try Self.host()
        try await call.prepare(host)
        let strays = try await strays { try await call.body(host.driver) }
        #expect(strays == [])
    }

    @Test("of the driver where it fails, or finds what a killed command left")
    func failing() async throws {
        let host = try Self.host()
        try await Self.running(host)
        var error = ""
        let unknown = try await strays {
            error = await errorName { () throws(DriverError) in try await host.driver.start("inn", paused: false) }
        }
        #expect(error == "noDomain")
        #expect(unknown == [])
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "backend"))
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyNIC))
        let failed = try await strays {
            error = await errorName { () throws(DriverError) in
                try await host.driver.attach(Self.nic, to: "web", scope: .liveAndConfig, isStrict: true)
            }
        }
        #expect(error == "operation")
        #expect(failed == [])
        let recovered = try await strays {
            _ = try await host.driver.attach(Self.nic, to: "web", scope: .liveAndConfig, isStrict: true)
        }
        #expect(recovered == [])
    }

    @Test("every public call of the driver's is among them, and no other")
    func all() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/XenDriver")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        var declared: [String] = []
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            declared += text.matches(of: /\n    public (?:mutating )?func (\w+)/).map { String($0.output.1) }
        }
        #expect(declared.sorted() == Self.calls.map(\.name).sorted())
    }

    @Test("a call elsewhere is seen")
    func seen() async throws {
        let path = FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)").string
        let read = { @Sendable in _ = try RegularFile.read(path, atMost: 1) }
        let here = try await strays { try read() }
        #expect(here == ["open(_:_:)"])
        let elsewhere = try await strays { try await Task { try read() }.value }
        #expect(elsewhere == here)
        let there = try await strays { try await FileThreads.run { try read() } }
        #expect(there == [])
    }

    @Test("of the fake host, where somebody follows what happens on it")
    func following() async throws {
        let host = try Self.host()
        let strays = try await strays {
            try await FileThreads.run {
                var signs = host.fake.watch(XenstorePath("/local/domain")).makeAsyncIterator()
                var events = try await host.fake.domainEvents().makeAsyncIterator()
                #expect(await signs.next() != nil)
                try await Self.running(host)
                #expect(await signs.next() != nil)
                _ = try await host.driver.destroy("web")
                #expect(await events.next() != nil)
            }
        }
        #expect(strays == [])
    }
}
