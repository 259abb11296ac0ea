import LibxlAPI
import LibxlFake
import Testing
import XenUnits

@Suite("Devices of the fake's other kinds, step by step")
struct DeviceStepTests {
    /// A change to a device of a kind, and what undoes or completes it.
    struct Change: Hashable, CustomTestStringConvertible {
        let verb: LibxlDevice.Verb
        let kind: LibxlDevice.Kind

        /// nil for what libxl has no call for.
        var operation: FakeOperation? { FakeOperation(rawValue: kind.function(verb)) }
        var testDescription: String { "\(verb.rawValue) \(kind.rawValue)" }

        static let all = [LibxlDevice.Verb.add, .remove, .destroy].flatMap { verb in
            LibxlDevice.Kind.allCases.map { Change(verb: verb, kind: $0) }
        }.filter { $0.operation != nil }

        /// The steps that it goes through where nothing hinders it.
        var steps: [String] { (operation?.steps ?? []).filter { $0 != "forced" } }
    }

    private static let devid = XenUnits.DeviceID(rawValue: 2)

    private func device(_ kind: LibxlDevice.Kind) -> LibxlDevice {
        switch kind {
        case .nic: return .nic(nic(Self.devid.rawValue))
        case .disk: return .disk(disk("xvdb"))
        case .pci: return .pci(LibxlDevicePCI(domain: 0, bus: 3, device: 0, function: 0))
        case .usbController:
            var controller = LibxlDeviceUSBCtrl(devid: Self.devid)
            controller.type = .pv
            return .usbController(controller)
        case .usbDevice: return .usbDevice(LibxlDeviceUSBDev(hostBus: 1, hostAddress: 2))
        case .p9: return .p9(LibxlDeviceP9(tag: "share", path: "/srv", securityModel: "none", devid: Self.devid))
        case .vtpm: return .vtpm(LibxlDeviceVTPM(devid: Self.devid))
        case .vdispl: return .vdispl(LibxlDeviceVDispl(devid: Self.devid))
        case .vsnd: return .vsnd(LibxlDeviceVSnd(devid: Self.devid))
        case .vkb: return .vkb(LibxlDeviceVKB(devid: Self.devid))
        case .vfb: return .vfb(LibxlDeviceVFB(devid: Self.devid))
        }
    }

    /// The same with the place that it gets.
    private func placed(_ kind: LibxlDevice.Kind) -> LibxlDevice {
        guard case .usbDevice(var usb) = device(kind) else { return device(kind) }
        usb.controller = XenUnits.DeviceID(rawValue: 0)
        usb.port = 1
        return .usbDevice(usb)
    }

    /// A host with a running domain that has a QEMU, and the device if it is to be taken away.
    private func prepare(_ change: Change, steps: StepHook = .none) async throws -> (FakeXenHost, DomainID) {
        let host = FakeXenHost(configuration: quick(), steps: steps)
        var config = guest()
        config.createInfo.passthrough = .enabled
        config.vfbs = [LibxlDeviceVFB(devid: XenUnits.DeviceID(rawValue: 0))]
        if change.verb != .add {
            switch device(change.kind) {
            case .nic(let nic): config.nics.append(nic)
            case .disk(let disk): config.disks.append(disk)
            case .pci(let pci): config.pcidevs = [pci]
            case .usbController(let controller): config.usbctrls = [controller]
            case .usbDevice(let usb): config.usbdevs = [usb]
            case .p9(let p9): config.p9s = [p9]
            case .vtpm(let vtpm): config.vtpms = [vtpm]
            case .vdispl(let display): config.vdispls = [display]
            case .vsnd(let sound): config.vsnds = [sound]
            case .vkb(let keyboard): config.vkbs = [keyboard]
            case .vfb(let framebuffer): config.vfbs.append(framebuffer)
            }
        }
        return (host, try await host.start(config))
    }

    private func run(
        _ change: Change, on host: FakeXenHost, _ domid: DomainID, deadline: ContinuousClock.Instant = .far
    ) async throws {
        switch change.verb {
        case .add: try await host.addDevice(device(change.kind), to: domid, deadline: deadline)
        case .remove: _ = try await host.removeDevice(placed(change.kind), from: domid, deadline: deadline)
        case .destroy: try await host.destroyDevice(placed(change.kind), of: domid, deadline: deadline)
        case .list: _ = try await host.listDevices(change.kind, of: domid)
        }
    }

    /// Takes away what a change has left, as a toolstack does that finds its traces.
    private func recover(_ kind: LibxlDevice.Kind, on host: FakeXenHost, _ domid: DomainID) async throws {
        do throws(LibxlError) {
            if kind.canBeDestroyed {
                try await host.destroyDevice(placed(kind), of: domid, deadline: .far)
            } else {
                _ = try await host.removeDevice(placed(kind), from: domid, deadline: .far)
            }
        } catch {
            // A controller that is not there is no success.
            #expect(error.code == .notFound)
        }
    }

    /// What of a device there is in xenstore.
    private func traces(_ kind: LibxlDevice.Kind, on host: FakeXenHost, _ domid: DomainID) throws -> [String] {
        let identity = try #require(placed(kind).identity)
        let word = "/\(identity.xenstoreKind)/"
        return host.snapshot().xenstore.filter { path, value in
            switch kind {
            case .usbDevice: value == "1-2"
            case .pci: path.hasPrefix("/libxl/pci/") || path.contains(word)
            default: path.contains(word) && path.contains("/\(identity.devid)/")
            }
        }.keys.sorted()
    }

    @Test("each change says its steps in their order", arguments: Change.all)
    func steps(of change: Change) async throws {
        let reached = Log()
        let (host, domid) = try await prepare(change, steps: StepHook { reached.append($0) })
        reached.clear()
        try await run(change, on: host, domid)
        let name = try #require(change.operation).rawValue
        #expect(reached.lines == change.steps.map { "\(name): \($0)" })
        #expect(try traces(change.kind, on: host, domid).isEmpty == (change.verb != .add))
    }

    @Test("a failure, or a stall, at any step can be recovered", arguments: Change.all)
    func strikes(change: Change) async throws {
        let operation = try #require(change.operation)
        for step in change.steps {
            for effect in [FakeFault.Effect.fail(.badFail), .stall] {
                let (host, domid) = try await prepare(change)
                host.inject(FakeFault(effect, in: operation, after: step))
                let error = await failure {
                    try await run(
                        change, on: host, domid, deadline: effect == .stall ? .now + .milliseconds(300) : .far)
                }
                #expect(error?.code == (effect == .stall ? .aborted : .badFail), "\(step)")
                try await recover(change.kind, on: host, domid)
                #expect(try traces(change.kind, on: host, domid) == [], "\(effect) after \(step)")
                try await host.destroyDomain(domid, deadline: .far)
                #expect(host.snapshot().comparable == FakeXenHost().snapshot().comparable, "\(step)")
            }
        }
    }

    @Test("a guest that refuses keeps a pv PCI device until it gives it back")
    func refusing() async throws {
        let change = Change(verb: .remove, kind: .pci)
        let (host, domid) = try await prepare(change)
        let host0 = try #require(PCIAddress("0000:03:00.0"))
        host.setGuest(.refusing, for: domid)
        #expect(try await host.removeDevice(device(.pci), from: domid, deadline: .far) == .released)
        try await host.destroyDevice(device(.pci), of: domid, deadline: .far)
        #expect(try await host.listDevices(.pci, of: domid).count == 1)
        #expect(host.node("/local/domain/0/backend/pci/\(domid)/0/state-0") == "5")
        #expect(host.node("/local/domain/0/backend/pci/\(domid)/0/state") == "7")
        host.release(.pci(host: host0), of: domid)
        #expect(host.node("/local/domain/0/backend/pci/\(domid)/0/state-0") == "6")
        #expect(host.node("/local/domain/0/backend/pci/\(domid)/0/state") == "4")
        _ = try await host.removeDevice(device(.pci), from: domid, deadline: .far)
        #expect(try await host.listDevices(.pci, of: domid) == [])
    }

    @Test("only what the host has can be given away, and a PCI device of its own driver's only by force")
    func hostDevices() async throws {
        let free = try #require(PCIAddress("0000:03:00.0"))
        let host = FakeXenHost(
            configuration: quick {
                $0.assignablePCI = [free]
                $0.usbDevices = []
            })
        var config = guest()
        config.createInfo.passthrough = .enabled
        let domid = try await host.start(config)
        func assignable() async throws -> [PCIAddress?] { try await host.assignablePCI().map(\.host) }
        #expect(try await assignable() == [free])
        var other = LibxlDevicePCI(domain: 0, bus: 9, device: 0, function: 0)
        #expect(await failure { try await host.addDevice(.pci(other), to: domid, deadline: .far) }?.code == .failed)
        other.seize = true
        try await host.addDevice(.pci(other), to: domid, deadline: .far)
        try await host.addDevice(device(.pci), to: domid, deadline: .far)
        #expect(try await assignable() == [])
        _ = try await host.removeDevice(device(.pci), from: domid, deadline: .far)
        #expect(try await assignable() == [free])
        let usb = await failure { try await host.addDevice(device(.usbDevice), to: domid, deadline: .far) }
        #expect(usb?.code == .failed)
        #expect(try await host.listDevices(.usbController, of: domid) == [])
    }

    @Test("without usbback a controller is QEMU's, and a guest that has none gets no controller")
    func noUSBBack() async throws {
        let host = FakeXenHost(configuration: quick { $0.hasUSBBack = false })
        let controller = LibxlDevice.usbController(LibxlDeviceUSBCtrl(devid: Self.devid))
        let bare = try await host.start()
        #expect(await failure { try await host.addDevice(controller, to: bare, deadline: .far) }?.code == .failed)
        var config = guest("tavern")
        config.usbctrls = [LibxlDeviceUSBCtrl(devid: XenUnits.DeviceID(rawValue: 0))]
        let domid = try await host.start(config)
        try await host.addDevice(controller, to: domid, deadline: .far)
        for devid in [0, 2] {
            #expect(host.node("/local/domain/0/backend/qusb/\(domid)/\(devid)/state") == "4")
        }
    }
}
