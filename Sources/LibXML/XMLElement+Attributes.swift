extension XMLElement {
    /// How many attributes an element may have, namespace declarations among them.
    package static let maximumAttributes = 256

    /// Refuses an element with too many attributes.
    ///
    /// libxml2 compares each attribute of an element with every other one before it tells anybody of them, so that a
    /// document of a few MiB could keep it busy for hours. Exact for well-formed text; the rest is refused anyway.
    static func checkAttributes(_ document: [UInt8]) throws(XMLSyntaxError) {
        if let position = document.withUnsafeBufferPointer(overlongTag) {
            throw XMLSyntaxError(.tooManyAttributes(limit: maximumAttributes), at: position, of: document)
        }
    }

    /// The position of the first tag that has too many quoted values.
    private static func overlongTag(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var position = 0
        while let tag = place(of: UInt8(ascii: "<"), in: bytes, from: position) {
            if let end = endOfPassage(bytes, from: tag) {
                position = end
                continue
            }
            var values = 0
            position = tag + 1
            while position < bytes.count, bytes[position] != UInt8(ascii: ">") {
                let quote = bytes[position]
                position += 1
                guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { continue }
                values += 1
                guard values <= maximumAttributes else { return tag }
                position = (place(of: quote, in: bytes, from: position) ?? bytes.count - 1) + 1
            }
        }
        return nil
    }

    private static func place(of octet: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            if bytes[position] == octet { return position }
            position += 1
        }
        return nil
    }

    /// Where a comment, CDATA section or processing instruction that begins at `start` ends; nil if none begins there.
    private static func endOfPassage(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        // Most tags are seen at a glance to begin none.
        guard start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "!") || bytes[start + 1] == UInt8(ascii: "?")
        else { return nil }
        for (opening, closing) in passages where bytes[start...].starts(with: opening) {
            var position = start + opening.count
            while let next = bytes[position...].firstIndex(of: closing[0]) {
                guard !bytes[next...].starts(with: closing) else { return next + closing.count }
                position = next + 1
            }
            return bytes.count
        }
        return nil
    }

    private static let passages = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")].map {
        (Array($0.utf8), Array($1.utf8))
    }
}
