import DomainXML
import Testing
import XenDriver
import XenModel

@Suite("What devices may not share is one list, for documents and for requests")
struct DevicePairTests {
    private static let devices: [String] =
        [
            "<disk type='file'><source file='/a'/><target dev='xvda'/></disk>",
            "<disk type='file'><source file='/b'/><target dev='d0p0'/></disk>",
            "<disk type='file'><source file='/c'/><target dev='vda'/></disk>",
            "<disk type='file'><source file='/d'/><target dev='hda'/><address type='drive' controller='0' unit='0'/></disk>",
            "<disk type='file'><source file='/e'/><target dev='hdb'/><address type='drive' controller='0' unit='0'/></disk>",
            "<filesystem type='mount'><source dir='/a'/><target dir='t'/></filesystem>",
            "<controller type='usb' index='1'/>", "<controller type='usb'/>", "<controller type='scsi' index='1'/>",
            "<serial type='pty'><target port='0'/></serial>", "<serial type='pty'/>", "<console type='pty'/>",
            "<console type='pty'><target type='xen' port='1'/></console>", "<parallel type='pty'/>",
            "<channel type='pty'><target type='xen' name='c'/></channel>",
            "<channel type='pty'><target type='xen'/></channel>",
            Documents.nic(Documents.mac1), Documents.pci("03"), Documents.usb(4), vendorProduct(""),
            vendorProduct("<address bus='1' device='4'/>"),
            """
            <interface type='hostdev'><mac address='00:16:3e:00:00:09'/><source>\
            <address type='pci' bus='0x03' slot='0x00'/></source></interface>
            """,
            "<memballoon model='xen'/>", "<graphics type='vnc' port='5901'/>", "<sound model='ac97'/>",
            "<input type='tablet' bus='usb'/>", "<video><model type='vga'/></video>", "<watchdog model='ib700'/>",
            Documents.xenkeeper("vtpm", "backenddomain='t' uuid='\(Documents.uuid)'", ""),
            Documents.xenkeeper("vdispl", "", "<x:connector id='c' width='8' height='6'/>"),
            Documents.xenkeeper("vsnd", "", ""),
        ]

    private static func vendorProduct(_ more: String) -> String {
        """
        <hostdev mode='subsystem' type='usb'><source><vendor id='0x1d6b'/><product id='0x0002'/>\(more)</source></hostdev>
        """
    }

    @Test("every two devices that attach --config accepts make a definition that can be read, and so do no others")
    func pairs() async throws {
        let host = DriverHost()
        let empty = Documents.domain()
        _ = try await host.driver.define(empty, isStrict: false)
        func attach(_ device: String) async -> String {
            await errorName { () throws(DriverError) in
                try await host.driver.attach(Documents.bytes(device), to: "web", scope: .config, isStrict: false)
            }
        }
        var refused = 0
        for first in Self.devices {
            let alone = Documents.domain(first)
            for second in Self.devices {
                _ = try await host.driver.define(alone, isStrict: false)
                let error = await attach(second)
                if error == "none" {
                    let written = try #require(host.read(host.definitionFile()))
                    #expect(throws: Never.self, "\(first) \(second)") {
                        try DomainDefinition.parse(
                            Documents.bytes(written),
                            options: ReaderOptions(features: Driver.parseFeatures, form: .inactive))
                    }
                } else {
                    refused += 1
                    #expect(
                        ["macTaken", "targetTaken", "hostDeviceTaken", "addressTaken"].contains(error), "\(second)")
                }
            }
        }
        #expect(refused > Self.devices.count / 2)
    }

    @Test("a PCI device is named as what it is, whichever of the two is a NIC", arguments: [(17, 21), (21, 17)])
    func pci(_ first: Int, _ second: Int) async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(Self.devices[first]), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        for scope in [ChangeScope.config, .live, .liveAndConfig] {
            let error = await #expect(throws: DriverError.self) {
                try await host.driver.attach(
                    Documents.bytes(Self.devices[second]), to: "web", scope: scope, isStrict: false)
            }
            #expect(error?.description.contains("the host's PCI device 0000:03:00.0 already exists") == true)
        }
        let both = Documents.domain(
            Self.devices[first] + Self.devices[second], name: "b", uuid: "6695eb01-f6a4-8304-79aa-97f2502e1940")
        let error = await #expect(throws: DriverError.self) { try await host.driver.define(both, isStrict: false) }
        #expect(error?.description.contains("'0000:03:00.0' is taken") == true)
    }

    @Test("two USB devices of one vendor and product are taken in documents and requests, each with a place of its own")
    func alikeUSB() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        for alias in ["ua-a", "ua-b"] {
            let device = Self.vendorProduct("").replacing("</hostdev>", with: "<alias name='\(alias)'/></hostdev>")
            _ = try await host.driver.attach(Documents.bytes(device), to: "web", scope: .config, isStrict: true)
        }
        #expect(try await host.aliases(inactive: true) == ["ua-a", "ua-b"])
    }

    @Test("a controller or port without a number gets the next, as in a document")
    func numbers() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain("<controller type='usb' index='0'/>"), isStrict: false)
        _ = try await host.driver.start("web", paused: false)
        for _ in 0..<2 {
            _ = try await host.driver.attach(
                Documents.bytes("<controller type='usb'/>"), to: "web", scope: .liveAndConfig, isStrict: true)
            _ = try await host.driver.attach(
                Documents.bytes("<serial type='pty'/>"), to: "web", scope: .config, isStrict: false)
        }
        let document = try await host.driver.document(of: "web", inactive: true)
        for part in ["index='0'", "index='1'", "index='2'", "port='0'", "port='1'"] { #expect(document.contains(part)) }
    }

    @Test("whichever video card of a definition comes or goes, one of them is the primary one")
    func primaryVideo() async throws {
        let host = DriverHost()
        _ = try await host.driver.define(Documents.domain(), isStrict: false)
        for alias in ["ua-a", "ua-b"] {
            let video = "<video><model type='vga'/><alias name='\(alias)'/></video>"
            _ = try await host.driver.attach(Documents.bytes(video), to: "web", scope: .config, isStrict: true)
            #expect(try await host.driver.document(of: "web", inactive: true).ranges(of: "primary='yes'").count == 1)
        }
        _ = try await host.driver.detach(.alias("ua-a"), from: "web", scope: .config, force: false, isStrict: true)
        #expect(try await host.driver.document(of: "web", inactive: true).ranges(of: "primary='yes'").count == 1)
        #expect(try await host.aliases(inactive: true) == ["ua-b"])
    }

    @Test("attach --config warns of what keeps the domain from starting, as define does")
    func unstartable() async throws {
        let host = DriverHost()
        let bootable = "<disk type='file'><source file='/a'/><target dev='xvda'/><boot order='1'/></disk>"
        _ = try await host.driver.define(Documents.domain(bootable), isStrict: false)
        for (device, hint) in [
            ("<disk type='file'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>", "no disk name of Xen"),
            (Documents.nic(Documents.mac1, more: "<model type='e1000'/>"), "netfront"),
            (Documents.nic(Documents.mac3, more: "<target dev='web server'/>"), "no network device 'web server'"),
            (
                Documents.nic("00:16:3e:00:00:05", more: "<backenddomain name='web'/>"),
                "cannot serve a device of its own"
            ),
            ("<disk type='file'><source file='/a'/><target dev='xvdg'/></disk>", "cannot both have the disk '/a'"),
            ("<disk type='file'><source file='tap:aio:/b'/><target dev='xvdh'/></disk>", "begins with 'tap:'"),
            ("<disk type='file'><source file='b'/><target dev='xvdi'/></disk>", "is no absolute path"),
        ] {
            _ = try await host.driver.define(Documents.domain(bootable), isStrict: false)
            let outcome = try await host.driver.attach(
                Documents.bytes(device), to: "web", scope: .config, isStrict: false)
            #expect(outcome.warnings.contains { $0.contains(hint) }, "\(outcome.warnings)")
        }
    }
}
