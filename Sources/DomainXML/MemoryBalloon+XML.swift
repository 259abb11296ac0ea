import LibXML
import XenModel

// `/domain/devices/memballoon`.
extension MemoryBalloon: DeviceElement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> MemoryBalloon? {
        MemoryBalloon(model: try reader.requiredWord("model"))
    }

    var bareElement: XMLElement {
        var element = XMLElement("memballoon")
        element.set("model", model.rawValue)
        return element
    }
}
