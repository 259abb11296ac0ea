import CXenInterface
package import LibxlAPI
package import XenUnits

/// The real libxl.
///
/// Each operation has a thread and a libxl context of its own, and so goes on beside the others whatever these wait for.
/// Reading is bounded by a limit of its own. All calls need root in the control domain.
public struct HostLibxl: Sendable {
    /// How long a call that only reads may take.
    let readLimit: Duration
    /// How long an aborted operation may take to end before the caller hears that it goes on by itself.
    private let abortGrace: Duration
    let clock: any HostClock
    let shim: Shim
    /// Yields when there may be new domains.
    let introductions: @Sendable () -> AsyncStream<XenstorePath>
    /// Where libxl keeps what it knows of domains. Source: `libxl__userdata_path`.
    let userdata: String
    private let readers: ReaderContexts
    private let answered: CallObserver

    /// Hears, on any thread, of each call that libxl answered, and how long libxl took.
    public typealias CallObserver = @Sendable (_ call: String, _ took: Duration) -> Void

    /// Opens libxl on this host through its shim; throws if there is no Xen under this system, or if it may not be used.
    package init(
        _ shim: Shim, clock: any HostClock, readLimit: Duration = .seconds(30), abortGrace: Duration = .seconds(10),
        userdata: String = "/var/lib/xen", answered: @escaping CallObserver = { _, _ in },
        introductions: (@Sendable () -> AsyncStream<XenstorePath>)? = nil
    ) throws(LibxlError) {
        self.shim = shim
        self.answered = answered
        self.introductions = introductions ?? { XenstoreWatch.stream(of: .introductions, shim) }
        self.userdata = userdata
        self.readLimit = readLimit
        self.abortGrace = abortGrace
        self.clock = clock
        readers = ReaderContexts(shim)
        readers.put(try readers.take())
    }

    /// Whether operations that libxl would not end are still under way: the process then must leave by `_exit`, because
    /// libxl's contexts cannot be taken down under them.
    public static var hasAbandonedOperations: Bool { AbandonedOperations.areThere }

    /// Runs a libxl function that changes something, on a context of its own.
    func operate<Value: Sendable>(
        _ call: String, deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable (LibxlContext) throws(LibxlError) -> Value
    ) async throws(LibxlError) -> Value {
        let (shim, answered, clock) = (shim, answered, clock)
        return try await Operation<Value>(call, abortGrace: abortGrace, clock).run(deadline: deadline) {
            () throws(LibxlError) in
            try LibxlContext(shim)
        } _: { context in
            Self.outcome(of: call, answered, clock) { () throws(LibxlError) in try body(context) }
        }.get()
    }

    /// Runs a libxl function that does something to a domain and takes nothing else.
    func operate(
        _ call: String, on domid: DomainID, deadline: ContinuousClock.Instant,
        _ function:
            any KeyPath<cxen_shim, @convention(c) (OpaquePointer, UInt32) -> Int32> & Sendable
    ) async throws(LibxlError) {
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.check(context.shim.functions[keyPath: function](context.raw, domid.rawValue), call)
        }
    }

    /// Runs a libxl function that only reads.
    func read<Value: Sendable>(
        _ call: String, _ body: @escaping @Sendable (LibxlContext) throws(LibxlError) -> Value
    ) async throws(LibxlError) -> Value {
        let (readers, answered, clock) = (readers, answered, clock)
        return try await Operation<Value>(call, abortGrace: .zero, clock).run(deadline: clock.now + readLimit) {
            () throws(LibxlError) in
            try readers.take()
        } _: { context in
            let outcome = Self.outcome(of: call, answered, clock) { () throws(LibxlError) in try body(context) }
            switch outcome {
            case .success: readers.put(context)
            case .failure(let error): if error.code == .domainNotFound { readers.put(context) }
            }
            return outcome
        }.get()
    }

    /// What `body` makes of a call; the observer hears how long that took.
    private static func outcome<Value>(
        of call: String, _ answered: CallObserver, _ clock: any HostClock,
        _ body: () throws(LibxlError) -> Value
    ) -> Result<Value, LibxlError> {
        let begun = clock.now
        let outcome = Result { () throws(LibxlError) in try body() }
        answered(call, begun.duration(to: clock.now))
        return outcome
    }
}

extension LibxlContext {
    /// Throws unless `code` is libxl's success.
    func check(_ code: Int32, _ call: String) throws(LibxlError) {
        guard code == 0 else { throw error(code, in: call) }
    }
}
