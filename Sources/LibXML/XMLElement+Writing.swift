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

private struct XMLWriter {
    private(set) var text = ""

    /// Writes the element on lines of its own.
    mutating func write(_ element: XMLElement, level: Int) {
        indent(level)
        guard element.isStructure else {
            write(element)
            text += "\n"
            return
        }
        openTag(element)
        text += ">\n"
        for node in element.content {
            switch node {
            case .element(let child):
                write(child, level: level + 1)
            case .text: break
            case .comment, .instruction, .markup:
                indent(level + 1)
                write(node)
                text += "\n"
            }
        }
        indent(level)
        text += "</\(element.qualifiedName)>\n"
    }

    /// Writes the element where the text stands, and all of its content as it is.
    mutating func write(_ element: XMLElement) {
        openTag(element)
        guard !element.content.isEmpty else {
            text += "/>"
            return
        }
        text += ">"
        for node in element.content { write(node) }
        text += "</\(element.qualifiedName)>"
    }

    private mutating func write(_ node: XMLNode) {
        switch node {
        case .element(let child): write(child)
        case .text(let characters): escape(characters, isAttribute: false)
        case .comment(let comment): text += "<!--\(comment)-->"
        case .instruction(let target, let data): text += "<?\(target)\(data.map { " " + $0 } ?? "")?>"
        case .markup(let markup): text += markup
        }
    }

    private mutating func openTag(_ element: XMLElement) {
        text += "<\(element.qualifiedName)"
        for declaration in element.declarations {
            attribute(declaration.prefix.map { "xmlns:\($0)" } ?? "xmlns", declaration.uri)
        }
        for entry in element.attributes {
            attribute(entry.qualifiedName, entry.value)
        }
    }

    private mutating func attribute(_ name: String, _ value: String) {
        text += " \(name)='"
        escape(value, isAttribute: true)
        text += "'"
    }

    private mutating func indent(_ level: Int) {
        text += String(repeating: "  ", count: level)
    }

    /// A reader turns line ends and tabs of a value, and carriage returns of a text, into something else unless they are
    /// written as references.
    private mutating func escape(_ characters: String, isAttribute: Bool) {
        for scalar in characters.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "'" where isAttribute: text += "&apos;"
            case "\r": text += "&#13;"
            case "\n" where isAttribute: text += "&#10;"
            case "\t" where isAttribute: text += "&#9;"
            case "\t", "\n": text.unicodeScalars.append(scalar)
            case "\u{0}"..<" ", "\u{fffe}", "\u{ffff}": text += "\u{fffd}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
