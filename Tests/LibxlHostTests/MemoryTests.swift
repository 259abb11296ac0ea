import FakeLibxlShim
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("What libxl is given leaves nothing behind")
    struct MemoryTests {
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

        // In a process of its own, which no other test shares. Under a sanitizer no bytes are counted; that says itself what
        // the other tests leak.
        @Test(
            "ten thousand plugs and unplugs of a NIC grow nothing",
            .enabled(if: RealShim.named != nil, "needs the real shim; Scripts/test builds it"),
            .enabled(if: !Sanitizer.isAny, "a sanitizer does not say how much is in use"))
        func growth() async {
            await #expect(processExitsWith: .success) {
                for _ in 0..<2 { try await Self.plug(times: 500) }
                let before = fxl_bytes_in_use()
                for _ in 0..<18 { try await Self.plug(times: 500) }
                // 233 bytes for each, and the text of the NIC has more. What threads keep at hand comes and goes.
                let after = fxl_bytes_in_use()
                guard after < before + 2 << 20 else { fatalError("\(before) bytes in use became \(after)") }
            }
        }
    }
}
