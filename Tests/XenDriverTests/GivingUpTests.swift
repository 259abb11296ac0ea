import LibxlFake
import Testing
import XenDriver
import XenUnits

import enum LibxlTestKit.Tally

@Suite("A change that its caller gives up is done or undone there and then")
struct GivingUpTests {
    /// Cancels the task that reaches a step, counted from 1 over driver and host.
    private final class Cancellation: Sendable {
        private let state = Locked((count: 0, at: Int?.none))

        var count: Int { state.withLock { $0.count } }

        var hook: StepHook {
            StepHook { _ in
                let isDue = self.state.withLock { state in
                    state.count += 1
                    return state.count == state.at
                }
                if isDue { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }

        /// Begins to count, and cancels at step `number`.
        func begin(at number: Int?) {
            state.withLock { $0 = (0, number) }
        }
    }

    /// A host on which `scenario` was given up at a step, or by nobody, and how many steps it took.
    private func given(_ scenario: Scenario, upAt step: Int?) async throws -> (DriverHost, Int) {
        let cancellation = Cancellation()
        let host = DriverHost(hostSteps: cancellation.hook)
        try await scenario.prepare(host)
        let driver = host.otherDriver(steps: cancellation.hook)
        cancellation.begin(at: step)
        let change = Task { try await scenario.change(driver) }
        if case .failure(let error as DriverError) = await change.result, case .operation(let failure) = error {
            #expect(failure.undoFailure == nil, "\(error)")
        }
        return (host, cancellation.count)
    }

    @Test("at each step of driver and libxl: nothing is left for the next change", arguments: Scenario.all)
    func givenUp(_ scenario: Scenario) async throws {
        let untouched = try await scenario.host().documents()
        let (done, count) = try await given(scenario, upAt: nil)
        let finished = try await done.documents()
        #expect(count > 3)
        Tally.count("a change is given up at a step", points: count)
        for step in 1...count {
            let (host, _) = try await given(scenario, upAt: step)
            // A disk whose removal has begun is the guest's to let go of.
            let isDisk = scenario.name.hasPrefix("detach disk")
            let disorder = try await host.disorder().filter { !isDisk || !$0.hasSuffix("is detaching") }
            #expect(disorder == [], "step \(step)")
            let documents = try await host.documents()
            #expect(documents == untouched || documents == finished, "step \(step)")
        }
    }
}
