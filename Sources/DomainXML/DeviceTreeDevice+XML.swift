import LibXML
import XenModel

// `/domain/devices/xenkeeper:dtdev`.
extension DeviceTreeDevice: DeviceElement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> DeviceTreeDevice? {
        DeviceTreeDevice(path: try reader.requiredPlain("path"))
    }

    var bareElement: XMLElement {
        var element = XMLElement(xenkeeper: "dtdev")
        element.set("path", path)
        return element
    }
}
