#if Xen
import CLibxl
import CXenShim
import Foundation
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlAPI
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
        try expectSame(value, try print(value, with: printer))
    }

    private func expectSame<Value: Codable & Equatable>(_ value: Value, _ printed: String) throws {
        let (said, meant) = (try JSONTree(printed), try JSONTree(value))
        #expect(said == meant)
        #expect(try JSONDecoder().decode(Value.self, from: Data(printed.utf8)) == value)
    }

    private func expectSame<Structure: LibxlDeviceStructure>(
        _ value: Structure, with printer: (UnsafeMutableRawPointer) -> UnsafeMutablePointer<CChar>?
    ) throws {
        let text = try value.asDevice.withC(.real) { structure -> String? in
            guard let text = printer(structure) else { return nil }
            defer { free(text) }
            return String(cString: text)
        }
        try expectSame(value, try #require(text))
    }

    @Test("a configuration is to libxl what it is in our JSON", arguments: 0..<600)
    func config(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        try expectSame(generator.config()) { libxl_domain_config_to_json(nil, $0) }
    }

    @Test("a NIC is to libxl what it is in our JSON", arguments: 0..<400)
    func nic(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        try expectSame(generator.nic()) {
            libxl_device_nic_to_json(nil, $0.assumingMemoryBound(to: libxl_device_nic.self))
        }
    }

    @Test("a disk is to libxl what it is in our JSON", arguments: 0..<400)
    func disk(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        try expectSame(generator.disk()) {
            libxl_device_disk_to_json(nil, $0.assumingMemoryBound(to: libxl_device_disk.self))
        }
    }

    @Test("every text that C cannot carry is an error that names its member", arguments: 0..<3)
    func texts(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        let document = try JSONSerialization.jsonObject(with: JSONEncoder().encode(generator.config()))
        var count = 0
        for spoilt in spoiltTexts(of: document) {
            let bytes = try JSONSerialization.data(withJSONObject: spoilt)
            // Words, switches and identities are read as such, and are no texts to libxl either.
            guard let config = try? JSONDecoder().decode(LibxlDomainConfig.self, from: bytes) else { continue }
            count += 1
            #expect(throws: Unfit.self) { try LibxlFunctions.real.withC(config) { _ in } }
        }
        #expect(count > 10)
    }

    /// The document once for each text in it, with a zero byte in that.
    private func spoiltTexts(of document: Any) -> [Any] {
        switch document {
        case is String: return ["a\0b"]
        case let array as [Any]:
            return array.indices.flatMap { index in
                spoiltTexts(of: array[index]).map { spoilt in
                    var copy = array
                    copy[index] = spoilt
                    return copy
                }
            }
        case let object as [String: Any]:
            return object.flatMap { name, value -> [Any] in
                spoiltTexts(of: value).map { object.merging([name: $0]) { $1 } }
            }
        default: return []
        }
    }

    @Test("a processor feature lies where libxl has it", arguments: LibxlCPUIDPolicy.features.keys.sorted())
    func cpuFeature(name: String) throws {
        for (isOn, text) in [(true, "\(name)=1"), (false, "\(name)=0")] {
            var config = bare
            let isThere = config.buildInfo.cpuid.force(feature: name, isOn)
            #expect(isThere)
            let ours = try print(config) { libxl_domain_config_to_json(nil, $0) }
            let libxls = try print(bare) { structure in
                #expect(libxl_cpuid_parse_config(&structure.pointee.b_info.cpuid, text) == 0)
                return libxl_domain_config_to_json(nil, structure)
            }
            #expect(ours == libxls)
        }
    }

    @Test("features of one register are told together, and one that libxl does not know is said to be none")
    func cpuFeatures() throws {
        var config = bare
        let known = [("vmx", false), ("smx", true), ("vmx", true), ("vmxx", true)].map { name, isOn in
            config.buildInfo.cpuid.force(feature: name, isOn)
        }
        #expect(known == [true, true, true, false])
        #expect(config.buildInfo.cpuid.map(\.ecx) == ["xxxxxxxxxxxxxxxxxxxxxxxxx11xxxxx"])
        try expectSame(config) { libxl_domain_config_to_json(nil, $0) }
    }

    private var bare: LibxlDomainConfig {
        LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(type: .pvh, name: "inn", uuid: .zero),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(1024), targetMemory: Kibibytes(1024)))
    }

    @Test("what libxl would list is read back as the value that it was", arguments: 0..<400)
    func readBack(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        let nic = generator.nic()
        let readNIC = try LibxlDevice.nic(nic).withC(.real) {
            LibxlDeviceNIC($0.assumingMemoryBound(to: libxl_device_nic.self).pointee)
        }
        #expect(readNIC == nic)
        let disk = generator.disk()
        let readDisk = try LibxlDevice.disk(disk).withC(.real) {
            LibxlDeviceDisk($0.assumingMemoryBound(to: libxl_device_disk.self).pointee)
        }
        #expect(readDisk == disk)
    }
}

@Suite("Every list of a domain's configuration")
struct ConfigurationListTests {
    @Test("is in libxl's structure as well")
    func lists() {
        for list in LibxlDomainConfig.lists { #expect(list is any LibxlConfigPart.Type, "\(list)") }
    }

    @Test("of devices that libxl has calls for has a word of the shim's of its own")
    func kinds() {
        let parts = LibxlDevice.Kind.allCases.map { $0.structure as? any LibxlDevicePart.Type }
        #expect(!parts.contains { $0 == nil })
        #expect(Set(parts.compactMap { $0?.cKind.rawValue }).count == parts.count)
    }
}
#endif
