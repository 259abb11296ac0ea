import LibXML
import XenModel

// `/domain/devices/sound`.
extension Sound {
    /// Reads a complete card; nil if Xen has no word for its model.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Sound? {
        let foreign = ["pcspk", "ich7", "ich9", "usb", "virtio"]
        guard let model = try reader.wordUnlessForeign("model", of: SoundModel.self, foreign: foreign) else {
            return nil
        }
        var sound = Sound(model: model)
        sound.alias = try DeviceAlias.read(in: reader)
        sound.address = try GuestAddress.read(in: reader)
        return sound
    }

    var element: XMLElement {
        var element = XMLElement("sound")
        element.set("model", model.rawValue)
        element.add(alias?.element)
        element.add(address?.element)
        return element
    }
}
