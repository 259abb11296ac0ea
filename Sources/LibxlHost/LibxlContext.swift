import CXenInterface
import Glibc
import LibxlAPI
import XenUnits

/// A libxl context with its own log; closed when the last who uses it lets go, so never under a call.
final class LibxlContext: @unchecked Sendable {
    // Sound: the pointer never changes, `ctx_abort` may run beside any call, and the callers of everything else are
    // one operation at a time, which hands the context on only when it has ended.
    let raw: OpaquePointer
    let shim: Shim
    private let disaster: Disaster

    /// Opens a context on the host.
    init(_ shim: Shim) throws(LibxlError) {
        let call = "libxl_ctx_alloc"
        disaster = Disaster()
        let opened = shim.functions.ctx_new(
            { user, message in
                guard let user else { return }
                Unmanaged<Disaster>.fromOpaque(user).takeUnretainedValue().happened(String(cString: message))
            }, Unmanaged.passUnretained(disaster).toOpaque())
        guard let opened else { throw LibxlError(.noMemory, in: call, log: "out of memory or open files") }
        raw = opened
        self.shim = shim
        // Past this point the deinit closes the context, on errors too.
        let code = shim.functions.ctx_connect(opened)
        guard code == 0 else { throw error(code, in: call) }
    }

    deinit {
        shim.functions.ctx_close(raw)
    }

    /// Asks the call that is under way to end; whether libxl knows of one. May block while libxl builds a domain.
    func abort() -> Bool {
        shim.functions.ctx_abort(raw) != LibxlError.Code.notFound.rawValue
    }

    /// libxl's answer `code` to `call`, with what it logged since the last error.
    func error(_ code: Int32, in call: String, log more: String = "") -> LibxlError {
        var log = more
        if let text = shim.functions.ctx_take_log(raw)?.taken() { log += (log.isEmpty ? "" : "\n") + text }
        while log.hasSuffix("\n") { log.removeLast() }
        return LibxlError(LibxlError.Code(rawValue: code), in: call, log: log)
    }

    /// Throws away what was logged.
    func forgetLog() {
        free(shim.functions.ctx_take_log(raw))
        _ = takeForced()
    }

    /// Whether libxl took a device away by force since this was last asked.
    func takeForced() -> Bool {
        shim.functions.ctx_take_forced(raw)
    }

    /// Calls `handler`, at once if it is too late, when libxl can no longer tell that a call has ended; nil for nobody.
    /// It is called from within libxl and must not call it.
    func onDisaster(_ handler: (@Sendable (String) -> Void)?) {
        disaster.setHandler(handler)
    }
}

/// Whom to tell that libxl broke down.
private final class Disaster: Sendable {
    private struct State {
        var message: String?
        var handler: (@Sendable (String) -> Void)?
    }
    private let state = Locked(State())

    func happened(_ message: String) {
        let handler = state.withLock { state in
            state.message = message
            return state.handler
        }
        handler?(message)
    }

    func setHandler(_ handler: (@Sendable (String) -> Void)?) {
        let message = state.withLock { state in
            state.handler = handler
            return state.message
        }
        if let message { handler?(message) }
    }
}
