import Foundation
import Glibc
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenUnits

@Suite("The fake in a directory")
struct DirectoryTests {
    @Test("what one instance does, another one sees, then and later")
    func shared() async throws {
        let directory = try TemporaryDirectory()
        let first = try FakeXenHost(directory: directory.path)
        let second = try FakeXenHost(directory: directory.path)
        let config = guest()
        let domid = try await first.start(config)
        try await first.addDevice(.nic(nic()), to: domid, deadline: .far)
        #expect(try await second.domainName(domid) == "inn")
        #expect(try await second.listDevices(.nic, of: domid).compactMap(\.nic).count == 1)
        #expect(try await second.linkState(of: "vif\(domid).0") == .up)
        try await second.setLinkState(of: "vif\(domid).0", to: .down)
        let third = try FakeXenHost(directory: directory.path)
        #expect(try await third.linkState(of: "vif\(domid).0") == .down)
        #expect(third.snapshot() == first.snapshot())
        #expect(try await third.domainInfo(domid).uuid == config.createInfo.uuid)
    }

    @Test("the directory is made by the first change, with a configuration that says the defaults")
    func made() async throws {
        let directory = try TemporaryDirectory()
        let inner = directory.path.appending("state").appending("xen")
        let host = try FakeXenHost(directory: inner)
        #expect(host.configuration == FakeXenConfiguration())
        #expect(try await host.listDomains().map(\.domid) == [.domain0])
        #expect(try await host.read(XenstorePath("/local/domain/0/name")) == "Domain-0")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path.string) == [])
        let domid = try await host.start()
        #expect(try directory.text(of: "state/xen/host.json").contains("\"frontendTimeout\" : 10"))
        #expect(try await FakeXenHost(directory: inner).listDomains().map(\.domid) == [.domain0, domid])
        #expect(host.calls.map(\.operation) == [.createDomain, .unpauseDomain, .listDomains])
    }

    @Test("what is kept can be read by its owner alone, also where it was kept otherwise")
    func modes() async throws {
        let directory = try TemporaryDirectory()
        let inner = directory.path.appending("xen")
        let mask = umask(0)
        defer { umask(mask) }
        let host = try FakeXenHost(directory: inner)
        _ = try await host.start()
        #expect(chmod(inner.appending("calls.jsonl").string, 0o644) == 0)
        host.addBridge("br0")
        _ = try await host.listDomains()
        for name in ["", "state.json", "domains.list", "domains/0.json", "host.json", "calls.jsonl", "lock"] {
            let path = name.isEmpty ? inner : inner.appending(name)
            let mode = try FileManager.default.attributesOfItem(atPath: path.string)[.posixPermissions] as? Int
            #expect(mode == (name.isEmpty ? 0o700 : 0o600), "\(path)")
        }
    }

    @Test(
        "what is no plain file is an error that names it, at once, and is neither read nor written through",
        arguments: ["state.json", "domains.list", "domains/1.json", "host.json", "calls.jsonl", "lock"],
        [S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK])
    func notPlain(file: String, kind: mode_t) async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start()
        let target = directory.path.appending("target")
        try directory.write("untouched", to: "target")
        let path = directory.path.appending(file).string
        #expect(unlink(path) == 0)
        switch kind {
        case S_IFDIR: #expect(mkdir(path, 0o700) == 0)
        case S_IFLNK: #expect(symlink(target.string, path) == 0)
        default: #expect(mknod(path, kind | 0o600, 0) == 0)
        }
        let error = await failure { try await host.pauseDomain(domid, deadline: .far) }
        #expect(error?.code == .failed)
        #expect(error?.log.contains(path) == true && error?.log.contains("only a plain file is used") == true)
        let reading = await failure { _ = try await host.listDomains() }
        #expect((reading == nil) == !["state.json", "domains.list"].contains(file))
        #expect(try directory.text(of: "target") == "untouched")
    }

    @Test("host.json is read anew, so a host can be changed while it runs")
    func configuration() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            #"{"bridges": ["br1"], "guest": {"slow": 0.5}, "scripts": {"x": {"hangs": true}}}"#, to: "host.json")
        let host = try FakeXenHost(directory: directory.path)
        #expect(host.configuration.guest == .slow(.milliseconds(500)))
        #expect(host.configuration.scripts == ["x": .hangs])
        #expect(try await !host.hasBridge("br0"))
        #expect(try await host.hasBridge("br1"))
        try directory.write(#"{"bridges": ["br0"]}"#, to: "host.json")
        #expect(try await host.hasBridge("br0"))
        host.addBridge("br2")
        host.removeBridge("br0")
        #expect(try await host.hasBridge("br2"))
        #expect(try await !host.hasBridge("br0"))
    }

    @Test(
        "a damaged file is an error at the start that names it and says why",
        arguments: [
            ("state.json", "", "state.json"),
            ("state.json", "{\"version\": 2, \"xen\": {\"dom", "state.json"),
            ("state.json", "\u{0}\u{1}\u{2}rubbish", "state.json"),
            ("state.json", "{}", "'version' is missing"),
            ("host.json", "[]", "host.json"),
            ("host.json", "{\"bridge\": []}", "unknown member 'bridge'; known are assignablePCI, bridges"),
            ("host.json", "{\"frontendTimeout\": -1}", "frontendTimeout: -1.0 is no length of time"),
            ("host.json", "{\"guest\": \"lazy\"}", "guest: 'lazy' is no guest behaviour"),
            ("host.json", "{\"scripts\": {\"x\": {}}}", "scripts.x: a script needs one of"),
        ])
    func damaged(file: String, content: String, says: String) throws {
        let directory = try TemporaryDirectory()
        _ = try FakeXenHost(directory: directory.path)
        try directory.write(content, to: file)
        let error = try #require(throws: FakeXenError.self) { try FakeXenHost(directory: directory.path) }
        #expect("\(error)".contains(says))
        #expect("\(error)".contains(directory.path.appending(file).string))
        guard case .damaged = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("a state of a later version is refused, not guessed at")
    func laterVersion() async throws {
        let directory = try TemporaryDirectory()
        _ = try await FakeXenHost(directory: directory.path).start()
        let text = try directory.text(of: "state.json")
        try directory.write(
            text.replacingOccurrences(of: "\"version\" : 3", with: "\"version\" : 9"), to: "state.json")
        let error = try #require(throws: FakeXenError.self) { try FakeXenHost(directory: directory.path) }
        #expect("\(error)".contains("version 9"))
    }

    @Test("a path that is no directory is an error that names it")
    func noDirectory() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "file")
        let error = try #require(throws: FakeXenError.self) {
            try FakeXenHost(directory: directory.path.appending("file"))
        }
        #expect("\(error)".contains(directory.path.appending("file").string))
    }

    @Test("damage while the host runs fails each call, and ends nobody")
    func damagedLater() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start()
        try directory.write("rubbish", to: "state.json")
        let list = await failure { _ = try await host.listDomains() }
        let add = await failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) }
        #expect(list?.code == .failed)
        #expect(list?.log.contains("state.json") == true)
        #expect(add?.code == .failed)
        #expect(add?.log.contains("is damaged") == true)
    }

    @Test("a state that cannot be written fails what changes something, with ERROR_FAIL; reading goes on")
    func unwritable() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start()
        let before = host.snapshot()
        // A directory in the place of the file stands for every reason not to write it.
        #expect(mkdir(directory.path.appending("domains/\(domid).json.new").string, 0o700) == 0)
        let error = await failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) }
        #expect(error?.code == .failed)
        #expect(error?.log.contains("Is a directory") == true)
        #expect(host.snapshot() == before)
        #expect(try await host.listDomains().count == 2)
    }

    @Test("where the calls cannot be noted, reading goes on and changing fails")
    func callsUnwritable() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start()
        try FileManager.default.removeItem(atPath: directory.path.appending("calls.jsonl").string)
        #expect(mkdir(directory.path.appending("calls.jsonl").string, 0o700) == 0)
        #expect(try await host.domainName(domid) == "inn")
        let error = await failure { try await host.unpauseDomain(domid, deadline: .far) }
        #expect(error?.code == .failed)
        #expect(error?.log.contains("it is a directory") == true)
    }

    @Test("two instances that plug at once both succeed, and nothing is lost")
    func concurrent() async throws {
        let directory = try TemporaryDirectory()
        let hosts = [try FakeXenHost(directory: directory.path), try FakeXenHost(directory: directory.path)]
        let domid = try await hosts[0].start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for devid: Int32 in 0..<12 {
                let host = hosts[Int(devid) % 2]
                group.addTask { try await host.addDevice(.nic(nic(devid)), to: domid, deadline: .far) }
            }
            try await group.waitForAll()
        }
        let state = hosts[0].snapshot()
        #expect(
            try await hosts[1].listDevices(.nic, of: domid).compactMap(\.nic).map(\.devid.rawValue) == Array(0..<12))
        #expect(Set(state.storedConfigurations[domid]?.nics.map(\.devid.rawValue) ?? []) == Set(0..<12))
        #expect(state.links.count == 12)
    }

    @Test("of many that plug one devid, one succeeds; what is stored is its NIC")
    func race() async throws {
        let directory = try TemporaryDirectory()
        let hosts = [try FakeXenHost(directory: directory.path), try FakeXenHost(directory: directory.path)]
        let domid = try await hosts[0].start()
        let errors = await withTaskGroup(of: LibxlError?.self) { group in
            for index in 0..<8 {
                let host = hosts[index % 2]
                group.addTask { await failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.filter { $0 == nil }.count == 1)
        #expect(errors.compactMap { $0 }.allSatisfy { $0.code == .deviceExists })
        let listed = try await hosts[0].listDevices(.nic, of: domid).compactMap(\.nic)
        #expect(listed.count == 1)
        #expect(hosts[1].snapshot().storedConfigurations[domid]?.nics.map(\.mac) == listed.map(\.mac))
    }

    @Test("a watch sees what another instance does")
    func watch() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let other = try FakeXenHost(directory: directory.path)
        var changes = host.watch(XenstorePath("/tool")).makeAsyncIterator()
        #expect(await changes.next() == XenstorePath("/tool"))
        other.writeNode(XenstorePath("/tool/a"), "1")
        #expect(await changes.next() == XenstorePath("/tool/a"))
        #expect(try await host.read(XenstorePath("/tool/a")) == "1")
    }

    @Test("calls, faults and the guests' behaviour are shared by all instances")
    func sharedControls() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let other = try FakeXenHost(directory: directory.path)
        other.setGuest(.dead, for: "inn")
        let domid = try await host.start()
        #expect(host.snapshot().domain(domid)?.guest == .dead)
        other.inject(FakeFault(.fail(.noMemory), in: .addNIC))
        #expect(await failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) }?.code == .noMemory)
        other.inject(FakeFault(.fail(.noMemory), in: .addNIC))
        host.clearFaults()
        try await other.addDevice(.nic(nic()), to: domid, deadline: .far)
        #expect(other.calls == host.calls)
        #expect(
            host.calls.map(\.operation) == [.createDomain, .unpauseDomain, .addNIC, .addNIC])
    }

    @Test("the calls do not grow without end")
    func callsBounded() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let long = String(repeating: "x", count: 1 << 20)
        for index in 0..<12 { _ = try await host.read(XenstorePath("/\(index)\(long)")) }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path.string)
        let size = try names.filter { $0.hasPrefix("calls") }.reduce(0) { $0 + (try directory.text(of: $1).utf8.count) }
        #expect(size < 11 << 20)
        #expect(host.calls.count < 12)
        #expect(host.calls.last?.arguments.hasPrefix("{\"path\":\"/11x") == true)
    }
}
