#if Xen
import FakeLibxlShim
import Foundation
import LibxlAPI
import XenUnits
import Testing

@testable import LibxlHost

/// The libxl that answers as it is told, under the real `HostLibxl` and the real shim.
enum ScriptedLibxl {
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

        var testDescription: String { "ending \(ending.rawValue), code \(code.rawValue)" }
    }

    /// xentoollog's levels.
    static let (debug, warning, error): (Int32, Int32, Int32) = (1, 7, 8)

    /// Runs `body` on a fresh libxl, and sees afterwards that everything which was opened, initialised or given out
    /// came back, and that libxl was not used as it forbids.
    static func run(
        _ plan: Plan = Plan(), introductions: AsyncStream<Void>? = nil, readLimit: Duration = .seconds(60),
        abortGrace: Duration = .seconds(60), userdata: String = "/nonexistent",
        answered: @escaping HostLibxl.CallObserver = { _, _ in },
        sourceLocation: SourceLocation = #_sourceLocation, _ body: (HostLibxl) async throws -> Void
    ) async throws {
        fxl_begin()
        set(plan)
        let result: Result<Void, any Error>
        do {
            try await body(
                try HostLibxl(
                    libxl: LibxlFunctions(table: fxl_libxl()), clock: SystemClock(), readLimit: readLimit,
                    abortGrace: abortGrace, userdata: userdata, answered: answered,
                    introductions: { introductions ?? AsyncStream { $0.finish() } }))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        fxl_release()
        let end = ContinuousClock.now + .seconds(60)
        while !isAtRest, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
        let counts = fxl_get_counts()
        #expect(counts.contexts_opened == counts.contexts_closed, "contexts", sourceLocation: sourceLocation)
        #expect(counts.initialised == counts.disposed, "structures", sourceLocation: sourceLocation)
        #expect(counts.lists_given == counts.lists_freed, "lists", sourceLocation: sourceLocation)
        #expect(counts.under_way == 0, "operations", sourceLocation: sourceLocation)
        #expect(counts.misuses == 0, "misuses", sourceLocation: sourceLocation)
        #expect(!HostLibxl.hasAbandonedOperations, sourceLocation: sourceLocation)
        try result.get()
    }

    private static var isAtRest: Bool {
        let counts = fxl_get_counts()
        return counts.contexts_opened == counts.contexts_closed && !HostLibxl.hasAbandonedOperations
    }

    static func set(_ plan: Plan) {
        func with<Value>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Value) -> Value {
            guard let text else { return body(nil) }
            return text.withCString(body)
        }
        with(plan.log) { log in
            with(plan.disaster) { disaster in
                fxl_set_plan(
                    fxl_plan(
                        ending: plan.ending, code: plan.code.rawValue, log: log, log_level: plan.logLevel,
                        log_errno: plan.logErrno, children: plan.children,
                        early_aborts: plan.earlyAborts, disaster: disaster))
            }
        }
    }

    /// The operations so far, a line each.
    static var calls: [String] {
        let text = fxl_get_calls()
        defer { free(text) }
        return String(cString: text).split(separator: "\n").map(String.init)
    }

    /// Waits until libxl is at work on `count` operations.
    static func underWay(_ count: Int32) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while fxl_get_counts().under_way != count {
            try #require(ContinuousClock.now < end, "no \(count) operations got under way")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// A deadline that no test reaches.
var later: ContinuousClock.Instant { .now + .seconds(600) }
#endif
