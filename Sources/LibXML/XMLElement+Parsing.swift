import CLibXML2

extension XMLElement {
    /// The most bytes that a document may have: 16 MiB.
    package static let maximumSize = 16 << 20

    /// How deep elements may be nested, the root being the first level.
    package static let maximumDepth = 256

    /// Reads a whole document and returns its root element.
    ///
    /// The text must be UTF-8; one that declares another encoding is refused, not converted. A DOCTYPE is refused, so
    /// no entity but XML's own five exists, and nothing outside the text is ever read. A prefix must be declared.
    /// CDATA sections are read as the text they stand for. Any number of threads may read at once.
    package static func parse(_ document: [UInt8]) throws(XMLSyntaxError) -> XMLElement {
        try checkText(document)
        try checkAttributes(document)
        initializeLibrary
        var outcome = clibxml2_outcome()
        var builder = XMLBuilder()
        document.withUnsafeBytes { bytes in
            let start = bytes.bindMemory(to: CChar.self).baseAddress
            builder.receive { clibxml2_parse(start, Int32(bytes.count), Int32(maximumDepth), $0, &outcome) }
        }
        guard outcome.status == CLIBXML2_OK else { throw XMLSyntaxError(outcome) }
        guard let root = builder.root else { throw XMLSyntaxError(.empty) }
        return root
    }

    /// libxml2 wants its tables built once before threads use it.
    static let initializeLibrary: Void = xmlInitParser()
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
