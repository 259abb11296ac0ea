import Foundation
import LibxlAPI
import LibxlFake
import LibxlTestKit
import Logging
import SystemPackage
import XenDriver
import XenModel
import XenUnits

/// What should be there, by rules so simple that they can be read: the reference for a simulation.
struct ReferenceHost: Hashable, Sendable {
    /// A device by what it is in Xen: a NIC's MAC address, a disk's target.
    typealias Devices = [String: String]

    struct Domain: Hashable, Sendable {
        /// By alias; nil without a definition.
        var persistent: Devices?
        /// By alias; nil while it does not run.
        var live: Devices?
        /// How its guest has ended, and nobody has dealt with that yet.
        var ended: LibxlShutdownReason?
    }

    var domains: [String: Domain] = [:]

    /// What is done, with what is drawn for it.
    enum Deed: Hashable, Sendable {
        case define(String, Devices)
        case undefine(String)
        case start(String)
        case destroy(String)
        case attach(String, alias: String, device: String, ChangeScope)
        case detach(String, alias: String, ChangeScope)
        case end(String, LibxlShutdownReason)
        /// The service deals with every guest that has ended.
        case serve
        /// Another toolstack destroys it.
        case destroyByOthers(String)
        case rebootHost
    }

    /// The same after a deed, and whether that was done and not refused.
    func after(_ deed: Deed) -> (host: ReferenceHost, isDone: Bool) {
        var host = self
        // A command deals with the end of its domain's guest first, unless that is to be the service's.
        if let name = deed.commandsDomain, let ended = domains[name]?.ended, !ended.isServices { host.stop(name) }
        var next = host
        guard next.undergo(deed) else { return (host.withoutEmpty, false) }
        return (next.withoutEmpty, true)
    }

    private var withoutEmpty: ReferenceHost {
        var host = self
        host.domains = domains.filter { $0.value.persistent != nil || $0.value.live != nil }
        return host
    }

    /// Whether the deed could be done.
    private mutating func undergo(_ deed: Deed) -> Bool {
        switch deed {
        case .define(let name, let devices):
            domains[name, default: Domain()].persistent = devices
        case .undefine(let name):
            guard domains[name]?.persistent != nil else { return false }
            domains[name]?.persistent = nil
        case .start(let name):
            guard let definition = domains[name]?.persistent, domains[name]?.live == nil else { return false }
            domains[name]?.live = definition
        case .destroy(let name), .destroyByOthers(let name):
            guard domains[name]?.live != nil else { return false }
            stop(name)
        case .attach(let name, let alias, let device, let scope):
            return change(name, scope) { devices in
                guard devices[alias] == nil, !devices.values.contains(device) else { return false }
                devices[alias] = device
                return true
            }
        case .detach(let name, let alias, let scope):
            return change(name, scope) { $0.removeValue(forKey: alias) != nil }
        case .end(let name, let reason):
            guard domains[name]?.live != nil, domains[name]?.ended == nil else { return false }
            domains[name]?.ended = reason
        case .serve:
            for (name, domain) in domains {
                switch domain.ended {
                case nil: continue
                // What the documents of a simulation say.
                case let reason? where reason.isServices: domains[name]?.ended = nil
                default: stop(name)
                }
            }
        case .rebootHost:
            for name in domains.keys { stop(name) }
        }
        return true
    }

    private mutating func stop(_ name: String) {
        domains[name]?.live = nil
        domains[name]?.ended = nil
    }

    private mutating func change(_ name: String, _ scope: ChangeScope, _ body: (inout Devices) -> Bool) -> Bool {
        guard var domain = domains[name] else { return false }
        if scope != .config {
            guard var devices = domain.live, body(&devices) else { return false }
            domain.live = devices
        }
        if scope != .live {
            guard var devices = domain.persistent, body(&devices) else { return false }
            domain.persistent = devices
        }
        domains[name] = domain
        return true
    }
}

extension LibxlShutdownReason {
    /// Whether the guest is to go on, by the documents of a simulation, and only the service sees to that.
    fileprivate var isServices: Bool { self == .reboot || self == .softReset }
}

extension ReferenceHost.Deed {
    /// The domain whose guest's end a command deals with before all else; nil for what does not.
    fileprivate var commandsDomain: String? {
        switch self {
        case .define(let name, _), .undefine(let name), .start(let name), .attach(let name, _, _, _),
            .detach(let name, _, _):
            name
        case .destroy, .end, .serve, .destroyByOthers, .rebootHost: nil
        }
    }
}

/// A fake host in a directory with a driver on it, to which things are done, and go wrong, as a seed says.
final class Simulation {
    /// What goes wrong with a deed.
    enum Trouble: Hashable {
        case none
        /// In its midst, at its step of this number, somebody else does something to a domain; what was read before is stale.
        case behind(Int, ReferenceHost.Deed)
        /// The service goes by a look that is stale: it takes every domain for one whose guest has ended.
        case stale
        /// The service does not see some ends: those of the domains that these bits stand for.
        case skipped(Int)
        /// A call fails, before or after one of its steps.
        case fault(FakeOperation, String?)
        /// The process is killed at its step of this number.
        case kill(Int)
        /// The caller gives up there.
        case giveUp(Int)
    }

    private var random: SeededGenerator
    private var root: FilePath
    private let clock = VirtualClock()
    private var expected = ReferenceHost()
    private var drawn = 0
    /// How much was done, and how much went wrong.
    private(set) var tally: [String: Int] = [:]
    /// What was done last, for whoever has to find out.
    private(set) var deeds: [String] = []

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        root = FilePath(NSTemporaryDirectory()).appending("xenkeeper-simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root.string)
    }

    // MARK: Steps

    /// Does one thing; returns what is wrong then, empty if nothing is.
    func step() async throws -> [String] {
        let deed = draw()
        let trouble = drawTrouble(for: deed)
        deeds = deeds.suffix(20) + ["\(deed), \(trouble)"]
        tally["\(deed)".prefix { $0 != "(" }.description, default: 0] += 1
        tally["trouble: " + "\(trouble)".prefix { $0 != "(" }, default: 0] += 1
        let hasDone = try await perform(deed, trouble)
        let after = expected.after(deed)
        if trouble == .none, hasDone != after.isDone {
            return ["it was \(hasDone ? "done" : "refused"), and should not have been"]
        }
        try await recover(isTroubled: trouble != .none)
        let (found, disorder) = try await look()
        // What went wrong is undone whole, or done whole.
        let legal = trouble == .none ? [after.host] : legalOutcomes(of: deed, trouble)
        guard disorder.isEmpty, legal.contains(found) else {
            return disorder + ["found \(found)", "expected \(legal)"]
        }
        expected = found
        clock.pass(.seconds(Int(random.next() % 100)))
        return []
    }

    /// Lets all come to rest: what is wrong then.
    func rest() async throws -> [String] {
        guard try await perform(.serve, .none) else { return ["the service could not deal with what had ended"] }
        clock.pass(.seconds(1000))
        _ = try await perform(.serve, .none)
        expected = expected.after(.serve).host
        let last = ReferenceHost.Deed.define("last", [:])
        _ = try await perform(last, .none)
        expected = expected.after(last).host
        let (found, disorder) = try await look(isAtRest: true)
        return disorder + (found == expected ? [] : ["found \(found)", "expected \(expected)"])
    }

    /// What may have come of a deed that something went wrong with.
    private func legalOutcomes(of deed: ReferenceHost.Deed, _ trouble: Trouble) -> Set<ReferenceHost> {
        let before = Self.dealtWith(expected)
        guard case .behind(_, let other) = trouble else {
            guard case .serve = deed else { return before.union(before.map { $0.after(deed).host }) }
            return before
        }
        // Either may have come first, and each may have been in vain.
        func after(_ deed: ReferenceHost.Deed, _ hosts: Set<ReferenceHost>) -> Set<ReferenceHost> {
            hosts.reduce(into: hosts) { $0.formUnion(Self.dealtWith($1.after(deed).host)) }
        }
        return after(deed, after(other, before)).union(after(other, after(deed, before)))
    }

    /// What there is where the ends of some guests have been dealt with, and those of others not.
    private static func dealtWith(_ expected: ReferenceHost) -> Set<ReferenceHost> {
        // Each domain by itself: dealt with, still waiting, or a restart that failed.
        var legal = [expected]
        for (name, domain) in expected.domains where domain.ended != nil {
            legal = legal.flatMap { host in
                var (kept, stopped) = (host, host)
                kept.domains[name]?.ended = nil
                stopped.domains[name]?.live = nil
                stopped.domains[name]?.ended = nil
                stopped.domains = stopped.domains.filter { $0.value.persistent != nil || $0.value.live != nil }
                return domain.ended?.isServices == true ? [host, kept, stopped] : [host, stopped]
            }
        }
        return Set(legal)
    }

    // MARK: Drawing

    private static let names = ["inn", "mill", "forge"]

    private func draw() -> ReferenceHost.Deed {
        let name = Self.names[random.number(below: Self.names.count)]
        let domain = expected.domains[name]
        // A guest that has ended lets go of nothing, and what then comes of its disks is for other tests.
        let scopes = domain?.ended == nil ? [ChangeScope.live, .config, .liveAndConfig] : [.config]
        let scope = scopes[random.number(below: scopes.count)]
        switch random.number(below: 20) {
        case 0, 1: return .define(name, drawDevices())
        case 2: return .undefine(name)
        case 3, 4, 5: return .start(name)
        case 6: return .destroy(name)
        case 7, 8, 9, 10:
            let device = drawDevice()
            return .attach(name, alias: "ua-\(drawn)", device: device, scope)
        case 11, 12, 13:
            let aliases = Set(domain?.live?.keys ?? [:].keys).union(domain?.persistent?.keys ?? [:].keys).sorted()
            let alias = aliases.isEmpty ? "ua-none" : aliases[random.number(below: aliases.count)]
            return .detach(name, alias: alias, scope)
        case 14, 15, 16:
            return .end(name, [.reboot, .softReset, .poweroff, .crash][random.number(below: 4)])
        case 17, 18: return .serve
        default: return random.number(below: 4) == 0 ? .rebootHost : .destroyByOthers(name)
        }
    }

    private func drawDevices() -> ReferenceHost.Devices {
        var devices: ReferenceHost.Devices = [:]
        for _ in 0...random.number(below: 3) {
            let device = drawDevice()
            devices["ua-\(drawn)"] = device
        }
        return devices
    }

    /// A MAC address, or a target, that no domain had before.
    private func drawDevice() -> String {
        drawn += 1
        guard random.number(below: 2) == 0 else {
            return "00:16:3e:\(Self.hex(drawn >> 16)):\(Self.hex(drawn >> 8)):\(Self.hex(drawn))"
        }
        // The targets of a guest are few, and come again.
        return "xvd" + String(UnicodeScalar(UInt8(ascii: "b") + UInt8(drawn % 20)))
    }

    private static func hex(_ number: Int) -> String {
        let text = String(number & 0xff, radix: 16)
        return text.count < 2 ? "0" + text : text
    }

    private func drawTrouble(for deed: ReferenceHost.Deed) -> Trouble {
        switch deed {
        case .end, .destroyByOthers, .rebootHost: return .none
        case .define, .undefine, .start, .destroy, .attach, .detach, .serve: break
        }
        if deed == .serve, random.number(below: 4) == 0 {
            return random.number(below: 2) == 0 ? .stale : .skipped(1 + random.number(below: 7))
        }
        switch random.number(below: 12) {
        case 10, 11:
            let name = Self.names[random.number(below: Self.names.count)]
            let reason: LibxlShutdownReason? = [.reboot, .poweroff, .crash, .softReset, nil][random.number(below: 5)]
            return .behind(
                1 + random.number(below: 40), reason.map { .end(name, $0) } ?? .destroyByOthers(name))
        case 0, 1:
            let operations: [FakeOperation] = [
                .createDomain, .softResetDomain, .unpauseDomain, .destroyDomain, .addNIC, .removeNIC, .destroyNIC,
                .addDisk,
                .safeRemoveDisk, .destroyDisk, .listDomains, .domainInfo, .listNICs, .readNode,
            ]
            let operation = operations[random.number(below: operations.count)]
            let steps = operation.steps
            let place = random.number(below: steps.count + 1)
            return .fault(operation, place == 0 ? nil : steps[place - 1])
        case 2, 3: return .kill(1 + random.number(below: 40))
        case 4: return .giveUp(1 + random.number(below: 40))
        default: return .none
        }
    }

    // MARK: Doing

    /// Runs `body` as the service, which waits for its lock by the clock of this simulation, for no time at all.
    private static func serving<Result>(
        by driver: Driver, _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        for _ in 0..<10_000 {
            do throws(DriverError) { return try await driver.serving(body) } catch .served {
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        return try await driver.serving(body)
    }

    /// A driver on the host, as a process of its own has.
    private func open(_ steps: StepHook = .none) throws -> (Driver, FakeXenHost) {
        let fake = try FakeXenHost(directory: root.appending("xen"), clock: clock, steps: steps)
        var settings = DriverSettings()
        settings.scriptLimit = .milliseconds(1)
        // Looking now and then would let virtual time pass.
        settings.requestInterval = nil
        // The waits of this clock take no time, and a process that another test begins has every open lock for a moment.
        settings.lockTimeout = .seconds(1_000_000)
        settings.operationTimeout = .seconds(2_000_000)
        settings.undoTimeout = .seconds(2_000_000)
        let driver = Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
            settings: settings,
            clock: clock, steps: steps, logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
        return (driver, fake)
    }

    /// Does a deed; returns whether it was done and not refused.
    private func perform(_ deed: ReferenceHost.Deed, _ trouble: Trouble) async throws -> Bool {
        let reached = Locked(0)
        let task = Locked<Task<Bool, any Error>?>(nil)
        let copy = root.removingLastComponent().appending("xenkeeper-simulation-\(UUID().uuidString)")
        let (_, behind) = try open()
        let hook = StepHook { [root] _ in
            let number = reached.withLock { number in
                number += 1
                return number
            }
            switch trouble {
            case .kill(number): try? FileManager.default.copyItem(atPath: root.string, toPath: copy.string)
            case .giveUp(number): task.withLock { $0 }?.cancel()
            case .behind(number, let other): behind.suffer(other)
            default: break
            }
        }
        let (driver, fake) = try open(hook)
        if case .fault(let operation, let step) = trouble {
            fake.inject(FakeFault(.fail(.failed), in: operation, after: step))
        }
        // There is a service all the time, which does something when it is its turn.
        let (service, _) = try open()
        let isReady = Answer<Void>()
        let work = Task { () async throws -> Bool in
            await isReady.value {}
            return try await Simulation.serving(by: service) { () throws(DriverError) -> Result<Bool, any Error> in
                do { return .success(try await Simulation.perform(deed, trouble, driver, fake)) } catch {
                    return .failure(error)
                }
            }.get()
        }
        task.withLock { $0 = work }
        isReady.give(())
        let hasDone = try await work.value
        fake.clearFaults()
        if FileManager.default.fileExists(atPath: copy.string) {
            // As it stood when the process was killed.
            try FileManager.default.removeItem(atPath: root.string)
            root = copy
        }
        return hasDone
    }

    private static func perform(
        _ deed: ReferenceHost.Deed, _ trouble: Trouble, _ driver: Driver, _ fake: FakeXenHost
    ) async throws -> Bool {
        do {
            switch deed {
            case .define(let name, let devices): _ = try await driver.define(document(name, devices), isStrict: false)
            case .undefine(let name): _ = try await driver.undefine(DomainReference(name))
            case .start(let name): _ = try await driver.start(DomainReference(name), paused: false)
            case .destroy(let name): _ = try await driver.destroy(DomainReference(name))
            case .attach(let name, let alias, let device, let scope):
                _ = try await driver.attach(
                    Array(element(device, alias).utf8), to: DomainReference(name), scope: scope, isStrict: false)
            case .detach(let name, let alias, let scope):
                _ = try await driver.detach(
                    .alias(alias), from: DomainReference(name), scope: scope, force: false, isStrict: false)
            case .end(let name, let reason):
                guard let domid = fake.domid(named: name),
                    try await fake.domainInfo(domid).shutdownReason == nil
                else { return false }
                fake.shutDownGuest(domid, reason: reason)
            case .serve:
                for uuid in try await endings(trouble, driver) { _ = try await driver.carryOutEnding(of: uuid) }
            case .destroyByOthers(let name):
                guard let domid = fake.domid(named: name) else { return false }
                // By the clock of this simulation, which is far ahead.
                try await fake.destroyDomain(domid, deadline: .now + .seconds(1_000_000_000))
            case .rebootHost: fake.rebootHost()
            }
            return true
        } catch is DriverError {
            return false
        }
    }

    /// The domains with whose guests' ends the service deals.
    private static func endings(_ trouble: Trouble, _ driver: Driver) async throws -> [DomainUUID] {
        if trouble == .stale { return uuids.values.sorted().compactMap(DomainUUID.init) }
        return try await driver.observe().filter { domain in
            guard case .skipped(let bits) = trouble, let place = names.firstIndex(of: domain.name) else {
                return domain.ended != nil
            }
            return domain.ended != nil && bits >> place & 1 == 0
        }.map(\.uuid)
    }

    private static let uuids = [
        "inn": "6695eb01-f6a4-8304-79aa-97f2502e193f", "mill": "6695eb01-f6a4-8304-79aa-97f2502e1940",
        "forge": "6695eb01-f6a4-8304-79aa-97f2502e1941", "last": "6695eb01-f6a4-8304-79aa-97f2502e1942",
    ]

    private static func document(_ name: String, _ devices: ReferenceHost.Devices) -> [UInt8] {
        let elements = devices.sorted { $0.key < $1.key }.map { element($1, $0) }.joined()
        return Array(
            """
            <domain type='xen'><name>\(name)</name><uuid>\(uuids[name] ?? "")</uuid><memory unit='MiB'>64</memory>
            <vcpu>1</vcpu><os><type>xenpvh</type><kernel>/boot/vmlinuz</kernel></os><on_crash>destroy</on_crash>
            <devices>\(elements)</devices></domain>
            """.utf8)
    }

    private static func element(_ device: String, _ alias: String) -> String {
        device.hasPrefix("xvd")
            ? """
            <disk type='block' device='disk'><driver name='phy'/><source dev='/dev/\(alias)'/><target dev='\(device)'/>
            <alias name='\(alias)'/></disk>
            """
            : """
            <interface type='bridge'><mac address='\(device)'/><source bridge='xenbr0'/><alias name='\(alias)'/>
            </interface>
            """
    }

    // MARK: Looking

    /// Has what was interrupted finished or undone, as a service that begins does; the host's guests have time meanwhile.
    ///
    /// `isTroubled` is whether there may be what nothing but the state tells of: a domain whose guest had ended, half destroyed,
    /// and a disk that its guest lets go of after whoever had asked for that gave up.
    private func recover(isTroubled: Bool) async throws {
        let (driver, _) = try open()
        try await Simulation.serving(by: driver) { () throws(DriverError) in
            var uuids = Set(try await driver.unfinishedDomains())
            if isTroubled {
                let unfinished = try await driver.observe().filter { domain in
                    domain.ended?.isServices == false || domain.devices.contains { $0.state == .detaching }
                }
                uuids.formUnion(unfinished.map(\.uuid))
            }
            for uuid in uuids.sorted() {
                do throws(DriverError) { _ = try await driver.recover(DomainReference("\(uuid)")) } catch .noDomain {}
            }
        }
    }

    /// What there is, by the driver's files and by Xen, and what of it does not agree.
    private func look(isAtRest: Bool = false) async throws -> (ReferenceHost, [String]) {
        let (driver, fake) = try open()
        var found = ReferenceHost()
        var disorder: [String] = []
        for listing in try await driver.domains() where listing.domid != .domain0 {
            let reference = DomainReference(listing.name)
            var domain = ReferenceHost.Domain()
            if listing.isForeign { disorder.append("\(listing.name) is nobody's") }
            if let change = listing.unfinished { disorder.append("\(listing.name) has a change left: \(change)") }
            if listing.isPersistent {
                domain.persistent = [:]
                let document = try await driver.document(of: reference, inactive: true)
                for device in Self.devices(in: document) { domain.persistent?[device.alias] = device.name }
            }
            if let domid = listing.domid {
                domain.live = [:]
                domain.ended = try await fake.domainInfo(domid).shutdownReason
                let macs = try await fake.listDevices(.nic, of: domid).compactMap(\.nic)
                let disks = try await fake.listDevices(.disk, of: domid).compactMap(\.disk)
                for device in try await driver.devices(of: reference) {
                    guard device.state == .bound, let alias = device.alias, let identity = device.identity else {
                        disorder.append("\(listing.name): \(device.familiarName) is \(device.state)")
                        continue
                    }
                    // By what Xen has at the place where the alias is said to be.
                    let nic = macs.first { $0.identity == identity }.map { "\($0.mac)" }
                    domain.live?["\(alias)"] = nic ?? disks.first { $0.identity == identity }?.vdev ?? "nothing"
                }
                let count = macs.count + disks.count
                if domain.live?.count != count { disorder.append("\(listing.name): Xen has \(count) devices") }
            }
            found.domains[listing.name] = domain
        }
        // What a killed command had not put in its place is tidied up by the next change of any domain.
        let staged = isAtRest ? try names(below: "etc/xenkeeper/staged") : []
        for name in try names(below: "run/xenkeeper/domains") + staged {
            let isStatus = name.hasSuffix(".json") && !name.contains(".damaged")
            if !isStatus { disorder.append("\(name) is left") }
        }
        return (found, disorder)
    }

    private func names(below directory: String) throws -> [String] {
        let path = root.appending(directory).string
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
    }

    private static func devices(in document: String) -> [(alias: String, name: String)] {
        document.matches(
            of: /<(?:mac address|target dev)='([^']*)'(?:(?!<mac|<target)[\s\S])*?<alias name='([^']*)'\/>/
        ).map { (String($0.output.2), String($0.output.1)) }
    }
}

extension FakeXenHost {
    /// What somebody else does to a domain, at once.
    fileprivate func suffer(_ deed: ReferenceHost.Deed) {
        switch deed {
        case .end(let name, let reason):
            guard let domid = domid(named: name), snapshot().domain(domid)?.shutdownReason == nil else { return }
            shutDownGuest(domid, reason: reason)
        case .destroyByOthers(let name): if let domid = domid(named: name) { takeDown(domid) }
        case .define, .undefine, .start, .destroy, .attach, .detach, .serve, .rebootHost: break
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
