import LibXML
import XenModel

// `/domain/devices/filesystem`.
extension Filesystem: DeviceElement {
    /// Reads a complete file system; nil if Xen cannot express its type or driver.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Filesystem? {
        let foreign = ["block", "file", "template", "ram", "bind", "volume"]
        let type = try reader.wordUnlessForeign("type", of: Kind.self, foreign: foreign, default: .mount)
        guard type != nil, !isForeignDriver(reader) else { return nil }
        var filesystem = Filesystem(
            source: try reader.requiredPlain(child: "source", attribute: "dir"),
            target: try reader.requiredPlain(child: "target", attribute: "dir"))
        filesystem.accessMode = try reader.word("accessmode")
        try reader.ignore(child: "driver", "type", "path")
        filesystem.isReadOnly = try reader.flag("readonly")
        filesystem.backendDomain = try reader.xenkeeperBackendDomain()
        return filesystem
    }

    // The parts that a complete file system and a request about one have in common.

    static func source(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "source", attribute: "dir")
    }

    static func target(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.plain(child: "target", attribute: "dir")
    }

    private static func isForeignDriver(_ reader: ElementReader) -> Bool {
        let driver = reader.element.children.first { $0.name == "driver" }?.attribute("type")
        return !["path", "", nil].contains(driver)
    }

    var bareElement: XMLElement {
        var element = XMLElement("filesystem")
        element.set("type", Kind.mount.rawValue)
        element.set("accessmode", accessMode?.rawValue)
        element.add("source", ["dir": source])
        element.add("target", ["dir": target])
        if isReadOnly { element.add("readonly") }
        element.add(xenkeeper: "backenddomain", ["name": backendDomain])
        return element
    }

    /// `@type`.
    private enum Kind: String, CaseIterable {
        case mount
    }
}
