import Foundation
import Glibc
import Testing
import XenUnits

@testable import LibxlHost

@Suite("The processes of this machine, as its kernel shows them")
struct KernelProcessesTests {
    /// Runs a program that ends with a line of its input, with `arguments` that it does not look at.
    private func withProcess<Value>(
        _ arguments: [String], _ body: (pid_t, _ end: () -> Void) async throws -> Value
    ) async throws -> Value {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        let words = ["sh", "-c", "read line; exit 0", "qemu"] + arguments
        let texts: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer {
            texts.forEach { free($0) }
            posix_spawn_file_actions_destroy(&actions)
            close(ends[0])
        }
        var pid: pid_t = 0
        #expect(posix_spawn(&pid, "/bin/sh", &actions, nil, texts, nil) == 0)
        // A line: a child of another test may have the pipe open as well.
        func end() { _ = write(ends[1], "\n", 1) }
        defer {
            end()
            close(ends[1])
            var status: CInt = 0
            waitpid(pid, &status, 0)
        }
        return try await body(pid, end)
    }

    @Test("a process is a domain's device model if its arguments say so, and another that has its number is not")
    func deviceModel() async throws {
        try await withProcess(["-xen-domid", "17", "-name", "inn"]) { pid, _ in
            let processes = KernelProcesses()
            // For a moment a new program has no arguments.
            var looks = 0
            while await !processes.isDeviceModel(pid, of: DomainID(rawValue: 17)), looks < 1000 {
                looks += 1
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(looks < 1000)
            #expect(await !processes.isDeviceModel(pid, of: DomainID(rawValue: 1)))
            #expect(await !processes.isDeviceModel(getpid(), of: DomainID(rawValue: 17)))
            #expect(await !processes.isDeviceModel(Int32.max, of: DomainID(rawValue: 17)))
        }
    }

    @Test("the end of a process is seen, also of one that is no child or is gone already")
    func end() async throws {
        let processes = KernelProcesses()
        for await _ in processes.end(of: Int32.max) {}
        try await withProcess([]) { pid, end in
            let hasEnded = Locked(false)
            let task = Task {
                for await _ in processes.end(of: pid) {}
                #expect(hasEnded.withLock { $0 })
            }
            try await Task.sleep(for: .milliseconds(20))
            hasEnded.withLock { $0 = true }
            end()
            await task.value
        }
    }

    @Test("one who does not wait for it any more hears of nothing")
    func cancelled() async throws {
        try await withProcess([]) { pid, _ in
            let task = Task { for await _ in KernelProcesses().end(of: pid) {} }
            task.cancel()
            await task.value
        }
    }
}
