import Foundation
import Testing
import XenDriver

import enum LibxlTestKit.Tally

/// The host's power is cut while a command runs, or right after it: the domains are gone, and so are the files in
/// `run`, which are in memory. Of the others the disk has what was synced, and any part of what was not.
@Suite(
    "A power cut at any moment leaves each definition as it was before the command or as it is after it",
    .enabled(if: FileTrace.isAvailable, "strace is not there"))
struct PowerCutTests {
    private static let scenarios: [KillScenario] =
        KillScenario.definitions + [
            KillScenario.attaches[1], .attaches[2], .detaches[1], .detaches[2], .updates[0], .updates[1], .media[1],
            .visits[1],
        ]

    @Test("in every legal state of the disk", arguments: scenarios)
    func cut(_ scenario: KillScenario) async throws {
        let host = try await KillHost.ready(for: scenario)
        let before = try definition(on: host)
        // As a first command would find the disk, the directory is not there before one.
        var disk = DiskStates(of: try host.directory().onDisk)
        let (outcome, trace) = try await host.trace(scenario)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let after = try definition(on: host)
        var states = disk.all
        for operation in trace.operations where operation.path.isEmpty || operation.path.hasPrefix("etc") {
            disk.apply(operation)
            states.formUnion(disk.all)
        }
        let final = disk.all
        Tally.count("a power cut", points: states.count)
        for state in states {
            let cut = try KillHost(state.booted(with: host.directory()))
            let found = try definition(on: cut)
            // Whoever heard of success finds it there.
            let isRight = found == after || found == before && !final.contains(state)
            #expect(isRight, "\(state.files.keys.sorted()): \(found ?? "nothing")")
            #expect(try await cut.driver.domains().filter { $0.name == "vm" }.count == (found == nil ? 0 : 1))
            // Any change is made, and leaves nothing behind of what was cut off.
            _ = try await cut.driver.define(Array(Program.domain("other").utf8), isStrict: true)
            if found != nil { _ = try await cut.driver.start("vm", paused: false) }
            let left = try cut.files().keys.filter { $0.hasSuffix(".staged") || $0.hasSuffix(".new") }
            #expect(left == [], "\(state.files.keys.sorted())")
        }
    }

    private func definition(on host: KillHost) throws -> String? {
        try host.directory().files["etc/xenkeeper/domains/vm.xml"].map { String(decoding: $0, as: UTF8.self) }
    }
}

extension KillHost {
    /// Runs the scenario's command in a process of its own to its end, and says what it did to the host's files.
    fileprivate func trace(_ scenario: KillScenario) async throws -> (Program.Outcome, FileTrace) {
        _ = try program.file("document.xml", scenario.document)
        let file = program.directory.appendingPathComponent("trace").path
        // What looks for leaks is a tracer itself.
        let settings = Program.Settings(
            environment: ["ASAN_OPTIONS": "detect_leaks=0"], tracer: FileTrace.tracer(to: file))
        let outcome = try await program(scenario.words, settings: settings)
        let directory = program.directory.appendingPathComponent("host").path
        return (outcome, try FileTrace(try program.text(of: "trace"), below: directory))
    }
}

extension HostDirectory {
    /// What of it is on a disk.
    fileprivate var onDisk: HostDirectory {
        var directory = HostDirectory()
        directory.files = files.filter { $0.key.hasPrefix("etc/") }
        directory.directories = directories.filter { $0 == "etc" || $0.hasPrefix("etc/") }
        return directory
    }

    /// A host that has just booted, with this disk and the hardware of `host`.
    fileprivate func booted(with host: HostDirectory) -> HostDirectory {
        var directory = onDisk
        directory.directories.insert("xen")
        directory.files["xen/host.json"] = host.files["xen/host.json"]
        return directory
    }
}
