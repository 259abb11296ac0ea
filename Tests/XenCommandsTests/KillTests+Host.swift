import Foundation
import LibxlAPI
import LibxlFake
import Logging
import SystemPackage
import Testing
import XenCommands
import XenDriver
import XenModel
import XenUnits

/// A fake host in a directory, where commands are run in this process, and killed in processes of their own.
final class KillHost: Sendable {
    let program: Program
    let fake: FakeXenHost
    let driver: Driver

    /// A host on which `scenario` can begin.
    static func ready(for scenario: KillScenario) async throws -> KillHost {
        try KillHost(try await Beginnings.shared.directory(of: scenario.beginning))
    }

    /// A host as it stood when a command reached a step.
    convenience init(left step: KillTrail.Step) throws {
        try self.init(step.directory)
    }

    /// A host like the one in `directory`.
    init(_ directory: HostDirectory, scriptLimit: Duration = .milliseconds(50)) throws {
        program = try Program(environment: ["XENKEEPER_FAKE_SCRIPT_LIMIT": "1"])
        let root = FilePath(program.directory.path).appending("host")
        try directory.write(to: root.string)
        fake = try FakeXenHost(directory: root.appending("xen"))
        driver = Driver(
            host: XenHost(fake), root: root, settings: .patient(scriptLimit: scriptLimit), clock: SystemClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A host with nothing on it.
    fileprivate convenience init() throws {
        try self.init(HostDirectory())
        fake.configure { $0.frontendTimeout = .milliseconds(100) }
    }

    /// Another host that is as this one is now.
    func copy(scriptLimit: Duration = .milliseconds(50)) throws -> KillHost {
        try KillHost(try directory(), scriptLimit: scriptLimit)
    }

    /// Cuts the domain's status file short.
    func damageStatus() throws {
        let file = program.directory.appendingPathComponent("host/run/xenkeeper/domains/\(KillScenario.uuid).json")
        try Data(contentsOf: file).prefix(100).write(to: file)
    }

    /// Another host that is as this one is now, but for `scenario`'s command, which ended at the first step of this
    /// name.
    func copy(killing scenario: KillScenario, at name: String) async throws -> KillHost {
        let trail = try await copy().trail(of: scenario)
        return try KillHost(
            left: try #require(trail.steps.first { $0.name.hasSuffix(name) }, "no step \(name) in \(trail.names)"))
    }

    /// What the scenario's command makes of this host if nobody kills it.
    func books(after scenario: KillScenario) async throws -> Books {
        let unharmed = try copy()
        #expect(try await unharmed.run(scenario).status == 0)
        return try await unharmed.books()
    }

    // MARK: Commands

    /// Runs the scenario's command in this process; `steps` gets its steps.
    @discardableResult
    func run(_ scenario: KillScenario, steps: StepHook = .none) async throws -> Program.Outcome {
        guard !scenario.isServices else { return try await serve(steps: steps) }
        let document = try program.file("document.xml", scenario.document)
        let words = scenario.words.map { $0 == "document.xml" ? document : $0 }
        let said = try ["output", "errors"].map { name in
            try FileDescriptor.open(try program.file(name, ""), .writeOnly, options: .append)
        }
        defer { for descriptor in said { try? descriptor.close() } }
        let session = Session(
            console: Console(output: said[0], errors: said[1]), environment: ["XENKEEPER_DEFAULT_URI": program.uri],
            isRootOnXenHost: false, clock: SystemClock()
        ) { connection, logger throws(ConnectionError) in
            let root = try connection.root(environment: [:])
            do throws(FakeXenError) {
                return Driver(
                    host: XenHost(try FakeXenHost(directory: root.appending("xen"), steps: steps)), root: root,
                    settings: .patient(), clock: SystemClock(), steps: steps, logger: logger)
            } catch {
                throw .host(reason: error.description)
            }
        }
        let status = await XenkeeperCommandLine.run(words, in: session)
        return Program.Outcome(
            status: status, output: try program.text(of: "output"), errors: try program.text(of: "errors"))
    }

    /// Does what the service does about the domain's ended guest.
    private func serve(steps: StepHook) async throws -> Program.Outcome {
        let root = FilePath(program.directory.path).appending("host")
        for name in ["output", "errors"] { _ = try program.file(name, "") }
        let driver = Driver(
            host: XenHost(try FakeXenHost(directory: root.appending("xen"), steps: steps)), root: root,
            settings: .patient(), clock: SystemClock(), steps: steps,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let uuid = try #require(DomainUUID(KillScenario.uuid))
        _ = try await driver.carryOutEnding(of: uuid)
        return Program.Outcome(status: 0, output: "", errors: "")
    }

    /// Runs the scenario's command in this process to its end, and keeps how this host stood at each of its steps.
    func trail(of scenario: KillScenario) async throws -> KillTrail {
        let steps = Locked<[Result<KillTrail.Step, any Error>]>([])
        let outcome = try await run(
            scenario,
            steps: StepHook { name in
                let step = Result {
                    KillTrail.Step(
                        name: name, directory: try self.directory(), output: try self.program.text(of: "output"))
                }
                steps.withLock { $0.append(step) }
            })
        return KillTrail(steps: try steps.withLock { $0 }.map { try $0.get() }, outcome: outcome)
    }

    /// Runs the scenario's command in a process of its own, which is killed as it reaches the step of this number.
    func kill(_ scenario: KillScenario, atStep step: Int) async throws -> Program.Outcome {
        _ = try program.file("document.xml", scenario.document)
        return try await program(
            scenario.words, settings: .init(environment: ["XENKEEPER_FAKE_END_AT_STEP": "\(step)"]))
    }

    /// The next change to the domain: one that leaves it as it is. Returns false if there is no such domain.
    @discardableResult
    func recover() async throws -> Bool {
        let sameAgain = Array("<disk><target dev='xvda'/><alias name='ua-root'/></disk>".utf8)
        do {
            _ = try await driver.update(sameAgain, of: "vm", alias: nil, scope: .current, isStrict: true)
            return true
        } catch DriverError.noDomain {
            return false
        }
    }

    /// The same while the service runs, to which an ended guest is left. Returns false if there is no such domain.
    func recoverBesideService() async throws(DriverError) -> Bool {
        let sameAgain = Array("<disk><target dev='xvda'/><alias name='ua-root'/></disk>".utf8)
        do throws(DriverError) {
            _ = try await driver.update(sameAgain, of: "vm", alias: nil, scope: .current, isStrict: true)
            return true
        } catch .noDomain {
            return false
        } catch .leftToService {
            return true
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
        let file = program.directory.appendingPathComponent("host/etc/xenkeeper/domains/vm.xml")
        // What differs from run to run: the domain's id, also in the names of its NICs' host ends.
        let id = listing?.domid.map { "\($0)" } ?? ""
        let live = document?.replacing(" id='\(id)'", with: "").replacing("vif\(id).", with: "vifN.")
        return (
            Books(
                state: listing?.state, live: live,
                persistent: try? String(contentsOf: file, encoding: .utf8),
                foreign: try await foreign(in: listing?.domid)),
            try await disorder(among: listings, document)
        )
    }

    private func foreign(in domid: DomainID?) async throws -> [String] {
        guard let domid else { return [] }
        let nics = try await fake.listDevices(.nic, of: domid).compactMap(\.nic)
        let links = fake.snapshot().links
        let devices = try await driver.devices(of: "vm").filter { $0.state == .foreign }
        return devices.compactMap(\.identity).map { identity in
            let nic = nics.first { DeviceIdentity.nic(devid: $0.devid) == identity }
            let link = links["vif\(domid).\(identity.devid)"]
            return "\(identity) \(nic?.bridge ?? "-") \(link.map { "\($0.state)" } ?? "-")"
        }
    }

    /// All that there is of the host.
    func directory() throws -> HostDirectory {
        try HostDirectory(at: program.directory.appendingPathComponent("host").path)
    }

    /// The content of every file that says something about domains, by its path.
    func files() throws -> [String: [UInt8]] { try directory().records }

    /// Whether a change or a request to stop waits for the next change.
    func isPending() throws -> Bool {
        try files().contains { path, content in
            path.hasSuffix(".stop") || path.hasPrefix("run/") && content.contains("\"change\" :")
        }
    }

    /// What is left unrecovered, orphaned, doubled, or not as the documents say; empty if all is well.
    private func disorder(among listings: [DomainListing], _ document: String?) async throws -> [String] {
        var found: [String] = []
        for (path, content) in try files() where !path.hasPrefix("xen/") {
            if [".staged", ".new", ".stop"].contains(where: path.hasSuffix) || path.contains(".damaged") {
                found.append("left: \(path)")
            }
            if content.contains("\"change\" :") { found.append("a change in \(path)") }
        }
        let state = fake.snapshot()
        for domain in state.domains where !listings.contains(where: { $0.domid == domain.domid && !$0.isForeign }) {
            // It is kept beside the one that follows it.
            guard state.xenstore["/local/domain/\(domain.domid)/vm"] == "/vm/\(domain.uuid)" else { continue }
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

extension KillHost {
    /// A host on which a scenario can begin.
    fileprivate static func made(for beginning: KillScenario.Beginning) async throws -> KillHost {
        let host = try KillHost()
        let document = Array(KillScenario.domain().utf8)
        switch beginning {
        case .nothing: break
        case .defined: _ = try await host.driver.define(document, isStrict: true)
        case .rebootingTransient:
            _ = try await host.driver.create(document, paused: false, isStrict: true)
            host.fake.shutDownGuest(try #require(host.fake.domid(named: "vm")), reason: .reboot)
        case .rebootingRenamed, .crashedToDump:
            let extra = "<on_reboot>rename-restart</on_reboot><on_crash>coredump-restart</on_crash>"
            let document = Array(KillScenario.domain(extra: extra).utf8)
            _ = try await host.driver.define(document, isStrict: true)
            _ = try await host.driver.start("vm", paused: false)
            let domid = try #require(host.fake.domid(named: "vm"))
            host.fake.shutDownGuest(domid, reason: beginning == .crashedToDump ? .crash : .reboot)
        case .running, .ended, .rebooting, .visited:
            _ = try await host.driver.define(document, isStrict: true)
            _ = try await host.driver.start("vm", paused: false)
            let domid = try #require(host.fake.domid(named: "vm"))
            if beginning == .rebooting { host.fake.shutDownGuest(domid, reason: .reboot) }
            if beginning == .ended { host.fake.shutDownGuest(domid, reason: .crash) }
            if beginning == .visited { try await host.fake.visit(domid) }
        case .paused:
            _ = try await host.driver.define(document, isStrict: true)
            _ = try await host.driver.start("vm", paused: true)
        case .drive, .resetting:
            _ = try await host.driver.define(Array(KillScenario.hvmDomain.utf8), isStrict: true)
            _ = try await host.driver.start("vm", paused: false)
            if beginning == .resetting {
                host.fake.shutDownGuest(try #require(host.fake.domid(named: "vm")), reason: .softReset)
            }
        case .transient: _ = try await host.driver.create(document, paused: false, isStrict: true)
        }
        return host
    }
}

/// The hosts on which scenarios begin, each made when it is first asked for.
private actor Beginnings {
    static let shared = Beginnings()

    private var directories: [KillScenario.Beginning: Task<HostDirectory, any Error>] = [:]

    func directory(of beginning: KillScenario.Beginning) async throws -> HostDirectory {
        let directory = directories[beginning] ?? Task { try await KillHost.made(for: beginning).directory() }
        directories[beginning] = directory
        return try await directory.value
    }
}

/// One run of a command to its end, and what a kill at each of its steps would have left.
struct KillTrail: Sendable {
    struct Step: Sendable {
        let name: String
        /// The host, as it stood there.
        let directory: HostDirectory
        /// What the command had said by then.
        let output: String
    }

    let steps: [Step]
    let outcome: Program.Outcome

    var names: [String] { steps.map(\.name) }
}

extension XenHost {
    fileprivate init(_ fake: FakeXenHost) {
        self.init(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake)
    }
}

extension DriverSettings {
    /// Only a script that a killed command left running is not waited for: many tests run beside this one, on few
    /// processors.
    fileprivate static func patient(scriptLimit: Duration = .milliseconds(50)) -> DriverSettings {
        var settings = DriverSettings()
        settings.lockTimeout = .seconds(3600)
        settings.operationTimeout = .seconds(3600)
        settings.undoTimeout = .seconds(3600)
        settings.scriptLimit = scriptLimit
        return settings
    }
}

extension FakeXenHost {
    /// Another toolstack plugs a NIC and a disk into a domain.
    func visit(_ domid: DomainID) async throws {
        let mac = try #require(MACAddress(KillScenario.theirMAC))
        var nic = LibxlDeviceNIC(devid: DeviceID(rawValue: 5), mac: mac, nictype: .vif)
        nic.bridge = "theirs"
        try await addDevice(.nic(nic), to: domid, deadline: .now + .seconds(3600))
        var disk = LibxlDeviceDisk(vdev: KillScenario.theirTarget, pdevPath: "/dev/theirs", format: .raw)
        disk.backend = .phy
        try await addDevice(.disk(disk), to: domid, deadline: .now + .seconds(3600))
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

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
