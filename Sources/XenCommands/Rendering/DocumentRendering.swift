import XenDriver
import XenModel

extension Table {
    /// `xl-import`'s table.
    init(imported entries: [XLImport.Entry]) {
        headings = ["File", "Domain", "Result"]
        rows = entries.map { entry in
            let result =
                if case .refused(let reason) = entry.result { "refused: \(reason)" } else { entry.result.word }
            return [entry.file, entry.domain?.text ?? Table.none, result]
        }
    }

    /// `check`'s table. Of an element that decides several members only the first line has the name.
    init(check: DocumentCheck) {
        headings = ["Element", "Becomes", "Value"]
        rows = check.elements.flatMap { element in
            let path = element.path.hasPrefix("/domain/") ? String(element.path.dropFirst(8)) : element.path
            return switch element.outcome {
            case .fields(let fields) where fields.isEmpty: [[path, "its parts", Table.none]]
            case .fields(let fields): Self.rows(path, fields)
            case .required: [[path, "required", Table.none]]
            case .descriptionOnly: [[path, "description only", Table.none]]
            case .ignored(let reason): [[path, "ignored", reason]]
            case .refused(let reason): [[path, "refused", reason]]
            }
        }
        rows += Self.rows(Table.none, check.defaults)
    }

    /// The longest value in a cell, in characters.
    private static let longest = 48

    private static func rows(_ path: String, _ fields: [DocumentCheck.Field]) -> [[String]] {
        fields.enumerated().map { index, field in
            let value = field.value ?? "default"
            return [
                index == 0 ? path : "", field.member,
                value.count > longest ? value.prefix(longest - 1) + "…" : value,
            ]
        }
    }
}

extension XLImport.Result {
    /// What became of a file, in a word or two.
    fileprivate var word: String {
        switch self {
        case .defined: "defined"
        case .wouldBeDefined: "would define"
        case .refused: "refused"
        }
    }
}

/// A file in `xl-import --json`.
struct XLImportRecord: Encodable, Hashable, Sendable {
    let file: String
    /// null if the file could not be read so far.
    let domain: Nullable<String>
    /// `defined`, `would define` or `refused`.
    let result: String
    /// null unless refused.
    let reason: Nullable<String>
    let notCarried: [String]
    let warnings: [String]

    /// The record of a file.
    init(_ entry: XLImport.Entry) {
        file = entry.file
        domain = Nullable(entry.domain?.text)
        result = entry.result.word
        if case .refused(let why) = entry.result { reason = Nullable(why) } else { reason = Nullable(nil) }
        notCarried = entry.notCarried.map(\.message)
        warnings = entry.warnings.map(\.message)
    }
}

/// `check --json`.
struct DocumentCheckRecord: Encodable, Hashable, Sendable {
    let elements: [Element]
    let defaults: [Field]
    let problems: [Problem]

    /// One thing that the document says.
    struct Element: Encodable, Hashable, Sendable {
        let path: String
        /// null outside of devices.
        let device: Nullable<String>
        /// `fields`, `required`, `description only`, `ignored` or `refused`.
        let outcome: String
        /// Why it is ignored or refused; null otherwise.
        let reason: Nullable<String>
        let fields: [Field]
    }

    /// A member of libxl's configuration.
    struct Field: Encodable, Hashable, Sendable {
        let member: String
        /// A value's JSON; null where it is passed to libxl only without the element.
        let value: Nullable<String>

        fileprivate init(_ field: DocumentCheck.Field) {
            member = field.member
            value = Nullable(field.value)
        }
    }

    /// Something that is wrong.
    struct Problem: Encodable, Hashable, Sendable {
        let path: String
        /// null outside of devices.
        let device: Nullable<String>
        let reason: String
    }

    /// The record of a document.
    init(_ check: DocumentCheck) {
        elements = check.elements.map { element in
            var fields: [Field] = []
            var reason: String?
            let outcome: String
            switch element.outcome {
            case .fields(let passed):
                outcome = "fields"
                fields = passed.map(Field.init)
            case .required: outcome = "required"
            case .descriptionOnly: outcome = "description only"
            case .ignored(let why):
                outcome = "ignored"
                reason = why
            case .refused(let why):
                outcome = "refused"
                reason = why
            }
            return Element(
                path: element.path, device: Nullable(element.device), outcome: outcome, reason: Nullable(reason),
                fields: fields)
        }
        defaults = check.defaults.map(Field.init)
        problems = check.problems.map {
            Problem(path: $0.path, device: Nullable($0.device), reason: $0.reason)
        }
    }
}
