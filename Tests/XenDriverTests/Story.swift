import DomainXML
import Foundation
import LibxlAPI
import LibxlFake
import Logging
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

/// Repeatable random numbers: a failing seed fails again. SplitMix64.
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    mutating func flip() -> Bool { next() & 1 == 1 }

    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { Int(next() % UInt64(count)) == 0 }

    mutating func pick<Values: Collection>(_ values: Values) -> Values.Element {
        values[values.index(values.startIndex, offsetBy: Int(next() % UInt64(values.count)))]
    }
}

/// A domain's life, drawn from a seed: what is done to it, and by a simple model what must come of that.
///
/// Its host is kept in memory, or in a directory beside the driver's own, where every byte that Xen has can be
/// searched.
final class Story {
    /// What the model remembers of a device.
    struct Known: Hashable {
        var alias: String?
        /// The MAC address or target.
        let name: String
        let isNIC: Bool
        let isEthernet: Bool
    }

    let fake: FakeXenHost
    let driver: Driver
    let root: FilePath
    /// The fake host's directory; nil if it has none.
    let xen: FilePath?
    var random: Generator
    var search = SecretSearch()
    /// What was done so far, to tell what a failing seed did.
    private(set) var deeds: [String] = []

    private(set) var persistent: [Known] = []
    /// nil while the domain does not run.
    private(set) var live: [Known]?
    /// The generated names of this run, those of devices that are gone included.
    private var given: Set<String> = []
    private var drawn = 0
    private var disksDrawn = 0

    let type: String

    init(seed: UInt64, inDirectory: Bool) throws {
        random = Generator(seed: seed)
        root = FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
        xen = inDirectory ? root.appending("xen") : nil
        fake = try xen.map { try FakeXenHost(directory: $0) } ?? FakeXenHost()
        driver = Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
            settings: .quick,
            clock: SystemClock(),
            logger: Logger(label: "story"))
        type = random.pick(["linux", "xenpvh", "hvm"])
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root.string)
    }

    // MARK: Drawing

    /// A user's alias that nothing else contains.
    private func freshAlias() -> String {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let alias = "ua-" + String((0..<24).map { _ in random.pick(letters) }) + random.pick(["", "-", "_", "-x_"])
        search.users.insert(alias)
        return alias
    }

    private func alias(_ text: String?) -> String { text.map { "<alias name='\($0)'/>" } ?? "" }

    private func freshNIC(sharing macs: [String] = []) -> (Known, String) {
        drawn += 1
        // A device without an alias has a MAC address of its own, by which the model knows it.
        let isNamed = random.once(in: 3) == false
        let mac =
            isNamed && !macs.isEmpty && random.flip() ? random.pick(macs) : "00:16:3e:00:01:" + hex(drawn)
        let device = Known(
            alias: isNamed ? freshAlias() : nil, name: mac, isNIC: true, isEthernet: random.once(in: 4))
        return (device, nic(device, isChange: false))
    }

    /// A device's document; one that changes a device leaves out what it need not say.
    private func nic(_ device: Known, isChange: Bool) -> String {
        drawn += 1
        let optional = [
            "<mtu size='\(1500 + drawn)'/>", "<bandwidth><outbound average='\(1000 + drawn)'/></bandwidth>",
            "<link state='\(random.pick(["up", "down"]))'/>", "<ip address='10.0.0.\(drawn % 250 + 1)'/>",
        ].filter { _ in random.flip() }
        let target = isChange || random.flip() ? "" : "<target dev='tap\(drawn)'/>"
        return """
            <interface type='\(device.isEthernet ? "ethernet" : "bridge")'>
              <mac address='\(device.name)'/>
              \(device.isEthernet ? "<script path='vif-route'/>" : "<source bridge='\(random.pick(["xenbr0", "xenbr1"]))'/>")
              \(target)\(optional.joined())\(alias(device.alias))
            </interface>
            """
    }

    /// A disk; one that QEMU serves only where the guest has a QEMU.
    private func freshDisk(hasQEMU: Bool = true) -> (Known, String) {
        let letter = Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(disksDrawn % 26)))
        let target = "xvd\(disksDrawn < 26 ? "" : "a")\(letter)"
        // An hvm guest's first four are IDE disks too, which cannot be read-only.
        let isEmulated = type == "hvm" && disksDrawn < 4
        disksDrawn += 1
        let device = Known(
            alias: random.once(in: 3) ? nil : freshAlias(), name: target, isNIC: false, isEthernet: false)
        let driver = random.pick(
            [hasQEMU ? "<driver name='qemu' type='qcow2'/>" : "<driver type='raw'/>", "<driver name='phy'/>", ""])
        let more = random.pick([isEmulated ? "" : "<readonly/>", "<shareable/>", ""])
        let document = """
            <disk type='file' device='disk'>
              \(driver)<source file='/images/\(drawn)-\(target).img'/><target dev='\(target)' bus='xen'/>
              \(more)\(alias(device.alias))
            </disk>
            """
        return (device, document)
    }

    private func hex(_ number: Int) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }

    /// A domain document with names wherever one can stand, also where it means nothing to us.
    private func freshDomain() -> (known: [Known], document: String) {
        var known: [Known] = []
        var devices: [String] = []
        for _ in 0..<Int(random.next() % 3) {
            let (device, document) = freshDisk()
            known.append(device)
            devices.append(document)
        }
        var macs: [String] = []
        for _ in 0..<(1 + Int(random.next() % 4)) {
            let (device, document) = freshNIC(sharing: macs)
            if device.alias != nil { macs.append(device.name) }
            known.append(device)
            devices.append(document)
        }
        let document = """
            <domain type='xen'>
              <name>inn</name>
              <uuid>\(Documents.uuid)</uuid>
              <title>\(freshAlias())</title>
              <description>the known are \(freshAlias()) and \(freshAlias())</description>
              <metadata><m:names xmlns:m='urn:names' of='\(freshAlias())'>\(freshAlias())</m:names></metadata>
              <memory unit='MiB'>256</memory>
              <vcpu>1</vcpu>
              <os><type>\(type)</type><kernel>/boot/vmlinuz</kernel></os>
              <devices>
                \(devices.joined(separator: "\n"))
                <sound model='ac97'>\(alias(freshAlias()))</sound>
                <console type='pty'>\(alias(freshAlias()))</console>
              </devices>
            </domain>
            """
        return (known, document)
    }

    // MARK: Doing

    /// Goes one step of the story and holds the outcome against the model.
    func step() async throws {
        let choices: [(String, () async throws -> Void)] =
            persistent.isEmpty
            ? [("define", define)]
            : live == nil
                ? [("start", start), ("start", start), ("attach", attach), ("define", define)]
                : [
                    ("attach", attach), ("attach", attach), ("attach", attach), ("detach", detach), ("detach", detach),
                    ("update", update), ("update", update), ("link", link), ("failing attach", failingAttach),
                    ("define", define), ("destroy", destroy),
                ]
        let (name, action) = random.pick(choices)
        deeds.append(name)
        try await action()
    }

    func define() async throws {
        let (known, document) = freshDomain()
        _ = try await driver.define(Array(document.utf8), isStrict: false)
        persistent = known
    }

    func start() async throws {
        _ = try await driver.start("inn", paused: random.once(in: 8))
        given = []
        // What else the document has is not deeds apart by Xen.
        let listed = try await driver.devices(of: "inn").filter { $0.state != .builtIn }
        live = try persistent.map { device in
            guard device.alias == nil else { return device }
            let found = listed.filter { $0.familiarName == device.name }
            return try named(device, #require(found.count == 1 ? found[0].alias : nil))
        }
    }

    func destroy() async throws {
        _ = try await driver.destroy("inn")
        live = nil
    }

    /// A device under the generated name that it was given: of its class's word, and not given before in this run.
    private func named(_ device: Known, _ alias: DeviceAlias) throws -> Known {
        guard case .generated(let generated) = alias else {
            Issue.record("'\(alias)' is a user's name, and the user gave none")
            return device
        }
        #expect(generated.word == (device.isNIC ? "net" : "disk"))
        #expect(given.insert("\(generated)").inserted, "'\(generated)' was given twice in a run")
        search.generated.insert("\(generated)")
        var device = device
        device.alias = "\(generated)"
        return device
    }

    private func scope() -> ChangeScope { live == nil ? .config : random.pick([.live, .config, .liveAndConfig]) }

    func attach() async throws {
        let isNIC = random.flip()
        let (device, document) = isNIC ? freshNIC() : freshDisk(hasQEMU: type == "hvm")
        let scope = scope()
        deeds.append("\(scope) \(device.name) \(device.alias ?? "-")")
        let outcome = try await driver.attach(Array(document.utf8), to: "inn", scope: scope, isStrict: true)
        if scope != .config {
            live?.append(device.alias == nil ? try named(device, #require(outcome.alias)) : device)
        }
        if scope != .live { persistent.append(device) }
    }

    /// libxl fails after it has made something of the device; nothing of it may stay.
    func failingAttach() async throws {
        let (device, document) = freshNIC()
        deeds.append(device.name)
        fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: random.pick(["json", "nodes", "backend", "script"])))
        let error = await errorName { () throws(DriverError) in
            try await driver.attach(
                Array(document.utf8), to: "inn", scope: random.pick([.live, .liveAndConfig]), isStrict: true)
        }
        #expect(error == "operation")
    }

    /// A device that the running domain and, if the scope says so, its definition have under one user's alias.
    private func choice(_ scope: ChangeScope, where isWanted: (Known) -> Bool = { _ in true }) -> Known? {
        let candidates = (live ?? []).filter { device in
            isWanted(device) && (scope == .live || persistent.contains(device))
        }
        return candidates.isEmpty ? nil : random.pick(candidates)
    }

    func detach() async throws {
        let scope = random.pick([ChangeScope.live, .liveAndConfig])
        guard let device = choice(scope), let alias = device.alias else { return }
        deeds.append("\(scope) \(alias)")
        let element = device.isNIC ? "interface type='bridge'" : "disk"
        let document = "<\(element)>\(self.alias(alias))</\(device.isNIC ? "interface" : "disk")>"
        // A generated alias in a document is dropped as at define, so it is named as an alias.
        let selector =
            random.flip() || given.contains(alias)
            ? DeviceSelector.alias(alias) : .document(Array(document.utf8))
        let isForced = random.once(in: 3) || isPaused
        _ = try await driver.detach(selector, from: "inn", scope: scope, force: isForced, isStrict: false)
        live?.removeAll { $0.alias == alias }
        if scope == .liveAndConfig { persistent.removeAll { $0 == device } }
    }

    /// A guest that stands still lets go of nothing.
    private var isPaused: Bool {
        fake.snapshot().domains.contains { "\($0.uuid)" == Documents.uuid && $0.paused }
    }

    func update() async throws {
        let scope = random.pick([ChangeScope.live, .liveAndConfig])
        guard !isPaused, let device = choice(scope, where: { $0.isNIC && !given.contains($0.alias ?? "") }) else {
            return
        }
        deeds.append("\(scope) \(device.name) \(device.alias ?? "-")")
        let document = nic(device, isChange: true)
        _ = try await driver.update(Array(document.utf8), of: "inn", alias: device.alias, scope: scope, isStrict: true)
    }

    func link() async throws {
        guard let device = choice(.live, where: \.isNIC), let alias = device.alias else { return }
        deeds.append(alias)
        _ = try await driver.setLinkState(
            random.pick([.up, .down]), of: .alias(alias), in: "inn", scope: .live)
    }

    // MARK: Holding

    /// Everything that must hold between two steps.
    func check() async throws {
        let place: Comment = "after \(deeds.joined(separator: ", "))"
        let inactive = try await document(inactive: true)
        #expect(names(inactive) == persistent.compactMap(\.alias).sorted(), place)
        guard let live else { return }
        let active = try await document(inactive: false)
        #expect(names(active) == live.compactMap(\.alias).sorted(), place)
        // Xen does not tell the document's console and sound device apart.
        let all = try await driver.devices(of: "inn")
        let builtIn = all.filter { $0.state == .builtIn }
        #expect(builtIn.allSatisfy { [.console, .sound].contains($0.deviceClass) && $0.identity == nil }, place)
        let listed = all.filter { $0.state != .builtIn }
        #expect(listed.allSatisfy { $0.state == .bound }, place)
        #expect(listed.compactMap { $0.alias?.description }.sorted() == live.compactMap(\.alias).sorted(), place)
        #expect(Set(listed.compactMap(\.identity)).count == live.count, place)
        // What Xen has are those very known, by what Xen knows them by.
        let domid = try #require(fake.domid(named: "inn"))
        let found =
            try await fake.listDevices(.nic, of: domid).compactMap(\.nic).map { "\($0.mac)" }
            + fake.listDevices(.disk, of: domid).compactMap(\.disk).map(\.vdev)
        #expect(found.sorted() == live.map(\.name).sorted(), place)
        #expect(try search.places(fake.snapshot()) == [], place)
    }

    /// A document of the domain's, which must read back as itself.
    private func document(inactive: Bool) async throws -> DomainDefinition {
        let text = try await driver.document(of: "inn", inactive: inactive)
        let options = ReaderOptions(
            features: Driver.parseFeatures, form: inactive ? .inactive : .live, isStrict: true)
        let definition = try DomainDefinition.parse(Array(text.utf8), options: options).value
        let again = try DomainDefinition.parse(Array(definition.xml().utf8), options: options).value
        #expect(again == definition)
        return definition
    }

    private func names(_ definition: DomainDefinition) -> [String] {
        (definition.disks.map(\.alias) + definition.interfaces.map(\.alias)).compactMap { $0?.description }.sorted()
    }
}
