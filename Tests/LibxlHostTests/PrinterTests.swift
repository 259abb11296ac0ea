#if Xen
import CLibxl
import Foundation
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

/// libxl's own printer needs neither context nor host, and so can judge what was put into its structures.
@Suite("libxl prints back what it was given")
struct PrinterTests {
    private func print<Value: LibxlStructure>(
        _ value: Value, with printer: (UnsafeMutablePointer<Value.CStructure>) -> UnsafeMutablePointer<CChar>?
    ) throws -> String {
        let text = try LibxlFunctions.real.withC(value) { structure -> String? in
            guard let text = printer(structure) else { return nil }
            defer { free(text) }
            return String(cString: text)
        }
        return try #require(text)
    }

    private func expectSame<Value: LibxlStructure & Codable & Equatable>(
        _ value: Value, with printer: (UnsafeMutablePointer<Value.CStructure>) -> UnsafeMutablePointer<CChar>?
    ) throws {
        let printed = try print(value, with: printer)
        let (said, meant) = (try JSONTree(printed), try JSONTree(value))
        #expect(said == meant)
        #expect(try JSONDecoder().decode(Value.self, from: Data(printed.utf8)) == value)
    }

    @Test("a configuration is to libxl what it is in our JSON", arguments: 0..<400)
    func config(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        try expectSame(generator.config()) { libxl_domain_config_to_json(nil, $0) }
    }

    @Test("a NIC is to libxl what it is in our JSON", arguments: 0..<400)
    func nic(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        try expectSame(generator.nic()) { libxl_device_nic_to_json(nil, $0) }
    }

    @Test("a disk is to libxl what it is in our JSON", arguments: 0..<400)
    func disk(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        try expectSame(generator.disk()) { libxl_device_disk_to_json(nil, $0) }
    }

    @Test("what libxl would list is read back as the value that it was", arguments: 0..<400)
    func readBack(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        let nic = generator.nic()
        #expect(try LibxlFunctions.real.withC(nic) { LibxlDeviceNIC($0.pointee) } == nic)
        let disk = generator.disk()
        #expect(try LibxlFunctions.real.withC(disk) { LibxlDeviceDisk($0.pointee) } == disk)
    }
}
#endif
