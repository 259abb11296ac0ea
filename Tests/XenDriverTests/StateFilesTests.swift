import Foundation
import Glibc
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

import func LibxlTestKit.contents

/// An entry of a directory that is no file of ours.
enum BadEntry: String, CaseIterable, Sendable {
    case directory, linkToFile, linkToItself, linkToDevice, FIFO, socket, device, empty, rubbish, tooLarge

    /// Puts one at `path`, in the place of what is there; false if this process may not.
    func put(at path: FilePath) throws -> Bool {
        let text = path.string
        unlink(text)
        switch self {
        case .directory: return mkdir(text, 0o700) == 0
        case .linkToFile: return symlink("/etc/passwd", text) == 0
        case .linkToItself: return symlink(text, text) == 0
        case .linkToDevice: return symlink("/dev/zero", text) == 0
        case .FIFO: return mkfifo(text, 0o600) == 0
        case .socket: return mknod(text, S_IFSOCK | 0o600, 0) == 0
        // The device that never ends.
        case .device: return mknod(text, S_IFCHR | 0o600, 0x105) == 0
        case .empty: return FileManager.default.createFile(atPath: text, contents: Data())
        case .rubbish: return FileManager.default.createFile(atPath: text, contents: Data([0xff, 0, 0x3c]))
        case .tooLarge:
            return FileManager.default.createFile(atPath: text, contents: Data("<".utf8))
                && truncate(text, 1 << 40) == 0
        }
    }

    /// What an entry is, to see that nobody touched it.
    static func look(at path: FilePath) -> String {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return "nothing" }
        return "\(status.st_mode) \(status.st_size) \(status.st_ino)"
    }
}

@Suite("The state directories are input like any other")
struct StateFilesTests {
    static let other = DefineTests.other

    /// `web` runs, and `db` is defined.
    private func twoDomains(steps: StepHook = .none) async throws -> DriverHost {
        let host = DriverHost(steps: steps)
        _ = try await host.driver.define(Documents.domain(Scenario.twoOfEach), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        _ = try await host.driver.define(Documents.domain(name: "db", uuid: Self.other), isStrict: false)
        return host
    }

    private func names(_ host: DriverHost) async throws -> [String] { try await host.driver.domains().map(\.name) }

    // MARK: Entries

    @Test(
        "one bad entry is its own trouble: nothing waits for it, and every other domain can be listed, changed and ended",
        arguments: BadEntry.allCases,
        [
            "etc/xenkeeper/domains/x.xml", "etc/xenkeeper/domains/.x.xml", "etc/xenkeeper/domains/.xml",
            "etc/xenkeeper/domains/.\(other).staged", "run/xenkeeper/domains/\(other).json",
            "run/xenkeeper/domains/.\(other).json.new", "run/xenkeeper/domains/x.json",
            "run/xenkeeper/prepared/\(other).json", "run/xenkeeper/index/statuses", "run/xenkeeper/index/shown",
            "run/xenkeeper/domains/\(other).damaged.1", "run/xenkeeper/domains/\(other).1.stop",
            "run/xenkeeper/locks/\(other).lock", "run/xenkeeper/locks/x.lock", "etc/xenkeeper/connection.json",
        ])
    func badEntry(_ entry: BadEntry, _ place: String) async throws {
        let host = try await twoDomains()
        let path = host.root.appending(place)
        guard try entry.put(at: path) else { return }
        let before = BadEntry.look(at: path)
        #expect(try await Set(names(host)).isSuperset(of: ["Domain-0", "web"]))
        #expect(try await host.driver.document(of: "web", inactive: false).contains("ua-root"))
        let isConfiguration = place.hasSuffix("connection.json")
        let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))
        let attach = await errorName { () throws(DriverError) in
            try await host.driver.attach(nic, to: "web", scope: .liveAndConfig, isStrict: true)
        }
        #expect(
            attach == (isConfiguration ? (entry == .empty || entry == .rubbish ? "badConfiguration" : "state") : "none")
        )
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        if place.hasSuffix(".xml") {
            #expect(outcome.warnings.contains { $0.contains("'\(path)'") && $0.contains("cannot be read") })
        }
        let isOursToReplace =
            [".staged", ".new"].contains(where: place.hasSuffix)
            || ["/prepared/", "/index/", "/locks/\(Self.other)"].contains(where: place.contains)
        #expect(BadEntry.look(at: path) == before || entry == .empty || isOursToReplace)
        _ = try await host.driver.destroy("web")
        if !isConfiguration { _ = try await host.driver.start("web", paused: false) }
        #expect(try contents(ofFile: "/etc/passwd").count > 0)
        if place.hasSuffix("domains/x.xml") {
            let document = Documents.domain(name: "x", uuid: "6695eb01-f6a4-8304-79aa-97f2502e1950")
            for verb in ["define", "create"] {
                let error = await #expect(throws: DriverError.self) {
                    _ =
                        verb == "define"
                        ? try await host.driver.define(document, isStrict: false)
                        : try await host.driver.create(document, paused: false, isStrict: false)
                }
                #expect(error?.caseName == "unreadableDefinition")
                #expect(error?.description.contains("'\(path)'") == true)
            }
            for reference: DomainReference in ["x"] {
                let error = await errorName { () throws(DriverError) in
                    try await host.driver.start(reference, paused: false)
                }
                #expect(error == "unreadableDefinition")
            }
            #expect(BadEntry.look(at: path) == before)
        }
    }

    @Test("a bad entry in the place of a running domain's status is set aside as it is", arguments: BadEntry.allCases)
    func badStatus(_ entry: BadEntry) async throws {
        let host = try await twoDomains()
        guard try entry.put(at: host.statusFile()) else { return }
        let before = BadEntry.look(at: host.statusFile())
        #expect(try await host.driver.domain("web").state == .running)
        let news = try await host.driver.detach(
            .alias("ua-data"), from: "web", scope: .live, force: false, isStrict: true
        ).warnings
        #expect(news.contains { $0.contains("'\(host.statusFile())' is damaged") })
        #expect(try await host.vdevs() == ["xvda"])
        let aside = host.root.appending("run/xenkeeper/domains/\(Documents.uuid).damaged.1")
        #expect(BadEntry.look(at: aside) == before)
        _ = try await host.driver.destroy("web")
    }

    @Test(
        "where a file of ours would be written, a link is not followed",
        arguments: [BadEntry.linkToFile, .FIFO, .linkToDevice])
    func notThrough(_ entry: BadEntry) async throws {
        let host = try await twoDomains()
        let victim = host.root.appending("victim")
        try "untouched".write(toFile: victim.string, atomically: true, encoding: .utf8)
        for place in [
            "etc/xenkeeper/domains/.\(Documents.uuid).staged", "run/xenkeeper/domains/.\(Documents.uuid).json.new",
            "run/xenkeeper/prepared/\(Documents.uuid).json", "run/xenkeeper/index/.statuses.new",
        ] {
            let path = host.root.appending(place).string
            unlink(path)
            #expect(try entry == .linkToFile ? symlink(victim.string, path) == 0 : entry.put(at: FilePath(path)))
        }
        _ = try await host.driver.attach(
            Documents.bytes(Documents.nic(Documents.mac3, "ua-new")), to: "web", scope: .liveAndConfig, isStrict: true)
        #expect(try await host.aliases(inactive: true).contains("ua-new"))
        #expect(host.read(victim) == "untouched")
        #expect(try await host.disorder() == [])
    }

    @Test("everything that is made is for its owner alone, whatever the mask of the process")
    func modes() async throws {
        let mask = umask(0)
        defer { umask(mask) }
        let host = DriverHost(root: FilePath(NSTemporaryDirectory()).appending("xk-\(UUID().uuidString)/in/a/hurry"))
        _ = try await host.driver.define(Documents.domain(Documents.threeNICs), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: host.root.string)
        #expect(paths.count > 8)
        for path in paths + [""] {
            let attributes = try FileManager.default.attributesOfItem(atPath: host.root.appending(path).string)
            let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isDirectory ? 0o700 : 0o600), "\(path)")
        }
    }

    // MARK: Identity

    @Test("a copy under another name is reported, never used and never written, and the definition of that name is")
    func backup() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        let old = try #require(host.read(host.definitionFile()))
        // One that sorts before it, and one after it.
        let copies = ["web.bak", "a", "zz"].map { host.definitionFile($0) }
        for copy in copies { try old.write(toFile: copy.string, atomically: true, encoding: .utf8) }
        let outcome = try await host.driver.define(
            Documents.domain(Documents.nic(Documents.mac1, "ua-a")), isStrict: false)
        for copy in copies { #expect(outcome.warnings.contains { $0.contains("'\(copy)'") && $0.contains("web.xml") }) }
        _ = try await host.driver.start("web", paused: false)
        #expect(try await host.aliases() == ["ua-a"])
        _ = try await host.driver.attach(
            Documents.bytes(Documents.nic(Documents.mac3, "ua-b")), to: "web", scope: .liveAndConfig, isStrict: false)
        #expect(try await host.aliases(inactive: true) == ["ua-a", "ua-b"])
        #expect(try await names(host) == ["Domain-0", "web"])
        for name in ["a", "zz"] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.define(Documents.domain(name: name, uuid: Self.other), isStrict: false)
            }
            #expect(error == "unreadableDefinition")
        }
        for copy in copies { #expect(host.read(copy) == old) }
    }

    @Test("a UUID in two files is neither's, until one of them is mended")
    func twice() async throws {
        let host = try await twoDomains()
        let clone = host.definitionFile("clone")
        try #require(host.read(host.definitionFile("db"))).replacingOccurrences(of: "<name>db<", with: "<name>clone<")
            .write(toFile: clone.string, atomically: true, encoding: .utf8)
        #expect(try await names(host) == ["Domain-0", "web"])
        for name in ["db", "clone"] {
            let reference = DomainReference(name)
            let error = await #expect(throws: DriverError.self) {
                try await host.driver.start(reference, paused: false)
            }
            #expect(error?.caseName == "unreadableDefinition")
            #expect(error?.description.contains("same UUID") == true)
            let again = await errorName { () throws(DriverError) in
                try await host.driver.define(Documents.domain(name: name, uuid: Self.other), isStrict: false)
            }
            #expect(again == "unreadableDefinition")
        }
        #expect(unlink(clone.string) == 0)
        #expect(try await names(host) == ["Domain-0", "web", "db"])
    }

    @Test("a running domain whose definition cannot be read goes on, and says which file is to be mended")
    func runningUnreadable() async throws {
        let host = try await twoDomains()
        try "<domain>".write(toFile: host.definitionFile().string, atomically: true, encoding: .utf8)
        let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))
        let errors = [
            await errorName { () throws(DriverError) in
                try await host.driver.attach(nic, to: "web", scope: .config, isStrict: false)
            },
            await errorName { () throws(DriverError) in
                try await host.driver.attach(nic, to: "web", scope: .liveAndConfig, isStrict: false)
            },
            await errorName { () throws(DriverError) in try await host.driver.undefine("web") },
            await errorName { () throws(DriverError) in
                try await host.driver.define(Documents.domain(), isStrict: false)
            },
        ]
        #expect(errors == Array(repeating: "unreadableDefinition", count: 4))
        _ = try await host.driver.attach(nic, to: "web", scope: .live, isStrict: false)
        _ = try await host.driver.destroy("web")
        #expect(host.read(host.definitionFile()) == "<domain>")
    }

    @Test("what a damaged definition says of itself counts as taken")
    func claims() async throws {
        let host = try await twoDomains()
        try "<domain><name>lost</name><uuid>6695EB01-f6a4-8304-79aa-97f2502e1950</uuid>".write(
            toFile: host.definitionFile("x").string, atomically: true, encoding: .utf8)
        for (name, uuid) in [
            ("lost", "6695eb01-f6a4-8304-79aa-97f2502e1951"), ("new", "6695eb01-f6a4-8304-79aa-97f2502e1950"),
        ] {
            let error = await errorName { () throws(DriverError) in
                try await host.driver.define(Documents.domain(name: name, uuid: uuid), isStrict: false)
            }
            #expect(error == "unreadableDefinition")
        }
        _ = try await host.driver.define(
            Documents.domain(name: "new", uuid: "6695eb01-f6a4-8304-79aa-97f2502e1952"), isStrict: false)
    }

    // MARK: Names

    static let awkwardNames = [
        ".x", "..x", "...", ".x.xml", "x.xml", "x.xml.staged", ".x.xml.staged", "x.new", ".x.json.new", "x~", "#x#",
        "-x",
        "--all", "x y", "x  y", "\u{e9}", "e\u{301}", "\u{212b}", "\u{c5}", "\u{1f600}", "x\\", "x'\"<&>", "%2e", "con",
        "host.lock", "\(other).json", ".\(other).staged", "\(other)", "7", String(repeating: "n", count: 240),
        String(repeating: ".", count: 240), String(repeating: "\u{65e5}", count: 80),
    ]

    @Test("every accepted name is kept, found and let go under it, beside names that only look alike")
    func names() async throws {
        let host = DriverHost()
        var random = Generator(seed: 7)
        let letters = Array("ab.. -~#xml\u{301}\u{e9}e/").map(String.init) + ["\u{0}", "\n", "\u{85}", "\u{2028}"]
        let drawn = (0..<12).map { _ in (0..<(1 + Int(random.next() % 6))).map { _ in random.pick(letters) }.joined() }
        var defined: Set<[UInt8]> = []
        for (index, text) in (Self.awkwardNames + drawn).enumerated() {
            guard let name = try? DomainName(text), defined.insert(Array(text.utf8)).inserted else { continue }
            let escaped = text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            let uuid = "6695eb01-f6a4-8304-79aa-\(String(0x1000_0000_0000 + index, radix: 16))"
            _ = try await host.driver.define(Documents.domain(name: escaped, uuid: uuid), isStrict: false)
            let found = try await host.driver.domain(DomainReference(uuid))
            #expect(Array(found.name.utf8) == Array(text.utf8), "\(text.debugDescription)")
            #expect(host.read(host.definitionFile(text)) != nil)
            #expect(found.isPersistent)
            #expect(name.text.utf8.elementsEqual(text.utf8))
        }
        #expect(defined.count > 25)
        #expect(try await host.driver.domains().count == defined.count + 1)
        for text in Self.awkwardNames where text != Self.other && text != "7" {
            let reference = DomainReference(text)
            #expect(try await Array(host.driver.domain(reference).name.utf8) == Array(text.utf8))
            _ = try await host.driver.attach(
                Documents.bytes(Documents.nic(Documents.mac1, "ua-a")), to: reference, scope: .config, isStrict: true)
            _ = try await host.driver.start(reference, paused: false)
            _ = try await host.driver.undefine(reference)
            _ = try await host.driver.destroy(reference)
            #expect(host.read(host.definitionFile(text)) == nil)
        }
        #expect(host.stray() == [])
    }

    // MARK: What is written

    /// Documents of devices that read alone, and not where they would stand.
    static let tooDeep =
        "<rng model='virtio'>" + String(repeating: "<a>", count: 254) + String(repeating: "</a>", count: 254)
        + "</rng>"

    @Test(
        "what could not be read again is refused by whoever writes it, and nothing has changed",
        arguments: ["define", "create", "config", "live", "live and config"])
    func readBack(_ verb: String) async throws {
        let host = try await twoDomains()
        let before = host.everything()
        let long = Documents.domain(
            name: "long", uuid: "6695eb01-f6a4-8304-79aa-97f2502e1950",
            extra: "<description>\(String(repeating: ">", count: 5 << 20))</description>")
        let error = await #expect(throws: DriverError.self) {
            switch verb {
            case "define": _ = try await host.driver.define(long, isStrict: false)
            case "create": _ = try await host.driver.create(long, paused: false, isStrict: false)
            case "config":
                _ = try await host.driver.attach(
                    Documents.bytes(Self.tooDeep), to: "db", scope: .config, isStrict: false)
            default:
                let disk = Documents.disk("xvdc", "ua-new", source: "/" + String(repeating: ">", count: 5 << 20))
                _ = try await host.driver.attach(
                    Documents.bytes(disk), to: "web", scope: verb == "live" ? .live : .liveAndConfig, isStrict: false)
            }
        }
        #expect(error?.caseName == "state")
        #expect(error?.description.contains("could not be read again") == true)
        #expect(host.everything() == before)
        #expect(try await names(host) == ["Domain-0", "web", "db"])
    }

    // MARK: Races

    @Test("of many that define, create, import and start domains of one name at once, one has it")
    func oneName() async throws {
        for round in 0..<6 {
            let host = DriverHost()
            var uuids: [String] = []
            for index in 0..<8 { uuids.append("6695eb01-f6a4-8304-79aa-97f2502e\(round)a0\(index)") }
            let errors = await withTaskGroup(of: String.self) { group in
                for (index, uuid) in uuids.enumerated() {
                    let driver = host.otherDriver()
                    let document = Documents.domain(name: "n", uuid: uuid)
                    group.addTask {
                        switch index % 3 {
                        case 0:
                            await errorName { () throws(DriverError) in
                                try await driver.define(document, isStrict: false)
                            }
                        case 1:
                            await errorName { () throws(DriverError) in
                                try await driver.create(document, paused: false, isStrict: false)
                            }
                        default:
                            await Self.imported(
                                "name='n'\nuuid='\(uuid)'\ntype='pvh'\nkernel='/k'\nmemory=64\n", driver)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(errors.count { $0 == "none" } == 1, "\(errors)")
            #expect(errors.allSatisfy { ["none", "nameTaken", "alreadyDefined"].contains($0) }, "\(errors)")
            #expect(try await names(host) == ["Domain-0", "n"])
            #expect(host.stray() == [])
        }
    }

    @Test("of many that define and create domains of one UUID at once, one has it")
    func oneUUID() async throws {
        for _ in 0..<4 {
            let host = DriverHost()
            let errors = await withTaskGroup(of: String.self) { group in
                for index in 0..<6 {
                    let driver = host.otherDriver()
                    let document = Documents.domain(name: "n\(index)")
                    group.addTask {
                        await errorName { () throws(DriverError) in
                            index % 2 == 0
                                ? try await driver.define(document, isStrict: false)
                                : try await driver.create(document, paused: false, isStrict: false)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(errors.count { $0 == "none" } == 1, "\(errors)")
            #expect(try await host.driver.domains().count == 2)
        }
    }

    private static func imported(_ text: String, _ driver: Driver) async -> String {
        var files = XLImport(driver, isDryRun: false)
        let entry = await files.add("n.cfg", Array(text.utf8))
        return switch entry.result {
        case .defined: "none"
        case .wouldBeDefined: "dry"
        case .refused(let reason): reason.contains("already exists with uuid") ? "nameTaken" : reason
        }
    }

    @Test("a domain that is being made has its name before Xen has it", arguments: ["define", "create"])
    func planned(_ verb: String) async throws {
        let host = DriverHost()
        host.fake.inject(FakeFault(.stall, in: .createDomain))
        let first = Task { try await host.driver.create(Documents.domain(), paused: false, isStrict: false) }
        while host.read(host.statusFile()) == nil { await Task.yield() }
        let document = Documents.domain(uuid: Self.other)
        let error = await errorName { () throws(DriverError) in
            verb == "define"
                ? try await host.otherDriver().define(document, isStrict: false)
                : try await host.otherDriver().create(document, paused: false, isStrict: false)
        }
        #expect(error == "nameTaken")
        first.cancel()
        _ = try? await first.value
        host.fake.clearFaults()
        _ = try await host.driver.define(document, isStrict: false)
        #expect(try await host.driver.domain("web").uuid == DomainUUID(Self.other))
    }

    @Test("a wait for a lock that is given up says busy, by whom, and for how long it was waited")
    func cancelledWait() async throws {
        let host = try await twoDomains()
        host.fake.inject(FakeFault(.stall, in: .addNIC, after: "backend"))
        let nic = Documents.bytes(Documents.nic(Documents.mac3, "ua-new"))
        let change = Task { try await host.driver.attach(nic, to: "web", scope: .live, isStrict: true) }
        while host.read(host.statusFile())?.contains("\"change\" :") != true { await Task.yield() }
        var error: DriverError?
        // Given up before it waits it says something else.
        for pause in 1...100 where error?.caseName != "busy" {
            let waiting = Task { try await host.otherDriver().undefine("web") }
            try await Task.sleep(for: .milliseconds(5 * pause))
            waiting.cancel()
            error = await #expect(throws: DriverError.self) { try await waiting.value }
        }
        #expect(error?.caseName == "busy")
        #expect(error?.description.contains("process \(getpid()) is changing it") == true)
        #expect(error?.description.contains("within 3600") == false)
        change.cancel()
        _ = try? await change.value
    }

    // MARK: Leftovers

    @Test("what killed commands left of any domain goes with the next change, whichever that is about")
    func leftovers() async throws {
        let host = try await twoDomains()
        let nobody = "6695eb01-f6a4-8304-79aa-97f2502e1950"
        let left = [
            "etc/xenkeeper/domains/.\(nobody).staged", "etc/xenkeeper/domains/.\(Self.other).staged",
            "etc/xenkeeper/domains/.\(Documents.uuid).staged", "run/xenkeeper/domains/.\(nobody).json.new",
            "run/xenkeeper/prepared/\(nobody).json",
            "run/xenkeeper/domains/.\(Documents.uuid).json.new", "run/xenkeeper/locks/\(nobody).lock",
        ].map { host.root.appending($0) }
        for reference: DomainReference in ["web", "db", "nosuch"] {
            for path in left { try "x".write(toFile: path.string, atomically: true, encoding: .utf8) }
            _ = try? await host.driver.attach(
                Documents.bytes(Documents.nic()), to: reference, scope: .config, isStrict: false)
            #expect(left.filter { host.read($0) != nil } == [], "after a change of \(reference)")
        }
        #expect(host.read(host.definitionFile())?.contains("ua-root") == true)
    }

    @Test("a lock goes with its change, and many at once find one lock")
    func locks() async throws {
        let host = DriverHost()
        func locks() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: host.root.appending("run/xenkeeper/locks").string)
                .sorted()
        }
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<12 {
                group.addTask {
                    let driver = host.otherDriver()
                    for _ in 0..<6 {
                        // Each may come at any moment of the other's, also while the domain is nobody's.
                        _ =
                            index % 2 == 0
                            ? try? await driver.define(Documents.domain(), isStrict: false)
                            : try? await driver.undefine("web")
                    }
                }
            }
        }
        _ = try? await host.driver.undefine("web")
        #expect(try locks() == ["host.lock"])
        #expect(host.stray() == [])
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        #expect(try locks() == ["host.lock"])
        _ = try await host.driver.start("web", paused: false)
        #expect(try locks() == ["host.lock"])
        _ = try await host.driver.destroy("web")
        #expect(try locks() == ["host.lock"])
        _ = try? await host.driver.create(
            Documents.domain(Documents.disk("vda", source: "/d")), paused: false, isStrict: false)
        #expect(try locks() == ["host.lock"])
    }

    @Test("damaged statuses are kept under numbers, the last five of them")
    func damaged() async throws {
        let host = try await twoDomains()
        for round in 1...7 {
            try "rubbish \(round)".write(toFile: host.statusFile().string, atomically: true, encoding: .utf8)
            let news = try await host.driver.attach(
                Documents.bytes(Documents.nic()), to: "web", scope: .config, isStrict: false
            ).warnings
            #expect(news.contains { $0.contains("is damaged") && $0.contains("damaged.\(round)'") })
        }
        let directory = host.root.appending("run/xenkeeper/domains")
        let kept = try FileManager.default.contentsOfDirectory(atPath: directory.string)
            .filter { $0.contains("damaged") }
        #expect(kept.sorted() == (3...7).map { "\(Documents.uuid).damaged.\($0)" })
        #expect(host.read(directory.appending("\(Documents.uuid).damaged.7")) == "rubbish 7")
    }
}
