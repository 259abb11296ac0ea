extension XMLElement {
    /// Refuses what libxml2 shall never see: too much, nothing, NUL, or another encoding than UTF-8.
    ///
    /// libxml2 would convert a document that declares another encoding, by the name that the document chose.
    static func checkText(_ document: [UInt8]) throws(XMLSyntaxError) {
        guard document.count <= maximumSize else {
            throw XMLSyntaxError(.tooLarge(bytes: document.count, limit: maximumSize))
        }
        let text = document.starts(with: byteOrderMark) ? document.dropFirst(byteOrderMark.count) : document[...]
        guard !text.allSatisfy(\.isXMLSpace) else { throw XMLSyntaxError(.empty) }
        // The lowest octet is found many at a time, the place of one not.
        if document.reduce(UInt8.max, min) == 0, let position = document.firstIndex(of: 0) {
            throw XMLSyntaxError(.nulByte, at: position, of: document)
        }
        if String(validating: document, as: UTF8.self) == nil {
            throw XMLSyntaxError(.notUTF8, at: firstInvalidPosition(in: document), of: document)
        }
        if let encoding = declaredEncoding(text), encoding.lowercased() != "utf-8", encoding.lowercased() != "utf8" {
            throw XMLSyntaxError(.foreignEncoding(encoding), line: 1)
        }
    }

    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// The `encoding` of the XML declaration that `text` begins with; nil without one.
    private static func declaredEncoding(_ text: ArraySlice<UInt8>) -> String? {
        let opening = Array("<?xml".utf8)
        let inside = text.dropFirst(opening.count)
        guard text.starts(with: opening), inside.first?.isXMLSpace == true else { return nil }
        let declaration = inside.prefix { $0 != UInt8(ascii: "?") }
        let word = Array("encoding".utf8)
        guard let start = declaration.indices.first(where: { declaration[$0...].starts(with: word) }) else {
            return nil
        }
        let rest = declaration[start...].dropFirst(word.count).drop { $0.isXMLSpace }
        guard rest.first == UInt8(ascii: "=") else { return nil }
        let quoted = rest.dropFirst().drop { $0.isXMLSpace }
        guard let quote = quoted.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        return String(decoding: quoted.dropFirst().prefix { $0 != quote }, as: UTF8.self)
    }

    private static func firstInvalidPosition(in document: [UInt8]) -> Int {
        var decoder = UTF8()
        var bytes = document.makeIterator()
        var position = 0
        while case .scalarValue(let scalar) = decoder.decode(&bytes) {
            position += UTF8.width(scalar)
        }
        return position
    }
}

extension XMLSyntaxError {
    /// The error `reason` at the byte `position`.
    init(_ reason: Reason, at position: Int, of document: [UInt8]) {
        let before = document[..<position]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        self.init(reason, line: line, column: position - lineStart + 1)
    }
}

extension UInt8 {
    /// Whether XML takes the octet for white space.
    var isXMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d }
}

extension String {
    /// Whether the text has nothing but XML's white space.
    var isXMLSpace: Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(\.isXMLSpace) } ?? utf8.allSatisfy(\.isXMLSpace)
    }
}
