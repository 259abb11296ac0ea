import LibXML
import XenModel

// `/domain/seclabel`.
extension SecurityLabel {
    /// As in libvirt, a label that does not say its type is a dynamic one.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> SecurityLabel {
        let type = try reader.word("type", of: types) ?? "dynamic"
        var label = SecurityLabel(type: type, label: try reader.plainText(child: "label"))
        label.model = try reader.plainAttribute("model")
        label.relabel = try reader.yesOrNo("relabel")
        if type == "static", label.label == nil { throw reader.error(.missing("label")) }
        return label
    }

    private static let types = ["static", "dynamic", "none"]

    var element: XMLElement {
        var element = XMLElement("seclabel")
        element.set("type", type)
        element.set("model", model)
        element.set("relabel", relabel?.yesOrNo)
        element.add("label", text: label)
        return element
    }
}
