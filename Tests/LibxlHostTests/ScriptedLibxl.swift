import FakeLibxlShim
import Foundation
import LibxlAPI
import Testing
import XenUnits

@testable import LibxlHost

/// The libxl that answers as scripted, under the real `HostLibxl`: the fake shim, or below the real one where both that and
/// the library that stands in for libxl are named.
enum ScriptedLibxl {
    private static let backend: (controls: fxl_controls, shim: Shim) = {
        guard let real = RealShim.named else { return (fxl_fake().pointee, Shim(fxl_shim())) }
        return (real.controls, real.shim)
    }()

    static var controls: fxl_controls { backend.controls }
    static var shim: Shim { backend.shim }

    static var counts: fxl_counts {
        var counts = fxl_counts()
        controls.get_counts(&counts)
        return counts
    }

    /// What operations do.
    struct Plan: Sendable, CustomTestStringConvertible {
        var ending = FXL_AT_ONCE
        var code = LibxlError.Code(rawValue: 0)
        var log: String?
        /// One of xentoollog's levels.
        var logLevel: Int32 = 8
        var logErrno: Int32 = -1
        var children: Int32 = 0
        var earlyAborts: Int32 = 0
        var disaster: String?
        var refused: String?
        var dropped: String?

        var testDescription: String { "ending \(ending.rawValue), code \(code.rawValue)" }
    }

    /// xentoollog's levels.
    static let (debug, warning, error): (Int32, Int32, Int32) = (1, 7, 8)

    /// Runs `body` on a fresh libxl, and sees afterwards that everything which was opened, initialised or given out
    /// came back, and that libxl was not used as it forbids.
    static func run(
        _ plan: Plan = Plan(), introductions: AsyncStream<XenstorePath>? = nil, readLimit: Duration = .seconds(60),
        abortGrace: Duration = .seconds(60), userdata: String = "/nonexistent",
        answered: @escaping HostLibxl.CallObserver = { _, _ in },
        sourceLocation: SourceLocation = #_sourceLocation, _ body: (HostLibxl) async throws -> Void
    ) async throws {
        ScriptedLibxl.controls.begin()
        set(plan)
        let result: Result<Void, any Error>
        do {
            try await body(
                try HostLibxl(
                    ScriptedLibxl.shim, clock: SystemClock(), readLimit: readLimit,
                    abortGrace: abortGrace, userdata: userdata, answered: answered,
                    introductions: { introductions ?? AsyncStream { $0.finish() } }))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        ScriptedLibxl.controls.release()
        let end = ContinuousClock.now + .seconds(60)
        while !isAtRest, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
        let counts = ScriptedLibxl.counts
        #expect(counts.contexts_opened == counts.contexts_closed, "contexts", sourceLocation: sourceLocation)
        #expect(counts.initialised == counts.disposed, "structures", sourceLocation: sourceLocation)
        #expect(counts.lists_given == counts.lists_freed, "lists", sourceLocation: sourceLocation)
        #expect(counts.under_way == 0, "operations", sourceLocation: sourceLocation)
        #expect(counts.misuses == 0, "misuses", sourceLocation: sourceLocation)
        #expect(!HostLibxl.hasAbandonedOperations, sourceLocation: sourceLocation)
        try result.get()
    }

    private static var isAtRest: Bool {
        let counts = ScriptedLibxl.counts
        return counts.contexts_opened == counts.contexts_closed && !HostLibxl.hasAbandonedOperations
    }

    static func set(_ plan: Plan) {
        func with<Value>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Value) -> Value {
            guard let text else { return body(nil) }
            return text.withCString(body)
        }
        with(plan.log) { log in
            with(plan.disaster) { disaster in
                with(plan.refused) { refused in
                    with(plan.dropped) { dropped in
                        var next = fxl_plan(
                            ending: plan.ending, code: plan.code.rawValue, log: log, log_level: plan.logLevel,
                            log_errno: plan.logErrno, children: plan.children, early_aborts: plan.earlyAborts,
                            disaster: disaster, refused: refused, dropped: dropped)
                        controls.set_plan(&next)
                    }
                }
            }
        }
    }

    /// The operations so far, a line each.
    static var calls: [String] {
        let text = controls.get_calls()
        defer { free(text) }
        return String(cString: text).split(separator: "\n").map(String.init)
    }

    /// Waits until libxl is at work on `count` operations.
    static func underWay(_ count: Int32) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while ScriptedLibxl.counts.under_way != count {
            try #require(ContinuousClock.now < end, "no \(count) operations got under way")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// A deadline that no test reaches.
var later: ContinuousClock.Instant { .now + .seconds(600) }

extension LibxlShutdownReason {
    /// Its number in libxl, which is a word less than its place among ours.
    var number: Int32 { Int32(Self.allCases.firstIndex(of: self) ?? 0) - 1 }
}
