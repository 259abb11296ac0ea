import LibXML
import XenModel

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
