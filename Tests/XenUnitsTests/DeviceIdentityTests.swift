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
        let texts = [
            "vif/0", "vif/12", "vbd/51712", "vbd/268435463", "pci/0000:03:00.0", "pci/10de:ff:1f.7", "vusb/0",
            "vusb/2/1", "9pfs/0", "vtpm/0", "vdispl/3", "vsnd/0", "vkbd/1", "vfb/0",
        ]
        for text in texts {
            #expect(try #require(DeviceIdentity(text)).description == text)
        }
        let others = [
            "", "vif", "vif/", "/0", "vif/-1", "vif/+1", "vif/01", "vif/1/", "vif/1 ", "VIF/1", "qdisk/51712",
            "vif/99999999999", "1", "pci/0", "pci/03:00.0", "pci/0000:03:00.8", "pci/0000:03:00.0/", "vusb/0/0",
            "vusb/0/-1", "vusb/0/1/2", "qusb/0", "vkb/0", "p9/0", "usbctrl/0",
        ]
        for text in others {
            #expect(DeviceIdentity(text) == nil, "\(text)")
        }
    }

    @Test(
        "survives being written down",
        arguments: [
            DeviceIdentity.nic(devid: DeviceID(rawValue: 0)), .disk(vdev: BlockDeviceNumber(rawValue: 1 << 28 | 7)),
            .usbDevice(controller: DeviceID(rawValue: 2), port: 7), .vfb(devid: DeviceID(rawValue: 1)),
        ])
    func coding(identity: DeviceIdentity) throws {
        #expect(try throughJSON(identity) == identity)
    }
}
