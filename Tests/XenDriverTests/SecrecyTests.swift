import Foundation
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel

@Suite("No alias reaches Xen")
struct SecrecyTests {
    @Test(
        "through a domain's whole life no alias crosses to Xen, and each names its device throughout",
        arguments: UInt64(1)...24)
    func life(seed: UInt64) async throws {
        let story = try Story(seed: seed, inDirectory: seed % 4 == 0)
        try await story.define()
        try await story.start()
        try await story.check()
        for _ in 0..<10 {
            do {
                try await story.step()
                try await story.check()
            } catch {
                Issue.record("seed \(seed), after \(story.deeds.joined(separator: ", ")): \(error)")
                return
            }
        }
        // Calls are kept, and what each step left in Xen was searched after it: the rest is searched once.
        #expect(story.search.places(calls: story.fake.calls) == [], "seed \(seed)")
        if let xen = story.xen { #expect(try story.search.places(directory: xen) == [], "seed \(seed)") }
        // The very same search finds the names where they belong, so it would have found them in Xen.
        let own = try story.search.places(directory: story.root.appending("etc"))
        let names = story.persistent.compactMap(\.alias)
        #expect(names.allSatisfy { name in own.contains { $0.hasPrefix("'\(name)' ") } }, "seed \(seed)")
    }

    @Test(
        "the search finds an alias that is planted in a bridge's name: in calls, in the snapshot and in the files",
        arguments: [
            ("ua-Xq7PzR2mKw9Tb4Lc", "Xq7PzR2mKw9Tb4Lc"), ("ua-Xq7PzR2mKw9Tb4Lc", "br-xq7pzr2mkw"),
            ("net0", "net0"), ("net0", "br.net0"),
        ])
    func planted(alias: String, bridge: String) async throws {
        let story = try Story(seed: 1, inDirectory: true)
        let nic = Documents.nic(Documents.mac1, "ua-a", bridge: bridge)
        _ = try await story.driver.create(Documents.domain(nic), paused: false, isStrict: true)
        var search = SecretSearch()
        if alias.hasPrefix("ua-") { search.users = [alias] } else { search.generated = [alias] }
        #expect(!search.places(calls: story.fake.calls).isEmpty)
        #expect(try !search.places(story.fake.snapshot()).isEmpty)
        let files = try search.places(directory: #require(story.xen))
        #expect(files.contains("'\(alias)' in domains/1.json"))
        #expect(files.contains("'\(alias)' in calls.jsonl"))
    }

    @Test(
        "the search does not take a part of another word for a generated alias",
        arguments: ["mynet0", "net01", "a-net0"])
    func partOfWord(text: String) {
        let search = SecretSearch(generated: ["net0"])
        #expect(search.places(in: Array(text.utf8), called: "it") == [])
        #expect(search.places(in: Array("\(text) net0".utf8), called: "it") == ["'net0' in it"])
    }
}
