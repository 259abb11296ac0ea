import Foundation
import LibxlAPI
import Testing
import XenUnits

@testable import XenDriver

@Suite("A device in a status file")
struct PlacedDeviceTests {
    private static let forms: [(PlacedDevice, String)] = [
        (
            PlacedDevice(
                LibxlDeviceNIC(
                    devid: DeviceID(rawValue: 3), mac: MACAddress(bits: 0x0016_3e01_0203), nictype: .vif)),
            #"{"nic":{"_0":{"devid":3,"mac":"00:16:3e:01:02:03","nictype":"vif"}}}"#
        ),
        (
            PlacedDevice(
                LibxlDeviceDisk(vdev: "xvdb", pdevPath: "/dev/vg/b", format: .raw),
                number: BlockDeviceNumber(rawValue: 51728)),
            #"{"disk":{"_0":{"format":"raw","pdev_path":"/dev/vg/b","readwrite":1,"removable":1,"vdev":"xvdb"},"#
                + #""number":51728}}"#
        ),
        (
            PlacedDevice(
                .vtpm(LibxlDeviceVTPM(devid: DeviceID(rawValue: 1))), identity: .vtpm(devid: DeviceID(rawValue: 1))),
            #"{"other":{"_0":{"vtpm":{"_0":{"devid":1}}},"identity":{"vtpm":{"devid":1}}}}"#
        ),
    ]

    @Test("has the form that every program of version 2 reads", arguments: forms.indices)
    func form(index: Int) throws {
        let (device, text) = Self.forms[index]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(device), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(PlacedDevice.self, from: Data(text.utf8)) == device)
    }

    @Test("is refused where it stands in the form of another kind")
    func otherForm() throws {
        let text =
            #"{"other":{"_0":{"nic":{"_0":{"devid":3,"mac":"00:16:3e:01:02:03"}}},"identity":{"nic":{"devid":3}}}}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(PlacedDevice.self, from: Data(text.utf8))
        }
    }
}
