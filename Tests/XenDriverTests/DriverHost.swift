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

import func LibxlTestKit.contents

/// A fake host with a driver whose files are in a directory of their own, gone when the test ends.
final class DriverHost: Sendable {
    let fake: FakeXenHost
    let root: FilePath
    let driver: Driver

    /// The driver's files are in `root` instead, if that is given.
    init(
        _ configure: (inout FakeXenConfiguration) -> Void = { _ in }, steps: StepHook = .none,
        hostSteps: StepHook = .none, settings: DriverSettings = .quick, clock: any HostClock = SystemClock(),
        root: FilePath? = nil
    ) {
        var configuration = FakeXenConfiguration()
        configuration.frontendTimeout = .milliseconds(40)
        configuration.scriptTimeout = .milliseconds(200)
        configuration.controlTimeout = .milliseconds(40)
        configure(&configuration)
        fake = FakeXenHost(configuration: configuration, clock: clock, steps: hostSteps)
        self.root = root ?? FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
        driver = Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: self.root,
            settings: settings,
            clock: clock, steps: steps, logger: Logger(label: "test"))
    }

    /// A driver on a fake host of which other drivers may know; its files are in `root`, if that is given.
    init(fake: FakeXenHost, root: FilePath? = nil) {
        self.fake = fake
        self.root = root ?? FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
        driver = Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: self.root,
            settings: .quick,
            clock: SystemClock(), logger: Logger(label: "test"))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root.string)
    }

    /// Another driver on the same host and files, as another process would have.
    func otherDriver(
        steps: StepHook = .none, settings: DriverSettings = .quick, changes: ChangeHook = .none,
        clock: any HostClock = SystemClock()
    ) -> Driver {
        Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
            settings: settings,
            clock: clock, steps: steps, changes: changes,
            logger: Logger(label: "other"))
    }

    func domid(_ name: String = "web") throws -> DomainID {
        try #require(fake.domid(named: name))
    }

    /// The devids of the guest's NICs, as Xen has them.
    func devids(_ name: String = "web") async throws -> [Int32] {
        try await fake.listDevices(.nic, of: domid(name)).compactMap(\.nic).map(\.devid.rawValue)
    }

    func vdevs(_ name: String = "web") async throws -> [String] {
        try await fake.listDevices(.disk, of: domid(name)).compactMap(\.disk).map(\.vdev)
    }

    /// The aliases in a document of the domain, in its order.
    func aliases(inactive: Bool = false, _ name: String = "web") async throws -> [String] {
        let document = try await driver.document(of: DomainReference(name), inactive: inactive)
        return document.matches(of: /<alias name='([^']*)'\/>/).map { String($0.output.1) }
    }

    func statusFile(_ uuid: String = Documents.uuid) -> FilePath {
        root.appending("run/xenkeeper/domains/\(uuid).json")
    }

    func definitionFile(_ name: String = "web") -> FilePath {
        root.appending("etc/xenkeeper/domains/\(name).xml")
    }

    func read(_ path: FilePath) -> String? {
        (try? contents(ofFile: path.string)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Everything that must be as it was after a change that failed, a line each: Xen, status and definition.
    func everything() -> [String] {
        let state = fake.snapshot().comparable
        return state.domains.map { "\($0)" } + state.links.sorted { $0.key < $1.key }.map { "\($0)" }
            + state.xenstore.sorted(by: <).map { "\($0.key) = \($0.value)" }
            + (read(statusFile()) ?? "no status").split(separator: "\n").map(String.init)
            + (read(definitionFile()) ?? "no definition").split(separator: "\n").map(String.init) + stray()
    }

    /// Files that only a change under way may have.
    func stray() -> [String] {
        func names(_ directory: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: root.appending(directory).string)) ?? []
        }
        let found = ["etc/xenkeeper/domains", "etc/xenkeeper/staged", "run/xenkeeper/domains"].flatMap(names)
        return found.filter { name in [".staged", ".stop", ".new"].contains(where: name.hasSuffix) }
            + names("run/xenkeeper/prepared")
    }
}

extension DriverSettings {
    /// Limits for a host whose scripts and guests take milliseconds.
    static var quick: DriverSettings {
        var settings = DriverSettings()
        settings.lockTimeout = .seconds(3600)
        settings.operationTimeout = .seconds(3600)
        settings.undoTimeout = .seconds(3600)
        settings.scriptLimit = .milliseconds(300)
        settings.deathLimit = .milliseconds(20)
        // Looking now and then would let virtual time pass.
        settings.requestInterval = nil
        return settings
    }
}

/// The documents that the tests are about.
enum Documents {
    static let uuid = "6695eb01-f6a4-8304-79aa-97f2502e193f"
    static let mac1 = "00:16:3e:00:00:01"
    static let mac3 = "00:16:3e:00:00:03"

    static func domain(
        _ devices: String = "", name: String = "web", uuid: String = uuid, type: String = "xen", extra: String = "",
        os: String = "<type arch='x86_64' machine='xenpv'>linux</type><kernel>/boot/vmlinuz</kernel>"
    ) -> [UInt8] {
        Array(
            """
            <domain type='\(type)'>
              <name>\(name)</name>
              <uuid>\(uuid)</uuid>
              <memory unit='MiB'>256</memory>
              <vcpu>1</vcpu>
              <os>\(os)</os>
              \(extra)
              <devices>\(devices)</devices>
            </domain>
            """.utf8)
    }

    static func nic(_ mac: String? = nil, _ alias: String? = nil, bridge: String? = "xenbr0", more: String = "")
        -> String
    {
        """
        <interface type='bridge'>
          \(mac.map { "<mac address='\($0)'/>" } ?? "")
          \(bridge.map { "<source bridge='\($0)'/>" } ?? "")
          \(alias.map { "<alias name='\($0)'/>" } ?? "")
          \(more)
        </interface>
        """
    }

    static func disk(
        _ target: String? = nil, _ alias: String? = nil, source: String? = nil, more: String = ""
    ) -> String {
        """
        <disk type='block' device='disk'>
          \(source.map { "<source dev='\($0)'/>" } ?? "")
          \(target.map { "<target dev='\($0)' bus='xen'/>" } ?? "")
          \(alias.map { "<alias name='\($0)'/>" } ?? "")
          \(more)
        </disk>
        """
    }

    /// Three NICs: A and B with one MAC, distinguished by alias, and C without an alias.
    static let threeNICs = nic(mac1, "ua-a") + nic(mac1, "ua-b") + nic(mac3)

    /// Three disks: A and B with one source, distinguished by target and alias, and C without an alias.
    static let threeDisks =
        disk("xvda", "ua-a", source: "/dev/vg/shared", more: "<shareable/>")
        + disk("xvdb", "ua-b", source: "/dev/vg/shared", more: "<shareable/>")
        + disk("xvdc", source: "/dev/vg/c")

    /// A PCI device of the host's on the bus `bus`, in hexadecimal.
    static func pci(_ bus: String, _ alias: String? = nil) -> String {
        """
        <hostdev mode='subsystem' type='pci' managed='yes'>
          <source><address domain='0x0000' bus='0x\(bus)' slot='0x00' function='0x0'/></source>
          \(alias.map { "<alias name='\($0)'/>" } ?? "")
        </hostdev>
        """
    }

    /// The USB device `device` of the host's bus 1.
    static func usb(_ device: Int, _ alias: String? = nil) -> String {
        """
        <hostdev mode='subsystem' type='usb'>
          <source><address bus='1' device='\(device)'/></source>
          \(alias.map { "<alias name='\($0)'/>" } ?? "")
        </hostdev>
        """
    }

    /// A device of a class that libvirt has no element for.
    static func xenkeeper(_ element: String, _ attributes: String, _ content: String) -> String {
        "<x:\(element) xmlns:x='urn:xenkeeper:domain:1' \(attributes)>\(content)</x:\(element)>"
    }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}

extension DriverNotice {
    /// Whether its sentence says `text`.
    func contains(_ text: String) -> Bool { description.contains(text) }
}

/// Which error a body throws, by the name of its case.
func errorName(_ body: () async throws(DriverError) -> some Any) async -> String {
    do throws(DriverError) {
        _ = try await body()
        return "none"
    } catch {
        return error.caseName
    }
}

extension DriverError {
    /// The case's name, without its operands.
    var caseName: String {
        switch self {
        case .noCriteria: "noCriteria"
        case .contradiction: "contradiction"
        case .domain0Refuses: "domain0Refuses"
        default: Mirror(reflecting: self).children.first?.label ?? "\(self)"
        }
    }
}
