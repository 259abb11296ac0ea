import LibXML
import XenModel

// `pvshim` in `/domain/xenkeeper:options`.
extension PVShim {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> PVShim {
        guard let isEnabled = try reader.yesOrNo("enabled") else { throw reader.missing("enabled") }
        var shim = PVShim(isEnabled: isEnabled)
        shim.path = try reader.plainAttribute("path")
        shim.commandLine = try reader.plainAttribute("cmdline")
        shim.extra = try reader.plainAttribute("extra")
        return shim
    }

    var element: XMLElement {
        var element = XMLElement(xenkeeper: "pvshim")
        element.set("enabled", isEnabled.yesOrNo)
        element.set("path", path)
        element.set("cmdline", commandLine)
        element.set("extra", extra)
        return element
    }
}
