import CLibXML2

extension XMLElement {
    /// The most bytes that a document may have: 16 MiB.
    public static let maximumSize = 16 << 20

    /// How deep elements may be nested, the root being the first level.
    public static let maximumDepth = 256

    /// Reads a whole document and returns its root element.
    ///
    /// The text must be UTF-8; one that declares another encoding is refused, not converted. A DOCTYPE is refused, so
    /// no entity but XML's own five exists, and nothing outside the text is ever read. A prefix must be declared.
    /// CDATA sections are read as the text they stand for. Any number of threads may read at once.
    public static func parse(_ document: [UInt8]) throws(XMLSyntaxError) -> XMLElement {
        try checkText(document)
        try checkAttributes(document)
        initializeLibrary
        var outcome = clibxml2_outcome()
        let tree = document.withUnsafeBytes { bytes in
            let start = bytes.bindMemory(to: CChar.self).baseAddress
            return clibxml2_parse(start, Int32(bytes.count), Int32(maximumDepth), &outcome)
        }
        guard let tree else { throw XMLSyntaxError(outcome) }
        defer { xmlFreeDoc(tree) }
        guard let root = xmlDocGetRootElement(tree) else { throw XMLSyntaxError(.empty) }
        return XMLElement(copying: root)
    }

    /// libxml2 wants its tables built once before threads use it.
    private static let initializeLibrary: Void = xmlInitParser()

    /// Recursion is bounded: the parser stopped at `maximumDepth`.
    private init(copying node: UnsafeMutablePointer<xmlNode>) {
        self.init(String(copying: node.pointee.name) ?? "")
        prefix = String(copying: node.pointee.ns?.pointee.prefix)
        namespace = String(copying: node.pointee.ns?.pointee.href)
        line = Int(xmlGetLineNo(node))

        var declaration = node.pointee.nsDef
        while let current = declaration {
            let uri = String(copying: current.pointee.href) ?? ""
            declarations.append(XMLNamespace(prefix: String(copying: current.pointee.prefix), uri: uri))
            declaration = current.pointee.next
        }
        var attribute = node.pointee.properties
        while let current = attribute {
            attributes.append(XMLAttribute(copying: current))
            attribute = current.pointee.next
        }
        var child = node.pointee.children
        while let current = child {
            append(current)
            child = current.pointee.next
        }
    }

    private mutating func append(_ node: UnsafeMutablePointer<xmlNode>) {
        let text = String(copying: node.pointee.content)
        switch node.pointee.type {
        case XML_ELEMENT_NODE:
            content.append(.element(XMLElement(copying: node)))
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            guard let text, !text.isEmpty else { return }
            if case .text(let before) = content.last {
                content[content.count - 1] = .text(before + text)
            } else {
                content.append(.text(text))
            }
        case XML_COMMENT_NODE:
            content.append(.comment(text ?? ""))
        case XML_PI_NODE:
            content.append(.instruction(target: String(copying: node.pointee.name) ?? "", data: text))
        default:
            // The other kinds come from a DOCTYPE or XInclude, and neither is let in.
            break
        }
    }
}

extension XMLAttribute {
    fileprivate init(copying attribute: UnsafeMutablePointer<xmlAttr>) {
        let content = attribute.pointee.children.flatMap { xmlNodeListGetString(attribute.pointee.doc, $0, 1) }
        defer { content.map { clibxml2_free($0) } }
        self.init(String(copying: attribute.pointee.name) ?? "", String(copying: content) ?? "")
        prefix = String(copying: attribute.pointee.ns?.pointee.prefix)
        namespace = String(copying: attribute.pointee.ns?.pointee.href)
    }
}

extension XMLSyntaxError {
    fileprivate init(_ outcome: clibxml2_outcome) {
        let reason: Reason =
            switch outcome.status {
            case CLIBXML2_DOCTYPE: .documentType
            case CLIBXML2_TOO_DEEP: .tooDeep(limit: XMLElement.maximumDepth)
            default: .malformed(Self.sentence(outcome))
            }
        self.init(reason, line: Int(outcome.line), column: Int(outcome.column))
    }

    private static func sentence(_ outcome: clibxml2_outcome) -> String {
        let text = withUnsafeBytes(of: outcome.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return String(text.reversed().drop { $0.isWhitespace }.reversed())
    }
}

extension String {
    fileprivate init?(copying text: UnsafePointer<xmlChar>?) {
        guard let text else { return nil }
        self.init(cString: text)
    }
}
