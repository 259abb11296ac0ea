import XenModel
import XenUnits

/// A value with the key that it stands for.
struct XLItem {
    /// `key`, or `key[N]` for an item of its list.
    let key: String
    let value: XLValue
    let reader: XLReader

    func error(_ problem: XLValueProblem) -> XLConfigError {
        .value(key: key, line: value.line, problem: problem)
    }

    func note(_ kind: XLConfigNotice.Kind) {
        reader.note(kind, key: key, line: value.line)
    }

    var isList: Bool {
        if case .list = value.content { true } else { false }
    }

    func items() throws(XLConfigError) -> [XLItem] {
        guard case .list(let values) = value.content else { throw error(.notList) }
        return values.enumerated().map { XLItem(key: "\(key)[\($0.offset + 1)]", value: $0.element, reader: reader) }
    }

    /// The items of a list, or the value itself as the only one.
    func itemsOrSelf() throws(XLConfigError) -> [XLItem] {
        isList ? try items() : [self]
    }

    /// The text as it is.
    func text() throws(XLConfigError) -> String {
        guard let text = value.text else { throw error(.notText) }
        return text
    }

    /// The text, safe to hand to programs of the host; nil if it is empty, which says no more than no key does.
    func plain() throws(XLConfigError) -> String? {
        let text = try safe()
        return text.isEmpty ? nil : text
    }

    /// The text, safe to hand to programs of the host.
    func safe() throws(XLConfigError) -> String {
        let text = try text()
        if let character = text.controlCharacter { throw error(.controlCharacter(text, character: character)) }
        return text
    }

    func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) throws(XLConfigError) -> Number {
        let text = try text()
        guard !value.isSum else { throw error(.addedNumber) }
        return try number(text, in: range)
    }

    /// `text`, a part of the value, as a number.
    func number<Number: FixedWidthInteger>(
        _ text: String, in range: ClosedRange<Number>
    ) throws(XLConfigError) -> Number {
        switch text.number(Number.self) {
        case .number(let number) where range.contains(number): return number
        case .number, .tooLarge:
            throw error(
                .outOfRange(
                    text, lowest: Int64(clamping: range.lowerBound), highest: Int64(clamping: range.upperBound)))
        case .none: throw error(.badNumber(text))
        }
    }

    /// xl's boolean: a number, 0 for no.
    func flag() throws(XLConfigError) -> Bool {
        try number(in: Int64.min...Int64.max) != 0
    }

    func flag(_ text: String) throws(XLConfigError) -> Bool {
        try number(text, in: Int64.min...Int64.max) != 0
    }

    /// A number of MiB, as KiB: what 64 bits can count of bytes.
    func mebibytes(_ range: ClosedRange<UInt64> = 0...(1 << 44) - 1) throws(XLConfigError) -> Kibibytes {
        Kibibytes(try number(in: range) * 1024)
    }

    /// One of `words`.
    func word<Meaning>(_ words: [(String, Meaning)]) throws(XLConfigError) -> Meaning {
        try word(try text(), words)
    }

    /// `text`, a part of the value, as one of `words`.
    func word<Meaning>(_ text: String, _ words: [(String, Meaning)]) throws(XLConfigError) -> Meaning {
        guard let found = words.first(where: { $0.0.utf8.elementsEqual(text.utf8) }) else {
            throw error(.unknownWord(text, known: words.map(\.0)))
        }
        return found.1
    }

    func uuid(_ text: String) throws(XLConfigError) -> DomainUUID {
        guard let uuid = DomainUUID(text) else { throw error(.badUUID(text)) }
        return uuid
    }

    /// The text as `KEY=VALUE` parts between commas, white space before each dropped.
    func options() throws(XLConfigError) -> [XLOption] {
        var options: [XLOption] = []
        for part in try safe().parts(at: ",") {
            let part = part.trimmed(both: false)
            // As C's strtok does it.
            guard !part.isEmpty else { continue }
            guard let (key, value) = part.pair(at: "=") else {
                options.append(XLOption(key: part, value: nil))
                continue
            }
            options.append(XLOption(key: key, value: value))
        }
        return options
    }

    /// The value of `option`; not empty.
    func value(of option: XLOption) throws(XLConfigError) -> String {
        guard let value = option.value, !value.isEmpty else { throw error(.missingPart("\(option.key)=…")) }
        return value
    }

    /// The value of `option`; nil if it is empty, or not there, which says no more than no option does.
    func plain(_ option: XLOption) -> String? {
        option.value.flatMap { $0.isEmpty ? nil : $0 }
    }

    func unknown(_ option: XLOption) -> XLConfigError { error(.unknownPart(option.text)) }

    /// Remembers in `taken` who has `name`, which no other item of the list may have.
    func take(_ name: String, in taken: inout [String: String]) throws(XLConfigError) {
        if let first = taken.updateValue(key, forKey: name) { throw error(.taken(name, first: first)) }
    }

    func unsupported(_ option: XLOption) { note(.unsupportedPart(option.text)) }
}

/// A part of a text such as a NIC's.
struct XLOption {
    let key: String
    /// Nil for a word without `=`.
    let value: String?

    var text: String { value.map { "\(key)=\($0)" } ?? key }
}
