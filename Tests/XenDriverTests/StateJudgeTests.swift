import Foundation
import SystemPackage
import Testing

@Suite("Whatever stands in a state file")
struct StateJudgeTests {
    @Test("nothing ends or waits for ever, and the other domains go on", arguments: 0..<4)
    func changes(_ seed: Int) async throws {
        let top = FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: top.string) }
        // Long enough for a machine that has much else to do.
        let judge = try await StateJudge(preparedIn: top.appending("ready"), limit: .seconds(3600))
        var random = Generator(seed: UInt64(seed))
        for round in 0..<8 {
            let length = 1 + 4 * Int(1 + random.next() % 3)
            var input = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Words are changed, mostly: other bytes are the fuzzer's.
            let count = StateJudge.files.count
            input[0] = UInt8(random.pick(0..<count) + (random.once(in: 6) ? 0 : count))
            let root = top.appending("\(round)")
            let broken = try await judge.broken(input, in: root)
            #expect(broken == [], "seed \(seed), round \(round): \(judge.changed(input).file) \(input)")
            try FileManager.default.removeItem(atPath: root.string)
        }
    }
}
