import Foundation
import Glibc
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite("The index of definitions")
struct IndexTests {
    private static func uuid(_ number: Int) -> String { "6695eb01-f6a4-8304-79aa-97f2502e200\(number)" }

    /// `a`, `b` and `c` are defined, and the index is as their definers left it.
    private func threeDomains() async throws -> DriverHost {
        let host = DriverHost()
        for (number, name) in ["a", "b", "c"].enumerated() {
            _ = try await host.driver.define(
                Documents.domain(Documents.nic(), name: name, uuid: Self.uuid(number)), isStrict: false)
        }
        return host
    }

    private func index(_ host: DriverHost) -> FilePath { host.root.appending("run/xenkeeper/index/definitions") }

    private func names(_ host: DriverHost) async throws -> [String] {
        try await host.otherDriver().domains().map(\.name).filter { $0 != "Domain-0" }
    }

    /// Plugs a NIC into the definition of `a` and takes it out again; returns what was to be said.
    private func change(_ host: DriverHost, _ driver: Driver? = nil, name: DomainReference = "a") async throws
        -> [DriverNotice]
    {
        let driver = driver ?? host.otherDriver()
        let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))
        let attached = try await driver.attach(nic, to: name, scope: .config, isStrict: true)
        let detached = try await driver.detach(
            .alias("ua-new"), from: name, scope: .config, force: false, isStrict: true)
        return attached.warnings + detached.warnings
    }

    @Test("a verb on one domain reads that domain's document alone")
    func apart() async throws {
        let host = try await threeDomains()
        for name in ["b", "c"] { try overwrite(host.definitionFile(name), "rubbish") }
        for _ in 1...2 { #expect(try await change(host) == []) }
        let driver = host.otherDriver()
        #expect(try await driver.start("a", paused: false).warnings == [])
        #expect(try await driver.summary(of: "a").listing.isPersistent)
        #expect(try await driver.document(of: "a", inactive: false).contains("<name>a</name>"))
        #expect(try await driver.devices(of: "a").count == 1)
        #expect(try await driver.destroy("a").warnings == [])
        let again = Documents.domain(name: "a", uuid: Self.uuid(0))
        #expect(try await driver.define(again, isStrict: false).warnings == [])
        let fresh = Documents.domain(name: "d", uuid: Self.uuid(3))
        #expect(try await driver.define(fresh, isStrict: false).warnings == [])
        #expect(try await driver.undefine("d").warnings == [])
        #expect(host.read(host.definitionFile("b")) == "rubbish")
    }

    @Test("a list sees what was written into a file, and the next change of its domain does")
    func inPlace() async throws {
        let host = try await threeDomains()
        try overwrite(host.definitionFile("b"), "rubbish")
        #expect(try await names(host) == ["a", "c"])
        let error = await errorName { () throws(DriverError) in try await host.otherDriver().undefine("b") }
        #expect(error == "unreadableDefinition")
        try overwrite(
            host.definitionFile("c"), String(decoding: Documents.domain(name: "c", uuid: Self.uuid(9)), as: UTF8.self))
        #expect(try await host.otherDriver().domain("c").uuid == DomainUUID(Self.uuid(9)))
    }

    @Test(
        "one that is missing, damaged, of another version or wrong does no harm, and the next change makes it anew",
        arguments: IndexDamage.allCases)
    func damaged(_ how: IndexDamage) async throws {
        let host = try await threeDomains()
        let path = index(host)
        let text = try #require(host.read(path))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        try how.strike(path) { $0.hasPrefix("/b.xml") }
        // Nobody may believe that it is of this moment.
        if how == .withoutLine { #expect(utimes(host.root.appending("etc/xenkeeper/domains").string, nil) == 0) }
        let before = how == .directory ? nil : host.read(path)
        #expect(try await names(host) == ["a", "b", "c"])
        #expect(try await host.otherDriver().domain(DomainReference(Self.uuid(1))).name == "b")
        #expect(how == .directory || host.read(path) == before, "who only looks writes nothing")
        #expect(try await change(host) == [])
        #expect(try await names(host) == ["a", "b", "c"])
        guard how != .directory else { return }
        #expect(host.read(path)?.split(separator: "\n").count == 4)
        try overwrite(host.definitionFile("b"), "rubbish")
        #expect(try await change(host) == [])
    }

    @Test("files that come, go and change their names behind our back are seen at once")
    func behindOurBack() async throws {
        let host = try await threeDomains()
        func put(_ name: String, _ uuid: Int, file: String? = nil) throws {
            try Data(Documents.domain(name: name, uuid: Self.uuid(uuid))).write(
                to: URL(fileURLWithPath: host.definitionFile(file ?? name).string))
        }
        try put("d", 3)
        #expect(try await names(host) == ["a", "b", "c", "d"])
        #expect(try await host.otherDriver().domain(DomainReference(Self.uuid(3))).name == "d")
        #expect(try await change(host) == [])
        #expect(unlink(host.definitionFile("b").string) == 0)
        #expect(try await names(host) == ["a", "c", "d"])
        #expect(await errorName { () throws(DriverError) in try await host.driver.undefine("b") } == "noDomain")
        #expect(rename(host.definitionFile("c").string, host.definitionFile("x").string) == 0)
        #expect(try await names(host) == ["a", "d"])
        #expect(try await change(host).allSatisfy { $0.contains("x.xml") })
        #expect(rename(host.definitionFile("x").string, host.definitionFile("c").string) == 0)
        try put("e", 4, file: "new")
        #expect(rename(host.definitionFile("new").string, host.definitionFile("e").string) == 0)
        #expect(try await names(host) == ["a", "c", "d", "e"])
        // As most editors write.
        try put("e", 5, file: "new")
        #expect(rename(host.definitionFile("new").string, host.definitionFile("e").string) == 0)
        #expect(try await host.otherDriver().domain("e").uuid == DomainUUID(Self.uuid(5)))
        let taken = Documents.domain(name: "f", uuid: Self.uuid(5))
        #expect(
            await errorName { () throws(DriverError) in try await host.driver.define(taken, isStrict: false) }
                == "uuidTaken")
    }

    @Test("of two files with one UUID none counts, and each verb says so, until one is gone")
    func twins() async throws {
        let host = try await threeDomains()
        let twin = host.definitionFile("t")
        try Data(Documents.domain(name: "t", uuid: Self.uuid(1))).write(to: URL(fileURLWithPath: twin.string))
        for _ in 1...2 {
            let news = try await change(host)
            #expect(news.count == 4)
            #expect(news.allSatisfy { $0.contains("has the same UUID \(Self.uuid(1))") })
            #expect(try await names(host) == ["a", "c"])
            let reference = DomainReference(Self.uuid(1))
            #expect(
                await errorName { () throws(DriverError) in try await host.driver.undefine(reference) }
                    == "unreadableDefinition")
        }
        #expect(unlink(twin.string) == 0)
        for _ in 1...2 { #expect(try await change(host) == []) }
        #expect(try await change(host, name: "b") == [])
    }

    @Test("what cannot be read is reported by each verb, also where its name is no text")
    func unreadable() async throws {
        let host = try await threeDomains()
        let directory = host.root.appending("etc/xenkeeper/domains").string
        try "rubbish".write(toFile: directory + "/r.xml", atomically: false, encoding: .utf8)
        let odd: [CChar] = Array(directory.utf8CString.dropLast()) + [0x2f, -1, 0x2e, 0x78, 0x6d, 0x6c, 0]
        close(open(odd, O_CREAT | O_WRONLY, 0o600))
        for _ in 1...2 {
            let news = try await change(host)
            #expect(news.count == 4)
            #expect(news.filter { $0.contains("r.xml") }.count == 2)
            #expect(news.filter { $0.contains("its name is not UTF-8") }.count == 2)
        }
        #expect(try await names(host) == ["a", "b", "c"])
    }

    @Test("many that define at once leave an index of all")
    func atOnce() async throws {
        let host = try await threeDomains()
        await withTaskGroup(of: Void.self) { group in
            for number in 3..<9 {
                group.addTask {
                    let document = Documents.domain(name: "n\(number)", uuid: Self.uuid(number))
                    _ = try? await host.otherDriver().define(document, isStrict: false)
                }
            }
        }
        #expect(try await names(host) == ["a", "b", "c"] + (3..<9).map { "n\($0)" })
        #expect(try await change(host) == [])
        #expect(host.read(index(host))?.split(separator: "\n").count == 10)
    }

    @Test("a definition that an earlier program staged is committed by who completes its change, or dropped")
    func stagedBefore() async throws {
        let host = try await threeDomains()
        let old = host.root.appending("etc/xenkeeper/domains/.\(Self.uuid(1)).staged")
        try "x".write(toFile: old.string, atomically: false, encoding: .utf8)
        #expect(try await names(host) == ["a", "b", "c"])
        #expect(try await change(host, name: "b") == [])
        #expect(host.read(old) == nil)
    }
}
