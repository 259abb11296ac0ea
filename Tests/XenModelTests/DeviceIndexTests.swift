import Testing
import XenModel
import XenUnits

@Suite("An index of devices")
struct DeviceIndexTests {
    private static func nic(_ number: UInt64, _ alias: String?, target: String? = nil) -> Device {
        var interface = Interface(source: .ethernet, mac: MACAddress(bits: number))
        interface.alias = alias.flatMap(DeviceAlias.init)
        interface.target = target
        return .interface(interface)
    }

    private static func disk(_ target: String, _ alias: String?) -> Device {
        var disk = Disk(device: .disk, source: DiskSource(kind: .file, path: "/d"), target: target)
        disk.alias = alias.flatMap(DeviceAlias.init)
        return .disk(disk)
    }

    private static let devices = [
        disk("xvda", "ua-root"), nic(1, "ua-a", target: "inn0"), nic(1, "net0"), disk("sdz9z", nil),
        .filesystem(Filesystem(source: "/f", target: "inn0")), .sound(Sound(model: .ac97, alias: DeviceAlias("ua-s"))),
    ]

    @Test(
        "finds what an alias, a MAC address or a target names, and says nothing of other criteria",
        arguments: [
            ("alias", "ua-root", [0]), ("alias", "net0", [2]), ("alias", "ua-s", [5]), ("alias", "ua-nobody", []),
            ("mac", "00:00:00:00:00:01", [1, 2]), ("mac", "00:00:00:00:00:02", []), ("target", "d0", []),
            ("target", "d0p0", [0]), ("target", "51712", [0]), ("target", "sdz9z", [3]), ("target", "inn0", [1, 4]),
            ("source", "/d", nil),
        ] as [(String, String, [Int]?)])
    func finds(_ criterion: String, _ text: String, _ positions: [Int]?) {
        var criteria = DeviceCriteria()
        switch criterion {
        case "alias": criteria.alias = DeviceAlias(text)
        case "mac": criteria.mac = MACAddress(text)
        case "target": criteria.target = text
        default: criteria.source = text
        }
        #expect(DeviceIndex(Self.devices).positions(of: criteria) == positions)
    }
}
