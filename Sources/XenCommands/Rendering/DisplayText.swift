/// A text that is safe to print in a table or a line, and how many columns it takes on a terminal.
///
/// Names come from guests and other toolstacks. A character that would move the cursor, break the line, reorder the
/// text or show nothing is written as its UTF-8 bytes, `\x1b`; everything else stays. Source: virsh's tables.
struct DisplayText: Hashable, Sendable {
    /// The text to print.
    let text: String
    /// Its width in terminal columns.
    let width: Int

    /// Makes `raw` safe.
    init(_ raw: String) {
        var text = ""
        var width = 0
        for scalar in raw.unicodeScalars {
            if let columns = scalar.terminalColumns {
                text.unicodeScalars.append(scalar)
                width += columns
            } else {
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                    text += byte < 16 ? "\\x0" : "\\x"
                    text += String(byte, radix: 16)
                    width += 4
                }
            }
        }
        self.text = text
        self.width = width
    }
}

extension Unicode.Scalar {
    /// How many columns the character takes: 0, 1 or 2; nil if it cannot be printed.
    fileprivate var terminalColumns: Int? {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: nil
        case .nonspacingMark, .enclosingMark: 0
        default: isWide ? 2 : 1
        }
    }

    /// Whether the character is wide or full-width. Source: Unicode Standard Annex 11; emoji are wide where they are
    /// shown as such by default, but for the halves of flags.
    private var isWide: Bool {
        switch value {
        case ..<0x1100: false
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3,
            0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff,
            0x1aff0...0x1b2ff, 0x1f200...0x1f265, 0x20000...0x3fffd:
            true
        case 0x1f1e6...0x1f1ff: false
        default: properties.isEmojiPresentation
        }
    }
}
