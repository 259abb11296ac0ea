import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenUnits

@Suite("How far a change is, is reported as it goes")
struct ChangeHookTests {
    private func progress(of scenario: Scenario, _ configure: (DriverHost) -> Void = { _ in }) async throws -> [String]
    {
        let reported = Locked<[ChangeProgress]>([])
        let host = try await scenario.host()
        configure(host)
        let driver = host.otherDriver(changes: ChangeHook { progress in reported.withLock { $0.append(progress) } })
        try? await scenario.change(driver)
        return reported.withLock { $0 }.map {
            "\($0.domain): \($0.kind.rawValue) of \($0.device ?? "-") \($0.done)/\($0.steps)"
        }
    }

    @Test("a NIC that comes with its link down is plugged, then its link is set, then all is done")
    func attach() async throws {
        #expect(
            try await progress(of: Scenario.attaches[0])
                == (0...2).map { "web: attach of interface 'ua-new' (00:16:3e:00:00:03) \($0)/2" })
    }

    @Test("an update has two steps, and the end comes after the last")
    func update() async throws {
        #expect(
            try await progress(of: Scenario.updates[0])
                == (0...2).map { "web: update of interface 'ua-b' (00:16:3e:00:00:01) \($0)/2" })
    }

    @Test("a change that fails has no end")
    func failure() async throws {
        let progress = try await progress(of: Scenario.attaches[0]) {
            $0.fake.inject(FakeFault(.fail(.failed), in: .addNIC))
        }
        #expect(progress == ["web: attach of interface 'ua-new' (00:16:3e:00:00:03) 0/2"])
    }
}
