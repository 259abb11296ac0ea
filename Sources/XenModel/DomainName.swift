import XenUnits

/// A domain's name, fit to be a file's name and a line's word.
///
/// 1 to 240 bytes of UTF-8, no `/`, no control character, neither `.` nor `..`, no white space at either end. The
/// bound leaves room for the suffixes of the files that carry the name. Source: `/domain/name`.
public struct DomainName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as the user gave it.
    public let text: String

    /// The most bytes that a name may have.
    public static let longest = 240

    /// Takes `text` if it keeps the rules, else throws the one it breaks.
    public init(_ text: String) throws(DomainNameError) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.longest else { throw .tooLong(bytes: text.utf8.count) }
        guard text != ".", text != ".." else { throw .reserved(text) }
        for scalar in text.unicodeScalars {
            if scalar == "/" { throw .forbiddenCharacter(name: text, character: "/") }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                throw .forbiddenCharacter(name: text, character: scalar)
            default: break
            }
        }
        guard let first = text.first, let last = text.last, !first.isWhitespace, !last.isWhitespace else {
            throw .whitespaceAtEnd(name: text)
        }
        self.text = text
    }

    public var description: String { text }

    /// By bytes: names that only look alike are two.
    public static func == (left: DomainName, right: DomainName) -> Bool {
        ExactText(left.text) == ExactText(right.text)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(text))
    }

    public static func < (left: DomainName, right: DomainName) -> Bool {
        ExactText(left.text) < ExactText(right.text)
    }
}

/// Why a text cannot be a domain's name.
public enum DomainNameError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(bytes: Int)
    case reserved(String)
    case forbiddenCharacter(name: String, character: Unicode.Scalar)
    case whitespaceAtEnd(name: String)

    public var description: String {
        switch self {
        case .empty:
            "a domain's name cannot be empty"
        case .tooLong(let bytes):
            "the domain's name has \(bytes) bytes; at most \(DomainName.longest) are allowed"
        case .reserved(let name):
            "'\(name)' cannot be a domain's name: it means a directory"
        case .forbiddenCharacter(let name, let character):
            "the domain name \(name.debugDescription) contains \(String(character).debugDescription);"
                + " slashes and control characters are not allowed"
        case .whitespaceAtEnd(let name):
            "the domain name \(name.debugDescription) begins or ends with white space"
        }
    }
}
