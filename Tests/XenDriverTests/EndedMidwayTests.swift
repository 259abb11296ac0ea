import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

import enum LibxlTestKit.Tally

@Suite("A guest that ends in the middle of a change, or a domain that is taken away under it")
struct EndedMidwayTests {
    /// What becomes of the domain while the change is under way.
    enum End: String, CaseIterable, CustomTestStringConvertible {
        case crash, reboot, poweroff
        /// Another toolstack destroys it.
        case destroyed

        var testDescription: String { rawValue }

        func happen(on fake: FakeXenHost) {
            guard let domid = fake.domid(named: "web") else { return }
            switch self {
            case .crash: fake.shutDownGuest(domid, reason: .crash)
            case .reboot: fake.shutDownGuest(domid, reason: .reboot)
            case .poweroff: fake.shutDownGuest(domid, reason: .poweroff)
            case .destroyed: fake.takeDown(domid)
            }
        }
    }

    /// One of each kind; a step costs a host of its own.
    private static let changes =
        [Scenario.start, Scenario.attaches[2], Scenario.attaches[3], Scenario.detaches[3], Scenario.detaches[4]]
        + [Scenario.updates[3]]

    @Test(
        "at each of its steps: it is done or undone in both definitions, and no name is lost, doubled or moved",
        arguments: changes, End.allCases)
    func ends(_ scenario: Scenario, _ end: End) async throws {
        let done = try await scenario.host()
        let untouched = try await done.aliases(inactive: true)
        let steps = Locked(0)
        try await scenario.change(done.otherDriver(steps: StepHook { _ in steps.withLock { $0 += 1 } }))
        let finished = try await done.aliases(inactive: true)
        let count = steps.withLock { $0 }
        #expect(count > 2)
        Tally.count("the guest ends, or its domain goes", points: count)
        for number in 1...count {
            let host = try await scenario.host()
            let reached = Locked(0)
            let fake = host.fake
            let driver = host.otherDriver(
                steps: StepHook { _ in
                    let isNow = reached.withLock { reached in
                        reached += 1
                        return reached == number
                    }
                    if isNow { end.happen(on: fake) }
                })
            var refusal: DriverError?
            do throws(DriverError) { try await scenario.change(driver) } catch { refusal = error }
            let place: Comment = "at step \(number): \(refusal?.description ?? "no error")"
            #expect(refusal?.description.isEmpty != true, place)
            // As the service does.
            let uuid = try #require(DomainUUID(Documents.uuid))
            _ = try await host.driver.carryOutEnding(of: uuid)
            _ = try await host.recover()
            #expect(try await host.disorder() == [], place)
            let persistent = try await host.aliases(inactive: true)
            #expect(persistent == untouched || persistent == finished, place)
            guard fake.domid(named: "web") != nil else { continue }
            let live = try await host.aliases()
            #expect(Set(live).count == live.count, place)
        }
    }
}
