import XenModel

// dtdev.
extension DeviceTreeDevice: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [DeviceTreeDevice] {
        var found: [DeviceTreeDevice] = []
        for item in try reader.list("dtdev") {
            guard let path = try item.plain() else { throw item.error(.missingPart("a node of the device tree")) }
            found.append(DeviceTreeDevice(path: path))
        }
        return found
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        let text = try writer.plain(self.path, key: "dtdev", path: "\(path)/@path")
        lists.add(.string(text), to: "dtdev", path: "/domain/devices/xenkeeper:dtdev")
    }
}
