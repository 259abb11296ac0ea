import LibXML
import XenModel
import XenUnits

// `/domain/devices/video`.
extension Video: DeviceElement {
    /// Reads a complete video card; nil if Xen cannot express its model.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Video? {
        // libvirt's default.
        let usual: VideoModel = reader.document.guestType == .pv ? .xen : .cirrus
        let read = try reader.child("model") { reader throws(DomainXMLError) -> Video? in
            let model =
                reader.attribute("type") == "default"
                ? usual
                : try reader.wordUnlessForeign(
                    "type", of: VideoModel.self, foreign: foreignModels, default: usual)
            guard let model else {
                // The whole device is kept, with one notice of its own.
                reader.readAll()
                return nil
            }
            var video = Video(model: model)
            video.vram = try reader.anyNumber("vram", in: 0...UInt64(UInt32.max)).map { Kibibytes($0) }
            let heads = try reader.anyNumber("heads", in: 0...UInt32.max)
            video.heads = heads == 0 ? nil : heads
            video.isPrimary = try reader.yesOrNo("primary")
            return video
        }
        return read ?? Video(model: usual)
    }

    private static let foreignModels = ["vmvga", "vbox", "parallels", "virtio", "gop", "bochs", "ramfb"]

    var bareElement: XMLElement {
        var element = XMLElement("video")
        element.add(
            "model",
            [
                "type": model.rawValue, "vram": vram.map { "\($0.count)" }, "heads": heads?.description,
                "primary": isPrimary?.yesOrNo,
            ])
        return element
    }
}
