import Testing
import XenDriver
import XenModel
import XenUnits

@testable import XenCommands

@Suite("JSON has every field in every row, under its documented name")
struct RecordTests {
    @Test("list --json")
    func domains() throws {
        var domains = [Samples.domain("a/\"b\"", id: 4), Samples.domain("off", state: .shutOff, isForeign: true)]
        domains[1].unfinished = Samples.unfinished
        #expect(
            try JSONText.text("domains", domains.map(ListedDomain.init)) == """
                {
                  "domains" : [
                    {
                      "autostart" : false,
                      "foreign" : false,
                      "id" : 4,
                      "name" : "a/\\"b\\"",
                      "persistent" : true,
                      "state" : "running",
                      "title" : null,
                      "unfinished" : null,
                      "uuid" : "6695eb01-f6a4-8304-79aa-97f2502e193f"
                    },
                    {
                      "autostart" : false,
                      "foreign" : true,
                      "id" : null,
                      "name" : "off",
                      "persistent" : true,
                      "state" : "shut off",
                      "title" : null,
                      "unfinished" : "attach of interface 'ua-a'",
                      "uuid" : "6695eb01-f6a4-8304-79aa-97f2502e193f"
                    }
                  ],
                  "version" : 1
                }
                """)
        #expect(try JSONText.text("domains", [ListedDomain]()) == "{\n  \"domains\" : [\n\n  ],\n  \"version\" : 1\n}")
    }

    @Test("dominfo --json")
    func summary() throws {
        let summary = Samples.summary(of: Samples.domain("off", state: .shutOff), cpuTime: nil)
        #expect(
            try JSONText.text("domain", DomainSummaryRecord(summary)) == """
                {
                  "domain" : {
                    "autostart" : false,
                    "cpuTimeNanoseconds" : null,
                    "foreign" : false,
                    "guestType" : "pvh",
                    "id" : null,
                    "maximumMemoryKiB" : 8388608,
                    "name" : "off",
                    "persistent" : true,
                    "state" : "shut off",
                    "title" : null,
                    "unfinished" : null,
                    "usedMemoryKiB" : 2097152,
                    "uuid" : "6695eb01-f6a4-8304-79aa-97f2502e193f",
                    "vcpus" : 2
                  },
                  "version" : 1
                }
                """)
    }

    @Test("device-list --json")
    func devices() throws {
        #expect(
            try JSONText.text("devices", Samples.devices().dropFirst().map(DeviceRecord.init)) == """
                {
                  "devices" : [
                    {
                      "alias" : null,
                      "backendDomainID" : 7,
                      "backendDomainName" : null,
                      "class" : "interface",
                      "device" : "00:16:3e:00:00:01",
                      "identity" : "vif/3",
                      "state" : "foreign"
                    },
                    {
                      "alias" : "ua-lan",
                      "backendDomainID" : null,
                      "backendDomainName" : null,
                      "class" : "interface",
                      "device" : "00:16:3e:00:00:02",
                      "identity" : null,
                      "state" : "defined"
                    }
                  ],
                  "version" : 1
                }
                """)
    }

    @Test("domiflist --json and domblklist --json")
    func interfacesAndDisks() throws {
        #expect(
            try JSONText.text("interfaces", Samples.interfaces().map(InterfaceRecord.init)) == """
                {
                  "interfaces" : [
                    {
                      "alias" : "ua-lan",
                      "interface" : "vif12.0",
                      "mac" : "00:16:3e:00:00:01",
                      "model" : "netfront",
                      "source" : "xenbr0",
                      "type" : "bridge"
                    },
                    {
                      "alias" : null,
                      "interface" : null,
                      "mac" : "00:16:3e:00:00:02",
                      "model" : null,
                      "source" : null,
                      "type" : "ethernet"
                    }
                  ],
                  "version" : 1
                }
                """)
        #expect(
            try JSONText.text("disks", Samples.disks().map(DiskRecord.init)) == """
                {
                  "disks" : [
                    {
                      "alias" : "ua-root",
                      "device" : "disk",
                      "source" : "/img/root.raw",
                      "target" : "xvda",
                      "type" : "file"
                    },
                    {
                      "alias" : null,
                      "device" : "cdrom",
                      "source" : null,
                      "target" : "hdc",
                      "type" : "block"
                    }
                  ],
                  "version" : 1
                }
                """)
    }
}
