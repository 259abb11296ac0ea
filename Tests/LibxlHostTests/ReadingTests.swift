import FakeLibxlShim
import Foundation
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("Reading", .serialized)
    struct ReadingTests {
        @Test("domains are listed in order of domid, with what libxl says of each")
        func domains() async throws {
            try await ScriptedLibxl.run { libxl in
                let domains = try await libxl.listDomains()
                #expect(domains.map(\.domid.rawValue) == [0, 7, 9])
                let inn = domains[1]
                #expect("\(inn.uuid)" == "0708090a-0b0c-0d0e-0f10-111213141516")
                #expect(inn.guestType == .pvh)
                #expect(!inn.running && !inn.shutdown)
                #expect(inn.shutdownReason == nil)
                #expect(inn.currentMemory == Kibibytes(1007))
                #expect(inn.maximumMemory == Kibibytes(2007))
                #expect(inn.cpuTime == 3007)
                #expect(inn.vcpuCount == 4)
                #expect(inn.vcpuOnline == 2)
                #expect(domains[0].running)
            }
        }

        @Test("a domain that has lost its type and its vCPUs is listed all the same")
        func dying() async throws {
            try await ScriptedLibxl.run { libxl in
                let info = try await libxl.domainInfo(DomainID(rawValue: 9))
                #expect(info.shutdownReason == .crash)
                #expect(info.vcpuCount == 0)
                #expect(try await libxl.listDomains().last == info)
            }
        }

        @Test("libxl's record of a domain has a mark once it was left alone, and another one when it was written again")
        func marks() async throws {
            let directory = NSTemporaryDirectory() + "/userdata-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try await ScriptedLibxl.run(userdata: directory) { libxl in
                let domains = try await libxl.listDomains()
                let path = "\(directory)/userdata-d.7.0708090a-0b0c-0d0e-0f10-111213141516.libxl-json"
                func write(_ text: String, age: Double) throws {
                    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
                    let date = Date(timeIntervalSinceNow: -age)
                    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
                }
                let place = try #require(domains.firstIndex { $0.domid.rawValue == 7 })
                func marks() async -> [String?] { await libxl.configurationMarks(of: domains) }
                let none = domains.map { _ in nil as String? }
                #expect(await marks() == none)
                try write("{}", age: 7200)
                let first = await marks()
                #expect(first.indices.filter { first[$0] != nil } == [place] && first.count == domains.count)
                #expect(await marks() == first)
                try write("[]", age: 3600)
                let second = await marks()
                #expect(second.indices.filter { second[$0] != nil } == [place] && second != first)
                try write("{}", age: -3600)
                #expect(await marks() == none)
            }
        }

        @Test("a domain that is not there is an error of its own, and has no name")
        func unknown() async throws {
            try await ScriptedLibxl.run { libxl in
                let domid = DomainID(rawValue: 30_000)
                let error = await #expect(throws: LibxlError.self) { try await libxl.domainInfo(domid) }
                #expect(error == LibxlError(.domainNotFound, in: "libxl_domain_info"))
                let names = [try await libxl.domainName(domid), try await libxl.domainName(AnyOperation.domid)]
                #expect(names == [nil, "inn"])
            }
        }

        @Test("an error has in it what was logged of itself, not of an earlier reading that went well")
        func log() async throws {
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(log: "odd, but no matter")) { libxl in
                _ = try await libxl.domainInfo(AnyOperation.domid)
                ScriptedLibxl.set(ScriptedLibxl.Plan())
                let unknown = DomainID(rawValue: 30_000)
                let error = await #expect(throws: LibxlError.self) { try await libxl.domainInfo(unknown) }
                #expect(error?.log == "")
                #expect(ScriptedLibxl.counts.contexts_opened == 1)
            }
        }

        @Test("NICs are listed in order of devid as libxl has them")
        func nics() async throws {
            try await ScriptedLibxl.run { libxl in
                #expect(try await libxl.listDevices(.nic, of: AnyOperation.domid).compactMap(\.nic).isEmpty)
                var generator = Generator(ofShim: 11)
                let nics = (0..<5).map { _ in generator.nic() }
                for nic in nics { try await libxl.addDevice(.nic(nic), to: AnyOperation.domid, deadline: later) }
                let listed = try await libxl.listDevices(.nic, of: AnyOperation.domid).compactMap(\.nic)
                #expect(listed == nics.sorted { $0.devid < $1.devid })
            }
        }

        @Test("disks are listed in order of device number as libxl has them")
        func disks() async throws {
            try await ScriptedLibxl.run { libxl in
                #expect(try await libxl.listDevices(.disk, of: AnyOperation.domid).compactMap(\.disk).isEmpty)
                var generator = Generator(ofShim: 12)
                let disks = ["xvdq", "xvda", "hda", "xvdb"].map { vdev in
                    var disk = generator.disk()
                    disk.vdev = vdev
                    return disk
                }
                for disk in disks { try await libxl.addDevice(.disk(disk), to: AnyOperation.domid, deadline: later) }
                let listed = try await libxl.listDevices(.disk, of: AnyOperation.domid).compactMap(\.disk)
                #expect(listed == [disks[2], disks[1], disks[3], disks[0]])
            }
        }

        @Test("readers share a context one after the other, and have one each side by side")
        func contexts() async throws {
            try await ScriptedLibxl.run { libxl in
                for _ in 0..<20 { _ = try await libxl.listDomains() }
                #expect(ScriptedLibxl.counts.contexts_opened == 1)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<20 { group.addTask { try await libxl.listDomains().count } }
                    for try await count in group { #expect(count == 3) }
                }
            }
        }
    }
}
