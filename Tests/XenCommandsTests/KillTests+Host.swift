import Foundation
import LibxlAPI
import LibxlFake
import Logging
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

import func LibxlTestKit.contents

/// A fake host in a folder, where commands are killed in processes of their own and everything else is done from here.
final class KillHost: Sendable {
    let program: Program
    let fake: FakeXenHost
    let driver: Driver

    /// A host with nothing on it.
    convenience init(_ configure: (inout FakeXenConfiguration) -> Void = { _ in }) throws {
        try self.init(Program(environment: ["XENKEEPER_FAKE_SCRIPT_LIMIT": "1"]))
        fake.configure { configuration in
            configuration.frontendTimeout = .milliseconds(100)
            configure(&configuration)
        }
    }

    /// A host on which `scenario` can begin.
    convenience init(
        ready scenario: KillScenario, _ configure: (inout FakeXenConfiguration) -> Void = { _ in }
    ) async throws {
        try self.init(configure)
        let document = Array(KillScenario.domain().utf8)
        switch scenario.beginning {
        case .nothing: break
        case .defined: _ = try await driver.define(document, isStrict: true)
        case .running:
            _ = try await driver.define(document, isStrict: true)
            _ = try await driver.start("vm", paused: false)
        case .paused:
            _ = try await driver.define(document, isStrict: true)
            _ = try await driver.start("vm", paused: true)
        case .ended:
            _ = try await driver.define(document, isStrict: true)
            _ = try await driver.start("vm", paused: false)
            fake.shutDownGuest(try #require(fake.domid(named: "vm")), reason: .crash)
        case .visited:
            _ = try await driver.define(document, isStrict: true)
            _ = try await driver.start("vm", paused: false)
            try await fake.visit(try #require(fake.domid(named: "vm")))
        case .drive:
            _ = try await driver.define(Array(KillScenario.hvmDomain.utf8), isStrict: true)
            _ = try await driver.start("vm", paused: false)
        case .transient: _ = try await driver.create(document, paused: false, isStrict: true)
        }
    }

    private init(_ program: Program, scriptLimit: Duration = .milliseconds(50)) throws {
        self.program = program
        let root = FilePath(program.folder.path).appending("host")
        fake = try FakeXenHost(folder: root.appending("xen"))
        var settings = DriverSettings()
        settings.scriptLimit = scriptLimit
        driver = Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake), root: root, settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Another host that is as this one is now.
    func copy(scriptLimit: Duration = .milliseconds(50)) throws -> KillHost {
        try KillHost(try Program(copyOf: program), scriptLimit: scriptLimit)
    }

    /// Another host that is as this one is now, but for `scenario`'s command, killed at the first step of this name.
    func copy(killing scenario: KillScenario, at name: String) async throws -> KillHost {
        let unharmed = try copy()
        try await unharmed.run(scenario, log: true)
        let steps = try unharmed.program.text(of: "steps").split(separator: "\n")
        let index = try #require(steps.firstIndex { $0.hasSuffix(name) }, "no step \(name) among \(steps)")
        let host = try copy()
        #expect(try await host.run(scenario, endAt: index + 1).signal == SIGKILL)
        return host
    }

    /// What the scenario's command makes of this host if nobody kills it.
    func books(after scenario: KillScenario) async throws -> Books {
        let unharmed = try copy()
        #expect(try await unharmed.run(scenario).status == 0)
        return try await unharmed.books()
    }

    // MARK: Commands

    /// Runs the scenario's command, ended at a step if one is given.
    @discardableResult
    func run(_ scenario: KillScenario, endAt step: Int? = nil, log: Bool = false) async throws -> Program.Outcome {
        if !scenario.document.isEmpty { _ = try program.file("document.xml", scenario.document) }
        var environment: [String: String] = [:]
        environment["XENKEEPER_FAKE_END_AT_STEP"] = step.map { "\($0)" }
        if log { environment["XENKEEPER_FAKE_STEP_LOG"] = "steps" }
        return try await program(scenario.words, settings: .init(environment: environment))
    }

    /// The next change to the domain: one that leaves it as it is. Returns false if there is no such domain.
    @discardableResult
    func settle() async throws -> Bool {
        let sameAgain = Array("<disk><target dev='xvda'/><alias name='ua-root'/></disk>".utf8)
        do {
            _ = try await driver.update(sameAgain, of: "vm", alias: nil, scope: .current, isStrict: true)
            return true
        } catch DriverError.noDomain {
            return false
        }
    }

    /// What `list`, `device-list` and `dumpxml` read.
    func read() async throws {
        guard try await driver.domains().contains(where: { $0.name == "vm" }) else { return }
        _ = try await driver.devices(of: "vm")
        _ = try await driver.document(of: "vm", inactive: false)
    }

    // MARK: What is there

    /// The domain as its users see it.
    struct Books: Hashable, Sendable {
        var state: DomainState?
        var live: String?
        var persistent: String?
        /// What others have plugged into it: identity, bridge and link.
        var foreign: [String]
    }

    func books() async throws -> Books { try await look().books }

    /// What there is of the domain, and what is wrong with it.
    func look() async throws -> (books: Books, disorder: [String]) {
        let listings = try await driver.domains()
        let listing = listings.first { $0.name == "vm" }
        var document: String?
        if listing?.domid != nil { document = try await driver.document(of: "vm", inactive: false) }
        let file = program.folder.appendingPathComponent("host/etc/xenkeeper/domains/vm.xml")
        // What differs from run to run: the domain's id, also in the names of its NICs' host ends.
        let id = listing?.domid.map { "\($0)" } ?? ""
        let live = document?.replacing(" id='\(id)'", with: "").replacing("vif\(id).", with: "vifN.")
        return (
            Books(
                state: listing?.state, live: live,
                persistent: try? String(contentsOf: file, encoding: .utf8),
                foreign: listing?.domid == nil ? [] : try await foreign()),
            try await disorder(among: listings, document)
        )
    }

    private func foreign() async throws -> [String] {
        let domid = try #require(fake.domid(named: "vm"))
        let nics = try await fake.listNICs(of: domid)
        let links = fake.snapshot().links
        let devices = try await driver.devices(of: "vm").filter { $0.state == .foreign }
        return devices.compactMap(\.identity).map { identity in
            let nic = nics.first { DeviceIdentity.nic(devid: $0.devid) == identity }
            let link = links["vif\(domid).\(identity.devid)"]
            return "\(identity) \(nic?.bridge ?? "-") \(link.map { "\($0.state)" } ?? "-")"
        }
    }

    /// The content of every file that says something about domains, by its path.
    func files() throws -> [String: Data] {
        let host = program.folder.appendingPathComponent("host")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: host.path)
        var files: [String: Data] = [:]
        for path in paths where !path.hasSuffix(".lock") && !path.hasPrefix("xen/calls") {
            files[path] = try? contents(ofFile: host.appendingPathComponent(path).path)
        }
        return files
    }

    /// Whether a plan or a request to stop waits for the next change.
    func isPending() throws -> Bool {
        try files().contains { path, content in
            path.hasSuffix(".stop") || path.hasPrefix("run/") && content.contains("\"plan\"")
        }
    }

    /// What is left unsettled, orphaned, doubled, or not as the documents say; empty if all is well.
    private func disorder(among listings: [DomainListing], _ document: String?) async throws -> [String] {
        var found: [String] = []
        for (path, content) in try files() where !path.hasPrefix("xen/") {
            if [".staged", ".new", ".stop", ".damaged"].contains(where: path.hasSuffix) {
                found.append("left: \(path)")
            }
            if content.contains("\"plan\"") { found.append("a plan in \(path)") }
        }
        let state = fake.snapshot()
        for domain in state.domains where !listings.contains(where: { $0.domid == domain.domid && !$0.isForeign }) {
            found.append("domain \(domain.domid) is nobody's")
        }
        guard let domid = listings.first(where: { $0.name == "vm" })?.domid else {
            let status = try files().keys.filter { $0.hasPrefix("run/") && $0.hasSuffix(".json") }
            found += status.map { "\($0) is of a domain that does not run" }
            return found + state.devices().map { "\($0) is of no domain" }
        }
        let devices = try await driver.devices(of: "vm")
        let theirs = [KillScenario.theirMAC, KillScenario.theirTarget]
        found += devices.filter { device in
            device.state != .bound && !(device.state == .foreign && theirs.contains(device.familiarName))
        }.map { "\($0.familiarName) is \($0.state)" }
        // Another domain's are not looked at here.
        let others = listings.compactMap(\.domid).filter { $0 != domid }.map { "\($0)/" }
        // An hvm guest's keyboard comes and goes with the machine.
        let nodes = state.devices().filter { device in
            !others.contains { device.hasPrefix($0) } && !device.hasPrefix("\(domid)/vkbd/")
        }
        let names = devices.compactMap(\.identity).map { "\(domid)/\($0.xenstoreKind)/\($0.devid)" }.sorted()
        for (place, there) in [
            ("xenstore", nodes), ("stored configuration", state.storedDevices(of: domid)),
        ] where there != names {
            found.append("\(place) has \(there), the books \(names)")
        }
        return found + misplacedLinks(in: document ?? "", state)
    }

    /// NICs whose link is not as the live document says.
    private func misplacedLinks(in document: String, _ state: FakeXenState) -> [String] {
        document.split(separator: "<interface ").dropFirst().compactMap { part in
            let nic = part.split(separator: "</interface>", omittingEmptySubsequences: false)[0]
            guard let name = nic.split(separator: "<target dev='").dropFirst().first?.prefix(while: { $0 != "'" })
            else {
                return "a NIC without a name"
            }
            let wanted: LinkState = nic.contains("<link state='down'/>") ? .down : .up
            let link = state.links[String(name)]?.state
            return link == wanted ? nil : "\(name) is \(link.map { "\($0)" } ?? "nowhere") and should be \(wanted)"
        }
    }
}

extension FakeXenHost {
    /// Another toolstack plugs a NIC and a disk into a domain.
    func visit(_ domid: DomainID) async throws {
        let mac = try #require(MACAddress(KillScenario.theirMAC))
        var nic = LibxlDeviceNIC(devid: DeviceID(rawValue: 5), mac: mac, nictype: .vif)
        nic.bridge = "theirs"
        try await addNIC(nic, to: domid, deadline: .now + .seconds(20))
        var disk = LibxlDeviceDisk(vdev: KillScenario.theirTarget, pdevPath: "/dev/theirs", format: .raw)
        disk.backend = .phy
        try await addDisk(disk, to: domid, deadline: .now + .seconds(20))
    }
}

extension FakeXenState {
    /// Every device that has nodes anywhere, as DOMID/KIND/DEVID; one that has not all three ends says what it has.
    func devices() -> [String] {
        var ends: [String: Set<String>] = [:]
        for path in xenstore.keys {
            let parts = path.split(separator: "/").map(String.init)
            switch parts.count {
            case 5... where parts[0] == "libxl" && parts[2] == "device":
                ends["\(parts[1])/\(parts[3])/\(parts[4])", default: []].insert("record")
            case 6... where parts[3] == "device":
                ends["\(parts[2])/\(parts[4])/\(parts[5])", default: []].insert("frontend")
            case 7... where parts[3] == "backend":
                let kind = ["qdisk": "vbd", "qusb": "vusb"][parts[4]] ?? parts[4]
                ends["\(parts[5])/\(kind)/\(parts[6])", default: []].insert("\(parts[4]) backend")
            default: break
            }
        }
        return ends.map { name, ends in ends.count == 3 ? name : "\(name) (\(ends.sorted()))" }.sorted()
    }

    /// Every device in what libxl keeps of a domain's configuration, in the same form.
    func storedDevices(of domid: DomainID) -> [String] {
        guard let config = storedConfigurations[domid] else { return [] }
        return
            (config.nics.map { "\(domid)/vif/\($0.devid)" }
            + config.disks.compactMap { $0.number.map { "\(domid)/vbd/\($0.rawValue)" } }
            + config.vtpms.map { "\(domid)/vtpm/\($0.devid)" } + config.usbctrls.map { "\(domid)/vusb/\($0.devid)" })
            .sorted()
    }
}

extension Data {
    fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}

/// Lets few enough through at a time that the machine is busy and not drowned.
actor Slots {
    static let shared = Slots(count: 4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) {
        free = count
    }

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        guard !waiting.isEmpty else {
            free += 1
            return
        }
        waiting.removeFirst().resume()
    }
}
