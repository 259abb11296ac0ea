/// Why a text cannot be read as XML, and where.
public struct XMLSyntaxError: Error, Hashable, Sendable {
    /// What is wrong.
    public let reason: Reason
    /// The line of it, from 1; 0 where the whole document is meant.
    public let line: Int
    /// The column of it, from 1, in bytes or characters as the finder counts; 0 where it is not known.
    public let column: Int

    /// The error `reason` at a place.
    public init(_ reason: Reason, line: Int = 0, column: Int = 0) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    /// What can be wrong with a text.
    public enum Reason: Hashable, Sendable {
        /// There is nothing in it, or white space alone.
        case empty
        /// It has more bytes than `limit`.
        case tooLarge(bytes: Int, limit: Int)
        /// Its elements are nested deeper than `limit`.
        case tooDeep(limit: Int)
        /// An element has more attributes than `limit`.
        case tooManyAttributes(limit: Int)
        /// It contains a NUL byte.
        case nulByte
        /// Its bytes are not UTF-8.
        case notUTF8
        /// It says that it is in another encoding than UTF-8.
        case foreignEncoding(String)
        /// It has a DOCTYPE, and so may declare entities.
        case documentType
        /// It breaks the rules of XML; the operand is libxml2's sentence.
        case malformed(String)
    }
}

extension XMLSyntaxError: CustomStringConvertible {
    public var description: String {
        guard line > 0 else { return reason.description }
        guard column > 0 else { return "line \(line): \(reason)" }
        return "line \(line), column \(column): \(reason)"
    }
}

extension XMLSyntaxError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty:
            "the XML document is empty"
        case .tooLarge(let bytes, let limit):
            "the XML document has \(bytes) bytes; at most \(limit) are read"
        case .tooDeep(let limit):
            "the XML document nests its elements more than \(limit) levels deep"
        case .tooManyAttributes(let limit):
            "an element of the XML document has more than \(limit) attributes"
        case .nulByte:
            "the XML document contains a NUL byte"
        case .notUTF8:
            "the XML document is not UTF-8; convert it first"
        case .foreignEncoding(let name):
            "the XML document declares the encoding \(name.debugDescription); only UTF-8 is read, so convert it first"
        case .documentType:
            "the XML document has a DOCTYPE, which is not allowed here; remove it and the entities it declares"
        case .malformed(let reason):
            "the XML document is malformed: \(reason)"
        }
    }
}
