extension XLConfiguration {
    /// The file as text: one key on each line, in the order of `settings`, with a newline at the end.
    package var text: String {
        var text = ""
        for setting in settings {
            text += setting.key
            text += " = "
            setting.value.write(to: &text)
            text += "\n"
        }
        return text
    }
}

extension XLValue {
    fileprivate func write(to text: inout String) {
        switch content {
        case .number(let digits): text += digits
        case .string(let string): Self.write(quoted: string, to: &text)
        case .list(let items) where items.isEmpty: text += "[ ]"
        case .list(let items):
            text += "[ "
            for (position, item) in items.enumerated() {
                if position > 0 { text += ", " }
                item.write(to: &text)
            }
            text += " ]"
        }
    }

    private static func write(quoted string: String, to text: inout String) {
        text += "\""
        // By scalars: a combining mark behind a quote would hide the quote from a comparison of characters.
        for scalar in string.unicodeScalars {
            if let letter = XLEscape.letter(of: scalar) {
                text += "\\"
                text.unicodeScalars.append(letter)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

/// The escapes of a quoted string that libxlutil reads as they are meant.
///
/// Its numeric ones (`\x41`, `\101`) it misreads, so they are neither written nor taken.
enum XLEscape {
    private static let meanings: [(letter: Unicode.Scalar, meaning: Unicode.Scalar)] = [
        ("\\", "\\"), ("\"", "\""), ("a", "\u{7}"), ("b", "\u{8}"), ("f", "\u{c}"), ("n", "\n"), ("r", "\r"),
        ("t", "\t"), ("v", "\u{b}"),
    ]

    /// What stands behind the backslash for `scalar`; nil if it needs none in double quotes.
    static func letter(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        meanings.first { $0.meaning == scalar }?.letter
    }

    /// What a backslash and `byte` mean; nil if nothing.
    static func meaning(of byte: UInt8) -> UInt8? {
        if byte == UInt8(ascii: "'") { return byte }
        return meanings.first { $0.letter.value == UInt32(byte) }.map { UInt8($0.meaning.value) }
    }
}
