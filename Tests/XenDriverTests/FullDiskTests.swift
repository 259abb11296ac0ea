import Foundation
import LibxlFake
import LibxlTestKit
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite(
    "A disk that takes no more",
    .enabled(if: SmallDisk.isAvailable, "mounting a small file system takes root's rights"))
struct FullDiskTests {
    private static let define = Scenario(name: "define", devices: "", isStarted: false) {
        (driver) throws(DriverError) in
        _ = try await driver.define(Documents.domain(Documents.threeNICs), isStrict: false)
    }

    /// A change is refused with a sentence that says where and why.
    private func expectRefused(
        _ scenario: Scenario, on host: DriverHost, because reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let error = await #expect(throws: DriverError.self, sourceLocation: sourceLocation) {
            try await scenario.change(host.driver)
        }
        guard case .state(let refusal) = error else {
            Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
            return
        }
        #expect(refusal.path.starts(with: host.root), sourceLocation: sourceLocation)
        #expect(refusal.description.contains("'\(refusal.path)': \(reason); "), sourceLocation: sourceLocation)
    }

    @Test(
        "a change on a full disk is refused by name and changes nothing; with space it is made",
        arguments: Scenario.all + [define])
    func fullBefore(_ scenario: Scenario) async throws {
        let disk = try SmallDisk()
        let host = try await scenario.host(root: disk.path.appending("host"))
        let before = host.everything()
        try disk.fill()
        await expectRefused(scenario, on: host, because: "No space left on device")
        #expect(host.everything() == before)
        try disk.free()
        try await scenario.change(host.driver)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "a change in whose middle the disk fills up is done or undone, at the latest by the next one",
        arguments: Scenario.all + [define])
    func fullWithin(_ scenario: Scenario) async throws {
        let done = try await scenario.host()
        let untouched = try await done.documents()
        let steps = Locked<[String]>([])
        try await scenario.change(
            done.otherDriver(steps: StepHook { step in steps.withLock { $0.append(step) } }))
        let finished = try await done.documents()
        let reached = steps.withLock { $0 }
        #expect(!reached.isEmpty)
        Tally.count("the disk fills up", points: reached.count)
        for (index, step) in reached.enumerated() {
            let disk = try SmallDisk()
            let host = try await scenario.host(root: disk.path.appending("host"))
            let countdown = Locked(index)
            let driver = host.otherDriver(
                steps: StepHook { _ in
                    let isNow = countdown.withLock { count in
                        defer { count -= 1 }
                        return count == 0
                    }
                    guard isNow else { return }
                    #expect(throws: Never.self) { try disk.fill() }
                })
            var refusal: DriverError?
            do throws(DriverError) { try await scenario.change(driver) } catch { refusal = error }
            // Readers go on meanwhile.
            _ = try await host.driver.devices(of: "web")
            try disk.free()
            _ = try await host.recover()
            let place: Comment = "full at '\(step)': \(refusal?.description ?? "no error")"
            #expect(try await host.disorder() == [], place)
            let documents = try await host.documents()
            if let refusal {
                #expect(refusal.description.contains("No space left on device"), place)
                #expect(documents == untouched || documents == finished, place)
            } else {
                #expect(documents == finished, place)
            }
        }
    }

    @Test("a domain can be destroyed while the disk is full, and its files are tidied up")
    func destroy() async throws {
        let disk = try SmallDisk()
        let host = try await Scenario.updates[0].host(root: disk.path.appending("host"))
        try disk.fill()
        let outcome = try await host.driver.destroy("web")
        #expect(outcome.warnings == [])
        #expect(host.fake.domid(named: "web") == nil)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "where Xen's own records are full, a change fails with that reason and is recovered as soon as there is space",
        arguments: Scenario.all)
    func xenIsFull(_ scenario: Scenario) async throws {
        let disk = try SmallDisk()
        let fake = try FakeXenHost(directory: disk.path.appending("xen"))
        let host = DriverHost(fake: fake)
        try await scenario.prepare(host)
        let (before, documents) = (fake.snapshot().comparable, try await host.documents())
        let elsewhere = try await scenario.host()
        try await scenario.change(elsewhere.driver)
        let finished = try await elsewhere.documents()
        try disk.fill()
        let error = await #expect(throws: DriverError.self) { try await scenario.change(host.driver) }
        #expect(error?.description.contains("No space left on device") == true)
        #expect(error?.description.contains(disk.path.string) == true)
        #expect(fake.snapshot().comparable == before)
        #expect(try await host.driver.domains().map(\.name).contains("web"))
        try disk.free()
        _ = try await host.recover()
        #expect(try await host.disorder() == [])
        // A link that can be put neither up nor down again stays planned, and is completed.
        let recovered = try await host.documents()
        #expect(recovered == documents || (recovered == finished && scenario.name.hasPrefix("link")))
        try await scenario.change(host.driver)
        #expect(try await host.disorder() == [])
    }

    @Test(
        "where the driver may not write, every change is refused by name, and everything can be read",
        arguments: Scenario.all + [define])
    func readOnly(_ scenario: Scenario) async throws {
        let disk = try SmallDisk()
        let host = try await scenario.host(root: disk.path.appending("host"))
        let (before, documents) = (host.everything(), try await host.documents())
        try disk.setWritable(false)
        await expectRefused(scenario, on: host, because: "Read-only file system")
        #expect(host.everything() == before)
        #expect(try await host.documents() == documents)
        try disk.setWritable(true)
        try await scenario.change(host.driver)
        #expect(try await host.disorder() == [])
    }

    @Test("a host whose directory cannot be made has its domains listed, and says why none can be defined")
    func noDirectory() async throws {
        let disk = try SmallDisk()
        try disk.setWritable(false)
        let host = DriverHost(root: disk.path.appending("host"))
        #expect(try await host.driver.domains().map(\.name) == ["Domain-0"])
        await expectRefused(Self.define, on: host, because: "Read-only file system")
    }
}
