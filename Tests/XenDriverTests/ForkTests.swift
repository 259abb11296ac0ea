import Glibc
import SystemPackage
import Testing
import XenDriver
import XenUnits

@Suite("A child that is forked and goes on keeps no lock")
struct ForkTests {
    /// Swift has no name for fork(2). The child may do nothing but wait: the other threads' locks are as they were.
    private static func forkChild() -> pid_t {
        typealias Fork = @convention(c) () -> pid_t
        guard let symbol = dlsym(nil, "fork") else { return -1 }
        let parent = getpid()
        let child = unsafeBitCast(symbol, to: Fork.self)()
        while child == 0 {
            // Nobody else ends it if its parent is killed, and whoever reads the suite's output would wait for it.
            if getppid() != parent { _exit(0) }
            usleep(100_000)
        }
        return child
    }

    /// Whether somebody has the lock in the file `path`.
    private static func isLocked(_ path: String) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    @Test("while the change goes on its lock is held; then it is free, although the child lives")
    func child() async {
        // In a process of its own: the child also has what other tests have open, and their locks would be held as long as it
        // lives.
        await #expect(processExitsWith: .success) { try await Self.forkWhileLocked() }
    }

    private static func forkWhileLocked() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(""), isStrict: true)
        let lock = host.root.appending("run/xenkeeper/locks/\(Documents.uuid).lock").string
        let seen = Locked((child: pid_t(-1), isLocked: false))
        let forking = host.otherDriver(
            steps: StepHook { step in
                guard step == "driver: domain locked" else { return }
                let child = Self.forkChild()
                seen.withLock { $0 = (child, Self.isLocked(lock)) }
            })
        _ = try await forking.start("web", paused: false)
        let (child, isLocked) = seen.withLock { $0 }
        try #require(child > 0)
        defer {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
        }
        #expect(isLocked, "the child let it go for its parent")
        #expect(kill(child, 0) == 0)
        _ = try await host.driver.undefine("web", options: .within(.zero))
    }
}
