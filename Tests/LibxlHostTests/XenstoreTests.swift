import Foundation
import LibxlAPI
import Testing
import XenUnits

import enum LibxlTestKit.Sanitizer

@testable import LibxlHost

@Suite("Reading xenstore over libxenstore", .serialized)
struct XenstoreTests {
    private let node = XenstorePath("/local/domain/7/device/vif/0")
    private let tree = [
        "/local/domain/7/device/vif/0": "", "/local/domain/7/device/vif/0/state": "4",
        "/local/domain/7/device/vif/0/mac": "00:16:3e:00:00:01", "/local/domain/7/name": "gästehaus 7",
        "/local/domain/7/device/vif/0/queue-0/ring": "8",
    ]

    private func with(
        readLimit: Duration = .seconds(60), _ body: (HostXenstore, ScriptedXenstored) async throws -> Void
    ) async throws {
        let server = try ScriptedXenstored(tree)
        defer { server.stop() }
        try await body(HostXenstore(ScriptedLibxl.shim, clock: SystemClock(), readLimit: readLimit), server)
    }

    private func eventually(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while !condition() {
            try #require(ContinuousClock.now < end)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("a node has its value, and one that is not there has none")
    func read() async throws {
        try await with { xenstore, server in
            let paths = [node.appending("state"), node, XenstorePath("/local/domain/7/name"), node.appending("none")]
            var values: [String?] = []
            for path in paths { values.append(try await xenstore.read(path)) }
            #expect(values == ["4", "", "gästehaus 7", nil])
            let together = try await xenstore.read(paths)
            #expect(together == values)
            #expect(server.opened == 1)
        }
    }

    @Test("of many readings at once each has its answer, or is given up in its time", arguments: [false, true])
    func many(isSilent: Bool) async throws {
        try await with(readLimit: isSilent ? .milliseconds(50) : .seconds(60)) { xenstore, server in
            if isSilent { server.behave(.isSilent) }
            let path = node.appending("state")
            let answers = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<50 { group.addTask { try? await xenstore.read([path, path])[1] } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: isSilent ? nil : "4", count: 50))
        }
    }

    @Test("a node's children are listed in order, and one that is not there has no list")
    func list() async throws {
        try await with { xenstore, _ in
            let lists = [
                try await xenstore.list(node), try await xenstore.list(node.appending("state")),
                try await xenstore.list(node.appending("none")),
            ]
            #expect(lists == [["mac", "queue-0", "state"], [], nil])
        }
    }

    @Test("a refusal is an error with path and reason, and the connection stays")
    func refused() async throws {
        try await with { xenstore, server in
            server.behave(.refuses)
            let error = await #expect(throws: XenstoreError.self) { _ = try await xenstore.read(node) }
            #expect(error == XenstoreError(path: node, reason: "Permission denied"))
            let several = await #expect(throws: XenstoreError.self) {
                _ = try await xenstore.read([node.appending("mac"), node])
            }
            #expect(several?.path == node.appending("mac"))
            server.behave(.answers)
            let value = try await xenstore.read(node.appending("state"))
            #expect(value == "4")
            #expect(server.opened == 1)
        }
    }

    @Test("a connection that broke is an error, and the next reading has a new one")
    func broken() async throws {
        try await with { xenstore, server in
            server.behave(.hangsUp)
            let error = await #expect(throws: XenstoreError.self) { _ = try await xenstore.list(node) }
            #expect(error?.path == node)
            server.behave(.answers)
            let value = try await xenstore.read(node.appending("state"))
            #expect(value == "4")
            #expect(server.opened == 2)
        }
    }

    @Test("where there is no xenstored a reading says so, and a watch ends")
    func nobody() async throws {
        try ScriptedXenstored(tree).stop()
        // Without either there is still the kernel's device, where this runs on Xen.
        guard !FileManager.default.fileExists(atPath: "/dev/xen/xenbus") else { return }
        let xenstore = HostXenstore(ScriptedLibxl.shim, clock: SystemClock())
        let error = await #expect(throws: XenstoreError.self) { _ = try await xenstore.read(node) }
        #expect(error?.reason.hasPrefix("cannot connect to xenstored: ") == true)
        for await _ in xenstore.watch(node) { Issue.record("nobody is there to report a change") }
    }

    @Test("a xenstored that does not answer is given up, and holds up nobody who asks later")
    func silent() async throws {
        try await with(readLimit: .milliseconds(50)) { xenstore, server in
            server.behave(.isSilent)
            let error = await #expect(throws: XenstoreError.self) { _ = try await xenstore.read(node) }
            #expect(error?.reason.hasPrefix("xenstored did not answer within ") == true)
            server.behave(.answers)
            // The limit is short, so that under load it may take more than one try.
            var value: String?
            let end = ContinuousClock.now + .seconds(60)
            while value == nil, ContinuousClock.now < end {
                value = try? await xenstore.read(node.appending("state"))
            }
            #expect(value == "4")
        }
    }

    private static let unwatchable: Comment =
        "libxenstore cancels the thread that it watches with, and the thread sanitizer cannot follow a thread into that"

    @Test(
        "a watch reports at once, and the node of each change at or below its own",
        .disabled(if: Sanitizer.isThread, unwatchable))
    func watch() async throws {
        try await with { xenstore, server in
            var signs = xenstore.watch(node).makeAsyncIterator()
            #expect(await signs.next() == node)
            server.write(node.appending("state").text, "6")
            #expect(await signs.next() == node.appending("state"))
            server.write(node.text, "")
            #expect(await signs.next() == node)
            server.stop()
            #expect(await signs.next() == nil)
        }
    }

    @Test(
        "a watch lets go of its connection when nobody iterates any more",
        .disabled(if: Sanitizer.isThread, unwatchable))
    func unwatched() async throws {
        try await with { xenstore, server in
            let (begun, source) = AsyncStream.makeStream(of: Void.self)
            let task = Task { [node] in
                for await _ in xenstore.watch(node) { source.yield() }
            }
            for await _ in begun { break }
            #expect(server.open == 1)
            task.cancel()
            await task.value
            try await eventually { server.open == 0 }
        }
    }
}
