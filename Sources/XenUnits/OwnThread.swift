import Glibc

/// A thread for one piece of work that blocks: Swift's own threads are few, and all tasks wait where one of them blocks.
package enum OwnThread {
    /// What signals do on such a thread.
    package enum Signals: Sendable {
        /// It blocks them, as Swift's threads do, but for what its own doing raises: none is to interrupt a call on a file.
        case blocked
        /// It has them all. What it forks would inherit that they are blocked, and could not be asked to end.
        case received
    }

    /// Runs `body` on a new thread; false if there is none to be had.
    package static func start(signals: Signals = .blocked, _ body: @escaping @Sendable () -> Void) -> Bool {
        let work = Unmanaged.passRetained(
            Work {
                setMask(signals)
                body()
            })
        var thread: pthread_t = 0
        let code = pthread_create(
            &thread, nil,
            { work in
                if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        if code == 0 { pthread_detach(thread) }
        guard code == 0 else {
            work.release()
            return false
        }
        return true
    }

    private static func setMask(_ kind: Signals) {
        var blocked = sigset_t()
        switch kind {
        case .received: sigemptyset(&blocked)
        case .blocked:
            sigfillset(&blocked)
            for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGSYS] {
                sigdelset(&blocked, signal)
            }
        }
        pthread_sigmask(SIG_SETMASK, &blocked, nil)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
