/// What an xl.cfg file says: keys and their values, before anybody asks what they mean.
///
/// Source: xl.cfg(5), "SYNTAX", and the parser of libxlutil, which is what xl reads a file with.
package struct XLConfiguration: Hashable, Sendable {
    /// One for each key, in the order in which the keys first stood.
    package private(set) var settings: [Setting]
    /// The assignments that another one of the same key put out of force, in file order.
    package private(set) var overridden: [Overridden]
    private var positions: [String: Int]

    /// A file that says nothing.
    package init() {
        settings = []
        overridden = []
        positions = [:]
    }

    /// What stands for `key`; nil if nothing does.
    package subscript(key: String) -> XLValue? {
        positions[key].map { settings[$0].value }
    }

    /// One key and its value.
    package struct Setting: Hashable, Sendable {
        /// Lower-case letters, digits and `_`.
        package var key: String
        package var value: XLValue
    }

    /// An assignment that is not in force: xl takes the last one of a key.
    package struct Overridden: Hashable, Sendable {
        package var key: String
        /// From 1.
        package var line: Int
        /// Where the one stands that counts instead.
        package var byLine: Int
    }

    /// Says `value` for `key`, whatever was said before.
    mutating func set(_ key: String, _ value: XLValue) {
        if let position = positions[key] {
            overridden.append(Overridden(key: key, line: settings[position].value.line, byLine: value.line))
            settings[position].value = value
        } else {
            positions[key] = settings.count
            settings.append(Setting(key: key, value: value))
        }
    }

    /// Adds `value` to what stands for `key`, as `+=` does; false if one of the two is a list and the other is not.
    mutating func add(_ value: XLValue, to key: String) -> Bool {
        guard let position = positions[key] else {
            set(key, value.asSum())
            return true
        }
        return settings[position].value.append(value)
    }
}

/// A value of an xl.cfg file. Two are equal if they say the same, wherever they stand.
package struct XLValue: Sendable {
    package private(set) var content: Content
    /// Where it begins, from 1.
    package var line: Int
    /// Whether `+=` made it, which xl does not allow for a number.
    package private(set) var isSum: Bool

    /// What a value is. xl keeps a number as it is written and takes any text of digits for one.
    package enum Content: Hashable, Sendable {
        /// Without its quotes and escapes.
        case string(String)
        /// As written: decimal, `0x…` or octal `0…`.
        case number(String)
        case list([XLValue])
    }

    /// A value that stands on `line`.
    package init(_ content: Content, line: Int = 0) {
        self.content = content
        self.line = line
        isSum = false
    }

    /// The text of a value that is no list.
    package var text: String? {
        switch content {
        case .string(let text), .number(let text): text
        case .list: nil
        }
    }

    func asSum() -> XLValue {
        var sum = self
        sum.isSum = true
        return sum
    }

    /// Adds text to text or list to list; false for one of each.
    mutating func append(_ value: XLValue) -> Bool {
        // The old content is taken out first, so that it grows in its place.
        switch value.content {
        case .list(let more):
            guard case .list(var items) = content else { return false }
            content = .string("")
            items.append(contentsOf: more)
            content = .list(items)
        case .string(let more), .number(let more):
            guard var text else { return false }
            content = .string("")
            text += more
            content = .string(text)
        }
        isSum = true
        return true
    }
}

extension XLValue: Hashable {
    package static func == (left: XLValue, right: XLValue) -> Bool {
        left.content == right.content
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(content)
    }
}

extension XLValue {
    static func string(_ text: String) -> XLValue { XLValue(.string(text)) }
    static func number(_ number: some BinaryInteger) -> XLValue {
        // A sign is no part of xl's numbers; a quoted text with one is read as a number all the same.
        number < 0 ? .string("\(number)") : XLValue(.number("\(number)"))
    }
    static func flag(_ flag: Bool) -> XLValue { .number(flag ? 1 : 0) }
    static func strings(_ texts: [String]) -> XLValue { XLValue(.list(texts.map { .string($0) })) }
}
