import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

import enum LibxlTestKit.Tally

@Suite("A change whose call fails leaves everything as it was")
struct StepFaultTests {
    /// Every call that the change makes, as "the n-th call of this operation".
    private func calls(of scenario: Scenario) async throws -> [(operation: FakeOperation, skip: Int)] {
        let host = try await scenario.host()
        let before = host.fake.calls.count
        try await scenario.change(host.driver)
        var seen: [FakeOperation: Int] = [:]
        return host.fake.calls.dropFirst(before).map { call in
            defer { seen[call.operation, default: 0] += 1 }
            return (call.operation, seen[call.operation, default: 0])
        }
    }

    @Test("each call failing before it did anything: after is as before, on both sides", arguments: Scenario.all)
    func callFails(_ scenario: Scenario) async throws {
        let calls = try await calls(of: scenario)
        #expect(calls.count > 5)
        Tally.count("a call fails", points: calls.count)
        for call in calls {
            let host = try await scenario.host()
            let before = host.everything()
            host.fake.inject(FakeFault(.fail(.failed), in: call.operation, skip: call.skip))
            do throws(DriverError) {
                try await scenario.change(host.driver)
            } catch {
                let difference = host.everything().difference(from: before)
                #expect(
                    difference.isEmpty,
                    "\(scenario.name): call \(call.skip) of \(call.operation.rawValue) failed: \(error)")
                #expect(!error.description.isEmpty)
            }
            let documents = try await host.documents()
            let news = try await host.recover()
            #expect(try await host.disorder() == [], "\(call.operation.rawValue) \(call.skip)")
            #expect(try await host.documents() == documents, "\(call.operation.rawValue) \(call.skip): \(news)")
        }
    }

    @Test("each call failing after each of its steps: the next change completes or undoes it", arguments: Scenario.all)
    func stepFails(_ scenario: Scenario) async throws {
        let untouched = try await scenario.host().documents()
        let done = try await scenario.host()
        try await scenario.change(done.driver)
        let finished = try await done.documents()
        let calls = try await calls(of: scenario)
        Tally.count("a call fails after a step", points: calls.reduce(0) { $0 + $1.operation.steps.count })
        for call in calls {
            for step in call.operation.steps {
                let host = try await scenario.host()
                host.fake.inject(FakeFault(.fail(.failed), in: call.operation, after: step, skip: call.skip))
                _ = try? await scenario.change(host.driver)
                host.fake.clearFaults()
                _ = try await host.recover()
                let place: Comment = "\(call.operation.rawValue) \(call.skip) failed after \(step)"
                #expect(try await host.disorder() == [], place)
                let documents = try await host.documents()
                #expect(documents == untouched || documents == finished, place)
            }
        }
    }

    @Test("a call that never ends is aborted at the deadline, and undone", arguments: Scenario.attaches)
    func stalls(_ scenario: Scenario) async throws {
        let host = try await scenario.host()
        let before = host.everything()
        var settings = DriverSettings.quick
        settings.operationTimeout = .seconds(1)
        let hasty = host.otherDriver(settings: settings)
        let operation: FakeOperation = scenario.name.contains("NIC") ? .addNIC : .addDisk
        host.fake.inject(FakeFault(.stall, in: operation, after: "nodes"))
        let error = await #expect(throws: DriverError.self) { try await scenario.change(hasty) }
        #expect(error?.code == .operationTimeout)
        #expect(error?.description.contains("did not end within 1.0 seconds and was aborted") == true)
        #expect(host.everything() == before)
    }

    @Test("what cannot be undone at once is undone by the next change", arguments: Scenario.attaches)
    func undoFails(_ scenario: Scenario) async throws {
        let host = try await scenario.host()
        let before = try await host.documents()
        let isNIC = scenario.name.contains("NIC")
        host.fake.inject(FakeFault(.fail(.failed), in: isNIC ? .addNIC : .addDisk, after: "backend"))
        host.fake.inject(FakeFault(.fail(.failed), in: isNIC ? .destroyNIC : .destroyDisk))
        let error = await #expect(throws: DriverError.self) { try await scenario.change(host.driver) }
        #expect(error?.description.contains("could not be undone") == true)
        #expect(try await host.driver.devices(of: "web").contains { $0.state == .attaching })
        let news = try await host.recover()
        #expect(news.contains { $0.contains("undid an attach that was interrupted") })
        #expect(try await host.disorder() == [])
        #expect(try await host.documents() == before)
    }

    @Test("an update whose new device cannot be plugged puts the old one back", arguments: [false, true])
    func replaceFails(_ both: Bool) async throws {
        let host = try await Scenario.updates[0].host { $0.bridges = ["xenbr0", "broken"] }
        let before = host.everything()
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, after: "script"))
        let error = await #expect(throws: DriverError.self) {
            try await host.driver.update(
                Documents.bytes(Documents.nic(nil, "ua-b", bridge: "broken")), of: "web", alias: nil,
                scope: both ? .liveAndConfig : .live, isStrict: true)
        }
        #expect(error?.description.contains("plugging for the update of interface 'ua-b'") == true)
        #expect(host.everything() == before)
    }

    @Test("an old device that cannot be put back is reported, kept in the books and put back by the next change")
    func putBackFails() async throws {
        let host = try await Scenario.updates[0].host()
        let before = try await host.documents()
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, times: 2))
        let error = await #expect(throws: DriverError.self) {
            try await Scenario.updates[0].change(host.driver)
        }
        #expect(error?.description.contains("could not be undone") == true)
        #expect(try await host.devids() == [0])
        let news = try await host.recover()
        #expect(news.contains { $0.contains("undid an update that was interrupted") })
        #expect(try await host.documents() == before)
        #expect(try await host.disorder() == [])
    }

    @Test("a device that can never be put back does not stop its own detach")
    func giveUp() async throws {
        let host = try await Scenario.updates[0].host()
        host.fake.inject(FakeFault(.fail(.failed), in: .addNIC, times: nil))
        _ = try? await Scenario.updates[0].change(host.driver)
        let outcome = try await host.driver.detach(
            .alias("ua-b"), from: "web", scope: .live, force: false, isStrict: false)
        #expect(outcome.warnings.contains { $0.contains("could not be put back") })
        #expect(try await host.disorder() == [])
        #expect(try await host.aliases() == ["ua-root", "ua-data", "ua-a"])
    }
}
