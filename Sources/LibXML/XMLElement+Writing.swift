extension XMLElement {
    /// The element as text: each element on a line of its own, two spaces a level from `level` on, a newline at the end.
    ///
    /// Values are in single quotes. White space between elements is ours and not the element's; an element with text of
    /// its own is written as it is. A character that XML cannot hold is written as U+FFFD.
    public func formatted(level: Int = 0) -> String {
        var writer = XMLWriter()
        writer.write(self, level: level)
        return writer.text
    }

    /// The element as text with every character of its content kept, white space and comments too.
    public func verbatim() -> String {
        var writer = XMLWriter()
        writer.write(self)
        return writer.text
    }

    /// Whether the element is laid out by its elements: it has some, and no text but white space between them.
    fileprivate var isStructure: Bool {
        var hasStructure = false
        for node in content {
            switch node {
            case .text(let text):
                guard text.utf8.allSatisfy(\.isXMLSpace) else { return false }
            case .element, .comment, .instruction, .markup:
                hasStructure = true
            }
        }
        return hasStructure
    }
}

/// Collects octets: a text that grows looks at each of its characters.
private struct XMLWriter {
    private var octets: [UInt8] = []

    init() {
        octets.reserveCapacity(4096)
    }

    var text: String { String(decoding: octets, as: UTF8.self) }

    /// Writes the element on lines of its own.
    mutating func write(_ element: XMLElement, level: Int) {
        indent(level)
        guard element.isStructure else {
            write(element)
            add("\n")
            return
        }
        openTag(element)
        add(">\n")
        for node in element.content {
            switch node {
            case .element(let child):
                write(child, level: level + 1)
            case .text: break
            case .comment, .instruction, .markup:
                indent(level + 1)
                write(node)
                add("\n")
            }
        }
        indent(level)
        closeTag(element)
        add("\n")
    }

    /// Writes the element where the text stands, and all of its content as it is.
    mutating func write(_ element: XMLElement) {
        openTag(element)
        guard !element.content.isEmpty else {
            add("/>")
            return
        }
        add(">")
        for node in element.content { write(node) }
        closeTag(element)
    }

    private mutating func write(_ node: XMLNode) {
        switch node {
        case .element(let child): write(child)
        case .text(let characters): escape(characters, isAttribute: false)
        case .comment(let comment):
            add("<!--")
            add(comment)
            add("-->")
        case .instruction(let target, let data):
            add("<?")
            add(target)
            if let data {
                add(" ")
                add(data)
            }
            add("?>")
        case .markup(let markup): add(markup)
        }
    }

    private mutating func openTag(_ element: XMLElement) {
        add("<")
        name(element.prefix, element.name)
        for declaration in element.declarations {
            attribute(declaration.prefix.map { _ in "xmlns" }, declaration.prefix ?? "xmlns", declaration.uri)
        }
        for position in element.attributes.indices {
            attribute(
                element.attributes[position].prefix, element.attributes[position].name,
                element.attributes[position].value)
        }
    }

    private mutating func closeTag(_ element: XMLElement) {
        add("</")
        name(element.prefix, element.name)
        add(">")
    }

    private mutating func attribute(_ prefix: String?, _ name: String, _ value: String) {
        add(" ")
        self.name(prefix, name)
        add("='")
        escape(value, isAttribute: true)
        add("'")
    }

    private mutating func name(_ prefix: String?, _ name: String) {
        if let prefix {
            add(prefix)
            add(":")
        }
        add(name)
    }

    private mutating func indent(_ level: Int) {
        octets.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
    }

    private mutating func add(_ text: String) {
        octets.append(contentsOf: text.utf8)
    }

    /// A reader turns line ends and tabs of a value, and carriage returns of a text, into something else unless they are
    /// written as references.
    private mutating func escape(_ characters: String, isAttribute: Bool) {
        guard characters.utf8.contains(where: \.mayNeedEscape) else { return add(characters) }
        for scalar in characters.unicodeScalars {
            switch scalar {
            case "&": add("&amp;")
            case "<": add("&lt;")
            case ">": add("&gt;")
            case "'" where isAttribute: add("&apos;")
            case "\r": add("&#13;")
            case "\n" where isAttribute: add("&#10;")
            case "\t" where isAttribute: add("&#9;")
            case "\t", "\n": add(String(scalar))
            case "\u{0}"..<" ", "\u{fffe}", "\u{ffff}": add("\u{fffd}")
            default: add(String(scalar))
            }
        }
    }
}

extension UInt8 {
    /// Whether the octet is, or begins, one of those characters that are not always written as they are.
    fileprivate var mayNeedEscape: Bool {
        switch self {
        case 0..<0x20, UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "'"), 0xef: true
        default: false
        }
    }
}
