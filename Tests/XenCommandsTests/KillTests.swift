import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenModel
import XenUnits

import enum LibxlTestKit.Tally

@Suite("A command that is killed at any step leaves nothing that the next one does not recover")
struct KillTests {
    @Test("each step of a plug", arguments: KillScenario.attaches)
    func attach(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of an unplug", arguments: KillScenario.detaches)
    func detach(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of an update", arguments: KillScenario.updates)
    func update(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of a change of media", arguments: KillScenario.media)
    func media(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of a start, a stop or a pause", arguments: KillScenario.lives)
    func live(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of a restart by the service", arguments: KillScenario.restarts)
    func restart(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of what is done to another toolstack's device", arguments: KillScenario.visits)
    func visit(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    @Test("each step of a define or an undefine", arguments: KillScenario.definitions)
    func define(_ scenario: KillScenario) async throws { try await killAtEachStep(scenario) }

    private func killAtEachStep(_ scenario: KillScenario) async throws {
        let prepared = try await KillHost.ready(for: scenario)
        let before = try await prepared.books()
        let unharmed = try prepared.copy()
        let trail = try await unharmed.trail(of: scenario)
        #expect(trail.outcome.status == 0, "\(trail.outcome.errors)")
        let (after, disorder) = try await unharmed.look()
        #expect(disorder == [])
        let first = scenario.since.isEmpty ? 0 : try #require(trail.names.firstIndex { $0 == scenario.since })
        Tally.count("killed", points: trail.steps.count - first)
        for (index, step) in trail.steps.enumerated().dropFirst(first) {
            let place: Comment = "killed at step \(index + 1) of \(trail.steps.count), \(step.name)"
            do {
                #expect(step.output == "", place)
                let host = try KillHost(left: step)
                try await readersGoOn(on: host, place)
                try await nextCommandRecovers(scenario, try host.copy(), before, after, place)
                try await sameCommandAgain(scenario, host, after, place)
            } catch {
                Issue.record(error, place)
            }
        }
    }

    private func readersGoOn(on host: KillHost, _ place: Comment) async throws {
        let files = try host.files()
        try await host.read()
        #expect(try host.files() == files, place)
    }

    private func nextCommandRecovers(
        _ scenario: KillScenario, _ host: KillHost, _ before: KillHost.Books, _ after: KillHost.Books, _ place: Comment
    ) async throws {
        let isThere =
            scenario.isServices
            ? try await host.driver.serving { () throws(DriverError) in try await host.recoverBesideService() }
            : try await host.recover()
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
            #expect(!isPending, "the change was its own: \(place): \(again.errors)")
        }
        let (books, disorder) = try await host.look()
        #expect(books == after, place)
        #expect(disorder == [], place)
    }

    @Test(
        "a process that is killed leaves the host as it stood at that step",
        arguments: [
            KillScenario.attaches[1], .attaches[4], .detaches[1], .detaches[3], .updates[0], .updates[2], .media[1],
            .lives[0], .lives[2], .lives[6], .visits[1], .definitions[0], .definitions[5],
        ])
    func realKills(_ scenario: KillScenario) async throws {
        let prepared = try await KillHost.ready(for: scenario)
        let trail = try await prepared.copy().trail(of: scenario)
        // One in five, and another one in each scenario.
        let chosen = Array(stride(from: scenario.testDescription.utf8.count % 5, to: trail.steps.count, by: 5))
        for index in chosen {
            let step = trail.steps[index]
            let place: Comment = "killed at step \(index + 1) of \(trail.steps.count), \(step.name)"
            let killed = try prepared.copy()
            let outcome = try await killed.kill(scenario, atStep: index + 1)
            #expect(outcome.signal == 9, place)
            #expect(outcome.output == step.output, place)
            #expect(try killed.directory().timelessDifference(from: step.directory) == [], place)
        }
        Tally.count("killed as a process", points: chosen.count)
    }

    @Test("there is a kill at each step that the driver has a name for")
    func everyStep() async throws {
        var missing = Set(DriverStep.allCases.map(\.name))
        func count(_ trail: KillTrail) { missing.subtract(trail.names) }
        let all =
            KillScenario.attaches + KillScenario.detaches + KillScenario.updates + KillScenario.media
            + KillScenario.lives + KillScenario.restarts + KillScenario.definitions
        for scenario in all { count(try await KillHost.ready(for: scenario).trail(of: scenario)) }
        // What only recovery reaches.
        let update = KillScenario.updates[0]
        let killed = try await KillHost.ready(for: update).copy(killing: update, at: DriverStep.stepRecorded.name)
        count(try await killed.trail(of: KillScenario(beginning: .running, words: ["recover", "vm"])))
        let damaged = try await KillHost.ready(for: update)
        try damaged.damageStatus()
        count(try await damaged.trail(of: KillScenario(beginning: .running, words: ["recover", "vm"])))
        let (gone, domid) = (try await KillHost.ready(for: update), DomainID(rawValue: 1))
        let nic = try #require(try await gone.fake.listDevices(.nic, of: domid).first)
        try await gone.fake.destroyDevice(nic, of: domid, deadline: .now + .seconds(3600))
        count(try await gone.trail(of: KillScenario(beginning: .running, words: ["recover", "vm"])))
        let alias = ["alias-set", "vm", "ua-other", "--alias", "ua-a"]
        count(try await KillHost.ready(for: update).trail(of: KillScenario(beginning: .running, words: alias)))
        #expect(missing == [])
    }
}
