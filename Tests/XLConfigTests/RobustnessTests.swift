import LibxlTestKit
import Testing
import XLConfig
import XenModel
import XenUnits

/// Every input is a domain or an error, however large or odd.
@Suite struct RobustnessTests {
    @Test func tenThousandDevicesAreADomain() throws {
        let disks = (0..<10_000).map { "'/img\($0),raw,\($0 + 1_000_000)'" }.joined(separator: ",\n")
        let nics = [String](repeating: "'bridge=b'", count: 10_000).joined(separator: ",")
        let domain = try read("disk=[\(disks)]\nvif=[\(nics)]").definition
        #expect(domain.disks.count == 10_000 && domain.interfaces.count == 10_000)
        let again = try domain.xlConfiguration().configuration
        // Compared outside of the expectation, which would describe both at length.
        let isSame = try DomainDefinition.read(again, draws: draws).definition == domain
        #expect(isSame)
    }

    @Test func manyAdditionsAreOneValue() throws {
        let text =
            "a=''\n" + String(repeating: "a+='x'\n", count: 50_000) + String(repeating: "b+=[1]\n", count: 50_000)
        let configuration = try XLConfiguration.parse(Array(text.utf8))
        #expect(configuration["a"]?.text?.utf8.count == 50_000)
        guard case .list(let items) = configuration["b"]?.content else {
            Issue.record("no list")
            return
        }
        #expect(items.count == 50_000)
    }

    @Test func manyRangesAreOneSet() throws {
        let ranges = [String](repeating: "0-4095", count: 20_000).joined(separator: ",")
        #expect(try read("cpus='\(ranges)'").definition.vcpus.cpuSet?.members.count == 4096)
    }

    @Test(arguments: [
        "memory", "maxmem", "vcpus", "maxvcpus", "cpu_weight", "cap", "period", "shadow_memory", "mmio_hole",
        "videoram",
        "rtc_timeoffset", "max_grant_frames", "max_event_channels", "max_maptrack_frames", "usbversion", "vncdisplay",
        "stubdomain_memory", "rdm_mem_boundary", "tsc_mode", "altp2m", "timer_mode", "max_grant_version",
    ])
    func aNumberBeyondAllBoundsIsAnError(key: String) {
        for number in ["99999999999999999999999999", "0xffffffffffffffffff", "'-99999999999999999999'"] {
            let error = #expect(throws: XLConfigError.self) { try read("\(key) = \(number)") }
            guard case .value(key, firstLine, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func aDamagedFileIsADomainOrAnError() {
        var generator = SeededGenerator(seed: 7)
        for seed in 0..<400 as Range<UInt64> {
            var configuration = ConfigurationGenerator(seed: seed)
            var bytes = Array(configuration.text().utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch UInt8.random(in: 0...2, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("[]'\"\\,=:#;0\n".utf8).randomElement(using: &generator) ?? 0, at: place)
                }
            }
            do throws(XLConfigError) {
                let file = try XLConfiguration.parse(bytes)
                let domain = try DomainDefinition.read(file, draws: draws).definition
                let again = try domain.xlConfiguration().configuration
                let readAgain = try DomainDefinition.read(again, draws: draws).definition
                let written = try readAgain.xlConfiguration().configuration
                #expect(written == again, "\(file.text)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
