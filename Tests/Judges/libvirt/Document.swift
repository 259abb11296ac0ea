import LibXML
import XenUnits

/// A domain's document in parts, so that it can be asked which of them makes a difference.
struct Document {
    /// As the list of differences names it.
    var name: String
    var type: GuestType
    var parts: [Part]

    /// An element with all that is in it.
    struct Part: Hashable {
        var text: String
        /// Whether it stands in `/domain/devices`; else in `/domain`.
        var isDevice = false

        /// Without its brackets and all that follows.
        var elementName: Substring { text.dropFirst().prefix { $0.isLetter || $0 == "_" || $0 == ":" } }
    }

    /// The whole document; what every document needs is in it, whether a part says it or not.
    var text: String {
        let said = Set(parts.filter { !$0.isDevice }.map(\.elementName))
        let bare = [
            ("name", "<name>guest</name>"), ("uuid", "<uuid>c7a5fdb2-cdaf-9455-926a-d65c16db1809</uuid>"),
            ("memory", "<memory unit='MiB'>512</memory>"), ("os", "<os>\(Self.system(of: type))</os>"),
        ]
        let lines =
            bare.filter { !said.contains(Substring($0.0)) }.map(\.1)
            + parts.filter { !$0.isDevice }.map(\.text)
            + ["<devices>"] + parts.filter(\.isDevice).map { "  " + $0.text } + ["</devices>"]
        return "<domain type='xen' xmlns:xen='http://libvirt.org/schemas/domain/xen/1.0'>\n"
            + lines.map { "  \($0)\n" }.joined() + "</domain>\n"
    }

    /// What stands in `<os>` where nothing more is said of it.
    private static func system(of type: GuestType) -> String {
        switch type {
        case .hvm: "<type>hvm</type>"
        case .pv: "<type>linux</type><kernel>/k</kernel>"
        case .pvh: "<type>xenpvh</type><kernel>/k</kernel>"
        }
    }
}

extension Document {
    /// The document of a file without what is in Xenkeeper's own name space, for libvirt knows nothing of that.
    init(name: String, content: [UInt8]) throws(XMLSyntaxError) {
        let domain = try XMLElement.parse(content).inLibvirtsWords
        func text(_ element: XMLElement) -> String { element.inheriting(domain.declarations).verbatim() }
        self.name = name
        let type = domain.children.first { $0.name == "os" }?.children.first { $0.name == "type" }?.text
        self.type = type == "hvm" ? .hvm : type == "xenpvh" ? .pvh : .pv
        parts = domain.children.flatMap { child in
            child.name == "devices"
                ? child.children.map { Part(text: text($0), isDevice: true) } : [Part(text: text(child))]
        }
    }

    /// Each part in a document of its own.
    var apart: [Document] {
        var counts: [Substring: Int] = [:]
        return parts.filter { !["name", "uuid"].contains($0.elementName) }.map { part in
            counts[part.elementName, default: 0] += 1
            return Document(
                name: "\(name) \(part.elementName)[\(counts[part.elementName] ?? 1)]", type: type, parts: [part])
        }
    }

    /// The smallest document of these parts of which `isSo` still holds, as far as leaving out one at a time finds it.
    func reduced(while isSo: (Document) throws -> Bool) rethrows -> Document {
        var least = self
        for index in parts.indices.reversed() {
            var less = least
            less.parts.remove(at: index)
            if try isSo(less) { least = less }
        }
        return least
    }
}

extension XMLElement {
    private static let own = "urn:xenkeeper:domain:1"

    /// The element without elements and attributes of our own.
    fileprivate var inLibvirtsWords: XMLElement {
        var element = self
        element.declarations.removeAll { $0.uri == Self.own }
        element.attributes.removeAll { $0.namespace == Self.own }
        element.content = content.compactMap { node in
            guard case .element(let child) = node else { return node }
            return child.namespace == Self.own ? nil : .element(child.inLibvirtsWords)
        }
        return element
    }
}
