import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenUnits

/// An operation on a domain that has a NIC 0 and a disk xvda, as far as it goes through steps.
enum Action: String, CaseIterable, Codable {
    case addNIC, removeNIC, destroyNIC, addDisk, safeRemoveDisk, destroyDisk, destroyDomain

    var operation: FakeOperation {
        switch self {
        case .addNIC: .addNIC
        case .removeNIC: .removeNIC
        case .destroyNIC: .destroyNIC
        case .addDisk: .addDisk
        case .safeRemoveDisk: .safeRemoveDisk
        case .destroyDisk: .destroyDisk
        case .destroyDomain: .destroyDomain
        }
    }

    /// The steps that it goes through where nothing hinders it.
    var steps: [String] { operation.steps.filter { $0 != "forced" } }

    static let places = allCases.flatMap { action in action.steps.map { Place(action: action, step: $0) } }

    func run(on host: FakeXenHost, domid: DomainID, deadline: ContinuousClock.Instant = .far) async throws {
        switch self {
        case .addNIC: try await host.addDevice(.nic(nic(1)), to: domid, deadline: deadline)
        case .removeNIC: _ = try await host.removeDevice(.nic(nic(0)), from: domid, deadline: deadline)
        case .destroyNIC: try await host.destroyDevice(.nic(nic(0)), of: domid, deadline: deadline)
        case .addDisk: try await host.addDevice(.disk(disk("xvdb")), to: domid, deadline: deadline)
        case .safeRemoveDisk: _ = try await host.removeDevice(.disk(disk()), from: domid, deadline: deadline)
        case .destroyDisk: try await host.destroyDevice(.disk(disk()), of: domid, deadline: deadline)
        case .destroyDomain: try await host.destroyDomain(domid, deadline: deadline)
        }
    }

    /// Undoes an addition, or completes a removal, as a toolstack does that finds its traces.
    func recover(on host: FakeXenHost, domid: DomainID) async throws {
        switch self {
        case .addNIC: try await host.destroyDevice(.nic(nic(1)), of: domid, deadline: .far)
        case .addDisk: try await host.destroyDevice(.disk(disk("xvdb")), of: domid, deadline: .far)
        case .removeNIC, .destroyNIC, .safeRemoveDisk, .destroyDisk: try await run(on: host, domid: domid)
        case .destroyDomain:
            if host.snapshot().domain(domid) != nil { try await run(on: host, domid: domid) }
        }
    }
}

struct Place: Hashable, Codable, CustomTestStringConvertible {
    let action: Action
    let step: String

    var testDescription: String { "\(action.rawValue) after \(step)" }
}

/// The steps of a create that makes no USB controller by itself.
private let buildingSteps = FakeOperation.createDomain.steps.filter { $0 != "usbdev.controller" }

@Suite("Operations of the fake, step by step")
struct StepTests {
    private func config() -> LibxlDomainConfig {
        var config = guest()
        config.nics = [nic(0)]
        config.disks = [disk()]
        return config
    }

    @Test("each operation says its steps in their order", arguments: Action.allCases)
    func steps(of action: Action) async throws {
        let reached = Log()
        let host = FakeXenHost(configuration: quick(), steps: StepHook { reached.append($0) })
        let domid = try await host.start(config())
        reached.clear()
        try await action.run(on: host, domid: domid)
        var seen: [String] = []
        for step in reached.lines where seen.last != step { seen.append(step) }
        #expect(seen == action.steps.map { "\(action.operation.rawValue): \($0)" })
    }

    /// A device of every kind.
    private func fullConfig() -> LibxlDomainConfig {
        let devid = XenUnits.DeviceID(rawValue: 0)
        var config = config()
        config.p9s = [LibxlDeviceP9(tag: "share", path: "/srv", securityModel: "none", devid: devid)]
        config.vfbs = [LibxlDeviceVFB(devid: devid)]
        config.vkbs = [LibxlDeviceVKB(devid: devid)]
        config.vtpms = [LibxlDeviceVTPM(devid: devid)]
        var controller = LibxlDeviceUSBCtrl(devid: devid)
        controller.type = .qusb
        controller.ports = 1
        config.usbctrls = [controller]
        var first = LibxlDeviceUSBDev(hostBus: 1, hostAddress: 1)
        first.controller = devid
        first.port = 1
        config.usbdevs = [first]
        config.pcidevs = [LibxlDevicePCI(domain: 0, bus: 3, device: 0, function: 0)]
        config.vdispls = [LibxlDeviceVDispl(devid: devid)]
        config.vsnds = [LibxlDeviceVSnd(devid: devid)]
        return config
    }

    @Test("a create says its steps, with those of each device")
    func stepsOfCreate() async throws {
        let reached = Log()
        let host = FakeXenHost(configuration: quick(), steps: StepHook { reached.append($0) })
        _ = try await host.createDomain(fullConfig(), deadline: .far)
        #expect(
            reached.lines
                == buildingSteps.map { "libxl_domain_create_new: \($0)" })
    }

    @Test("a step is stored before it is reported, and reported with no lock held")
    func storedFirst() async throws {
        let directory = try TemporaryDirectory()
        let other = try FakeXenHost(directory: directory.path)
        let seen = Log()
        let host = try FakeXenHost(
            directory: directory.path,
            steps: StepHook { step in
                // A change of another's would never come back if the directory were locked here.
                other.writeNode(XenstorePath("/tool/seen"), step)
                let nodes = other.snapshot().xenstore
                if nodes["/libxl/1/device/vif/0/mac"] != nil, nodes["/tool/seen"] == step { seen.append(step) }
            })
        let domid = try await host.start()
        try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        #expect(seen.lines.first == "libxl_device_nic_add: nodes")
    }

    @Test("a failure at any step can be recovered to what it was meant to be", arguments: Action.places)
    func failure(at place: Place) async throws {
        let (host, domid, expected) = try await prepare(place)
        host.inject(FakeFault(.fail(.badFail), in: place.action.operation, after: place.step))
        let error = await LibxlFakeTests.failure { try await place.action.run(on: host, domid: domid) }
        #expect(error?.code == .badFail)
        #expect(error?.call == place.action.operation.rawValue)
        try await place.action.recover(on: host, domid: domid)
        #expect(host.snapshot().comparable == expected)
    }

    @Test("a stall at any step is aborted at the deadline, and can be recovered", arguments: Action.places)
    func stall(at place: Place) async throws {
        let (host, domid, expected) = try await prepare(place)
        host.inject(FakeFault(.stall, in: place.action.operation, after: place.step))
        let error = await LibxlFakeTests.failure {
            try await place.action.run(on: host, domid: domid, deadline: .now + .milliseconds(500))
        }
        #expect(error?.code == .aborted)
        try await place.action.recover(on: host, domid: domid)
        #expect(host.snapshot().comparable == expected)
    }

    @Test("a process killed at any step leaves what the next can recover", arguments: Action.places)
    func death(at place: Place) async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        host.configure { $0 = quick() }
        let domid = try await host.start(config())
        let before = host.snapshot()
        let path = directory.path.string
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, place = place as Place, domid = domid as DomainID] in
            let host = try FakeXenHost(
                directory: FilePath(path),
                steps: StepHook { step in
                    if step == "\(place.action.operation.rawValue): \(place.step)" { kill(getpid(), SIGKILL) }
                })
            try await place.action.run(on: host, domid: domid)
        }
        let isListed = try await host.listDevices(.nic, of: domid).compactMap(\.nic).contains { $0.devid.rawValue == 1 }
        #expect(isListed == (place.action == .addNIC && !["lock", "json"].contains(place.step)))
        try await place.action.recover(on: host, domid: domid)
        #expect(host.snapshot().comparable == (try await outcome(of: place.action, from: before)))
    }

    @Test("an aborted create keeps the domain, a failed one does not", arguments: buildingSteps)
    func create(step: String) async throws {
        let reached = Log()
        let host = FakeXenHost(configuration: quick(), steps: StepHook { reached.append($0) })
        let before = host.snapshot().comparable
        host.inject(FakeFault(.fail(.noMemory), in: .createDomain, after: step))
        let failed = await LibxlFakeTests.failure { _ = try await host.createDomain(fullConfig(), deadline: .far) }
        #expect(failed?.code == .noMemory)
        #expect(host.snapshot().comparable == before)
        reached.clear()
        host.inject(FakeFault(.stall, in: .createDomain, after: step))
        let task = Task {
            await LibxlFakeTests.failure { _ = try await host.createDomain(fullConfig(), deadline: .far) }
        }
        let isThere = try await host.eventually { _ in reached.lines.last == "libxl_domain_create_new: \(step)" }
        #expect(isThere)
        task.cancel()
        #expect(await task.value?.code == .aborted)
        let left = try #require(host.snapshot().domains.last)
        #expect(left.domid != .domain0)
        #expect(left.paused)
        try await host.destroyDomain(left.domid, deadline: .far)
        #expect(host.snapshot().comparable == before)
    }

    @Test("an operation whose deadline has passed does nothing")
    func late() async throws {
        let host = FakeXenHost(configuration: quick())
        let domid = try await host.start()
        let before = host.snapshot().comparable
        let error = await LibxlFakeTests.failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .now) }
        #expect(error?.code == .aborted)
        #expect(host.snapshot().comparable == before)
    }

    @Test("a cancelled operation is aborted")
    func cancelled() async throws {
        let host = FakeXenHost()
        let domid = try await host.start()
        host.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
        let task = Task {
            await LibxlFakeTests.failure { try await host.addDevice(.nic(nic()), to: domid, deadline: .far) }
        }
        let isThere = try await host.eventually { $0.xenstore["/libxl/\(domid)/device/vif/0/mac"] != nil }
        #expect(isThere)
        task.cancel()
        #expect(await task.value?.code == .aborted)
    }

    /// A host with the domain that `place` needs, and what the action is to come to.
    private func prepare(_ place: Place) async throws -> (FakeXenHost, DomainID, FakeXenState) {
        let host = FakeXenHost(configuration: quick())
        let domid = try await host.start(config())
        return (host, domid, try await outcome(of: place.action, from: host.snapshot()))
    }

    /// What there is once the action is recovered: as before for an addition, the thing gone for a removal.
    private func outcome(of action: Action, from before: FakeXenState) async throws -> FakeXenState {
        switch action {
        case .addNIC, .addDisk: return before.comparable
        case .destroyDomain: return FakeXenHost().snapshot().comparable
        case .removeNIC, .destroyNIC, .safeRemoveDisk, .destroyDisk:
            let domain = try #require(before.domains.last)
            var config = try #require(domain.storedConfiguration)
            if [.removeNIC, .destroyNIC].contains(action) { config.nics = [] } else { config.disks = [] }
            let host = FakeXenHost(configuration: quick())
            _ = try await host.start(config)
            return host.snapshot().comparable
        }
    }
}

/// Lines that a hook noted.
final class Log: Sendable {
    private let content = Locked<[String]>([])

    /// Copied, not shared: the thread sanitizer does not see how Swift counts who shares an array.
    var lines: [String] { content.withLock { $0.map { $0 } } }

    func append(_ line: String) {
        content.withLock { $0.append(line) }
    }

    func clear() {
        content.withLock { $0 = [] }
    }
}
