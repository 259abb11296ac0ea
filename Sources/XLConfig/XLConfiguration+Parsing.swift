extension XLConfiguration {
    /// Reads a file.
    ///
    /// Takes what libxlutil takes, and refuses what that would refuse or misread. The time that it needs grows with the
    /// file's length alone.
    package static func parse(_ bytes: [UInt8]) throws(XLConfigError) -> XLConfiguration {
        var parser = XLParser(bytes)
        return try parser.file()
    }
}

/// How deep lists may be nested; no key of xl's goes past 2.
private let deepestList = 16

private struct XLParser {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func file() throws(XLConfigError) -> XLConfiguration {
        var configuration = XLConfiguration()
        while true {
            skipSeparators()
            guard peek() != nil else { return configuration }
            try statement(&configuration)
        }
    }

    private mutating func statement(_ configuration: inout XLConfiguration) throws(XLConfigError) {
        let start = here
        guard let first = peek(), first.isKeyStart else { throw try unexpected(.key) }
        let key = word()
        skipSpace()
        var isAddition = false
        if peek() == UInt8(ascii: "+"), peek(1) == UInt8(ascii: "=") {
            isAddition = true
            position += 1
        }
        guard peek() == UInt8(ascii: "=") else {
            if isPython(key) { throw .syntax(line: start.line, column: start.column, problem: .python(key)) }
            throw try unexpected(.assignment)
        }
        position += 1
        skipSpace()
        let value = try value(depth: 0)
        if isAddition {
            guard configuration.add(value, to: key) else {
                throw .syntax(line: start.line, column: start.column, problem: .mixedAddition(key: key))
            }
        } else {
            configuration.set(key, value)
        }
        skipSpace()
        guard let next = peek() else { return }
        guard next == .newline || next == UInt8(ascii: ";") || next == UInt8(ascii: "#") else {
            throw try unexpected(.endOfStatement)
        }
    }

    private mutating func value(depth: Int) throws(XLConfigError) -> XLValue {
        let line = line
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return XLValue(.string(try string()), line: line)
        case UInt8(ascii: "["):
            guard depth < deepestList else { throw problem(.tooDeep(limit: deepestList)) }
            return XLValue(.list(try list(depth: depth + 1)), line: line)
        case .some(let byte) where byte.isDigit:
            return XLValue(.number(word()), line: line)
        default:
            throw try unexpected(.value)
        }
    }

    private mutating func list(depth: Int) throws(XLConfigError) -> [XLValue] {
        let start = here
        position += 1
        var items: [XLValue] = []
        while true {
            skipSpaceAndNewlines()
            if peek() == UInt8(ascii: "]") { break }
            guard peek() != nil else {
                throw .syntax(line: start.line, column: start.column, problem: .unclosedList)
            }
            items.append(try value(depth: depth))
            skipSpaceAndNewlines()
            if peek() == UInt8(ascii: ",") {
                position += 1
            } else if peek() != UInt8(ascii: "]") {
                guard peek() != nil else {
                    throw .syntax(line: start.line, column: start.column, problem: .unclosedList)
                }
                throw try unexpected(.endOfItem)
            }
        }
        position += 1
        return items
    }

    private mutating func string() throws(XLConfigError) -> String {
        let start = here
        let quote = bytes[position]
        position += 1
        var content: [UInt8] = []
        while true {
            guard let byte = peek(), byte != .newline else {
                throw .syntax(line: start.line, column: start.column, problem: .unclosedString)
            }
            if byte == quote { break }
            if byte == 0 { throw problem(.nul) }
            if byte == UInt8(ascii: "\\") {
                content.append(try escape())
            } else {
                content.append(byte)
                position += 1
            }
        }
        position += 1
        if content.isEmpty, peek() == quote {
            throw .syntax(line: start.line, column: start.column, problem: .longString)
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw .syntax(line: start.line, column: start.column, problem: .notUTF8)
        }
        return text
    }

    private mutating func escape() throws(XLConfigError) -> UInt8 {
        guard let letter = peek(1), letter != .newline else { throw problem(.unclosedString) }
        if letter == UInt8(ascii: "x") || letter.isDigit { throw problem(.numericEscape) }
        guard let meaning = XLEscape.meaning(of: letter) else { throw problem(.unknownEscape) }
        position += 2
        return meaning
    }

    /// A key or number: letters, digits and `_`.
    private mutating func word() -> String {
        let start = position
        while let byte = peek(), byte.isDigit || byte.isKeyStart || byte == UInt8(ascii: "_") { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipSpace() {
        while peek() == UInt8(ascii: " ") || peek() == UInt8(ascii: "\t") { position += 1 }
    }

    private mutating func skipSpaceAndNewlines() {
        skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == .newline }
    }

    private mutating func skipSeparators() {
        skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == .newline || $0 == UInt8(ascii: ";") }
    }

    /// Skips what `isSkipped` takes, and comments.
    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while let byte = peek() {
            if byte == UInt8(ascii: "#") {
                while let byte = peek(), byte != .newline { position += 1 }
            } else if isSkipped(byte) {
                position += 1
                if byte == .newline {
                    line += 1
                    lineStart = position
                }
            } else {
                return
            }
        }
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private var here: (line: Int, column: Int) { (line, position - lineStart + 1) }

    private func problem(_ problem: XLSyntaxProblem) -> XLConfigError {
        .syntax(line: here.line, column: here.column, problem: problem)
    }

    /// What is wrong where something other than `expected` stands.
    private mutating func unexpected(_ expected: XLExpectation) throws(XLConfigError) -> XLConfigError {
        let start = here
        guard let byte = peek(), byte != .newline else {
            return problem(.unexpected("", expected: expected))
        }
        if byte == 0 { return problem(.nul) }
        if byte == UInt8(ascii: "\r") { return problem(.carriageReturn) }
        let first = position
        while let byte = peek(), byte > UInt8(ascii: " "), position - first < 40 { position += 1 }
        let found = String(decoding: bytes[first..<max(position, first + 1)], as: UTF8.self)
        let looksLikePython =
            isPython(found) || (expected != .key && "+-.():%*/".utf8.contains(byte))
            || (expected == .value && (byte.isKeyStart || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)))
        return .syntax(
            line: start.line, column: start.column,
            problem: looksLikePython ? .python(found) : .unexpected(found, expected: expected))
    }

    private func isPython(_ word: String) -> Bool {
        let words = ["import", "from", "def", "class", "if", "for", "while", "try", "print", "return", "with", "exec"]
        return words.contains { word.utf8.elementsEqual($0.utf8) }
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate var isKeyStart: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
