import Testing
import XenDriver
import XenModel
import XenUnits

@Suite("A command that is killed at any step leaves nothing that the next one does not settle")
struct KillTests {
    @Test("each step of a plug", arguments: KillScenario.attaches)
    func attach(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of an unplug", arguments: KillScenario.detaches)
    func detach(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of an update", arguments: KillScenario.updates)
    func update(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of a start, a stop or a pause", arguments: KillScenario.lives)
    func live(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of what is done to another toolstack's device", arguments: KillScenario.visits)
    func visit(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of a define or an undefine", arguments: KillScenario.definitions)
    func define(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    private func killAtEachStep(_ scenario: KillScenario) async throws {
        let prepared = try await KillHost(ready: scenario)
        let before = try await prepared.books()
        let unharmed = try prepared.copy()
        await Slots.shared.take()
        let outcome = try await unharmed.run(scenario, log: true)
        await Slots.shared.give()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (after, disorder) = try await unharmed.look()
        #expect(disorder == [])
        let steps = try unharmed.program.text(of: "steps").split(separator: "\n")
        let first = scenario.since.isEmpty ? 0 : try #require(steps.firstIndex { $0 == scenario.since })
        for (index, step) in steps.enumerated().dropFirst(first) {
            await Slots.shared.take()
            let place: Comment = "killed at step \(index + 1) of \(steps.count), \(step)"
            do {
                let host = try prepared.copy()
                let killed = try await host.run(scenario, endAt: index + 1)
                #expect(killed.signal == 9, place)
                #expect(killed.output == "", place)
                try await readersGoOn(on: host, place)
                try await nextCommandSettles(scenario, try host.copy(), before, after, place)
                try await sameCommandAgain(scenario, host, after, place)
            } catch {
                Issue.record(error, place)
            }
            await Slots.shared.give()
        }
    }

    private func readersGoOn(on host: KillHost, _ place: Comment) async throws {
        let files = try host.files()
        try await host.read()
        #expect(try host.files() == files, place)
    }

    private func nextCommandSettles(
        _ scenario: KillScenario, _ host: KillHost, _ before: KillHost.Books, _ after: KillHost.Books, _ place: Comment
    ) async throws {
        let isThere = try await host.settle()
        // Nothing is left of a domain without a definition, or nothing was made of it yet.
        #expect(isThere || before.state == nil || after.state == nil, place)
        let (books, disorder) = try await host.look()
        #expect(disorder == [], place)
        #expect(books == before || books == after, place)
    }

    private func sameCommandAgain(
        _ scenario: KillScenario, _ host: KillHost, _ after: KillHost.Books, _ place: Comment
    ) async throws {
        let isPending = try host.isPending()
        let again = try await host.run(scenario)
        if again.status != 0 {
            #expect(again.status == 1, place)
            #expect(scenario.refusals.contains { again.errors.contains($0) }, "\(place): \(again.errors)")
            #expect(!(isPending && scenario.succeedsAfterPlan), "\(place): \(again.errors)")
        }
        let (books, disorder) = try await host.look()
        #expect(books == after, place)
        #expect(disorder == [], place)
    }
}
