import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("What libxl says of the host")
    struct HostReadingTests {
        @Test("the machine's processors and nodes are counted")
        func processors() async throws {
            try await ScriptedLibxl.run { libxl in
                let info = try await libxl.physicalInfo()
                // Free and being scrubbed, less what is promised, in pages of 4 KiB.
                let free = Kibibytes((5000 + 70 - 9) * 4)
                #expect(info == LibxlPhysicalInfo(processorCount: 12, nodeCount: 2, freeMemory: free))
            }
        }

        @Test("how much memory a domain needs is asked with its whole configuration")
        func memory() async throws {
            try await ScriptedLibxl.run { libxl in
                var generator = Generator(ofShim: 1)
                let config = generator.config()
                let need = try await libxl.memoryNeeded(by: config)
                #expect(need.count > 1000)
                #expect(try await libxl.memoryNeeded(by: config) == need)
            }
        }

        @Test("the PCI devices that may be given to a guest are listed in the order of their addresses")
        func assignable() async throws {
            try await ScriptedLibxl.run { libxl in
                let addresses = try await libxl.assignablePCI().compactMap(\.host).map { "\($0)" }
                // The real libxl asks this machine's kernel, which is no Xen's.
                #expect(addresses == (RealShim.named == nil ? ["0000:02:04.1", "0000:03:01.0"] : []))
            }
        }
    }
}
