import FoundationEssentials
import Glibc
import LibxlFake
import Logging
import SystemPackage
import XenDriver
import XenUnits

/// A driver on a fake host one of whose files somebody has changed: whatever stands there, every verb ends with an
/// error that says something or does what it is to do, and a domain that the file is not about goes on as before.
struct StateJudge: Sendable {
    /// The domain whose files are changed, which runs.
    static let web = "6695eb01-f6a4-8304-79aa-97f2502e193f"
    /// The one that goes on, which runs as well.
    static let inn = "6695eb01-f6a4-8304-79aa-97f2502e1940"
    /// The one that is only defined.
    static let bar = "6695eb01-f6a4-8304-79aa-97f2502e1941"

    /// What is changed, below the root.
    static let files = [
        "etc/xenkeeper/domains/web.xml", "etc/xenkeeper/domains/a.xml", "run/xenkeeper/domains/\(web).json",
        "run/xenkeeper/domains/\(bar).json", "etc/xenkeeper/connection.json", "xen/host.json", "xen/state.json",
        "xen/domains.list", "xen/domains/0.json", "xen/domains/1.json", "xen/domains/2.json",
    ]

    /// What the files hold before.
    let contents: [String: [UInt8]]

    /// How long a change may wait for what a file makes it wait for.
    let limit: Duration

    /// A host with everything that the files can say something of.
    init(preparedIn root: FilePath, limit: Duration = .seconds(1)) async throws {
        self.limit = limit
        // Here nothing waits.
        let driver = try Self.open(root, Self.settings(.seconds(3600)))
        for (name, uuid) in [("web", Self.web), ("inn", Self.inn), ("bar", Self.bar)] {
            _ = try await driver.define(Self.domain(name, uuid), isStrict: false)
            if name != "bar" { _ = try await driver.start(DomainReference(name), paused: false) }
        }
        try RegularFile.create(
            root.appending("etc/xenkeeper/connection.json").string,
            Array(#"{"networks": {"default": "br0"}, "firmware": "/f", "displayPorts": [5900, 5999]}"#.utf8),
            synced: false)
        var contents: [String: [UInt8]] = [:]
        for file in Self.files + ["run/xenkeeper/domains/\(Self.inn).json"] + ["inn", "bar"].map(Self.definition) {
            contents[file] = try RegularFile.read(root.appending(file).string, atMost: 1 << 24)
        }
        // What is there only if somebody put it there begins as a file of another domain's.
        contents["etc/xenkeeper/domains/a.xml"] = contents["etc/xenkeeper/domains/web.xml"]
        contents["run/xenkeeper/domains/\(Self.bar).json"] = contents["run/xenkeeper/domains/\(Self.web).json"].map {
            Array(String(decoding: $0, as: UTF8.self).replacing(Self.web, with: Self.bar).utf8)
        }
        self.contents = contents
    }

    private static func definition(_ name: String) -> String { "etc/xenkeeper/domains/\(name).xml" }

    private static func open(_ root: FilePath, _ settings: DriverSettings) throws(FakeXenError) -> Driver {
        let fake = try FakeXenHost(directory: root.appending("xen"))
        return Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
            settings: settings,
            clock: SystemClock(),
            logger: Logger(label: "judge", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private static func settings(_ limit: Duration) -> DriverSettings {
        var settings = DriverSettings()
        settings.lockTimeout = limit
        settings.operationTimeout = limit
        settings.undoTimeout = limit
        settings.scriptLimit = .milliseconds(50)
        return settings
    }

    private static func domain(_ name: String, _ uuid: String) -> [UInt8] {
        Array(
            """
            <domain type='xen'><name>\(name)</name><uuid>\(uuid)</uuid><memory unit='MiB'>256</memory>
            <os><type>xenpvh</type><kernel>/k</kernel></os><devices>
            <disk type='file' device='disk'><driver name='phy'/><source file='/\(name).img'/>
            <target dev='xvda' bus='xen'/><alias name='ua-root'/></disk>
            <interface type='bridge'><mac address='00:16:3e:00:00:0\(name.utf8.count)'/><source bridge='br0'/>
            <alias name='ua-a'/></interface><graphics type='vnc' autoport='yes'/>
            </devices></domain>
            """.utf8)
    }

    // MARK: Changing

    /// The file that `input` is about, and what it makes of it: the first byte chooses both.
    func changed(_ input: [UInt8]) -> (file: String, content: [UInt8]) {
        guard let first = input.first else { return (Self.files[0], []) }
        let file = Self.files[Int(first) % Self.files.count]
        guard Int(first) / Self.files.count % 2 == 1 else { return (file, Array(input.dropFirst())) }
        var content = contents[file] ?? []
        var rest = input.dropFirst().prefix(32)
        while rest.count >= 4 {
            Self.edit(&content, Array(rest.prefix(4)))
            rest = rest.dropFirst(4)
        }
        return (file, content)
    }

    private static let words = [
        "0", "-1", "1", "2147483647", "-2147483648", "4294967295", "9223372036854775807", "18446744073709551615",
        "1e999",
        "0.5", "null", "true", "[]", "{}", "\"\"", "", "\u{e9}", "start", web, inn, bar, "ua-a", "vif", "xvda",
    ]

    /// One change at a word or line of a text: where, and what, are `orders`.
    private static func edit(_ content: inout [UInt8], _ orders: [UInt8]) {
        func isWord(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
        }
        let starts = content.indices.filter { isWord(content[$0]) && ($0 == 0 || !isWord(content[$0 - 1])) }
        guard !starts.isEmpty else { return }
        let start = starts[(Int(orders[0]) << 8 | Int(orders[1])) % starts.count]
        let end = content[start...].firstIndex { !isWord($0) } ?? content.endIndex
        let newline = UInt8(ascii: "\n")
        let lineStart = content[..<start].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let lineEnd = content[start...].firstIndex(of: newline).map { $0 + 1 } ?? content.endIndex
        switch orders[2] % 8 {
        case 0...4: content.replaceSubrange(start..<end, with: Array(words[Int(orders[3]) % words.count].utf8))
        case 5: content.removeSubrange(lineStart..<lineEnd)
        case 6: content.insert(contentsOf: content[lineStart..<lineEnd], at: lineStart)
        default:
            if orders[3] < 64 { content.removeSubrange(start...) } else { content[start] ^= orders[3] }
        }
    }

    // MARK: Judging

    /// What of the promises does not hold on a fresh host in `root` with the file changed; empty if all do.
    func broken(_ input: [UInt8], in root: FilePath) async throws -> [String] {
        let (file, content) = changed(input)
        for (name, text) in contents
        where !["etc/xenkeeper/domains/a.xml", "run/xenkeeper/domains/\(Self.bar).json"].contains(name) {
            try put(text, at: root.appending(name))
        }
        try put(content, at: root.appending(file))
        let driver: Driver
        do throws(FakeXenError) { driver = try Self.open(root, Self.settings(limit)) } catch {
            return "\(error)".isEmpty ? ["an error of the host says nothing"] : []
        }
        var broken: [String] = []
        var failed: [String: String] = [:]
        func doing(_ what: String, _ body: () async throws(DriverError) -> Void) async {
            do throws(DriverError) { try await body() } catch {
                failed[what] = "\(error)"
                if "\(error)".isEmpty { broken.append("\(what): an error says nothing") }
            }
        }
        await doing("list") { () throws(DriverError) in
            let names = try await driver.domains().map(\.name)
            if !file.hasPrefix("xen/"), !names.contains("inn") { broken.append("inn is not listed: \(names)") }
        }
        for name: DomainReference in ["web", "a", "inn", "bar"] {
            await doing("\(name): read") { () throws(DriverError) in
                _ = try await driver.document(of: name, inactive: false)
                _ = try await driver.document(of: name, inactive: true)
                _ = try await driver.devices(of: name)
                _ = try await driver.summary(of: name)
            }
        }
        let nic = Array("<interface type='bridge'><source bridge='br0'/><alias name='ua-new'/></interface>".utf8)
        for name: DomainReference in ["web", "inn"] {
            await doing("\(name): attach") { () throws(DriverError) in
                _ = try await driver.attach(nic, to: name, scope: .live, isStrict: false)
            }
        }
        await doing("define") { () throws(DriverError) in
            _ = try await driver.define(Self.domain("a", "6695eb01-f6a4-8304-79aa-97f2502e1949"), isStrict: false)
        }
        await doing("start") { () throws(DriverError) in _ = try await driver.start("bar", paused: false) }
        for name: DomainReference in ["web", "inn", "bar"] {
            await doing("\(name): detach") { () throws(DriverError) in
                _ = try await driver.detach(.alias("ua-a"), from: name, scope: .current, force: true, isStrict: false)
            }
            await doing("\(name): destroy") { () throws(DriverError) in _ = try await driver.destroy(name) }
        }
        // What the file says of `inn` itself is believed, and a host that is another one is another one.
        let text = String(decoding: content, as: UTF8.self).lowercased()
        guard !file.hasPrefix("xen/"), !text.contains(Self.inn), !text.contains("inn") else { return broken }
        let isConfiguration = file.hasSuffix("connection.json")
        for what in ["read", "detach", "destroy"] + (isConfiguration ? [] : ["attach"]) {
            if let error = failed["inn: \(what)"] { broken.append("inn: \(what): \(error)") }
        }
        return broken
    }

    private func put(_ content: [UInt8], at path: FilePath) throws {
        try RegularFile.makeDirectory(path.removingLastComponent().string)
        try RegularFile.create(path.string, content, synced: false)
    }
}
