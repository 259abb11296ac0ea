import LibXML
import XenModel

// `/domain/devices/memballoon`.
extension MemoryBalloon {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> MemoryBalloon {
        var balloon = MemoryBalloon(model: try reader.requiredWord("model"))
        balloon.alias = try DeviceAlias.read(in: reader)
        balloon.address = try GuestAddress.read(in: reader)
        return balloon
    }

    var element: XMLElement {
        var element = XMLElement("memballoon")
        element.set("model", model.rawValue)
        element.add(alias?.element)
        element.add(address?.element)
        return element
    }
}
