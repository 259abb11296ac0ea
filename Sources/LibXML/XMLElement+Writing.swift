extension XMLElement {
    /// The element as text: each element on a line of its own, two spaces a level from `level` on, a newline at the end.
    ///
    /// Values are in single quotes. White space between elements is ours and not the element's; an element with text of
    /// its own is written as it is. A character that XML cannot hold is written as U+FFFD.
    package func formatted(level: Int = 0) -> String {
        XMLWriter.text { $0.write(self, level: level) }
    }

    /// The element as text with every character of its content kept, white space and comments too.
    package func verbatim() -> String {
        XMLWriter.text { $0.write(self) }
    }

    /// Whether the element is laid out by its elements: it has some, and no text but white space between them.
    fileprivate var isStructure: Bool {
        var hasStructure = false
        for node in content {
            switch node {
            case .text(let text):
                guard text.isXMLSpace else { return false }
            case .element, .comment, .instruction, .markup:
                hasStructure = true
            }
        }
        return hasStructure
    }
}

/// Collects octets: a text that grows looks at each of its characters, and an array at its owners.
private struct XMLWriter: ~Copyable {
    private var octets = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4096)
    private var count = 0

    /// What `body` writes.
    static func text(_ body: (inout XMLWriter) -> Void) -> String {
        var writer = XMLWriter()
        body(&writer)
        return String(decoding: writer.octets[..<writer.count], as: UTF8.self)
    }

    deinit {
        octets.deallocate()
    }

    /// Writes the element on lines of its own.
    mutating func write(_ element: XMLElement, level: Int) {
        indent(level)
        guard element.isStructure else {
            write(element)
            put("\n")
            return
        }
        openTag(element)
        put(">\n")
        for node in element.content {
            switch node {
            case .element(let child):
                write(child, level: level + 1)
            case .text: break
            case .comment, .instruction, .markup:
                indent(level + 1)
                write(node)
                put("\n")
            }
        }
        indent(level)
        closeTag(element)
        put("\n")
    }

    /// Writes the element where the text stands, and all of its content as it is.
    mutating func write(_ element: XMLElement) {
        openTag(element)
        guard !element.content.isEmpty else {
            put("/>")
            return
        }
        put(">")
        for node in element.content { write(node) }
        closeTag(element)
    }

    private mutating func write(_ node: XMLNode) {
        switch node {
        case .element(let child): write(child)
        case .text(let characters): escape(characters, isAttribute: false)
        case .comment(let comment):
            put("<!--")
            add(comment)
            put("-->")
        case .instruction(let target, let data):
            put("<?")
            add(target)
            if let data {
                put(" ")
                add(data)
            }
            put("?>")
        case .markup(let markup): add(markup)
        }
    }

    private mutating func openTag(_ element: XMLElement) {
        put("<")
        name(element.prefix, element.name)
        for declaration in element.declarations {
            attribute(declaration.prefix.map { _ in "xmlns" }, declaration.prefix ?? "xmlns", declaration.uri)
        }
        let attributes = element.attributes
        for position in attributes.indices {
            attribute(attributes[position].prefix, attributes[position].name, attributes[position].value)
        }
    }

    private mutating func closeTag(_ element: XMLElement) {
        put("</")
        name(element.prefix, element.name)
        put(">")
    }

    private mutating func attribute(_ prefix: String?, _ name: String, _ value: String) {
        put(" ")
        self.name(prefix, name)
        put("='")
        escape(value, isAttribute: true)
        put("'")
    }

    private mutating func name(_ prefix: String?, _ name: String) {
        if let prefix {
            add(prefix)
            put(":")
        }
        add(name)
    }

    private mutating func indent(_ level: Int) {
        makeRoom(for: 2 * level)
        octets[count..<count + 2 * level].update(repeating: UInt8(ascii: " "))
        count += 2 * level
    }

    private mutating func add(_ text: String) {
        let added: Void? = text.utf8.withContiguousStorageIfAvailable { add($0) }
        guard added == nil else { return }
        var contiguous = text
        contiguous.withUTF8 { add($0) }
    }

    /// Adds what is known when this is compiled.
    @inline(__always)
    private mutating func put(_ text: StaticString) {
        add(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    private mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        makeRoom(for: text.count)
        guard let start = text.baseAddress, let end = octets.baseAddress else { return }
        (end + count).update(from: start, count: text.count)
        count += text.count
    }

    @inline(__always)
    private mutating func makeRoom(for more: Int) {
        if more > octets.count - count { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(2 * octets.count, count + more))
        _ = larger.initialize(fromContentsOf: octets[..<count])
        octets.deallocate()
        octets = larger
    }

    /// A reader turns line ends and tabs of a value, and carriage returns of a text, into something else unless they are
    /// written as references.
    private mutating func escape(_ characters: String, isAttribute: Bool) {
        let isPlain = characters.utf8.withContiguousStorageIfAvailable { characters in
            for octet in characters where octet.mayNeedEscape { return false }
            add(characters)
            return true
        }
        guard isPlain != true else { return }
        for scalar in characters.unicodeScalars {
            switch scalar {
            case "&": put("&amp;")
            case "<": put("&lt;")
            case ">": put("&gt;")
            case "'" where isAttribute: put("&apos;")
            case "\r": put("&#13;")
            case "\n" where isAttribute: put("&#10;")
            case "\t" where isAttribute: put("&#9;")
            case "\t", "\n": add(String(scalar))
            case "\u{0}"..<" ", "\u{fffe}", "\u{ffff}": put("\u{fffd}")
            default: add(String(scalar))
            }
        }
    }
}

extension UInt8 {
    /// Whether the octet is, or begins, one of those characters that are not always written as they are.
    fileprivate var mayNeedEscape: Bool {
        self < 0x40 ? Self.lowEscapes >> UInt64(self) & 1 == 1 : self == 0xef
    }

    /// A bit for each octet below 0x40 that needs it: the control characters, `&`, `'`, `<` and `>`.
    private static let lowEscapes: UInt64 = 0x5000_00c0_ffff_ffff
}
