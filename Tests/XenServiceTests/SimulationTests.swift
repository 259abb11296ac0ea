import Foundation
import Testing

/// Longer, and with another seed, by `Scripts/simulate`.
@Suite("Whatever is done and goes wrong, driver, files and Xen agree, and no alias is lost, doubled or moved")
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test("a host's life, drawn from a seed")
    func life() async throws {
        let seconds = Self.environment["XENKEEPER_SIMULATION_SECONDS"].flatMap(Double.init)
        var seed = Self.environment["XENKEEPER_SIMULATION_SEED"].flatMap(UInt64.init) ?? 1
        let isOneSeed = seconds == nil || Self.environment["XENKEEPER_SIMULATION_ONE"] != nil
        let end = Date(timeIntervalSinceNow: seconds ?? 0)
        var tally: [String: Int] = [:]
        var steps = 0
        repeat {
            let simulation = try Simulation(seed: seed)
            var problems: [String] = []
            for _ in 1...(seconds == nil ? 300 : 1000) where problems.isEmpty {
                steps += 1
                do { problems = try await simulation.step() } catch { problems = ["\(error)"] }
            }
            if problems.isEmpty { problems = try await simulation.rest() }
            let story = (problems + ["after:"] + simulation.deeds).joined(separator: "\n  ")
            #expect(problems.isEmpty, "seed \(seed): \(story)")
            tally.merge(simulation.tally, uniquingKeysWith: +)
            if !problems.isEmpty { break }
            seed += 1
        } while !isOneSeed && Date() < end
        guard seconds != nil else { return }
        print("\(steps) deeds, the last seed was \(seed - 1)")
        for (name, count) in tally.sorted(by: { $0.key < $1.key }) { print("  \(name): \(count)") }
    }
}
