import FakeLibxlShim
import Foundation
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

/// All that shares the one scripted libxl, one test at a time.
@Suite(.serialized)
struct ScriptedLibxlTests {}

extension ScriptedLibxlTests {
    @Suite("Operations, whenever and however libxl ends them", .serialized)
    struct OperationTests {
        @Test(
            "an operation that succeeds has said the value to libxl and kept nothing of it",
            arguments: AnyOperation.allCases,
            [FXL_AT_ONCE, FXL_LATE, FXL_BY_ANOTHER_THREAD].map { ScriptedLibxl.Plan(ending: $0) })
        func succeeds(operation: AnyOperation, plan: ScriptedLibxl.Plan) async throws {
            try await ScriptedLibxl.run(plan) { libxl in
                try await operation(on: libxl, deadline: later)
                let call = try #require(ScriptedLibxl.calls.first)
                #expect(ScriptedLibxl.calls.count == 1)
                let words = call.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
                #expect(words[0] == operation.rawValue)
                #expect(words[1] == (operation == .createDomain ? "\(UInt32.max)" : "7"))
                guard let value = operation.value() else {
                    #expect(Array(words.dropFirst(2)) == (operation.words.map { [$0] } ?? []))
                    return
                }
                let (said, meant) = (try JSONValue(parsing: words[2]), try JSONValue(encoding: value))
                #expect(said.pruned == meant.pruned)
            }
        }

        @Test("whoever wants to know hears of each call when libxl has answered it, and how long that took")
        func answered() async throws {
            let heard = Locked<[String]>([])
            try await ScriptedLibxl.run(
                ScriptedLibxl.Plan(ending: FXL_LATE),
                answered: { call, took in heard.withLock { $0.append("\(call) \(took > .zero)") } }
            ) { libxl in
                try await AnyOperation.addNIC(on: libxl, deadline: later)
                _ = try await libxl.listDomains()
                #expect(heard.withLock { $0 == ["libxl_device_nic_add true", "libxl_list_domain true"] })
            }
        }

        @Test("an operation that fails says libxl's code and what it logged", arguments: AnyOperation.allCases)
        func fails(operation: AnyOperation) async throws {
            let plan = ScriptedLibxl.Plan(
                ending: FXL_BY_ANOTHER_THREAD, code: .failed,
                log: "libxl_device.c:1234:device_hotplug: script ended: 1",
                logLevel: ScriptedLibxl.error, logErrno: ENOENT)
            try await ScriptedLibxl.run(plan) { libxl in
                let error = await #expect(throws: LibxlError.self) { try await operation(on: libxl, deadline: later) }
                #expect(
                    error
                        == LibxlError(
                            .failed, in: operation.rawValue, log: "script ended: 1: No such file or directory"))
            }
        }

        @Test("a USB controller without its type is refused: libxl would end the process")
        func typeless() async throws {
            try await ScriptedLibxl.run { libxl in
                let controller = LibxlDevice.usbController(LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: 0)))
                let remove = await #expect(throws: LibxlError.self) {
                    try await libxl.removeDevice(controller, from: AnyOperation.domid, deadline: later)
                }
                let destroy = await #expect(throws: LibxlError.self) {
                    try await libxl.destroyDevice(controller, of: AnyOperation.domid, deadline: later)
                }
                #expect([remove?.code, destroy?.code] == [.invalid, .invalid])
                #expect(ScriptedLibxl.calls.isEmpty)
            }
        }

        @Test(
            "a line below error level is no part of an error",
            arguments: [ScriptedLibxl.debug, ScriptedLibxl.warning])
        func chatter(level: Int32) async throws {
            let plan = ScriptedLibxl.Plan(code: .failed, log: "by the way", logLevel: level)
            try await ScriptedLibxl.run(plan) { libxl in
                let error = await #expect(throws: LibxlError.self) {
                    try await AnyOperation.addNIC(on: libxl, deadline: later)
                }
                #expect(error?.log == "")
            }
        }

        @Test("an operation that is past its deadline is aborted", arguments: AnyOperation.allCases)
        func deadline(operation: AnyOperation) async throws {
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(ending: FXL_WHEN_ABORTED, code: .aborted)) { libxl in
                let error = await #expect(throws: LibxlError.self) {
                    try await operation(on: libxl, deadline: .now + .milliseconds(100))
                }
                #expect(error == LibxlError(.aborted, in: operation.rawValue))
                // Where the thread came too late to begin, there was nothing to abort.
                #expect(Int(ScriptedLibxl.counts.aborts) == ScriptedLibxl.calls.count)
            }
        }

        @Test("an operation that ends well although it was aborted has succeeded")
        func abortTooLate() async throws {
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(ending: FXL_WHEN_ABORTED)) { libxl in
                let task = Task { try await AnyOperation.addDisk(on: libxl, deadline: later) }
                try await ScriptedLibxl.underWay(1)
                task.cancel()
                try await task.value
                #expect(ScriptedLibxl.counts.aborts == 1)
            }
        }

        @Test("an operation whose deadline has passed asks nothing of libxl", arguments: AnyOperation.allCases)
        func tooLate(operation: AnyOperation) async throws {
            try await ScriptedLibxl.run { libxl in
                let error = await #expect(throws: LibxlError.self) {
                    try await operation(on: libxl, deadline: .now - .seconds(1))
                }
                #expect(error?.code == .aborted)
                #expect(ScriptedLibxl.calls.isEmpty)
            }
        }

        @Test("an operation is aborted when its task is cancelled")
        func cancelled() async throws {
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(ending: FXL_WHEN_ABORTED, code: .aborted)) { libxl in
                let task = Task { try await AnyOperation.removeNIC(on: libxl, deadline: later) }
                try await ScriptedLibxl.underWay(1)
                task.cancel()
                let error = await #expect(throws: LibxlError.self) { try await task.value }
                #expect(error?.code == .aborted)
            }
        }

        @Test("an abort that comes before libxl knows of the operation is tried again")
        func earlyAbort() async throws {
            let plan = ScriptedLibxl.Plan(ending: FXL_WHEN_ABORTED, code: .aborted, earlyAborts: 3)
            try await ScriptedLibxl.run(plan) { libxl in
                let task = Task { try await AnyOperation.addNIC(on: libxl, deadline: later) }
                try await ScriptedLibxl.underWay(1)
                task.cancel()
                let error = await #expect(throws: LibxlError.self) { try await task.value }
                #expect(error == LibxlError(.aborted, in: "libxl_device_nic_add"))
                #expect(ScriptedLibxl.counts.aborts == 1)
            }
        }

        @Test("an operation that does not even end when aborted is let go of, and known of until it ends")
        func abandoned() async throws {
            let plan = ScriptedLibxl.Plan(ending: FXL_WHEN_RELEASED, code: .failed)
            try await ScriptedLibxl.run(plan, abortGrace: .milliseconds(30)) { libxl in
                let task = Task { try await AnyOperation.createDomain(on: libxl, deadline: later) }
                try await ScriptedLibxl.underWay(1)
                task.cancel()
                let error = await #expect(throws: LibxlError.self) { try await task.value }
                #expect(error?.code == .aborted)
                #expect(error?.log.contains("and may yet") == true)
                #expect(HostLibxl.hasAbandonedOperations)
                #expect(ScriptedLibxl.counts.under_way == 1)
            }
        }

        @Test("one that is stuck holds up neither another operation nor a reader")
        func sideBySide() async throws {
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(ending: FXL_WHEN_RELEASED)) { libxl in
                let stuck = (0..<8).map { _ in
                    Task { try await AnyOperation.unpauseDomain(on: libxl, deadline: later) }
                }
                try await ScriptedLibxl.underWay(8)
                ScriptedLibxl.set(ScriptedLibxl.Plan())
                try await AnyOperation.addNIC(on: libxl, deadline: later)
                #expect(try await libxl.listDomains().count == 3)
                #expect(ScriptedLibxl.counts.under_way == 8)
                ScriptedLibxl.controls.release()
                for task in stuck { try await task.value }
            }
        }

        @Test(
            "a NIC that libxl took away by force is distinguished from one that the guest let go",
            arguments: [
                ("Timeout reached, initiating forced remove", LibxlRemoval.forced),
                ("Domain 7: nothing odd", .released),
            ])
        func forced(line: String, removal: LibxlRemoval) async throws {
            let plan = ScriptedLibxl.Plan(
                log: "libxl_device.c:1150:device_timeout: \(line)", logLevel: ScriptedLibxl.debug)
            try await ScriptedLibxl.run(plan) { libxl in
                var generator = Generator(ofShim: 3)
                let nic = generator.nic()
                let first = try await libxl.removeDevice(.nic(nic), from: AnyOperation.domid, deadline: later)
                #expect(first == removal)
                // The next one does not hear what became of this one.
                ScriptedLibxl.set(ScriptedLibxl.Plan())
                let second = try await libxl.removeDevice(.nic(nic), from: AnyOperation.domid, deadline: later)
                #expect(second == .released)
            }
        }

        @Test("what forked processes log is in the error, whoever holds the log's lock as they are forked")
        func children() async throws {
            let plan = ScriptedLibxl.Plan(code: .failed, children: 20)
            try await ScriptedLibxl.run(plan) { libxl in
                let error = await #expect(throws: LibxlError.self) {
                    try await AnyOperation.addDisk(on: libxl, deadline: later)
                }
                #expect(error?.log == (0..<20).map { "child \($0)" }.joined(separator: "\n"))
            }
        }

        @Test("where libxl breaks down the operation fails at once, and says so")
        func disaster() async throws {
            let plan = ScriptedLibxl.Plan(ending: FXL_WHEN_RELEASED, disaster: "poll failed")
            try await ScriptedLibxl.run(plan) { libxl in
                let error = await #expect(throws: LibxlError.self) {
                    try await AnyOperation.addNIC(on: libxl, deadline: later)
                }
                #expect(
                    error
                        == LibxlError(
                            .failed, in: "libxl_device_nic_add",
                            log: "libxl broke down: poll failed: Input/output error"))
                #expect(HostLibxl.hasAbandonedOperations)
            }
        }

        @Test("a host that cannot be opened is an error with its reason")
        func noHost() async throws {
            ScriptedLibxl.controls.begin()
            ScriptedLibxl.controls.set_ctx_code(LibxlError.Code.failed.rawValue)
            let error = #expect(throws: LibxlError.self) {
                try HostLibxl(
                    ScriptedLibxl.shim, clock: SystemClock(), readLimit: .seconds(60),
                    abortGrace: .seconds(60))
            }
            #expect(
                error
                    == LibxlError(
                        .failed, in: "libxl_ctx_alloc", log: "cannot open the host: No such file or directory"))
        }

        @Test("an operation for which there is no context fails and asks nothing of libxl")
        func noContext() async throws {
            try await ScriptedLibxl.run { libxl in
                ScriptedLibxl.controls.set_ctx_code(LibxlError.Code.noMemory.rawValue)
                let error = await #expect(throws: LibxlError.self) {
                    try await AnyOperation.destroyDomain(on: libxl, deadline: later)
                }
                #expect(error?.code == .noMemory)
                #expect(ScriptedLibxl.calls.isEmpty)
            }
        }

        @Test(
            "a value that libxl has no room for is refused by its field, and libxl is not asked",
            arguments: Unfitting.all)
        func unfit(unfitting: Unfitting) async throws {
            // The scripted shim has to be given what libxl knows by itself.
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(refused: "2147483648")) { libxl in
                var config = Generator.example
                unfitting.change(&config)
                let error = await #expect(throws: LibxlError.self) {
                    try await libxl.createDomain(config, deadline: later)
                }
                #expect(error?.code == .invalid)
                #expect(error?.log.hasPrefix("\(unfitting.field): ") == true)
                #expect(ScriptedLibxl.calls.isEmpty)
            }
        }
    }
}

extension ScriptedLibxlTests.OperationTests {
    @Test(
        "a member that libxl does not take as it is asked is an error that names it, and nothing is done",
        .enabled(if: RealShim.named == nil, "the real libxl takes what it knows"),
        arguments: [
            (#""bridge":"br0"|"xk":0"#, "bridge: this host's libxl (4.17) has no such member (bridge)"),
            (#""bridge":"br0"|"bridge":"br1""#, #"bridge: this host's libxl (4.17) makes "br1" of it (bridge)"#),
        ])
    func notTaken(dropped: String, log: String) async throws {
        try await ScriptedLibxl.run(ScriptedLibxl.Plan(dropped: dropped)) { libxl in
            var nic = LibxlDeviceNIC(
                devid: DeviceID(rawValue: 1), mac: try #require(MACAddress("00:16:3e:00:00:01")), nictype: .vif)
            nic.bridge = "br0"
            let error = await #expect(throws: LibxlError.self) {
                try await libxl.addDevice(.nic(nic), to: AnyOperation.domid, deadline: later)
            }
            #expect(error == LibxlError(.invalid, in: "libxl_device_nic_add", log: log))
            #expect(ScriptedLibxl.calls.isEmpty)
        }
    }
}

extension ScriptedLibxlTests.OperationTests {
    @Test(
        "a NIC's VLAN goes to the libxl that knows it, and is refused by its name by one of 4.17",
        .enabled(if: RealShim.named != nil, "the fake shim knows every member"))
    func vlan() async throws {
        try await ScriptedLibxl.run { libxl in
            var nic = LibxlDeviceNIC(
                devid: DeviceID(rawValue: 1), mac: try #require(MACAddress("00:16:3e:00:00:01")), nictype: .vif)
            nic.vlan = "42"
            guard ScriptedLibxl.shim.release == "4.17" else {
                try await libxl.addDevice(.nic(nic), to: AnyOperation.domid, deadline: later)
                return
            }
            let error = await #expect(throws: LibxlError.self) {
                try await libxl.addDevice(.nic(nic), to: AnyOperation.domid, deadline: later)
            }
            let log = "vlan: this host's libxl (4.17) has no such member (vlan)"
            #expect(error == LibxlError(.invalid, in: "libxl_device_nic_add", log: log))
            #expect(ScriptedLibxl.calls.isEmpty)
        }
    }
}

/// A change to a configuration after which libxl cannot hold it.
struct Unfitting: Sendable, CustomTestStringConvertible {
    let field: String
    let change: @Sendable (inout LibxlDomainConfig) -> Void

    var testDescription: String { field }

    static let all = [
        Unfitting(field: "name") { $0.createInfo.name = "a\0b" },
        Unfitting(field: "max_vcpus") { $0.buildInfo.maxVCPUs = 1 << 31 },
        Unfitting(field: "avail_vcpus") { $0.buildInfo.availableVCPUs = [0, 4] },
        Unfitting(field: "bootloader_args") { $0.buildInfo.bootloaderArguments = ["-a", "\0"] },
        Unfitting(field: "vdev") { $0.disks[1].vdev = "\0" },
        Unfitting(field: "mtu") { $0.nics[1].mtu = 1 << 31 },
        Unfitting(field: "ip") { $0.nics[0].ip = "192.0.2.7\0" },
    ]
}

extension JSONValue {
    /// The same without the empty objects and arrays that libxl prints for what it has and we do not.
    fileprivate var pruned: JSONValue? {
        switch self {
        case .object(let members):
            let pruned = members.compactMapValues(\.pruned)
            return pruned.isEmpty ? nil : .object(pruned)
        case .array(let elements):
            let pruned = elements.compactMap(\.pruned)
            return pruned.isEmpty ? nil : .array(pruned)
        default: return self
        }
    }
}

extension Generator {
    /// Of what the libxl below the shim knows.
    init(ofShim seed: UInt64) {
        self.init(seed: seed, isOfLaterXen: ScriptedLibxl.shim.release != "4.17")
    }

    /// A pv guest with two disks and two NICs.
    static var example: LibxlDomainConfig {
        var generator = Generator(ofShim: 5)
        var config = LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(type: .pv, name: "inn", uuid: .zero),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 4, availableVCPUs: [0, 1], maxMemory: Kibibytes(65_536), targetMemory: Kibibytes(65_536)))
        config.disks = [generator.disk(), generator.disk()]
        config.nics = [generator.nic(), generator.nic()]
        return config
    }
}
