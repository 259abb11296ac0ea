import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite("The index of what running domains have, and of what xenstore showed of them")
struct StatusIndexTests {
    private static func uuid(_ number: Int) -> String { "6695eb01-f6a4-8304-79aa-97f2502e200\(number)" }

    private static func disk(_ source: String, _ target: String = "xvda") -> String {
        """
        <disk type='file'><driver name='qemu' type='qcow2'/><source file='/images/\(source)'/>\
        <target dev='\(target)'/><alias name='ua-\(source)'/></disk>
        """
    }

    /// `a`, `b` and `c` run, each with a disk of its own name.
    private func threeDomains() async throws -> DriverHost {
        let host = DriverHost()
        for (number, name) in ["a", "b", "c"].enumerated() {
            _ = try await host.driver.define(
                Documents.domain(Self.disk(name), name: name, uuid: Self.uuid(number)), isStrict: false)
            _ = try await host.driver.start(DomainReference(name), paused: false)
        }
        return host
    }

    private func index(_ name: String, _ host: DriverHost) -> FilePath {
        host.root.appending("run/xenkeeper/index/\(name)")
    }

    /// Plugs a disk into `a` for a moment; the name of the error, or "none".
    private func plug(_ source: String, _ host: DriverHost) async throws -> String {
        let driver = host.otherDriver()
        let document = Documents.bytes(Self.disk(source, "xvdb"))
        let error = await errorName { () throws(DriverError) in
            try await driver.attach(document, to: "a", scope: .live, isStrict: true)
        }
        guard error == "none" else { return error }
        let outcome = try await driver.detach(
            .alias("ua-\(source)"), from: "a", scope: .live, force: false, isStrict: true)
        #expect(outcome.warnings == [])
        return "none"
    }

    @Test("a plug reads the status of no other domain, and one that is damaged still holds what it had")
    func apart() async throws {
        let host = try await threeDomains()
        for number in 1...2 { try overwrite(host.statusFile(Self.uuid(number)), "rubbish") }
        for _ in 1...2 {
            #expect(try await plug("new", host) == "none")
            #expect(try await plug("b", host) == "diskInUse")
        }
        #expect(host.read(host.statusFile(Self.uuid(1))) == "rubbish")
    }

    @Test(
        "one that is missing, damaged, of another version or wrong does no harm, and the next change makes it anew",
        arguments: ["statuses", "shown"], IndexDamage.allCases)
    func damaged(_ name: String, _ how: IndexDamage) async throws {
        let host = try await threeDomains()
        #expect(try await plug("new", host) == "none")
        let path = index(name, host)
        let text = try #require(host.read(path))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        try how.strike(path) { $0 == lines[2] }
        for _ in 1...2 {
            #expect(try await plug("b", host) == "diskInUse")
            #expect(try await plug("c", host) == "diskInUse")
            #expect(try await plug("new", host) == "none")
        }
        guard how != .directory else { return }
        #expect(host.read(path)?.split(separator: "\n").count == 4)
    }

    @Test("statuses that come and go behind our back are seen at once")
    func behindOurBack() async throws {
        let host = try await threeDomains()
        #expect(try await plug("new", host) == "none")
        let (status, aside) = (host.statusFile(Self.uuid(1)), host.root.appending("aside"))
        #expect(rename(status.string, aside.string) == 0)
        // What Xen has of it counts.
        #expect(try await plug("b", host) == "diskInUse")
        #expect(rename(aside.string, status.string) == 0)
        #expect(try await plug("b", host) == "diskInUse")
        _ = try await host.otherDriver().destroy("b")
        #expect(try await plug("b", host) == "none")
    }

    @Test("xenstore is not asked about domains whose devices libxl has left alone")
    func atRest() async throws {
        let host = try await threeDomains()
        _ = try await plug("new", host)
        _ = try await plug("new", host)
        // Nobody may look there.
        for name in ["b", "c"] { host.fake.removeNode(XenstorePath("/libxl/\(try host.domid(name))/device")) }
        #expect(try await plug("new", host) == "none")
        #expect(try await plug("b", host) == "diskInUse")
    }

    @Test("a disk that another toolstack plugs into any domain is taken until it is gone again")
    func theirs() async throws {
        let host = try await threeDomains()
        try await host.startTheirs(uuid: Self.uuid(7))
        for _ in 1...2 {
            #expect(try await plug("theirs", host) == "none")
            try await host.plugTheirDisk(into: "b") { $0.pdevPath = "/images/theirs" }
            for _ in 1...2 { #expect(try await plug("theirs", host) == "diskInUse") }
            var disk = LibxlDeviceDisk(vdev: "xvde", pdevPath: "/images/theirs", format: .raw)
            disk.backend = .phy
            try await host.fake.destroyDevice(.disk(disk), of: host.domid("b"), deadline: .now + .seconds(3600))
            #expect(try await plug("theirs", host) == "none")
            try await host.plugTheirDisk(into: "theirs") { $0.pdevPath = "/images/theirs" }
            for _ in 1...2 { #expect(try await plug("theirs", host) == "diskInUse") }
            try await host.fake.destroyDevice(.disk(disk), of: host.domid("theirs"), deadline: .now + .seconds(3600))
        }
    }

    @Test("a domain whose status goes is asked about again, for what it has is nobody's of ours now")
    func forgotten() async throws {
        let host = try await threeDomains()
        _ = try await plug("new", host)
        _ = try await host.driver.undefine("b")
        #expect(unlink(host.statusFile(Self.uuid(1)).string) == 0)
        for _ in 1...2 { #expect(try await plug("b", host) == "diskInUse") }
    }

    @Test("many that start at once leave an index of all")
    func atOnce() async throws {
        let host = try await threeDomains()
        await withTaskGroup(of: Void.self) { group in
            for number in 3..<9 {
                group.addTask {
                    let document = Documents.domain(
                        Self.disk("n\(number)"), name: "n\(number)", uuid: Self.uuid(number))
                    _ = try? await host.otherDriver().create(document, paused: false, isStrict: false)
                }
            }
        }
        for number in 3..<9 { #expect(try await plug("n\(number)", host) == "diskInUse") }
        #expect(try await plug("new", host) == "none")
        #expect(host.read(index("statuses", host))?.split(separator: "\n").count == 10)
    }
}
