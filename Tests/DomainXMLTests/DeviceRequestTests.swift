import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("A request about a device")
struct DeviceRequestTests {
    @Test(
        "needs nothing but what names the device",
        arguments: [
            ("<interface type='bridge'><alias name='ua-b'/></interface>", DeviceClass.interface, ["alias"]),
            ("<interface><alias name='net0'/></interface>", .interface, ["alias"]),
            ("<interface><mac address='00:16:3e:00:00:01'/></interface>", .interface, ["mac"]),
            ("<interface type='ethernet'><target dev='tap0'/></interface>", .interface, ["target"]),
            ("<interface><address type='pci' slot='4'/></interface>", .interface, ["address"]),
            ("<interface type='bridge'><source bridge='br0'/></interface>", .interface, []),
            ("<interface><target dev='vif1.0'/></interface>", .interface, []),
            ("<disk><target dev='xvda'/></disk>", .disk, ["target"]),
            ("<disk><source file='/f'/></disk>", .disk, ["source"]),
            ("<disk type='block'><source dev='/d'/></disk>", .disk, ["source"]),
            ("<disk type='file' device='disk'/>", .disk, []),
            (
                "<disk><alias name='ua-d'/><target dev='xvda'/><source file='/f'/></disk>", .disk,
                ["alias", "target", "source"]
            ),
        ] as [(String, DeviceClass, Set<String>)])
    func criteria(document: String, deviceClass: DeviceClass, given: Set<String>) throws {
        for options in [inactive, live] {
            let parsed = try parseRequest(document, options)
            let criteria = parsed.value.criteria
            #expect(criteria.deviceClass == deviceClass)
            #expect(criteria.given == given)
            #expect(criteria.isEmpty == given.isEmpty)
            #expect(parsed.value.requested != nil)
            #expect(parsed.notices == [])
        }
    }

    @Test("about an interface says what it should be; what it does not say is not said")
    func requestedInterface() throws {
        let domain = try DomainDefinition.parse(fixture("everything-hvm"), options: inactive).value
        let full = try parseRequest(Device.interface(domain.interfaces[0]).xml())
        var requested = RequestedInterface()
        requested.kind = .bridge
        requested.bridge = "xenbr0"
        requested.model = "e1000"
        requested.backendDomain = "netvm"
        requested.script = "vif-bridge"
        requested.ipAddresses = ["192.0.2.7", "2001:db8::7"]
        requested.outboundAverage = KibibytesPerSecond(rawValue: 1000)
        requested.mtu = 9000
        requested.link = .down
        #expect(full.value.requested == .interface(requested))
        var criteria = DeviceCriteria(deviceClass: .interface)
        criteria.alias = domain.interfaces[0].alias
        criteria.mac = domain.interfaces[0].mac
        criteria.target = "inn0"
        criteria.address = domain.interfaces[0].address
        #expect(full.value.criteria == criteria)
        #expect(full.notices == [])
        #expect(try parseRequest("<interface/>").value.requested == .interface(RequestedInterface()))
    }

    @Test("about a disk says what it should be; what it does not say is not said")
    func requestedDisk() throws {
        let domain = try DomainDefinition.parse(fixture("everything-hvm"), options: inactive).value
        let full = try parseRequest(Device.disk(domain.disks[0]).xml())
        var requested = RequestedDisk()
        requested.device = .disk
        requested.sourceKind = .file
        requested.source = DiskSource(kind: .file, path: "/var/lib/xen/images/inn.qcow2")
        requested.driverName = "qemu"
        requested.driverType = "qcow2"
        requested.bus = "ide"
        requested.backendDomain = "storage"
        requested.isShareable = true
        #expect(full.value.requested == .disk(requested))
        var criteria = DeviceCriteria(deviceClass: .disk)
        criteria.alias = domain.disks[0].alias
        criteria.target = "hda"
        criteria.source = "/var/lib/xen/images/inn.qcow2"
        criteria.address = domain.disks[0].address
        #expect(full.value.criteria == criteria)
        #expect(try parseRequest("<disk/>").value.requested == .disk(RequestedDisk()))
        #expect(try parseRequest("<disk><readonly/></disk>").value.requested != .disk(RequestedDisk()))
    }

    @Test("never has a MAC address that it did not write")
    func noGeneratedMAC() throws {
        #expect(try parseRequest("<interface type='bridge'/>").value.criteria.mac == nil)
    }

    @Test(
        "reports what it cannot mean",
        arguments: [
            ("<disk type='file'><source dev='/d'/></disk>", ["/disk/source/@dev"]),
            ("<disk><serial>1</serial></disk>", ["/disk/serial"]),
        ])
    func notices(document: String, paths: [String]) throws {
        let parsed = try parseRequest(document)
        #expect(parsed.notices.map(\.path) == paths)
        #expect(parsed.notices.allSatisfy { $0.kind == .unsupported })
    }

    @Test(
        "is refused where what it says cannot be",
        arguments: [
            ("<controller type='usb' index='x'/>", "/controller/@index", DomainXMLProblem.badNumber("x")),
            ("<interface><mac address='x'/></interface>", "/interface/mac/@address", .badMAC("x")),
            (
                "<interface><mtu size='1'/></interface>", "/interface/mtu/@size",
                .outOfRange("1", lowest: 68, highest: 65_535)
            ),
            (
                "<disk><source file='/a&#10;'/></disk>", "/disk/source/@file",
                .controlCharacter("/a\n", character: "\n")
            ),
            ("<disk><target dev=''/></disk>", "/disk/target/@dev", .empty),
        ])
    func refused(document: String, path: String, problem: DomainXMLProblem) {
        let error = #expect(throws: DomainXMLError.self) { try parseRequest(document) }
        #expect(error == .model(path: path, line: 1, problem: problem))
    }

    @Test(
        "is readable for every interface without a type that a definition may have",
        arguments: [
            "<mac address='x'/>", "<mac address='01:00:00:00:00:01'/>", "<mtu size='1'/>", "<mtu/><mtu/>",
            "<target dev='a&#10;'/>", "<boot order='0'/>", "<vlan><tag id='5000'/></vlan>", "<ip address='x'/>",
        ])
    func withoutType(content: String) {
        let document = "<interface>\(content)</interface>"
        let request = #expect(throws: DomainXMLError.self) { try parseRequest(document) }
        let device = #expect(throws: DomainXMLError.self) { try parseDevice(document) }
        #expect(device == request)
    }
}

@Suite("A request about a device that cannot be updated")
struct DeviceCriteriaTests {
    @Test("names it by what it is, and requests no change", arguments: cases)
    func named(document: String, criteria: DeviceCriteria) throws {
        let parsed = try parseRequest(document)
        #expect(parsed.value.criteria == criteria)
        #expect(parsed.value.requested == nil)
        #expect(parsed.notices == [])
    }

    private static let cases: [(String, DeviceCriteria)] = [
        ("<controller type='usb' index='1'/>", criteria(.controller) { $0.controller = .init(type: .usb, index: 1) }),
        ("<controller type='usb'/>", criteria(.controller)),
        ("<serial type='pty'><target port='1'/></serial>", criteria(.serial) { $0.character = .serial(port: 1) }),
        ("<serial type='pty'/>", criteria(.serial)),
        (
            "<channel><target type='xen' name='agent'/></channel>",
            criteria(.channel) { $0.character = .channel(name: "agent") }
        ),
        (
            "<filesystem><source dir='/srv'/><target dir='t'/></filesystem>",
            criteria(.filesystem) {
                $0.source = "/srv"
                $0.target = "t"
            }
        ),
        (
            "<hostdev type='pci'><source writeFiltering='no'><address bus='1' slot='2'/></source></hostdev>",
            criteria(.hostdev) {
                $0.hostDevice = PCIAddress("01:02.0").map { .pci(HostPCIDevice(address: $0)) }
            }
        ),
        (
            "<hostdev type='usb'><source><address bus='1' device='3'/></source></hostdev>",
            criteria(.hostdev) { $0.hostDevice = .usb(HostUSBDevice(place: .init(bus: 1, device: 3))) }
        ),
        ("<hostdev><alias name='ua-h'/></hostdev>", criteria(.hostdev) { $0.alias = DeviceAlias("ua-h") }),
        ("<sound model='ich6'><alias name='ua-s'/></sound>", criteria(.sound) { $0.alias = DeviceAlias("ua-s") }),
    ]

    private static func criteria(
        _ deviceClass: DeviceClass, _ change: (inout DeviceCriteria) -> Void = { _ in }
    ) -> DeviceCriteria {
        var criteria = DeviceCriteria(deviceClass: deviceClass)
        change(&criteria)
        return criteria
    }
}

extension DeviceCriteria {
    fileprivate var given: Set<String> {
        var names: Set<String> = []
        if alias != nil { names.insert("alias") }
        if mac != nil { names.insert("mac") }
        if address != nil { names.insert("address") }
        if target != nil { names.insert("target") }
        if source != nil { names.insert("source") }
        return names
    }
}
