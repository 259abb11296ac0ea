import Testing
import XenUnits

@Suite("A device's identity")
struct DeviceIdentityTests {
    @Test("leads to its xenstore paths")
    func xenstore() throws {
        let disk = try DeviceIdentity.disk(vdev: #require(BlockDeviceNumber(vdev: "xvda")))
        #expect(disk.deviceClass == .disk)
        #expect(disk.xenstoreKind == "vbd")
        #expect(disk.devid == DeviceID(rawValue: 51_712))
        let nic = DeviceIdentity.nic(devid: DeviceID(rawValue: 2))
        #expect(nic.deviceClass == .interface)
        #expect(nic.xenstoreKind == "vif")
        #expect(nic.devid == DeviceID(rawValue: 2))
    }

    @Test("of a NIC is never that of a disk, whatever their numbers")
    func kinds() {
        let nic = DeviceIdentity.nic(devid: DeviceID(rawValue: 768))
        let disk = DeviceIdentity.disk(vdev: BlockDeviceNumber(rawValue: 768))
        #expect(nic != disk)
        #expect(nic.devid == disk.devid)
    }

    @Test("is read from the text that names it, and from no other")
    func text() throws {
        for text in ["vif/0", "vif/12", "vbd/51712", "vbd/268435463"] {
            #expect(try #require(DeviceIdentity(text)).description == text)
        }
        let others = [
            "", "vif", "vif/", "/0", "vif/-1", "vif/+1", "vif/01", "vif/1/", "vif/1 ", "VIF/1", "qdisk/51712",
            "vif/99999999999", "1",
        ]
        for text in others {
            #expect(DeviceIdentity(text) == nil, "\(text)")
        }
    }

    @Test(
        "survives being written down",
        arguments: [
            DeviceIdentity.nic(devid: DeviceID(rawValue: 0)), .disk(vdev: BlockDeviceNumber(rawValue: 1 << 28 | 7)),
        ])
    func coding(identity: DeviceIdentity) throws {
        #expect(try throughJSON(identity) == identity)
    }
}
