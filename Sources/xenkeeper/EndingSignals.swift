import CProcess
import Dispatch
import Glibc
import XenCommands
import XenUnits

/// SIGINT, SIGTERM and SIGHUP as events of this process.
final class EndingSignals: Sendable {
    private struct State {
        var isCatching = false
        var caught: Int32?
        var giveUp: (@Sendable () -> Void)?
    }
    private let state = Locked(State())

    /// The same for a session.
    var endings: Endings {
        Endings {
            self.beginCatching()
        } caught: {
            self.state.withLock { $0.caught }
        }
    }

    /// Has `giveUp` called at the first signal, which may have come already.
    func onFirst(_ giveUp: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.giveUp = giveUp
            return state.caught != nil
        }
        if isLate { giveUp() }
    }

    /// Catches them from now on. Where that is not to be had they end the process as ever.
    private func beginCatching() {
        let isFirst = state.withLock { state in
            defer { state.isCatching = true }
            return !state.isCatching
        }
        guard isFirst else { return }
        let reader = cproc_catch_endings()
        guard reader >= 0 else { return }
        let source = DispatchSource.makeReadSource(fileDescriptor: reader, queue: DispatchQueue(label: "endings"))
        source.setEventHandler {
            // There is one byte to come, and the source lives until then.
            source.cancel()
            var byte: UInt8 = 0
            guard read(reader, &byte, 1) == 1 else { return }
            let giveUp = self.state.withLock { state in
                state.caught = Int32(byte)
                return state.giveUp
            }
            giveUp?()
        }
        source.activate()
    }
}
