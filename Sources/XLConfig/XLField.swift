import XenModel
import XenUnits

/// A key that says one thing of a definition, in both directions.
struct XLField: Sendable {
    let key: String
    /// What it says; the document has that at its path.
    let field: DomainField
    /// The guests that xl reads it for.
    let guests: [GuestType]
    let read: @Sendable (XLItem, inout DomainDefinition) throws(XLConfigError) -> Void
    let write: @Sendable (DomainDefinition, XLWriter, XLField) throws(XLConfigError) -> XLValue?

    var path: String { field.path }

    /// A key of the field that `member` has; `guests` are those that xl reads it for, where the field's are others.
    private init<Value>(
        _ key: String, _ member: Member<Value>, for guests: [GuestType]? = nil,
        read: @escaping @Sendable (XLItem, inout DomainDefinition) throws(XLConfigError) -> Void,
        write: @escaping @Sendable (DomainDefinition, XLWriter, XLField) throws(XLConfigError) -> XLValue?
    ) {
        // Of a member without a row no test of this module would pass: the tables are made before anything is read.
        guard let field = DomainField.of(member) else { preconditionFailure("DomainField has no row for \(key)") }
        self.key = key
        self.field = field
        self.guests = guests ?? field.guests
        self.read = read
        self.write = write
    }

    func read(_ reader: XLReader, into definition: inout DomainDefinition) throws(XLConfigError) {
        guard let item = reader.item(key, for: guests) else { return }
        try read(item, &definition)
    }

    func write(_ definition: DomainDefinition, to writer: XLWriter) throws(XLConfigError) {
        writer.set(key, try write(definition, writer, self), path: path, for: guests)
    }

    typealias Member<Value> = any WritableKeyPath<DomainDefinition, Value> & Sendable

    static func flag(_ key: String, _ member: Member<Bool?>, for guests: [GuestType]? = nil) -> XLField {
        XLField(key, member, for: guests) { item, definition throws(XLConfigError) in
            definition[keyPath: member] = try item.flag()
        } write: { definition, _, _ throws(XLConfigError) in
            definition[keyPath: member].map { .flag($0) }
        }
    }

    static func text(_ key: String, _ member: Member<String?>) -> XLField {
        XLField(key, member) { item, definition throws(XLConfigError) in
            definition[keyPath: member] = try item.plain()
        } write: { definition, writer, field throws(XLConfigError) in
            try writer.text(definition[keyPath: member], key: field.key, path: field.path)
        }
    }

    static func number(_ key: String, _ member: Member<UInt32?>, in range: ClosedRange<UInt32>) -> XLField {
        XLField(key, member) { item, definition throws(XLConfigError) in
            definition[keyPath: member] = try item.number(in: range)
        } write: { definition, writer, field throws(XLConfigError) in
            guard let number = definition[keyPath: member] else { return nil }
            guard range.contains(number) else {
                writer.omit(field.path)
                return nil
            }
            return .number(number)
        }
    }

    static func mebibytes(
        _ key: String, _ member: Member<Kibibytes?>,
        in range: ClosedRange<UInt64> = 0...(1 << 44) - 1
    ) -> XLField {
        XLField(key, member) { item, definition throws(XLConfigError) in
            definition[keyPath: member] = try item.mebibytes(range)
        } write: { definition, writer, field throws(XLConfigError) in
            guard let amount = definition[keyPath: member] else { return nil }
            guard range.contains(amount.count / 1024), range.contains((amount.count &+ 1023) / 1024) else {
                writer.omit(field.path)
                return nil
            }
            return writer.mebibytes(amount, path: field.path)
        }
    }

    /// A key with words of its own; `numbers` are those that an old file may have instead.
    static func word<Word: Hashable & Sendable>(
        _ key: String, _ member: Member<Word?>, _ words: [(String, Word?)], numbers: [Word?] = []
    ) -> XLField {
        XLField(key, member) { item, definition throws(XLConfigError) in
            if !numbers.isEmpty, case .number(let number) = try item.text().number(Int.self) {
                guard numbers.indices.contains(number) else {
                    throw item.error(.outOfRange("\(number)", lowest: 0, highest: Int64(numbers.count - 1)))
                }
                definition[keyPath: member] = numbers[number]
            } else {
                definition[keyPath: member] = try item.word(words)
            }
        } write: { definition, writer, field throws(XLConfigError) in
            guard let word = definition[keyPath: member] else { return nil }
            guard let found = words.first(where: { $0.1 == word }) else {
                writer.omit(field.path)
                return nil
            }
            return .string(found.0)
        }
    }

    /// A key whose words are those of the model, which are libxl's.
    static func word<Word: RawRepresentable & CaseIterable & Hashable & Sendable>(
        _ key: String, _ member: Member<Word?>, numbered: Bool = false
    ) -> XLField where Word.RawValue == String {
        let words = Word.allCases.map { ($0.rawValue, Optional($0)) }
        return word(key, member, words, numbers: numbered ? words.map(\.1) : [])
    }

    static func texts(_ key: String, _ member: Member<[String]>) -> XLField {
        XLField(key, member) { item, definition throws(XLConfigError) in
            var texts: [String] = []
            for item in try item.items() { texts.append(try item.safe()) }
            definition[keyPath: member] = texts
        } write: { definition, writer, field throws(XLConfigError) in
            let texts = definition[keyPath: member]
            return texts.isEmpty ? nil : .strings(try writer.plain(texts, key: field.key, path: field.path))
        }
    }
}
