import Testing

@testable import XenUnits

@Suite("Sleeping by the clock of this machine")
struct AlarmTests {
    private let clock = SystemClock()

    @Test("everyone sleeps until the instant, whatever the order they lay down in")
    func everyone() async {
        let begun = clock.now
        let woken = Locked<Set<Int>>([])
        await withTaskGroup { group in
            for place in [3, 1, 4, 0, 2] {
                group.addTask {
                    try? await clock.sleep(until: begun + .milliseconds(20 * place))
                    #expect(clock.now >= begun + .milliseconds(20 * place))
                    _ = woken.withLock { $0.insert(place) }
                }
            }
        }
        #expect(woken.withLock { $0 } == [0, 1, 2, 3, 4])
    }

    @Test("a sleep ends at once that is over, or cancelled before or while it lasts", arguments: [true, false])
    func ends(isCancelledBefore: Bool) async throws {
        try await clock.sleep(until: clock.now - .seconds(1))
        let task = Task {
            if isCancelledBefore { withUnsafeCurrentTask { $0?.cancel() } }
            try await clock.sleep(until: clock.now + .seconds(600))
        }
        if !isCancelledBefore { task.cancel() }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
