import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("What recovery can neither finish nor undo is given up with a warning, and stands in nobody's way")
struct RecoveryTests {
    /// A change that was cut off, on a host that will never let it be finished or undone.
    struct Stuck: Sendable, CustomTestStringConvertible {
        let name: String
        var devices = Scenario.twoOfEach
        var type = "linux"
        /// What fails for ever, after which step.
        let faults: [(FakeOperation, String?)]
        /// Whether another device of the other kind is to be plugged meanwhile, for NICs cannot.
        var isAboutNICs = false
        let change: @Sendable (Driver) async throws(DriverError) -> Void

        var testDescription: String { name }

        static func attach(
            _ name: String, _ document: String, devices: String = Scenario.twoOfEach, isAboutNICs: Bool = false,
            _ faults: (FakeOperation, String?)...
        ) -> Stuck {
            Stuck(name: "attach \(name)", devices: devices, faults: faults, isAboutNICs: isAboutNICs) {
                (driver) throws(DriverError) in
                _ = try await driver.attach(
                    Documents.bytes(document), to: "web", scope: .liveAndConfig, isStrict: true)
            }
        }

        static func detach(
            _ name: String, _ alias: String, devices: String = Scenario.twoOfEach, isAboutNICs: Bool = false,
            _ faults: (FakeOperation, String?)...
        ) -> Stuck {
            Stuck(name: "detach \(name)", devices: devices, faults: faults, isAboutNICs: isAboutNICs) {
                (driver) throws(DriverError) in
                _ = try await driver.detach(
                    .alias(alias), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
            }
        }

        private static let controller = "<controller type='usb' index='0'><alias name='ua-ports'/></controller>"
        private static func other(_ name: String) -> String {
            Scenario.others.first { $0.name == name }?.document ?? ""
        }

        static let all: [Stuck] = [
            attach(
                "NIC", Documents.nic(Documents.mac3, "ua-new"), isAboutNICs: true, (.addNIC, "nodes"),
                (.destroyNIC, nil)),
            attach("disk", Documents.disk("xvdc", "ua-new", source: "/new"), (.addDisk, "nodes"), (.destroyDisk, nil)),
            attach(
                "PCI device", other("PCI device"), (.addPCI, "nodes"), (.removePCI, nil), (.destroyPCI, nil)),
            attach(
                "USB controller", other("USB controller"), (.addUSBController, "nodes"), (.removeUSBController, nil),
                (.destroyUSBController, nil)),
            attach(
                "USB device and the controller for it", other("USB device"), (.addUSBDevice, "nodes"),
                (.removeUSBDevice, nil), (.removeUSBController, nil), (.destroyUSBController, nil)),
            attach("TPM", other("TPM"), (.addVTPM, "nodes"), (.removeVTPM, nil), (.destroyVTPM, nil)),
            attach("display", other("display"), (.addVDispl, "nodes"), (.removeVDispl, nil), (.destroyVDispl, nil)),
            attach("sound card", other("sound card"), (.addVSnd, "nodes"), (.removeVSnd, nil), (.destroyVSnd, nil)),
            detach("NIC", "ua-b", isAboutNICs: true, (.removeNIC, "offline"), (.destroyNIC, nil)),
            detach("disk", "ua-data", (.safeRemoveDisk, "offline"), (.destroyDisk, nil)),
            detach(
                "USB controller", "ua-new", devices: Scenario.twoOfEach + other("USB controller"),
                (.removeUSBController, "offline"), (.destroyUSBController, nil)),
            detach(
                "TPM", "ua-new", devices: Scenario.twoOfEach + other("TPM"), (.removeVTPM, "offline"),
                (.destroyVTPM, nil)),
            Stuck(
                name: "move NIC to another bridge", faults: [(.addNIC, nil), (.destroyNIC, nil)], isAboutNICs: true,
                change: Scenario.updates[0].change),
            Stuck(
                name: "move NIC to another bridge, half plugged", faults: [(.addNIC, "nodes"), (.destroyNIC, nil)],
                isAboutNICs: true, change: Scenario.updates[0].change),
            Stuck(
                name: "NIC that will not be unplugged for its update",
                faults: [(.removeNIC, "offline"), (.destroyNIC, nil)], isAboutNICs: true,
                change: Scenario.updates[0].change),
            Stuck(name: "link down", faults: [(.setLinkState, nil)]) { (driver) throws(DriverError) in
                _ = try await driver.setLinkState(.down, of: .alias("ua-b"), in: "web", scope: .liveAndConfig)
            },
            Stuck(
                name: "another medium",
                devices: Documents.nic(Documents.mac1, "ua-a")
                    + MediaTests.drive("/a.iso"),
                type: "hvm", faults: [(.insertCDROM, nil)]
            ) { (driver) throws(DriverError) in
                _ = try await driver.update(
                    Documents.bytes(MediaTests.drive("/b.iso")), of: "web", alias: nil, scope: .live, isStrict: true)
            },
            Stuck(
                name: "another medium, the old one out",
                devices: Documents.nic(Documents.mac1, "ua-a") + MediaTests.drive("/a.iso"),
                type: "hvm", faults: [(.insertCDROM, "eject")]
            ) { (driver) throws(DriverError) in
                _ = try await driver.update(
                    Documents.bytes(MediaTests.drive("/b.iso")), of: "web", alias: nil, scope: .live, isStrict: true)
            },
            Stuck(name: "destroy", faults: [(.destroyDomain, "device")]) { (driver) throws(DriverError) in
                _ = try await driver.destroy("web")
            },
        ]
    }

    private func stuck(_ example: Stuck) async throws -> DriverHost {
        let host = DriverHost()
        let domain = String(decoding: Documents.domain(example.devices), as: UTF8.self)
            .replacing("<type arch='x86_64' machine='xenpv'>linux</type>", with: "<type>\(example.type)</type>")
            .replacing("<kernel>/boot/vmlinuz</kernel>", with: example.type == "hvm" ? "" : "<kernel>/k</kernel>")
        _ = try await host.driver.define(Array(domain.utf8), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        for (operation, step) in example.faults {
            host.fake.inject(FakeFault(.fail(.failed), in: operation, after: step, times: nil))
        }
        let error = await #expect(throws: DriverError.self) { try await example.change(host.driver) }
        #expect(error?.description.contains("earlier") == false, "there was none: \(error?.description ?? "")")
        return host
    }

    private func plugAnother(_ example: Stuck, _ number: Int, _ host: DriverHost) async throws -> DeviceOutcome {
        let document =
            example.isAboutNICs
            ? Documents.disk(number == 1 ? "xvdx" : "xvdy", "ua-\(number)", source: "/\(number)")
            : Documents.nic("00:16:3e:00:02:0\(number)", "ua-\(number)")
        return try await host.driver.attach(
            Documents.bytes(document), to: "web", scope: .liveAndConfig, isStrict: true)
    }

    @Test(
        "the next change to a device goes on, whatever it is, and the one after it says no more", arguments: Stuck.all)
    func deviceChanges(_ example: Stuck) async throws {
        let host = try await stuck(example)
        let first = try await plugAnother(example, 1, host)
        #expect(!first.warnings.isEmpty)
        #expect(host.read(host.statusFile())?.contains("\"change\" :") == false)
        #expect(try await plugAnother(example, 2, host).warnings == [])
        let detached = try await host.driver.detach(
            .alias("ua-1"), from: "web", scope: .liveAndConfig, force: true, isStrict: true)
        #expect(detached.live != nil)
        #expect(host.stray() == [])
    }

    @Test("what is done to the domain as a whole goes on", arguments: Stuck.all)
    func wholeDomain(_ example: Stuck) async throws {
        let host = try await stuck(example)
        #expect(try await host.driver.suspend("web").warnings.isEmpty == false)
        _ = try await host.driver.resume("web")
        let definition = try await host.driver.document(of: "web", inactive: true)
        _ = try await host.driver.define(Documents.bytes(definition), isStrict: true)
        _ = try await host.driver.undefine("web")
        host.fake.clearFaults()
        _ = try await host.driver.destroy("web")
        #expect(host.fake.domid(named: "web") == nil)
        #expect(host.read(host.statusFile()) == nil)
        #expect(host.stray() == [])
    }

    @Test("destroy destroys it at once, whatever else libxl fails at", arguments: Stuck.all.dropLast())
    func destroy(_ example: Stuck) async throws {
        let host = try await stuck(example)
        _ = try await host.driver.destroy("web")
        #expect(host.fake.domid(named: "web") == nil)
        #expect(try await host.disorder() == [])
        host.fake.clearFaults()
        _ = try await host.driver.start("web", paused: false)
        #expect(try await host.disorder() == [])
    }

    @Test("what a killed start made and libxl will not destroy is named, and its definition can be changed")
    func halfStarted() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Scenario.twoOfEach), isStrict: false)
        // libxl keeps what an abort left.
        host.fake.inject(FakeFault(.fail(.aborted), in: .createDomain, after: "memory"))
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyDomain, times: nil))
        _ = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        for verb in [AnyVerb.power, AnyVerb.changes.filter { $0.name == "start" }].joined() {
            let error = await errorName { () throws(DriverError) in try await verb.run(host.driver, "web") }
            #expect(error == "halfStarted", "\(verb)")
        }
        let outcome = try await host.driver.attach(
            Documents.bytes(Documents.nic(Documents.mac3, "ua-new")), to: "web", scope: .config, isStrict: true)
        #expect(outcome.warnings.contains { $0.contains("is half made") && $0.contains("destroy it") })
        let document = try await host.driver.document(of: "web", inactive: true)
        _ = try await host.driver.define(Documents.bytes(document), isStrict: true)
        host.fake.clearFaults()
        _ = try await host.driver.destroy("web")
        _ = try await host.driver.start("web", paused: false)
        #expect(try await host.disorder() == [])
    }

    @Test("a guest that has ended in a domain that libxl will not destroy is kept, and said to be")
    func ended() async throws {
        let host = try await Scenario.updates[0].host()
        host.fake.shutDownGuest(try host.domid(), reason: .poweroff)
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyDomain, times: nil))
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .config, force: false, isStrict: true)
        #expect(outcome.warnings.contains { $0.contains("cannot be destroyed") })
        #expect(await errorName { () throws(DriverError) in try await host.driver.suspend("web") } == "guestEnded")
        host.fake.clearFaults()
        _ = try await host.driver.destroy("web")
        #expect(try await host.disorder() == [])
    }

    @Test("an adoption of a device that has gone meanwhile is given up")
    func adoption() async throws {
        let host = try await Scenario.updates[0].host()
        try await host.plugTheirNIC(7)
        // As it is where the process is killed before it can take the device in.
        let status = host.statusFile()
        let killed = Recorder()
        let driver = host.otherDriver(
            steps: StepHook { step in if step == "driver: change written" { killed.text = host.read(status) } })
        _ = try await driver.adopt(.identity("vif/7"), of: "web", as: "ua-x", scope: .live)
        try #require(killed.text).write(toFile: status.string, atomically: true, encoding: .utf8)
        let nic = try #require(try await host.fake.listDevices(.nic, of: host.domid()).compactMap(\.nic).last)
        try await host.fake.destroyDevice(.nic(nic), of: host.domid(), deadline: .now + .seconds(3600))
        let news = try await host.recover()
        #expect(news.contains { $0.contains("gave up an adoption") })
        #expect(try await host.disorder() == [])
    }

    @Test("a pause that libxl refuses, and a domain that somebody pauses for ever, are errors")
    func pauses() async throws {
        let host = try await Scenario.updates[0].host()
        host.fake.inject(FakeFault(.fail(.failed), in: .pauseDomain))
        #expect(await errorName { () throws(DriverError) in try await host.driver.suspend("web") } == "operation")
        _ = try await host.driver.suspend("web")
        let fake = host.fake
        let domid = try host.domid()
        let stubborn = host.otherDriver(
            steps: StepHook { step in if step == "driver: domain unpaused" { fake.pause(domid) } })
        #expect(await errorName { () throws(DriverError) in try await stubborn.resume("web") } == "staysPaused")
        _ = try await host.driver.resume("web")
        #expect(try await host.driver.domain("web").state == .running)
    }
}

/// Something that a step hook saw.
private final class Recorder: Sendable {
    private let content = Locked<String?>(nil)

    var text: String? {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}
