import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("A NIC as it is passed to libxl")
struct InterfaceTranslationTests {
    struct Typed: CustomTestStringConvertible {
        let guest: GuestType
        let plug: PlugTime
        let model: String?
        let nictype: LibxlNICType
        let passed: String?
        var testDescription: String { "\(guest) \(plug), model \(model ?? "-")" }
    }

    static let typed: [Typed] = [
        Typed(guest: .hvm, plug: .atStart, model: nil, nictype: .vifIOEmu, passed: nil),
        Typed(guest: .hvm, plug: .hot, model: nil, nictype: .vif, passed: nil),
        Typed(guest: .hvm, plug: .atStart, model: "e1000", nictype: .vifIOEmu, passed: "e1000"),
        Typed(guest: .hvm, plug: .hot, model: "e1000", nictype: .vifIOEmu, passed: "e1000"),
        Typed(guest: .hvm, plug: .atStart, model: "netfront", nictype: .vif, passed: "netfront"),
        Typed(guest: .hvm, plug: .hot, model: "netfront", nictype: .vif, passed: "netfront"),
        Typed(guest: .pv, plug: .atStart, model: nil, nictype: .vif, passed: nil),
        Typed(guest: .pv, plug: .hot, model: nil, nictype: .vif, passed: nil),
        Typed(guest: .pv, plug: .atStart, model: "netfront", nictype: .vif, passed: nil),
        Typed(guest: .pvh, plug: .atStart, model: nil, nictype: .vif, passed: nil),
        Typed(guest: .pvh, plug: .hot, model: "netfront", nictype: .vif, passed: nil),
    ]

    @Test("guest type, moment and model choose the NICs that the guest sees", arguments: typed)
    func choosesType(_ typed: Typed) throws {
        let nic = try LibxlDeviceNIC(
            Samples.nic { $0.model = typed.model }, devid: DeviceID(rawValue: 0), guestType: typed.guest,
            plug: typed.plug)
        #expect(nic.nictype == typed.nictype)
        #expect(nic.model == typed.passed)
    }

    @Test("a guest without a device model takes no emulated NIC", arguments: [GuestType.pv, .pvh], PlugTime.allCases)
    func onlyNetfront(guest: GuestType, plug: PlugTime) {
        #expect(
            throws: Untranslatable(
                path: "/domain/devices/interface/model/@type", device: "00:16:3e:00:00:01",
                reason: .onlyNetfront(model: "e1000", guest))
        ) {
            try LibxlDeviceNIC(
                Samples.nic { $0.model = "e1000" }, devid: DeviceID(rawValue: 0), guestType: guest, plug: plug)
        }
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let nic: Interface
        let json: String
    }

    static let cases: [Case] = [
        Case(
            testDescription: "a bridge and nothing else", nic: Samples.nic(),
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif"}"#),
        Case(
            testDescription: "everything",
            nic: Samples.nic {
                $0.target = "inn0"
                $0.model = "netfront"
                $0.script = "/etc/xen/scripts/vif-route"
                $0.ipAddresses = ["192.0.2.7", "2001:db8::7"]
                $0.backendDomain = "netvm"
                $0.outboundAverage = KibibytesPerSecond(rawValue: 1000)
                $0.mtu = 9000
            },
            json: #"""
                {"backend_domname": "netvm", "devid": 7, "mtu": 9000, "mac": "00:16:3e:00:00:01",
                 "ip": "192.0.2.7 2001:db8::7", "bridge": "br0", "ifname": "inn0",
                 "script": "/etc/xen/scripts/vif-route", "nictype": "vif", "rate_bytes_per_interval": 51200,
                 "rate_interval_usecs": 50000}
                """#),
        Case(
            testDescription: "a network, by its bridge", nic: Samples.nic { $0.source = .network("lan") },
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "virbr3", "nictype": "vif"}"#),
        Case(
            testDescription: "a network, wired up by the user's script",
            nic: Samples.nic {
                $0.source = .network("lan")
                $0.script = "mine"
            },
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "virbr3", "script": "mine", "nictype": "vif"}"#),
        Case(
            testDescription: "Open vSwitch with a tag, a gateway, and a backend that is not to be trusted",
            nic: Samples.nic {
                $0.trustsBackend = false
                $0.virtualPort = .openvswitch
                $0.vlan = VLAN(isTrunk: false, tags: [42])
                $0.gatewayDevice = "eth0"
            },
            json: #"""
                {"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "br0.42", "script": "vif-openvswitch",
                 "nictype": "vif", "gatewaydev": "eth0", "trusted": "False"}
                """#),
        Case(
            testDescription: "Open vSwitch with a trunk of one, by the user's script",
            nic: Samples.nic {
                $0.virtualPort = .openvswitch
                $0.script = "mine"
                $0.vlan = VLAN(isTrunk: true, tags: [42])
            },
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "br0:42", "script": "mine", "nictype": "vif"}"#),
        Case(
            testDescription: "Open vSwitch of a network with several tags",
            nic: Samples.nic {
                $0.source = .network("lan")
                $0.virtualPort = .openvswitch
                $0.vlan = VLAN(isTrunk: false, tags: [42, 47])
            },
            json: #"""
                {"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "virbr3:42:47", "script": "vif-openvswitch",
                 "nictype": "vif"}
                """#),
        Case(
            testDescription: "a VLAN of a bridge",
            nic: Samples.nic { $0.vlan = VLAN(isTrunk: false, tags: [42]) },
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif", "vlan": "42"}"#),
        Case(
            testDescription: "no bridge at all",
            nic: Samples.nic {
                $0.source = .ethernet
                $0.script = "my-wiring"
            },
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "script": "my-wiring", "nictype": "vif"}"#),
        Case(
            testDescription: "name, cable and address stay behind",
            nic: Samples.nic {
                $0.alias = DeviceAlias("ua-uplink")
                $0.link = .down
                $0.address = GuestAddress(type: "pci", fields: ["slot": "0x03"])
            },
            json: #"{"devid": 7, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif"}"#),
    ]

    @Test("libxl's JSON says what the document said", arguments: cases)
    func saysWhatTheDocumentSaid(_ example: Case) throws {
        var context = TranslationContext()
        context.networks = ["lan": "virbr3"]
        let nic = try LibxlDeviceNIC(
            example.nic, devid: DeviceID(rawValue: 7), guestType: .pv, plug: .atStart, context: context)
        #expect(try JSONValue(encoding: nic) == JSONValue(parsing: example.json))
    }

    @Test(
        "a rate in KiB/s is bytes in each 50 ms, rounded down",
        arguments: [
            (1, 51), (5, 256), (19, 972), (1000, 51_200), (10_240, 524_288),
            (UInt64.max / 256, UInt64.max / 5 - 51),
        ] as [(UInt64, UInt64)])
    func rate(average: UInt64, bytes: UInt64) throws {
        let nic = try LibxlDeviceNIC(
            Samples.nic { $0.outboundAverage = KibibytesPerSecond(rawValue: average) }, devid: DeviceID(rawValue: 0),
            guestType: .pv, plug: .atStart)
        #expect(nic.rateBytesPerInterval == bytes)
        #expect(nic.rateIntervalMicroseconds == 50_000)
    }

    @Test("a rate of 0 is no limit, as in libvirt")
    func noRate() throws {
        let nic = try LibxlDeviceNIC(
            Samples.nic { $0.outboundAverage = KibibytesPerSecond(rawValue: 0) }, devid: DeviceID(rawValue: 0),
            guestType: .pv, plug: .atStart)
        #expect(nic.rateBytesPerInterval == nil)
        #expect(nic.rateIntervalMicroseconds == nil)
    }

    @Test("a rate past what libxl can count is refused", arguments: [UInt64.max / 256 + 1, UInt64.max])
    func rateTooHigh(average: UInt64) {
        #expect(
            throws: Untranslatable(
                path: "/domain/devices/interface/bandwidth/outbound/@average", device: "00:16:3e:00:00:01",
                reason: .rateOutOfRange(kibibytesPerSecond: average))
        ) {
            try LibxlDeviceNIC(
                Samples.nic { $0.outboundAverage = KibibytesPerSecond(rawValue: average) },
                devid: DeviceID(rawValue: 0), guestType: .pv, plug: .atStart)
        }
    }

    struct Refused: CustomTestStringConvertible {
        let testDescription: String
        let path: String
        let reason: Untranslatable.Reason
        let nic: Interface
    }

    static let refused: [Refused] = [
        Refused(
            testDescription: "an unknown network", path: "source/@network", reason: .unknownNetwork("lan"),
            nic: Samples.nic { $0.source = .network("lan") }),
        Refused(
            testDescription: "a VLAN without a bridge", path: "vlan", reason: .notOneVLAN,
            nic: Samples.nic {
                $0.source = .ethernet
                $0.vlan = VLAN(isTrunk: false, tags: [42])
            }),
        Refused(
            testDescription: "a trunk of a bridge", path: "vlan", reason: .notOneVLAN,
            nic: Samples.nic { $0.vlan = VLAN(isTrunk: true, tags: [42]) }),
        Refused(
            testDescription: "a VLAN that is none of a bridge's", path: "vlan", reason: .notOneVLAN,
            nic: Samples.nic { $0.vlan = VLAN(isTrunk: false, tags: [4095]) }),
        Refused(
            testDescription: "a switch without a bridge", path: "virtualport/@type", reason: .openVSwitchWithoutBridge,
            nic: Samples.nic {
                $0.source = .ethernet
                $0.virtualPort = .openvswitch
            }),
    ]

    @Test("a NIC that libxl cannot express is refused by its address", arguments: refused)
    func refusedByAddress(_ refused: Refused) {
        var context = TranslationContext()
        context.networks = ["known": "br0"]
        #expect(
            throws: Untranslatable(
                path: "/domain/devices/interface/\(refused.path)", device: "00:16:3e:00:00:01", reason: refused.reason)
        ) {
            try LibxlDeviceNIC(
                refused.nic, devid: DeviceID(rawValue: 0), guestType: .pv, plug: .atStart, context: context)
        }
    }
}
