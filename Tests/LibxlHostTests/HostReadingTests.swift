import LibxlAPI
import Testing

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("What libxl says of the host")
    struct HostReadingTests {
        @Test("the machine's processors and nodes are counted")
        func processors() async throws {
            try await ScriptedLibxl.run { libxl in
                let info = try await libxl.physicalInfo()
                #expect(info == LibxlPhysicalInfo(processorCount: 12, nodeCount: 2))
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
