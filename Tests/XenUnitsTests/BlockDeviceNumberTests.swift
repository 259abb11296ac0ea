import Testing
import XenUnits

@Suite("A disk's number")
struct BlockDeviceNumberTests {
    @Test(
        "is the one that Xen gives the vdev",
        arguments: [
            // One device in all its spellings.
            ("xvda", 51_712), ("d0p0", 51_712), ("51712", 51_712), ("0xca00", 51_712), ("0XCA00", 51_712),
            ("0145000", 51_712),
            // Partitions.
            ("xvda1", 51_713), ("d0p1", 51_713), ("xvda15", 51_727), ("xvdb", 51_728), ("d1p0", 51_728),
            ("xvdp", 51_952), ("xvdp15", 51_967),
            // Past 16 disks or 15 partitions the extended numbers begin.
            ("xvda16", 1 << 28 | 16), ("xvda255", 1 << 28 | 255), ("xvdq", 1 << 28 | 16 << 8),
            ("xvdz", 1 << 28 | 25 << 8), ("xvdaa", 1 << 28 | 26 << 8), ("xvdaaa", 1 << 28 | 702 << 8),
            ("d26p3", 1 << 28 | 26 << 8 | 3), ("d1048575p0", 1 << 28 | 1_048_575 << 8),
            // IDE: two majors of two disks each.
            ("hda", 768), ("hdb", 832), ("hdc", 5632), ("hdd", 5696), ("hda1", 769), ("hdd63", 5759),
            // SCSI.
            ("sda", 2048), ("sdb", 2064), ("sda15", 2063), ("sdp", 2288), ("sdp15", 2303),
            ("0", 0), ("1", 1), ("0x0", 0),
        ] as [(String, Int32)])
    func number(vdev: String, number: Int32) {
        #expect(BlockDeviceNumber(vdev: vdev)?.rawValue == number)
        #expect(BlockDeviceNumber(vdev: vdev)?.deviceID == DeviceID(rawValue: number))
    }

    @Test(
        "is none for any other text",
        arguments: [
            "", "vda", "xvd", "xvd1", "XVDA", "xvdA", "xvda256", "xvda-1", "xvda 1", "xvda1 ", " xvda", "xvdaaaaaa",
            "d", "d0", "d1", "d-1p0", "dp1", "d0p", "d0p256", "d0p1p1", "d1048576p0", "d99999999999p0", "xvda0",
            "hda01",
            "da", "hde", "hda64", "hd", "sdq",
            "sda16", "sdaa", "nvme0n1", "0x", "0xg", "-1", "+1", "1.5", "08", "99999999999", "xvdä", "٣", "/dev/xvda",
        ])
    func junk(vdev: String) {
        #expect(BlockDeviceNumber(vdev: vdev) == nil)
    }

    @Test("orders disks as Xen counts them")
    func order() throws {
        let numbers = try ["xvda", "xvdb", "xvdp", "xvdq", "xvdaa"].map { try #require(BlockDeviceNumber(vdev: $0)) }
        #expect(numbers == numbers.sorted())
        #expect(Set(numbers).count == 5)
    }
}
