import LibXML

extension ElementReader {
    /// The attribute as one of the words of `Word`, which must be there.
    func requiredWord<Word: RawRepresentable & CaseIterable>(
        _ name: String, of type: Word.Type = Word.self
    ) throws(DomainXMLError) -> Word where Word.RawValue == String {
        guard let word = try word(name, of: type) else { throw missing(name) }
        return word
    }

    /// The attribute as one of the words of `Word`; nil for one of `foreign`, which libvirt knows and Xen does not.
    func wordUnlessForeign<Word: RawRepresentable & CaseIterable>(
        _ name: String, of type: Word.Type = Word.self, foreign: [String], default: Word? = nil
    ) throws(DomainXMLError) -> Word? where Word.RawValue == String {
        guard let value = attribute(name) else {
            guard let `default` else { throw missing(name) }
            return `default`
        }
        if let word = Word(rawValue: value) { return word }
        guard foreign.contains(value) else {
            throw error(.unknownWord(value, known: Word.allCases.map(\.rawValue) + foreign), at: "@\(name)")
        }
        return nil
    }

    /// The attribute, if it is one of the words `known`; nil if it is not there.
    func word(_ name: String, of known: [String]) throws(DomainXMLError) -> String? {
        guard let value = attribute(name) else { return nil }
        guard known.contains(value) else { throw error(.unknownWord(value, known: known), at: "@\(name)") }
        return value
    }

    /// The attribute, which must be one of the words `known`.
    func requiredWord(_ name: String, of known: [String]) throws(DomainXMLError) -> String {
        guard let word = try word(name, of: known) else { throw missing(name) }
        return word
    }

    /// The attribute as `yes` or `no`; nil if it is not there.
    func yesOrNo(_ name: String) throws(DomainXMLError) -> Bool? {
        try word(name, of: YesNo.self).map { $0 == .yes }
    }

    /// The attribute as a number in decimal digits or, after `0x`, hexadecimal ones; nil if it is not there.
    func anyNumber<Number: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(DomainXMLError) -> Number? {
        guard let text = attribute(name) else { return nil }
        guard text.hasPrefix("0x") || text.hasPrefix("0X") else { return try number(text, in: range, at: "@\(name)") }
        let digits = text.dropFirst(2)
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isHexadecimalDigit) else {
            throw error(.badNumber(text), at: "@\(name)")
        }
        guard let number = Number(digits, radix: 16), range.contains(number) else {
            throw error(.outOfRange(text, range), at: "@\(name)")
        }
        return number
    }

    /// Counts the attribute as read if it says `value`, what is so anyway.
    func ignore(_ name: String, _ value: String) {
        if element.attribute(name) == value { _ = attribute(name) }
    }

    /// Counts the one child `name` as read if all that it says is so anyway: `value` for `attribute`.
    func ignore(child name: String, _ attribute: String, _ value: String) throws(DomainXMLError) {
        try child(name) { reader throws(DomainXMLError) in reader.ignore(attribute, value) }
    }
}

extension DomainXMLProblem {
    static func outOfRange<Number: FixedWidthInteger>(_ text: String, _ range: ClosedRange<Number>) -> Self {
        .outOfRange(text, lowest: Int64(clamping: range.lowerBound), highest: Int64(clamping: range.upperBound))
    }
}

/// libvirt's word for a truth in most places.
enum YesNo: String, CaseIterable {
    case yes
    case no

    init(_ isTrue: Bool) {
        self = isTrue ? .yes : .no
    }
}

extension Bool {
    /// `yes` or `no`.
    var yesOrNo: String { YesNo(self).rawValue }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

extension FixedWidthInteger {
    /// `0x` and at least so many digits.
    func hexadecimal(_ digits: Int) -> String {
        let text = String(self, radix: 16)
        return "0x" + String(repeating: "0", count: Swift.max(0, digits - text.utf8.count)) + text
    }
}

/// libvirt's word for the state of a feature.
enum Switch: String, CaseIterable {
    case on
    case off
}

extension Bool {
    /// `on` or `off`.
    var onOrOff: String { (self ? Switch.on : .off).rawValue }
}

extension ElementReader {
    /// Whether `@state` is `on`; it must be there.
    func requiredSwitch() throws(DomainXMLError) -> Bool {
        try requiredWord("state", of: Switch.self) == .on
    }
}
