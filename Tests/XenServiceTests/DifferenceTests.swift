import LibxlAPI
import Testing
import XenModel
import XenUnits

@testable import XenDriver
@testable import XenService

@Suite("What has happened to a domain is the difference of two looks at it")
struct DifferenceTests {
    private static let uuid = DomainUUID("6695eb01-f6a4-8304-79aa-97f2502e193f") ?? .zero

    private static func domain(
        _ domid: UInt32? = 3, state: DomainState? = nil, ended: LibxlShutdownReason? = nil,
        _ change: (inout ObservedDomain) -> Void = { _ in }
    ) -> ObservedDomain {
        var domain = ObservedDomain(
            uuid: uuid, name: "inn", domid: domid.map(DomainID.init(rawValue:)),
            state: state ?? (domid == nil ? .shutOff : .running), ended: ended, isPersistent: true, isForeign: false,
            isAutostarted: false, restarts: 0, devices: domid == nil ? [] : [device("ua-a"), device("net0")])
        domain.memory = domid.map { _ in Kibibytes(1000) }
        change(&domain)
        return domain
    }

    private static func device(_ name: String, _ state: DeviceState = .bound, medium: String? = nil) -> ObservedDevice {
        ObservedDevice(name: name, state: state, isRefused: false, medium: medium)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let old: ObservedDomain?
        let new: ObservedDomain?
        var ending: LibxlShutdownReason?
        let kinds: [HostEvent.Kind]

        init(
            _ name: String, _ old: ObservedDomain?, _ new: ObservedDomain?, ending: LibxlShutdownReason? = nil,
            _ kinds: HostEvent.Kind...
        ) {
            testDescription = name
            self.old = old
            self.new = new
            self.ending = ending
            self.kinds = kinds
        }
    }

    static let cases: [Case] = [
        Case("nothing", domain(), domain()),
        Case("defined", nil, domain(nil), .lifecycle(.defined(.added))),
        Case("undefined", domain(nil), nil, .lifecycle(.undefined)),
        Case("started", domain(nil), domain(), .lifecycle(.started)),
        Case(
            "started held", domain(nil), domain(state: .paused), .lifecycle(.started), .lifecycle(.suspended)),
        Case("created", nil, domain { $0.isPersistent = false }, .lifecycle(.started)),
        Case("destroyed", domain(), domain(nil), .lifecycle(.stopped(.destroyed))),
        Case(
            "a transient one that is destroyed", domain { $0.isPersistent = false }, nil,
            .lifecycle(.stopped(.destroyed))),
        Case(
            "undefined while it ran, then destroyed", domain(), nil, .lifecycle(.stopped(.destroyed)),
            .lifecycle(.undefined)),
        Case("its guest has ended", domain(), domain(state: .inShutdown, ended: .poweroff), .lifecycle(.shutdown)),
        Case("its guest has crashed", domain(), domain(state: .crashed, ended: .crash), .lifecycle(.crashed)),
        Case("its watchdog ended it", domain(), domain(state: .inShutdown, ended: .watchdog), .lifecycle(.crashed)),
        Case(
            "an ended one is gone", domain(state: .inShutdown, ended: .poweroff), domain(nil),
            .lifecycle(.stopped(.shutdown))),
        Case(
            "a crashed one is gone", domain(state: .crashed, ended: .crash), domain(nil),
            .lifecycle(.stopped(.crashed))),
        Case(
            "gone after an end that nobody saw", domain(), domain(nil), ending: .reboot, .lifecycle(.shutdown),
            .lifecycle(.stopped(.shutdown))
        ),
        Case(
            "gone after a crash that nobody saw", domain(), domain(nil), ending: .crash, .lifecycle(.crashed),
            .lifecycle(.stopped(.crashed))),
        Case(
            "rebooted between two looks", domain(state: .inShutdown, ended: .reboot), domain(4) { $0.restarts = 1 },
            .lifecycle(.stopped(.shutdown)), .reboot, .lifecycle(.started)),
        Case("started anew after its end", domain(nil), domain(4) { $0.restarts = 2 }, .reboot, .lifecycle(.started)),
        Case("held", domain(), domain(state: .paused), .lifecycle(.suspended)),
        Case("let go", domain(state: .paused), domain(), .lifecycle(.resumed)),
        Case(
            "ended while it was held", domain(state: .paused), domain(state: .inShutdown, ended: .poweroff),
            .lifecycle(.shutdown)),
        Case(
            "a device has come", domain(), domain { $0.devices.append(device("ua-b")) }, .deviceAdded(device: "ua-b")),
        Case("a device is on its way", domain(), domain { $0.devices.append(device("ua-b", .attaching)) }),
        Case(
            "a device that was on its way has come", domain { $0.devices.append(device("ua-b", .attaching)) },
            domain { $0.devices.append(device("ua-b")) }, .deviceAdded(device: "ua-b")),
        Case(
            "another toolstack's device has come", domain(), domain { $0.devices.append(device("vif/5", .foreign)) },
            .deviceAdded(device: "vif/5")),
        Case("a device has gone", domain(), domain { $0.devices.removeFirst() }, .deviceRemoved(device: "ua-a")),
        Case(
            "a device is missing", domain(), domain { $0.devices[0].state = .missing }, .deviceRemoved(device: "ua-a")),
        Case("a device is to go", domain(), domain { $0.devices[0].state = .detaching }),
        Case(
            "a guest does not let go", domain { $0.devices[0].state = .detaching },
            domain {
                $0.devices[0].state = .detaching
                $0.devices[0].isRefused = true
            }, .deviceRemovalFailed(device: "ua-a")),
        Case(
            "another medium", domain { $0.devices[0].medium = "/a.iso" }, domain { $0.devices[0].medium = "/b.iso" },
            .trayMoved(device: "ua-a", isOpen: true), .mediumChanged(device: "ua-a", old: "/a.iso", new: "/b.iso"),
            .trayMoved(device: "ua-a", isOpen: false)),
        Case(
            "a medium taken out", domain { $0.devices[0].medium = "/a.iso" }, domain(),
            .trayMoved(device: "ua-a", isOpen: true), .mediumChanged(device: "ua-a", old: "/a.iso", new: nil)),
        Case("less memory", domain(), domain { $0.memory = Kibibytes(900) }, .memoryChanged(Kibibytes(900))),
        Case("a title", domain(), domain { $0.title = "The inn" }, .metadataChanged(.title)),
        Case(
            "a description", domain(nil), domain(nil) { $0.metadataDescription = "Old" }, .metadataChanged(.description)
        ),
        Case(
            "a change has ended", domain { $0.unfinished = UnfinishedChange(kind: .attach, device: "x") }, domain(),
            .jobCompleted(UnfinishedChange(kind: .attach, device: "x"))),
        Case("autostart is no event", domain(), domain { $0.isAutostarted = true }),
    ]

    @Test("each difference", arguments: cases)
    func difference(_ example: Case) {
        let events = HostEvent.difference(from: example.old, to: example.new, ending: example.ending)
        #expect(events.map(\.kind) == example.kinds)
        #expect(events.allSatisfy { $0.uuid == Self.uuid && $0.name == "inn" })
    }

    @Test("no look twice at the same has any")
    func same() {
        for example in Self.cases {
            for domain in [example.old, example.new] {
                #expect(HostEvent.difference(from: domain, to: domain) == [])
            }
        }
    }
}
