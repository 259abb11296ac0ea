import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenUnits

@Suite("A file for each domain")
struct LayoutTests {
    /// A state as version 2 of the program left it: two domains, a link with a chosen name, a PCI device, a script that
    /// runs, and a fault.
    private static let version2 = Bundle.module.bundleURL.appendingPathComponent("States/version-2.json")

    private struct Version2: Decodable {
        var xen: FakeXenState
    }

    @Test("the one file of version 2 is read as it is, and the first change makes several of it")
    func version2() async throws {
        let directory = try TemporaryDirectory()
        let bytes = try Data(contentsOf: Self.version2)
        try bytes.write(to: URL(fileURLWithPath: directory.path.appending("state.json").string))
        let old = try JSONDecoder().decode(Version2.self, from: bytes).xen
        let host = try FakeXenHost(directory: directory.path)
        #expect(host.snapshot() == old)
        #expect(try await host.listDomains().map(\.paused) == [false, false, true])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path.string).sorted() == [
                "calls.jsonl", "state.json",
            ])
        host.writeNode(XenstorePath("/tool/a"), "1")
        for host in [host, try FakeXenHost(directory: directory.path)] {
            var expected = old.xenstore
            expected["/tool/a"] = "1"
            #expect(host.snapshot().xenstore == expected)
            #expect(host.snapshot().domains == old.domains)
            #expect(host.snapshot().links == old.links)
            #expect(host.snapshot().nextDomainID == old.nextDomainID)
        }
        #expect(try directory.text(of: "state.json").contains("\"version\" : 3"))
        #expect(try directory.text(of: "domains/1.json").contains("scriptEnds"))
        let disk = LibxlDeviceDisk(vdev: "xvdz", pdevPath: "/z", format: .raw)
        let error = await failure {
            try await host.addDevice(.disk(disk), to: DomainID(rawValue: 2), deadline: .far)
        }
        #expect(error?.code == LibxlError.Code(rawValue: -5))
        try await host.addDevice(.disk(disk), to: DomainID(rawValue: 2), deadline: .far)
    }

    @Test("what a conversion that was killed has left counts for nothing")
    func conversionKilled() async throws {
        let directory = try TemporaryDirectory()
        try Data(contentsOf: Self.version2).write(
            to: URL(fileURLWithPath: directory.path.appending("state.json").string))
        let host = try FakeXenHost(directory: directory.path)
        let before = host.snapshot()
        #expect(mkdir(directory.path.appending("domains").string, 0o700) == 0)
        for name in ["domains/1.json", "domains/7.json", "domains/2.json.new", "domains.list"] {
            try directory.write("rubbish", to: name)
        }
        #expect(try FakeXenHost(directory: directory.path).snapshot() == before)
        host.writeNode(XenstorePath("/tool/a"), "1")
        host.removeNode(XenstorePath("/tool/a"))
        #expect(try FakeXenHost(directory: directory.path).snapshot() == before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path.appending("domains").string).sorted()
                == ["0.json", "1.json", "2.json"])
    }

    @Test("what is about one domain neither reads nor writes another's file, however damaged it is")
    func apart() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let one = try await host.start()
        let other = try await host.start(guest("other"))
        try directory.write("rubbish", to: "domains/\(other).json")
        try await host.addDevice(.nic(nic(3)), to: one, deadline: .far)
        #expect(try await host.listDevices(.nic, of: one).count == 1)
        #expect(try await host.listDomains().map(\.domid) == [.domain0, one, other])
        #expect(try await host.domainName(one) == "inn")
        _ = try await host.removeDevice(.nic(nic(3)), from: one, deadline: .far)
        try await host.pauseDomain(one, deadline: .far)
        let third = try await host.start(guest("third"))
        try await host.destroyDomain(third, deadline: .far)
        try await host.destroyDomain(one, deadline: .far)
        let error = await failure { _ = try await host.listDevices(.nic, of: other) }
        #expect(error?.log.contains("domains/\(other).json") == true)
        #expect(try directory.text(of: "domains/\(other).json") == "rubbish")
    }

    @Test("a change of several files is done whole or not at all, wherever its process was killed")
    func several() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start()
        let files = ["domains.list", "domains/\(domid).json"]
        let before = host.snapshot()
        let old = try files.map { try directory.text(of: $0) }
        try await host.pauseDomain(domid, deadline: .far)
        let after = host.snapshot()
        let new = try files.map { try directory.text(of: $0) }
        #expect(before != after)
        for (old, new) in zip(old, new) { try #require(old != new) }
        let decision = """
            {"serial": 99, "written": ["\(files[0])", "\(files[1])"], "removed": []}
            """
        for inPlace in -1...files.count {
            let copy = try TemporaryDirectory()
            try FileManager.default.removeItem(atPath: copy.path.string)
            try FileManager.default.copyItem(atPath: directory.path.string, toPath: copy.path.string)
            // -1 is a process that was killed before it had decided.
            if inPlace >= 0 { try copy.write(decision, to: "pending.json") }
            for (index, file) in files.enumerated() {
                try copy.write(index < inPlace ? new[index] : old[index], to: file)
                if index >= inPlace { try copy.write(new[index], to: file + ".new") }
            }
            let expected = inPlace < 0 ? before : after
            let found = try FakeXenHost(directory: copy.path)
            #expect(found.snapshot().comparable == expected.comparable, "\(inPlace) in place")
            found.writeNode(XenstorePath("/tool/a"), "1")
            found.removeNode(XenstorePath("/tool/a"))
            #expect(found.snapshot().comparable == expected.comparable, "\(inPlace) in place")
            #expect(!FileManager.default.fileExists(atPath: copy.path.appending("pending.json").string))
            #expect(try copy.text(of: files[0]) == (inPlace < 0 ? old[0] : new[0]))
        }
    }

    @Test("a change that is decided names no file but the state's", arguments: ["../a", "host.json", "domains/x.json"])
    func strangeDecision(name: String) async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        _ = try await host.start()
        try directory.write(#"{"serial": 1, "written": ["\#(name)"], "removed": []}"#, to: "pending.json")
        let error = await failure { _ = try await host.listDomains() }
        #expect(error?.log.contains("'\(name)' is no file of the state") == true)
    }

    @Test("any name is found again", arguments: ["a b", "ü\u{308}", "50%25", "tab\tline\n/", "-", "=", "#@host"])
    func names(name: String) async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start(guest(name))
        let other = try FakeXenHost(directory: directory.path)
        #expect(other.domid(named: name) == domid)
        #expect(try await other.domainName(domid) == name)
        #expect(await failure { _ = try await other.createDomain(guest(name), deadline: .far) }?.code == .invalid)
    }

    @Test("a list that is damaged is an error, and no host without domains", arguments: ["rubbish\n", "1\t-\n", nil])
    func damagedList(text: String?) async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        _ = try await host.start()
        if let text {
            try directory.write(text, to: "domains.list")
        } else {
            try FileManager.default.removeItem(atPath: directory.path.appending("domains.list").string)
        }
        #expect(await failure { _ = try await host.listDomains() }?.log.contains("domains.list") == true)
    }

    @Test("of two scripts that give their links one name, one fails, whoever looks")
    func sharedLinkName() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        host.configure { $0.scriptDuration = .milliseconds(200) }
        let domids = [try await host.start(), try await host.start(guest("other"))]
        var nic = nic()
        nic.ifname = "shared0"
        let device = LibxlDevice.nic(nic)
        let errors = await withTaskGroup(of: LibxlError?.self) { group in
            for domid in domids {
                group.addTask { await failure { try await host.addDevice(device, to: domid, deadline: .far) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.filter { $0 == nil }.count == 1)
        #expect(host.snapshot().links["shared0"]?.state == .up)
    }
}
