import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenUnits

@Suite("Faults and calls of the fake")
struct InjectedFaultTests {
    private let host = FakeXenHost()

    @Test("a fault strikes as often as it is to, after what it is to let pass")
    func count() async throws {
        host.inject(FakeFault(.fail(.noMemory), in: .listDomains, skip: 1, times: 2))
        var codes: [LibxlError.Code?] = []
        for _ in 1...5 { codes.append(await failure { _ = try await host.listDomains() }?.code) }
        #expect(codes == [nil, .noMemory, .noMemory, nil, nil])
        host.inject(FakeFault(.fail(.noMemory), in: .listDomains, times: nil))
        for _ in 1...5 { #expect(await failure { _ = try await host.listDomains() }?.code == .noMemory) }
        host.clearFaults()
        #expect(try await host.listDomains().count == 1)
    }

    /// Each requirement of the three protocols, called in vain.
    private func call(_ operation: FakeOperation) async throws {
        let domid = DomainID(rawValue: 99)
        switch operation {
        case .listDomains: _ = try await host.listDomains()
        case .domainInfo: _ = try await host.domainInfo(domid)
        case .domainName: _ = try await host.domainName(domid)
        case .createDomain: _ = try await host.createDomain(guest(), deadline: .far)
        case .unpauseDomain: try await host.unpauseDomain(domid, deadline: .far)
        case .pauseDomain: try await host.pauseDomain(domid, deadline: .far)
        case .shutdownDomain: try await host.shutdownDomain(domid, deadline: .far)
        case .rebootDomain: try await host.rebootDomain(domid, deadline: .far)
        case .sendTrigger: try await host.sendTrigger(.power, to: domid, deadline: .far)
        case .domainEvents: _ = try await host.domainEvents()
        case .destroyDomain: try await host.destroyDomain(domid, deadline: .far)
        case .needMemory: _ = try await host.memoryNeeded(by: guest())
        case .softResetDomain: try await host.softResetDomain(domid, guest(), deadline: .far)
        case .dumpCore: try await host.dumpCore(of: domid, to: "/nowhere/inn.core", deadline: .far)
        case .preserveDomain:
            try await host.preserveDomain(domid, name: "inn", suffix: "-then", uuid: .zero, deadline: .far)
        case .addNIC: try await host.addDevice(.nic(nic()), to: domid, deadline: .far)
        case .removeNIC: _ = try await host.removeDevice(.nic(nic()), from: domid, deadline: .far)
        case .destroyNIC: try await host.destroyDevice(.nic(nic()), of: domid, deadline: .far)
        case .listNICs: _ = try await host.listDevices(.nic, of: domid).compactMap(\.nic)
        case .addDisk: try await host.addDevice(.disk(disk()), to: domid, deadline: .far)
        case .safeRemoveDisk: _ = try await host.removeDevice(.disk(disk()), from: domid, deadline: .far)
        case .destroyDisk: try await host.destroyDevice(.disk(disk()), of: domid, deadline: .far)
        case .listDisks: _ = try await host.listDevices(.disk, of: domid).compactMap(\.disk)
        case .insertCDROM:
            var drive = disk()
            drive.isCDROM = true
            try await host.insertCDROM(drive, into: domid, deadline: .far)
        case .physicalInfo: _ = try await host.physicalInfo()
        case .assignablePCI: _ = try await host.assignablePCI()
        case .addPCI, .addUSBController, .addUSBDevice, .addVTPM, .addVDispl, .addVSnd, .addVKB, .addVFB:
            try await host.addDevice(Self.device(operation), to: domid, deadline: .far)
        case .removePCI, .removeUSBController, .removeUSBDevice, .removeP9, .removeVTPM, .removeVDispl, .removeVSnd,
            .removeVKB, .removeVFB:
            _ = try await host.removeDevice(Self.device(operation), from: domid, deadline: .far)
        case .destroyPCI, .destroyUSBController, .destroyP9, .destroyVTPM, .destroyVDispl, .destroyVSnd, .destroyVKB,
            .destroyVFB:
            try await host.destroyDevice(Self.device(operation), of: domid, deadline: .far)
        case .listPCI, .listUSBController, .listUSBDevice, .listVTPM, .listVDispl, .listVSnd, .listVKB:
            _ = try await host.listDevices(Self.device(operation).kind, of: domid)
        case .readNode: _ = try await host.read(XenstorePath("/tool"))
        case .listNode: _ = try await host.list(XenstorePath("/tool"))
        case .watchNode: for await _ in host.watch(XenstorePath("/tool")) { return }
        case .hasBridge: _ = try await host.hasBridge("xenbr0")
        case .linkState: _ = try await host.linkState(of: "vif1.0")
        case .setLinkState: try await host.setLinkState(of: "vif1.0", to: .up)
        }
    }

    /// A device of the kind that the operation is about: `libxl_device_KIND_VERB`.
    private static func device(_ operation: FakeOperation) throws -> LibxlDevice {
        let words = operation.rawValue.split(separator: "_").map(String.init)
        let kind = try #require(words.count > 2 ? LibxlDevice.Kind(rawValue: words[2]) : nil)
        let devid = XenUnits.DeviceID(rawValue: 0)
        return switch kind {
        case .nic: .nic(nic())
        case .disk: .disk(disk())
        case .pci: .pci(LibxlDevicePCI(domain: 0, bus: 3, device: 0, function: 0))
        case .usbController: .usbController(LibxlDeviceUSBCtrl(devid: devid))
        case .usbDevice: .usbDevice(LibxlDeviceUSBDev(hostBus: 1, hostAddress: 2))
        case .p9: .p9(LibxlDeviceP9(tag: "share", path: "/srv", securityModel: "none", devid: devid))
        case .vtpm: .vtpm(LibxlDeviceVTPM(devid: devid))
        case .vdispl: .vdispl(LibxlDeviceVDispl(devid: devid))
        case .vsnd: .vsnd(LibxlDeviceVSnd(devid: devid))
        case .vkb: .vkb(LibxlDeviceVKB(devid: devid))
        case .vfb: .vfb(LibxlDeviceVFB(devid: devid))
        }
    }

    @Test(
        "every call can fail before its first step, does nothing then, and is recorded",
        arguments: FakeOperation.allCases)
    func fails(operation: FakeOperation) async throws {
        let before = host.snapshot()
        host.inject(FakeFault(.fail(.badFail), in: operation))
        var message = ""
        do {
            try await call(operation)
        } catch {
            message = "\(error)"
        }
        // A watch has no error: it ends.
        #expect(message.contains("ERROR_BADFAIL") == (operation != .watchNode))
        #expect(host.snapshot() == before)
        #expect(host.calls.map(\.operation) == [operation])
    }

    @Test("a reader that stalls ends when it is cancelled")
    func stalledReader() async throws {
        host.inject(FakeFault(.stall, in: .listDomains))
        let task = Task { await failure { _ = try await host.listDomains() } }
        let isCalled = try await host.eventually { _ in !host.calls.isEmpty }
        #expect(isCalled)
        task.cancel()
        #expect(await task.value?.code == .aborted)
    }

    @Test("an operation that stalls holds nobody else up")
    func stallHoldsNobody() async throws {
        let domid = try await host.start()
        host.inject(FakeFault(.stall, in: .addNIC, after: "nodes"))
        let task = Task { await failure { try await host.addDevice(.nic(nic(0)), to: domid, deadline: .far) } }
        let isThere = try await host.eventually { $0.xenstore["/libxl/\(domid)/device/vif/0/mac"] != nil }
        #expect(isThere)
        try await host.addDevice(.nic(nic(1)), to: domid, deadline: .far)
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).map(\.devid.rawValue) == [0, 1])
        _ = try await host.start(guest("tavern"))
        task.cancel()
        #expect(await task.value?.code == .aborted)
    }

    @Test("a fault can kill the process")
    func dies() async throws {
        let directory = try TemporaryDirectory()
        let host = try FakeXenHost(directory: directory.path)
        let domid = try await host.start()
        host.inject(FakeFault(.die, in: .addNIC, after: "nodes"))
        let path = directory.path.string
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, domid = domid as DomainID] in
            try await FakeXenHost(directory: .init(path)).addDevice(.nic(nic()), to: domid, deadline: .far)
        }
        #expect(try await host.listDevices(.nic, of: domid).compactMap(\.nic).count == 1)
        #expect(host.node("/local/domain/0/backend/vif/\(domid)/0/hotplug-status") == "")
        // The fault is used up.
        try await host.addDevice(.nic(nic(1)), to: domid, deadline: .far)
    }

    @Test("a call is recorded with its arguments as JSON, before it does anything")
    func recorded() async throws {
        let config = guest()
        let domid = try await host.start(config)
        var plugged = LibxlDeviceNIC(
            devid: DeviceID(rawValue: 4), mac: try #require(MACAddress("00:16:3e:01:02:03")), nictype: .vif)
        plugged.bridge = "xenbr0"
        try await host.addDevice(.nic(plugged), to: domid, deadline: .far)
        try await host.setLinkState(of: "vif\(domid).4", to: .down)
        _ = try await host.read(XenstorePath("/a/b"))
        let texts = host.calls.map { "\($0.operation.rawValue) \($0.arguments)" }
        #expect(
            Array(texts.dropFirst()) == [
                #"libxl_domain_unpause {"domid":1}"#,
                #"libxl_device_nic_add {"device":{"bridge":"xenbr0","devid":4,"#
                    + #""mac":"00:16:3e:01:02:03","nictype":"vif"},"domid":1}"#,
                #"set_link_state {"device":"vif1.4","state":"down"}"#,
                #"xs_read {"path":"/a/b"}"#,
            ])
        let create = try #require(host.calls.first)
        #expect(create.operation == .createDomain)
        struct Arguments: Decodable { let config: LibxlDomainConfig }
        let arguments = try JSONDecoder().decode(Arguments.self, from: Data(create.arguments.utf8))
        #expect(arguments.config == config)
    }

    @Test(
        "faults and configurations are the same when they are read back",
        arguments: [
            FakeFault(.fail(.noMemory), in: .addNIC, after: "nodes", skip: 2, times: 3),
            FakeFault(.stall, in: .createDomain, times: nil),
            FakeFault(.die, in: .destroyDomain, after: "paused"),
        ])
    func roundTrip(fault: FakeFault) throws {
        let text = try JSONEncoder().encode(fault)
        #expect(try JSONDecoder().decode(FakeFault.self, from: text) == fault)
        var configuration = FakeXenConfiguration()
        configuration.bridges = ["a", "b"]
        configuration.files = []
        configuration.assignablePCI = Set([PCIAddress("0000:03:00.0")].compactMap { $0 })
        configuration.usbDevices = Set([FakeUSBDevice(bus: 1, address: 4)].compactMap { $0 })
        configuration.hasUSBBack = false
        configuration.missing = ["c"]
        configuration.guest = .refusing
        configuration.guests = ["x": .dead, "y": .slow(.milliseconds(1500)), "z": .coOperating]
        configuration.frontendTimeout = .milliseconds(10)
        configuration.scriptTimeout = .seconds(3)
        configuration.scriptDuration = .milliseconds(250)
        configuration.scripts = ["s": .fails("why"), "t": .hangs, "u": .takes(.seconds(2))]
        configuration.removalLeavesStoredConfiguration = true
        let json = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(FakeXenConfiguration.self, from: json) == configuration)
    }
}
