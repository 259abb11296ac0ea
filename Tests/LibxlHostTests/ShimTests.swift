import CXenInterface
import Foundation
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlAPI
@testable import LibxlHost

extension ScriptedLibxlTests {
    /// What libxl itself makes of our values.
    @Suite(
        "libxl reads and prints back what it is given", .serialized,
        .enabled(if: RealShim.named != nil, "needs the real shim; Scripts/test builds it"))
    struct ShimTests {
        private func printed(_ value: some Encodable, as type: String) throws -> String {
            let context = try LibxlContext(ScriptedLibxl.shim)
            let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
            var structure: OpaquePointer?
            #expect(ScriptedLibxl.shim.functions.value_read(context.raw, type, text, &structure) == 0, "\(text)")
            let made = try #require(structure)
            defer { ScriptedLibxl.shim.functions.value_free(made) }
            return try #require(ScriptedLibxl.shim.functions.value_print(context.raw, made)).taken()
        }

        private func expectSame<Value: Codable & Equatable>(_ value: Value, as type: String) throws {
            let printed = try printed(value, as: type)
            let back = try JSONDecoder().decode(Value.self, from: Data(printed.utf8))
            #expect(back == value)
            // What the caller hears, too.
            let context = try LibxlContext(ScriptedLibxl.shim)
            #expect(throws: Never.self) { try context.call("test", with: value, as: type) { _ in 0 } }
        }

        private func expectSame(_ device: LibxlDevice) throws {
            func expect<Structure: LibxlDeviceStructure>(_ structure: Structure) throws {
                try expectSame(structure, as: "device_\(Structure.kind.rawValue)")
            }
            try expect(device.structure)
        }

        @Test("a configuration is to libxl what it is in our JSON", arguments: 0..<600)
        func config(seed: Int) throws {
            var generator = Generator(ofShim: UInt64(seed))
            try expectSame(generator.config(), as: "domain_config")
        }

        @Test("a device of any kind is to libxl what it is in our JSON", arguments: LibxlDevice.Kind.allCases)
        func devices(kind: LibxlDevice.Kind) throws {
            for seed in 0..<200 {
                var generator = Generator(ofShim: UInt64(seed))
                try expectSame(generator.device(kind))
            }
        }

        @Test("what libxl says of a domain is read as it is", arguments: 0..<200)
        func domainInfo(seed: Int) throws {
            var generator = Generator(ofShim: UInt64(seed))
            var info = generator.domainInfo()
            // libxl prints what is larger and cannot read it.
            info.cpuTime >>= 1
            try expectSame(info, as: "dominfo")
        }

        @Test("every text that C cannot carry is an error that names its member", arguments: 0..<3)
        func texts(seed: Int) throws {
            var generator = Generator(ofShim: UInt64(seed))
            let document = try JSONSerialization.jsonObject(with: JSONEncoder().encode(generator.config()))
            let context = try LibxlContext(ScriptedLibxl.shim)
            var count = 0
            for spoilt in spoiltTexts(of: document) {
                let bytes = try JSONSerialization.data(withJSONObject: spoilt)
                // Words, switches and identities are read as such, and are no texts to libxl either.
                guard let config = try? JSONDecoder().decode(LibxlDomainConfig.self, from: bytes),
                    try JSONEncoder().encode(config).range(of: Data(#"\u0000"#.utf8)) != nil
                else { continue }
                count += 1
                let error = #expect(throws: LibxlError.self) {
                    try context.call("test", with: config, as: "domain_config") { _ in 0 }
                }
                #expect(error?.log.contains("zero byte") == true)
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
            let libxl = try #require(RealShim.named)
            for (isOn, text) in [(true, "\(name)=1"), (false, "\(name)=0")] {
                var config = bare
                let isThere = config.buildInfo.cpuid.force(feature: name, isOn)
                #expect(isThere)
                let theirs = try cpuid(of: try #require(libxl.cpuid(text)).taken())
                let ours = try cpuid(of: printed(config, as: "domain_config"))
                #expect(ours == theirs && ours != nil)
            }
        }

        private func cpuid(of json: String) throws -> JSONValue? {
            let tree = try JSONValue(parsing: json)
            guard case .object(let members) = tree, case .object(let info) = members["b_info"] else { return nil }
            return info["cpuid"]
        }

        @Test("features of one register are passed together, and one that libxl does not know is said to be none")
        func cpuFeatures() throws {
            var config = bare
            let known = [("vmx", false), ("smx", true), ("vmx", true), ("vmxx", true)].map { name, isOn in
                config.buildInfo.cpuid.force(feature: name, isOn)
            }
            #expect(known == [true, true, true, false])
            #expect(config.buildInfo.cpuid.map(\.ecx) == ["xxxxxxxxxxxxxxxxxxxxxxxxx11xxxxx"])
            try expectSame(config, as: "domain_config")
        }

        private var bare: LibxlDomainConfig {
            LibxlDomainConfig(
                createInfo: LibxlDomainCreateInfo(type: .pvh, name: "inn", uuid: .zero),
                buildInfo: LibxlDomainBuildInfo(
                    maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(1024), targetMemory: Kibibytes(1024)))
        }

        @Test(
            "what this libxl does not have is refused by its name, in a value that is otherwise sound",
            arguments: [
                (#"{"devid":0,"mac":"00:16:3e:00:00:01","xk_none":"1"}"#, "xk_none: "),
                (#"{"devid":0,"mac":"00:16:3e:00:00:01","nictype":"xk-none"}"#, "nictype: "),
                (#"{"devid":0,"mac":"00:16:3e:00:00:01","mtu":99999999999}"#, "mtu: "),
            ])
        func unknown(json: String, start: String) throws {
            let value = try JSONValue(parsing: json)
            let context = try LibxlContext(ScriptedLibxl.shim)
            let error = #expect(throws: LibxlError.self) {
                try context.call("test", with: value, as: "device_nic") { _ in 0 }
            }
            #expect(error?.code == .invalid)
            #expect(error?.log.hasPrefix(start) == true, "\(error?.log ?? "")")
        }
    }
}
