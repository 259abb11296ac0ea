import LibXML
import XenUnits

extension ElementReader {
    /// The attribute, which must be there and may be empty, as a text that is safe to hand to programs of the host.
    func requiredText(_ name: String) throws(DomainXMLError) -> String {
        guard let value = writtenAttribute(name) else { throw missing(name) }
        return try checkPlain(value, at: "@\(name)")
    }

    /// The attribute, which must be there.
    func required(_ name: String) throws(DomainXMLError) -> String {
        guard let value = attribute(name) else { throw missing(name) }
        return value
    }

    /// The attribute as a text that is safe to hand to programs of the host; nil if it is not there.
    func plainAttribute(_ name: String) throws(DomainXMLError) -> String? {
        guard let value = attribute(name) else { return nil }
        return try checkPlain(value, at: "@\(name)")
    }

    /// The attribute as a text that is safe to hand to programs of the host; it must be there.
    func requiredPlain(_ name: String) throws(DomainXMLError) -> String {
        guard let value = try plainAttribute(name) else { throw missing(name) }
        return value
    }

    /// `text`, if no control character is in it.
    func checkPlain(_ text: String, at place: @autoclosure () -> String? = nil) throws(DomainXMLError) -> String {
        // Most texts are seen at a glance to have none: C0's are single octets, and C1's begin with this one.
        let mayHaveSome = text.utf8.withContiguousStorageIfAvailable { octets in
            octets.contains { $0 < 0x20 || $0 == 0x7f || $0 == 0xc2 }
        }
        guard mayHaveSome != false else { return text }
        for scalar in text.unicodeScalars where scalar.properties.generalCategory == .control {
            throw error(.controlCharacter(text, character: scalar), at: place())
        }
        return text
    }

    /// The element's text as one that is safe to hand to programs of the host; nil if it is empty.
    func plainText() throws(DomainXMLError) -> String? {
        let text = try checkPlain(text())
        return text.isEmpty ? nil : text
    }

    /// The attribute as one of the words of `Word`; nil if it is not there.
    func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, of type: Word.Type = Word.self
    ) throws(DomainXMLError) -> Word? where Word.RawValue == String {
        guard let value = attribute(name) else { return nil }
        guard let word = Word(rawValue: value) else {
            throw error(.unknownWord(value, known: Word.allCases.map(\.rawValue)), at: "@\(name)")
        }
        return word
    }

    /// `text` as a number in decimal digits, white space around it allowed.
    func number<Number: FixedWidthInteger>(
        _ text: String, in range: ClosedRange<Number>, at place: @autoclosure () -> String? = nil
    ) throws(DomainXMLError) -> Number {
        let trimmed = text.trimmed
        let digits = Number.isSigned && trimmed.hasPrefix("-") ? trimmed.dropFirst() : trimmed[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw error(.badNumber(text), at: place())
        }
        guard let number = Number(trimmed), range.contains(number) else {
            let lowest = Int64(clamping: range.lowerBound)
            let highest = Int64(clamping: range.upperBound)
            throw error(.outOfRange(trimmed, lowest: lowest, highest: highest), at: place())
        }
        return number
    }

    /// The attribute as a number in decimal digits; nil if it is not there.
    func number<Number: FixedWidthInteger>(
        attribute name: String, in range: ClosedRange<Number>
    ) throws(DomainXMLError) -> Number? {
        guard let text = attribute(name) else { return nil }
        return try number(text, in: range, at: "@\(name)")
    }

    /// The attribute as a number in decimal digits; it must be there.
    func requiredNumber<Number: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(DomainXMLError) -> Number {
        try number(required(name), in: range, at: "@\(name)")
    }

    /// The attribute as a list of processors; nil if it is not there.
    func cpuSet(_ name: String) throws(DomainXMLError) -> CPUSet? {
        guard let text = attribute(name) else { return nil }
        guard let set = CPUSet(text) else { throw error(.badCPUSet(text), at: "@\(name)") }
        return set
    }

    /// The named attribute of the one child `name`, read as a plain text; nil without the child or the attribute.
    func plain(child name: String, attribute: String) throws(DomainXMLError) -> String? {
        try child(name) { reader throws(DomainXMLError) in try reader.plainAttribute(attribute) } ?? nil
    }

    /// The named attribute of the one child `name`, read as a plain text; both must be there.
    func requiredPlain(child name: String, attribute: String) throws(DomainXMLError) -> String {
        let text = try child(name) { reader throws(DomainXMLError) in try reader.requiredPlain(attribute) }
        guard let text else { throw error(.missing("\(name)/@\(attribute)")) }
        return text
    }

    /// Whether there is a child of this name; what stands in it is reported.
    func flag(_ name: String) throws(DomainXMLError) -> Bool {
        try child(name) { _ throws(DomainXMLError) in } != nil
    }

    /// The text of the one child `name`, safe to hand to programs of the host; nil without the child or in an empty one.
    func plainText(child name: String) throws(DomainXMLError) -> String? {
        try child(name) { reader throws(DomainXMLError) in try reader.plainText() } ?? nil
    }
}

extension String {
    /// The text without XML's white space at its ends.
    var trimmed: String {
        guard let start = utf8.firstIndex(where: { !$0.isXMLSpace }),
            let last = utf8.lastIndex(where: { !$0.isXMLSpace })
        else { return "" }
        guard start != utf8.startIndex || utf8.index(after: last) != utf8.endIndex else { return self }
        return String(self[start...last])
    }
}

extension UInt8 {
    fileprivate var isXMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d }
}

/// Where each name or number was given first, when no two may be the same.
struct FirstPlaces<Value: Hashable & CustomStringConvertible> {
    private var paths: [Value: String] = [:]

    /// Notes that `value` is that of `reader`'s element; an error, at `place` in it, if another one has it.
    mutating func take(_ value: Value, at place: String, in reader: ElementReader) throws(DomainXMLError) {
        if let first = paths[value] {
            throw reader.error(.taken(value.description, firstPath: first), at: place)
        }
        paths[value] = reader.path
    }
}
