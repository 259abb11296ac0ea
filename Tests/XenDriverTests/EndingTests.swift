import Foundation
import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("What becomes of a domain whose guest has ended")
struct EndingTests {
    /// A way to end, and what the definition says of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let reason: LibxlShutdownReason
        /// nil where no element speaks of the reason.
        let element: String?
        let action: String
        var isKept: Bool { action == "preserve" || reason == .softReset || reason == .suspend }

        var testDescription: String { "\(reason.rawValue), \(element ?? "nothing") is \(action)" }

        /// What the news must say of the action.
        var news: [String] {
            switch (element, action) {
            case (nil, _):
                reason == .softReset
                    ? ["xenkeeperd does not run here, so the domain is kept as it is"] : ["was destroyed"]
            case (_, "destroy"): ["so the domain was destroyed"]
            case (_, "preserve"): ["kept as it is", "destroy it when"]
            case (_, "restart"), (_, "rename-restart"): ["xenkeeperd does not run here, so the domain was destroyed"]
            case (_, "coredump-destroy"): ["so the domain was destroyed; the memory of its guest is in '"]
            default:
                ["xenkeeperd does not run here, so the domain was destroyed; the memory of its guest is in '"]
            }
        }

        static let all: [Case] =
            [
                (LibxlShutdownReason.poweroff, "on_poweroff"), (.reboot, "on_reboot"), (.crash, "on_crash"),
            ].flatMap { reason, element in
                [
                    "destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart",
                ].map { Case(reason: reason, element: element, action: $0) }
            } + [.unknown, .watchdog, .softReset, .suspend].map { Case(reason: $0, element: nil, action: "destroy") }
    }

    /// Of which nothing is to be warned.
    private static let devices =
        Documents.nic(Documents.mac1, "ua-a") + Documents.nic(Documents.mac3, "ua-b")
        + Documents.disk("xvda", "ua-root", source: "/dev/vg/root")
        + Documents.disk("xvdb", "ua-data", source: "/dev/vg/data")

    private func ended(_ example: Case) async throws -> DriverHost {
        let host = DriverHost()
        let extra = example.element.map { "<\($0)>\(example.action)</\($0)>" } ?? ""
        _ = try await host.driver.define(Documents.domain(Self.devices, extra: extra), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        host.fake.shutDownGuest(try host.domid(), reason: example.reason)
        return host
    }

    /// A change that makes nothing of the domain but what recovery does.
    private func touch(_ host: DriverHost) async throws -> [String] {
        let definition = try await host.driver.document(of: "web", inactive: true)
        return try await host.driver.define(Documents.bytes(definition), isStrict: false).warnings.map(\.description)
    }

    @Test("it is shown so, and reading does nothing to it", arguments: Case.all)
    func shown(_ example: Case) async throws {
        let host = try await ended(example)
        let before = host.everything()
        for _ in 1...2 {
            let listing = try await host.driver.domain("web")
            #expect(listing.state == (example.reason == .crash ? .crashed : .inShutdown))
            let word = example.reason.rawValue.replacingOccurrences(of: "_", with: " ")
            #expect(listing.reason.rawValue == (example.reason == .crash ? "unknown" : word))
            #expect(listing.domid == (try host.domid()))
            #expect(try await host.driver.devices(of: "web").count == 4)
        }
        #expect(host.everything() == before)
    }

    @Test("the next change does what the definition says, and tells what it did not do", arguments: Case.all)
    func carriedOut(_ example: Case) async throws {
        let host = try await ended(example)
        let domid = try host.domid()
        let news = try await touch(host)
        #expect((host.fake.domid(named: "web") == domid) == example.isKept)
        #expect((host.read(host.statusFile()) != nil) == example.isKept)
        #expect(try await host.disorder() == [])
        guard example.reason != .suspend else {
            #expect(news == [])
            return
        }
        #expect(news.count == 1)
        for part in example.news { #expect(news.first?.contains(part) == true, "\(news)") }
        if let element = example.element {
            #expect(news.first?.contains("its \(element) is '\(example.action)'") == true, "\(news)")
        }
        #expect(news.first?.hasPrefix("domain 'web' (id \(domid)): its guest ") == true)
        // Said once of one that is gone, and each time of one that is kept.
        #expect(try await touch(host).isEmpty == !example.isKept)
    }

    @Test("start has it back where it is not kept, and says why not where it is", arguments: Case.all)
    func startAgain(_ example: Case) async throws {
        let host = try await ended(example)
        let domid = try host.domid()
        let error = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(error == (example.isKept ? "guestEnded" : "none"))
        #expect((try host.domid() == domid) == example.isKept)
        #expect(try await host.disorder() == [])
        if example.isKept {
            _ = try await host.driver.destroy("web")
            _ = try await host.driver.start("web", paused: false)
        }
        #expect(try await host.driver.domain("web").state == .running)
    }

    @Test("nothing that runs is expected of it", arguments: AnyVerb.power)
    func noGuest(_ verb: AnyVerb) async throws {
        for action in ["destroy", "preserve"] {
            let host = try await ended(Case(reason: .poweroff, element: "on_poweroff", action: action))
            let error = await errorName { () throws(DriverError) in try await verb.run(host.driver, "web") }
            #expect(error == (action == "preserve" ? "guestEnded" : "notRunning"))
        }
    }

    @Test("the live definition decides, not one that was defined since")
    func liveDefinition() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(
            Documents.domain(extra: "<on_poweroff>preserve</on_poweroff>"), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        host.fake.shutDownGuest(try host.domid(), reason: .poweroff)
        _ = try await touch(host)
        #expect(try await host.driver.domain("web").state == .inShutdown)
    }

    @Test("a transient domain is gone after that, and its disks are free")
    func transient() async throws {
        let host = DriverHost()
        let before = host.everything()
        _ = try await host.driver.create(Documents.domain(Self.devices), paused: false, isStrict: false)
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        let error = await errorName { () throws(DriverError) in try await host.driver.start("web", paused: false) }
        #expect(error == "noDomain")
        #expect(host.everything() == before)
        let outcome = try await host.driver.create(
            Documents.domain(Self.devices), paused: false, isStrict: false)
        #expect(outcome.warnings == [])
        host.fake.shutDownGuest(try host.domid(), reason: .reboot)
        let again = try await host.driver.create(
            Documents.domain(Self.devices), paused: false, isStrict: false)
        #expect(again.warnings.contains { if case .ending(let ending, _) = $0 { !ending.isPersistent } else { false } })
        #expect(try await host.driver.domain("web").state == .running)
    }

    @Test("a change that a killed command left goes with the domain")
    func plan() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Self.devices), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "nodes"))
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyNIC))
        _ = try? await host.driver.attach(
            Documents.bytes(Documents.nic("00:16:3e:00:00:05", "ua-new")), to: "web", scope: .liveAndConfig,
            isStrict: true)
        #expect(host.read(host.statusFile())?.contains("\"change\" :") == true)
        host.fake.shutDownGuest(try host.domid(), reason: .poweroff)
        _ = try await touch(host)
        #expect(try await host.disorder() == [])
        #expect(try await host.aliases(inactive: true).contains("ua-new") == false)
    }

    @Test(
        "a destroy that fails after any step is done by the change after that",
        arguments: FakeOperation.destroyDomain.steps)
    func destroyFails(_ step: String) async throws {
        let host = try await ended(Case(reason: .crash, element: "on_crash", action: "destroy"))
        host.fake.inject(FakeFault(.fail(.failed), in: .destroyDomain, after: step))
        let news = try await touch(host)
        let isGone = step == "domain"
        #expect(news.contains { $0.contains("the domain cannot be destroyed") } != isGone, "\(news)")
        #expect(try await touch(host).count == (isGone ? 0 : 1))
        #expect(try await host.disorder() == [])
        #expect(try await host.driver.domain("web").state == .shutOff)
    }

    @Test("destroy destroys it, whatever its definition says", arguments: Case.all)
    func destroyed(_ example: Case) async throws {
        let host = try await ended(example)
        #expect(try await host.driver.destroy("web").warnings == [])
        #expect(try await host.disorder() == [])
        #expect(try await host.driver.domain("web").state == .shutOff)
    }
}
