import Testing
import XenModel
import XenUnits

@Suite("A device")
struct DeviceTests {
    private let disk = Disk(source: DiskSource(kind: .file, path: "/f"), target: "xvda")
    private let interface = Interface(source: .bridge("br0"), mac: MACAddress(bits: 0x0016_3e00_0001))

    @Test("is given an alias whatever its class")
    func alias() {
        for device in [Device.disk(disk), .interface(interface)] {
            var named = device
            named.alias = DeviceAlias("ua-x")
            #expect(named.alias?.description == "ua-x")
            #expect(named != device)
            named.alias = nil
            #expect(named == device)
        }
    }

    @Test("without an alias is known by what its user wrote")
    func familiarName() {
        #expect(Device.disk(disk).familiarName == "xvda")
        #expect(Device.interface(interface).familiarName == "00:16:3e:00:00:01")
    }

    @Test("list of a domain is its disks and then its interfaces, each in order, and setting it changes nothing else")
    func list() throws {
        var domain = DomainDefinition(
            name: try DomainName("g"), uuid: .zero, memory: Kibibytes(1), operatingSystem: .init(guestType: .pv))
        var other = disk
        other.target = "xvdb"
        domain.disks = [other, disk]
        domain.interfaces = [interface]
        #expect(domain.devices == [.disk(other), .disk(disk), .interface(interface)])
        let before = domain
        domain.devices = [.interface(interface), .disk(other), .disk(disk)]
        #expect(domain == before)
    }

    @Test("that is a CD-ROM drive is never writable")
    func cdrom() {
        var drive = Disk(device: .cdrom, source: DiskSource(kind: .file, path: nil), target: "hdc")
        #expect(!drive.isWritable)
        drive.isReadOnly = false
        #expect(!drive.isWritable)
        #expect(disk.isWritable)
    }
}

@Suite("A guest address")
struct GuestAddressTests {
    @Test(
        "names the same place whatever way its numbers are written",
        arguments: [
            (["slot": "4"], ["slot": "0x04"], true), (["slot": "4"], ["slot": "0x4"], true),
            (["slot": "04"], ["slot": "4"], true), (["slot": "4"], ["slot": "5"], false),
            (["slot": "4"], [:], false), (["slot": "4"], ["slot": "4", "bus": "0"], false),
            (["multifunction": "on"], ["multifunction": "on"], true),
            (["multifunction": "on"], ["multifunction": "off"], false), (["slot": "x"], ["slot": "4"], false),
            ([:], [:], true),
        ] as [([String: String], [String: String], Bool)])
    func places(left: [String: String], right: [String: String], isSame: Bool) {
        let one = GuestAddress(type: "pci", fields: left)
        let other = GuestAddress(type: "pci", fields: right)
        #expect(one.names(theSamePlaceAs: other) == isSame)
        #expect(other.names(theSamePlaceAs: one) == isSame)
        #expect(!one.names(theSamePlaceAs: GuestAddress(type: "drive", fields: right)))
    }

    @Test("reads as its type and its fields in alphabetical order")
    func description() {
        #expect(GuestAddress(type: "pci", fields: ["slot": "4", "bus": "0"]).description == "pci bus=0 slot=4")
    }
}

@Suite("Criteria")
struct DeviceCriteriaTests {
    @Test("name nothing until one is given; a class alone is none")
    func empty() throws {
        #expect(DeviceCriteria(deviceClass: .disk).isEmpty)
        let alias = try #require(DeviceAlias("ua-x"))
        #expect(!DeviceCriteria(alias: alias).isEmpty)
        let changes: [(inout DeviceCriteria) -> Void] = [
            { $0.alias = alias }, { $0.mac = MACAddress(bits: 1) }, { $0.target = "xvda" }, { $0.source = "/f" },
            { $0.address = GuestAddress(type: "pci", fields: [:]) },
        ]
        for change in changes {
            var criteria = DeviceCriteria()
            change(&criteria)
            #expect(!criteria.isEmpty)
        }
    }
}
