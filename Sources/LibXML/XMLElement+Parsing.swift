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
        self.init(
            String(copying: node.pointee.name) ?? "", attributes: Self.attributes(of: node),
            content: Self.content(of: node))
        line = Int(xmlGetLineNo(node))
        if let own = node.pointee.ns {
            prefix = String(copying: own.pointee.prefix)
            namespace = String(copying: own.pointee.href)
        }
        var declaration = node.pointee.nsDef
        while let current = declaration {
            let uri = String(copying: current.pointee.href) ?? ""
            declarations.append(XMLNamespace(prefix: String(copying: current.pointee.prefix), uri: uri))
            declaration = current.pointee.next
        }
    }

    private static func attributes(of node: UnsafeMutablePointer<xmlNode>) -> [XMLAttribute] {
        var attributes: [XMLAttribute] = []
        var attribute = node.pointee.properties
        while let current = attribute {
            attributes.append(XMLAttribute(copying: current))
            attribute = current.pointee.next
        }
        return attributes
    }

    private static func content(of node: UnsafeMutablePointer<xmlNode>) -> [XMLNode] {
        var content: [XMLNode] = []
        var child = node.pointee.children
        while let current = child {
            append(current, to: &content)
            child = current.pointee.next
        }
        return content
    }

    private static func append(_ node: UnsafeMutablePointer<xmlNode>, to content: inout [XMLNode]) {
        switch node.pointee.type {
        case XML_ELEMENT_NODE:
            content.append(.element(XMLElement(copying: node)))
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            guard let text = String(copying: node.pointee.content), !text.isEmpty else { return }
            if case .text(let before) = content.last {
                content[content.count - 1] = .text(before + text)
            } else {
                content.append(.text(text))
            }
        case XML_COMMENT_NODE:
            content.append(.comment(String(copying: node.pointee.content) ?? ""))
        case XML_PI_NODE:
            let data = String(copying: node.pointee.content)
            content.append(.instruction(target: String(copying: node.pointee.name) ?? "", data: data))
        default:
            // The other kinds come from a DOCTYPE or XInclude, and neither is let in.
            break
        }
    }
}

extension XMLAttribute {
    fileprivate init(copying attribute: UnsafeMutablePointer<xmlAttr>) {
        self.init(String(copying: attribute.pointee.name) ?? "", Self.value(of: attribute))
        guard let own = attribute.pointee.ns else { return }
        prefix = String(copying: own.pointee.prefix)
        namespace = String(copying: own.pointee.href)
    }

    private static func value(of attribute: UnsafeMutablePointer<xmlAttr>) -> String {
        guard let first = attribute.pointee.children else { return "" }
        // What has no reference in it is one text.
        if first.pointee.next == nil, first.pointee.type == XML_TEXT_NODE {
            return String(copying: first.pointee.content) ?? ""
        }
        let content = xmlNodeListGetString(attribute.pointee.doc, first, 1)
        defer { content.map { clibxml2_free($0) } }
        return String(copying: content) ?? ""
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
