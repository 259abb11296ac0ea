import Foundation
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@Suite("libxl's documents as JSON")
struct JSONTests {
    private func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    private func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    @Test("what is written is read back as it was", arguments: 0..<200)
    func roundTrips(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        let config = generator.config()
        #expect(try roundTrip(config) == config)
        let nic = generator.nic()
        #expect(try roundTrip(nic) == nic)
        let disk = generator.disk()
        #expect(try roundTrip(disk) == disk)
        let info = generator.domainInfo()
        #expect(try roundTrip(info) == info)
    }

    @Test("a word that is not known is an error, but in a list of libxl's own, where it hides no other device")
    func unknownWords() throws {
        let nic = #"{"devid":1,"mac":"00:16:3e:00:00:01","nictype":"xk"}"#
        let disk = #"{"vdev":"xvda","backend":"xk","format":"xk"}"#
        #expect(throws: DecodingError.self) { try read(LibxlDeviceNIC.self, nic) }
        #expect(throws: DecodingError.self) { try read(LibxlDeviceDisk.self, disk) }
        let decoder = JSONDecoder()
        decoder.userInfo[.isListedByLibxl] = true
        #expect(try decoder.decode(LibxlDeviceNIC.self, from: Data(nic.utf8)).nictype == .unknown)
        let listed = try decoder.decode(LibxlDeviceDisk.self, from: Data(disk.utf8))
        #expect(listed.backend == .unknown && listed.format == .unknown)
    }

    @Test("a pv configuration is nested, named and shortened as libxl prints it")
    func pv() throws {
        var config = LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(
                type: .pv, name: "inn", uuid: try #require(DomainUUID("c7a5fdb2-cdaf-9455-926a-d65c16db1809"))),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 2, availableVCPUs: [0, 1], maxMemory: Kibibytes(524_288), targetMemory: Kibibytes(262_144)))
        config.createInfo.hap = true
        config.buildInfo.bootloader = "pygrub"
        config.buildInfo.bootloaderArguments = ["-q"]
        config.buildInfo.pv.e820Host = true
        config.buildInfo.acpi = false
        config.onReboot = .restart
        #expect(
            try text(config) == """
                {"b_info":{"acpi":"False","avail_vcpus":[0,1],"max_memkb":524288,"max_vcpus":2,"target_memkb":262144,\
                "type.pv":{"bootloader":"pygrub","bootloader_args":["-q"],"e820_host":"True"}},\
                "c_info":{"hap":"True","name":"inn","type":"pv","uuid":"c7a5fdb2-cdaf-9455-926a-d65c16db1809"},\
                "on_reboot":"restart"}
                """)
    }

    @Test(
        "the members of another type of guest are not written",
        arguments: [
            (GuestType.pvh, ["type.pvh", "\"bootloader\":\"pygrub\""], ["pae", "e820_host", "type.pv\"", "type.hvm"]),
            (.hvm, ["type.hvm", "\"pae\":\"True\"", "\"boot\":\"dc\""], ["bootloader", "e820_host", "type.pv"]),
            (.pv, ["type.pv\"", "\"e820_host\":\"True\""], ["pae", "\"boot\"", "type.hvm", "type.pvh"]),
        ])
    func types(type: GuestType, has: [String], hasNot: [String]) throws {
        var build = LibxlDomainBuildInfo(
            maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(1024), targetMemory: Kibibytes(1024))
        build.bootloader = "pygrub"
        build.pv.e820Host = true
        build.hvm.pae = true
        build.hvm.boot = "dc"
        let written = try text(
            LibxlDomainConfig(
                createInfo: LibxlDomainCreateInfo(type: type, name: "inn", uuid: .zero), buildInfo: build))
        for part in has { #expect(written.contains(part), "\(part)") }
        for part in hasNot { #expect(!written.contains(part), "\(part)") }
    }

    @Test("a NIC and a disk at their defaults say only what they must")
    func defaults() throws {
        let mac = try #require(MACAddress("00:16:3e:0a:0b:0c"))
        #expect(
            try text(LibxlDeviceNIC(devid: DeviceID(rawValue: 0), mac: mac, nictype: .unknown))
                == #"{"devid":0,"mac":"00:16:3e:0a:0b:0c"}"#)
        #expect(
            try text(LibxlDeviceDisk(vdev: "xvda", pdevPath: "/dev/vg/a", format: .raw))
                == #"{"format":"raw","pdev_path":"/dev/vg/a","readwrite":1,"removable":1,"vdev":"xvda"}"#)
    }

    @Test("libxl's own print of a configuration is read, with members that are not ours passed over")
    func libxlPrint() throws {
        let config = try read(
            LibxlDomainConfig.self,
            """
            {
                "c_info": {
                    "type": "hvm", "hap": "False", "name": "guest", "uuid": "C7A5FDB2-CDAF-9455-926A-D65C16DB1809",
                    "xsdata": {"a": "b"}, "run_hotplug_scripts": "True", "passthrough": "disabled"
                },
                "b_info": {
                    "max_vcpus": 4, "avail_vcpus": [0, 1, 2, 3], "max_memkb": 592896, "target_memkb": 403456,
                    "video_memkb": 8192, "shadow_memkb": 5656, "localtime": "True", "rtc_timeoffset": -3600,
                    "device_model_version": "qemu_xen", "sched_params": {"weight": 1000},
                    "type.hvm": {"pae": "True", "boot": "dc", "vga": {"kind": "cirrus"}, "nographic": "True"},
                    "arch_arm": {}
                },
                "disks": [
                    {"pdev_path": "/var/lib/xen/a.img", "vdev": "hda", "backend": "qdisk", "format": "qcow2",
                     "removable": 1, "readwrite": 1, "colo_enable": "False"},
                    {"vdev": "hdc", "format": "empty", "is_cdrom": 1, "backend_domid": 3}
                ],
                "nics": [
                    {"devid": 0, "mac": "00:16:3E:66:12:b4", "bridge": "xenbr0", "nictype": "vif_ioemu", "mtu": 9000,
                     "rate_bytes_per_interval": 128000, "rate_interval_usecs": 50000, "script": "/etc/xen/scripts/x"}
                ],
                "on_reboot": "restart", "on_crash": "coredump_destroy", "on_watchdog": "destroy"
            }
            """)
        #expect(config.createInfo.type == .hvm)
        #expect(config.createInfo.hap == false)
        #expect("\(config.createInfo.uuid)" == "c7a5fdb2-cdaf-9455-926a-d65c16db1809")
        #expect(config.createInfo.passthrough == .disabled)
        #expect(config.buildInfo.maxVCPUs == 4)
        #expect(config.buildInfo.availableVCPUs == [0, 1, 2, 3])
        #expect(config.buildInfo.maxMemory == Kibibytes(592_896))
        #expect(config.buildInfo.localtime == true)
        #expect(config.buildInfo.rtcTimeOffset == -3600)
        #expect(config.buildInfo.hvm.pae == true)
        #expect(config.buildInfo.hvm.boot == "dc")
        #expect(config.buildInfo.acpi == nil)
        let disk = try #require(config.disks.first)
        #expect(disk.backend == .qdisk)
        #expect(disk.format == .qcow2)
        #expect(disk.readwrite && disk.removable && !disk.isCDROM)
        let drive = try #require(config.disks.last)
        #expect(drive.pdevPath == nil)
        #expect(drive.isCDROM && !drive.readwrite && !drive.removable)
        #expect(drive.backendDomainID == DomainID(rawValue: 3))
        let nic = try #require(config.nics.first)
        #expect("\(nic.mac)" == "00:16:3e:66:12:b4")
        #expect(nic.nictype == .vifIOEmu)
        #expect(nic.mtu == 9000)
        #expect(nic.rateBytesPerInterval == 128_000)
        #expect(nic.backendDomainID == .domain0)
        #expect(config.onPoweroff == .destroy)
        #expect(config.onReboot == .restart)
        #expect(config.onCrash == .coredumpDestroy)
    }

    @Test(
        "a value that libxl does not have is an error, not a default",
        arguments: [
            (#""True""#, #""true""#),
            (#""pv""#, #""xen""#),
            (#""00000000-0000-0000-0000-000000000000""#, #""zero""#),
            (#"[0]"#, #"["0"]"#),
            (#"1024"#, #"-1024"#),
        ])
    func rejected(good: String, bad: String) throws {
        let document = #"""
            {"c_info": {"type": "pv", "hap": "True", "name": "a", "uuid": "00000000-0000-0000-0000-000000000000"},
             "b_info": {"max_vcpus": 1, "avail_vcpus": [0], "max_memkb": 1024, "target_memkb": 2048}}
            """#
        #expect(throws: Never.self) { try read(LibxlDomainConfig.self, document) }
        #expect(throws: DecodingError.self) {
            try read(LibxlDomainConfig.self, document.replacingOccurrences(of: good, with: bad))
        }
    }
}
