import LibXML
import XenModel

// `/domain/devices/input`.
extension Input: DeviceElement {
    /// Reads a complete device; nil if Xen cannot express its type or bus.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Input? {
        let type = try reader.wordUnlessForeign("type", of: InputType.self, foreign: ["passthrough", "evdev"])
        guard let type else { return nil }
        var input = Input(type: type)
        if reader.attribute("bus") != nil {
            let foreign = ["virtio", "parallels", "none"]
            guard let bus = try reader.wordUnlessForeign("bus", of: InputBus.self, foreign: foreign) else { return nil }
            input.bus = bus
        }
        return input
    }

    var bareElement: XMLElement {
        var element = XMLElement("input")
        element.set("type", type.rawValue)
        element.set("bus", bus?.rawValue)
        return element
    }
}
