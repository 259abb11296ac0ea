import Foundation
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("What libxl is told leaves nothing behind")
    struct MemoryTests {
        /// How much of the process is in memory, in KiB.
        private static func resident() throws -> Int {
            let words = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii).split(separator: " ")
            return try #require(words.dropFirst().first.flatMap { Int($0) }) * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
        }

        /// Plugs a NIC and unplugs it, so many times.
        private static func plug(times: Int) async throws {
            try await ScriptedLibxl.run { libxl in
                var generator = Generator(ofShim: 1)
                let nic = generator.nic()
                for _ in 0..<times {
                    try await libxl.addDevice(.nic(nic), to: AnyOperation.domid, deadline: later)
                    _ = try await libxl.removeDevice(.nic(nic), from: AnyOperation.domid, deadline: later)
                }
            }
        }

        // In a process of its own, which the other tests of this one do not share; a sanitizer's own growth is no growth,
        // and what leaks is what the address sanitizer says at the process's end.
        @Test(
            "ten thousand plugs and unplugs of a NIC grow nothing",
            .enabled(if: RealShim.named != nil, "needs the real shim; Scripts/test builds it"))
        func growth() async {
            await #expect(processExitsWith: .success) {
                try await Self.plug(times: 500)
                try await Self.plug(times: 500)
                let before = try Self.resident()
                for _ in 0..<18 { try await Self.plug(times: 500) }
                let grown = try Self.resident() - before
                // Less than 60 bytes for each, of which any value that goes along is longer.
                guard grown < 512 || getenv("XENKEEPER_SANITIZER") != nil else {
                    Issue.record("the process grew by \(grown) KiB over 9,000 plugs")
                    return
                }
            }
        }
    }
}
