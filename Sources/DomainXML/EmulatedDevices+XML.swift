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

// `/domain/devices/sound`.
extension Sound: DeviceElement {
    /// Reads a complete sound card; nil if Xen cannot express its model.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Sound? {
        let foreign = ["pcspk", "ich7", "ich9", "usb", "virtio"]
        guard let model = try reader.wordUnlessForeign("model", of: SoundModel.self, foreign: foreign) else {
            return nil
        }
        return Sound(model: model)
    }

    var bareElement: XMLElement {
        var element = XMLElement("sound")
        element.set("model", model.rawValue)
        return element
    }
}

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
