import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

/// A change that the fault tests make fail at each of its points.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    /// What the domain has beforehand.
    let devices: String
    var isStarted = true
    let change: @Sendable (Driver) async throws(DriverError) -> Void

    var testDescription: String { name }

    /// A host on which everything is ready for the change; the driver's files are in `root`, if that is given.
    func host(_ configure: (inout FakeXenConfiguration) -> Void = { _ in }, root: FilePath? = nil) async throws
        -> DriverHost
    {
        let host = DriverHost(configure, root: root)
        try await prepare(host)
        return host
    }

    /// Makes everything ready for the change.
    func prepare(_ host: DriverHost) async throws {
        _ = try await host.driver.define(Documents.domain(devices), isStrict: false)
        if isStarted { _ = try await host.driver.start("web", paused: false) }
    }

    static let twoOfEach =
        Documents.nic(Documents.mac1, "ua-a") + Documents.nic(Documents.mac1, "ua-b")
        + Documents.disk("xvda", "ua-root", source: "/dev/vg/root")
        + Documents.disk("xvdb", "ua-data", source: "/dev/vg/data")

    private static func device(
        _ name: String, _ scope: ChangeScope,
        _ change: @escaping @Sendable (Driver, ChangeScope) async throws(DriverError) -> DeviceOutcome
    ) -> Scenario {
        Scenario(name: "\(name) --\(scope.rawValue)", devices: twoOfEach) { (driver) throws(DriverError) in
            _ = try await change(driver, scope)
        }
    }

    static let attaches: [Scenario] = [ChangeScope.live, .liveAndConfig].flatMap { scope in
        [
            device("attach NIC", scope) { (driver, scope) throws(DriverError) in
                try await driver.attach(
                    Documents.bytes(Documents.nic(Documents.mac3, "ua-new", more: "<link state='down'/>")), to: "web",
                    scope: scope, isStrict: true)
            },
            device("attach disk", scope) { (driver, scope) throws(DriverError) in
                try await driver.attach(
                    Documents.bytes(Documents.disk("xvdc", "ua-new", source: "/dev/vg/new")), to: "web", scope: scope,
                    isStrict: true)
            },
        ]
    }

    /// A device of each kind that is neither NIC nor disk, named `ua-new`.
    static let others: [(name: String, document: String)] = [
        ("PCI device", Documents.pci("03", "ua-new")),
        ("USB controller", "<controller type='usb' index='4'><alias name='ua-new'/></controller>"),
        ("USB device", Documents.usb(4, "ua-new")),
        ("TPM", Documents.xenkeeper("vtpm", "backenddomain='Domain-0'", "<alias name='ua-new'/>")),
        (
            "display",
            Documents.xenkeeper(
                "vdispl", "", "<x:connector id='0' width='800' height='600'/><alias name='ua-new'/>")
        ),
        ("sound card", Documents.xenkeeper("vsnd", "shortName='bell'", "<alias name='ua-new'/>")),
    ]

    private static let controller = "<controller type='usb' index='0'><alias name='ua-ports'/></controller>"

    static let otherAttaches: [Scenario] = others.prefix(4).map { other in
        Scenario(name: "attach \(other.name)", devices: twoOfEach + controller) { (driver) throws(DriverError) in
            _ = try await driver.attach(
                Documents.bytes(other.document), to: "web", scope: .liveAndConfig, isStrict: true)
        }
    }

    static let otherDetaches: [Scenario] = others.prefix(4).map { other in
        Scenario(name: "detach \(other.name)", devices: twoOfEach + controller + other.document) {
            (driver) throws(DriverError) in
            _ = try await driver.detach(
                .alias("ua-new"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
        }
    }

    static let detaches: [Scenario] = [ChangeScope.live, .liveAndConfig].flatMap { scope in
        [
            device("detach NIC", scope) { (driver, scope) throws(DriverError) in
                try await driver.detach(.alias("ua-b"), from: "web", scope: scope, force: false, isStrict: true)
            },
            device("detach disk", scope) { (driver, scope) throws(DriverError) in
                try await driver.detach(.alias("ua-data"), from: "web", scope: scope, force: false, isStrict: true)
            },
            device("detach NIC by force", scope) { (driver, scope) throws(DriverError) in
                try await driver.detach(.alias("ua-b"), from: "web", scope: scope, force: true, isStrict: true)
            },
        ]
    }

    static let updates: [Scenario] = [ChangeScope.live, .liveAndConfig].flatMap { scope in
        [
            device("move NIC to another bridge", scope) { (driver, scope) throws(DriverError) in
                try await driver.update(
                    Documents.bytes(Documents.nic(nil, "ua-b", bridge: "xenbr1", more: "<mtu size='9000'/>")),
                    of: "web", alias: nil, scope: scope, isStrict: true)
            },
            device("limit NIC's rate, cable out", scope) { (driver, scope) throws(DriverError) in
                try await driver.update(
                    Documents.bytes(
                        Documents.nic(
                            nil, "ua-b",
                            more: "<bandwidth><outbound average='1000'/></bandwidth><link state='down'/>")),
                    of: "web", alias: nil, scope: scope, isStrict: true)
            },
            device("link down", scope) { (driver, scope) throws(DriverError) in
                try await driver.setLinkState(.down, of: .alias("ua-b"), in: "web", scope: scope)
            },
        ]
    }

    static let start = Scenario(name: "start", devices: twoOfEach, isStarted: false) { (driver) throws(DriverError) in
        _ = try await driver.start("web", paused: false)
    }

    static let all = [start] + attaches + detaches + updates + otherAttaches + otherDetaches
}

extension DriverHost {
    /// Makes the next change to the domain, one that changes nothing, so that what was left is recovered.
    func recover() async throws -> [String] {
        guard fake.domid(named: "web") == nil else {
            return try await driver.setLinkState(.up, of: .alias("ua-a"), in: "web", scope: .live).warnings.map(
                \.description)
        }
        let definition = try await driver.document(of: "web", inactive: true)
        return try await driver.define(Documents.bytes(definition), isStrict: false).warnings.map(\.description)
    }

    /// What is left unrecovered, orphaned, doubled or foreign; empty if nothing is.
    func disorder() async throws -> [String] {
        var found = stray().map { "stray file \($0)" }
        if read(statusFile())?.contains("\"change\" :") == true { found.append("a change is left") }
        let listings = try await driver.devices(of: "web")
        if fake.domid(named: "web") != nil {
            found += listings.filter { $0.state != .bound }.map { "\($0.familiarName) is \($0.state)" }
        } else {
            if read(statusFile()) != nil { found.append("a status is left of a domain that does not run") }
            // Not one that is kept beside those that follow it.
            let nodes = fake.snapshot().xenstore
            let ours = fake.snapshot().domains.filter { domain in
                "\(domain.uuid)" == Documents.uuid && nodes["/local/domain/\(domain.domid)/vm"] == "/vm/\(domain.uuid)"
            }
            if !ours.isEmpty { found.append("a domain is left") }
        }
        return found
    }

    /// The live and the persistent document without the domain's id, to compare.
    func documents() async throws -> [String] {
        let runs = fake.domid(named: "web") != nil
        return [
            runs ? try await driver.document(of: "web", inactive: false) : "not running",
            try await driver.document(of: "web", inactive: true),
        ]
    }
}
