/// Why an xl.cfg file cannot be read as a domain, or a domain not be written as one.
public enum XLConfigError: Error, Hashable, Sendable {
    /// The file is no xl.cfg at `line` and `column` (from 1, in bytes).
    case syntax(line: Int, column: Int, problem: XLSyntaxProblem)
    /// What stands for `key`, on `line`, cannot be; an item of a list is `key[N]`, from 1. The line is 0 where the key is
    /// missing.
    case value(key: String, line: Int, problem: XLValueProblem)
    /// No writing of `text`, which the definition has at `path`, means the same for `key` in an xl.cfg.
    case inexpressible(path: String, key: String, text: String, problem: XLTextProblem)
}

extension XLConfigError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let line, let column, let problem):
            "line \(line), column \(column): \(problem)"
        case .value(let key, let line, let problem):
            (line == 0 ? "" : "line \(line): ") + "\(key): "
                + "\(key.hasSuffix("passwd") || key.hasPrefix("vfb") ? problem.withoutText : problem)"
        case .inexpressible(let path, let key, let text, let problem):
            "\(path): \(path.hasSuffix("/@passwd") ? "the password" : text.debugDescription) cannot be written as"
                + " xl.cfg's '\(key)': \(problem)"
        }
    }
}

/// What can be wrong with the text of an xl.cfg file.
public enum XLSyntaxProblem: Hashable, Sendable {
    /// Something else is needed here; `found` is empty at the end of a line or of the file.
    case unexpected(String, expected: XLExpectation)
    /// It is a program in Python, as xend took them.
    case python(String)
    case unclosedString
    case unclosedList
    /// Lists are nested deeper than `limit`.
    case tooDeep(limit: Int)
    /// `'''` or `"""`, which is Python.
    case longString
    /// `\x…` or digits behind a backslash, which xl misreads.
    case numericEscape
    case unknownEscape
    case nul
    case carriageReturn
    case notUTF8
    /// `+=` of a list to a text, or of a text to a list.
    case mixedAddition(key: String)
}

/// What can be needed at a place of an xl.cfg file.
public enum XLExpectation: Hashable, Sendable {
    case key
    case assignment
    case value
    case endOfItem
    case endOfStatement
}

extension XLSyntaxProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpected(let found, let expected):
            (found.isEmpty ? "nothing more stands here" : "\(found.debugDescription) stands here")
                + ", but \(expected) is needed"
        case .python(let found):
            "\(found.debugDescription) looks like Python, which xl does not run; write each value out as a quoted"
                + " text, a number or a list"
        case .unclosedString: "the text is not closed on its line; add the quote"
        case .unclosedList: "the list is not closed; add ']'"
        case .tooDeep(let limit): "lists are nested more than \(limit) deep"
        case .longString: "three quotes are Python; put the text between one quote at each end, on one line"
        case .numericEscape: "xl misreads characters given by number; write the character itself"
        case .unknownEscape: "no such escape is known; write '\\\\' for a backslash"
        case .nul: "a NUL byte cannot stand in a configuration"
        case .carriageReturn: "a carriage return stands here; save the file with Unix line ends"
        case .notUTF8: "the text is not UTF-8"
        case .mixedAddition(let key): "a list and a text cannot be added; '\(key)' must be one of them throughout"
        }
    }
}

extension XLExpectation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .key: "a key in lower-case letters"
        case .assignment: "'=' or '+='"
        case .value: "a quoted text, a number or a list"
        case .endOfItem: "',' or ']'"
        case .endOfStatement: "the end of the line or ';'"
        }
    }
}

/// Why a text has no writing in an xl.cfg.
public enum XLTextProblem: Hashable, Sendable {
    case controlCharacter(Unicode.Scalar)
    /// xl would take the text apart at this character.
    case separator(Unicode.Scalar)
    /// xl would drop white space at the ends.
    case surroundingSpace
    case empty
    /// xl would read another value out of it.
    case ambiguous
}

extension XLTextProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .controlCharacter(let scalar): "it contains the control character \(String(scalar).debugDescription)"
        case .separator(let scalar): "xl would split it at \(String(scalar).debugDescription)"
        case .surroundingSpace: "xl would drop the white space at its ends"
        case .empty: "it is empty"
        case .ambiguous: "xl would read another value out of it"
        }
    }
}
