public import LibXML

/// Why a document cannot be read as what it was given for.
public enum DomainXMLError: Error, Hashable, Sendable {
    /// It is no XML that we read.
    case syntax(XMLSyntaxError)
    /// What stands at `path`, on `line` (from 1), cannot be.
    case model(path: String, line: Int, problem: DomainXMLProblem)
    /// It was to be read strictly, and these parts of it are not supported.
    case unsupported([DocumentNotice])
}

extension DomainXMLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let error):
            error.description
        case .model(let path, let line, let problem):
            "line \(line): \(path): \(path.hasSuffix("/@passwd") ? problem.withoutText : problem)"
        case .unsupported(let notices):
            notices.allSatisfy { $0.kind == .unsupported }
                ? "not supported by this driver: " + Self.list(notices, ", ") { "\($0.path) (line \($0.line))" }
                : Self.list(notices, "; ", \.description)
        }
    }

    /// What is said of the first ten, and how many more there are.
    private static func list(
        _ notices: [DocumentNotice], _ separator: String, _ text: (DocumentNotice) -> String
    ) -> String {
        notices.prefix(10).map(text).joined(separator: separator)
            + (notices.count > 10 ? " and \(notices.count - 10) more" : "")
    }
}
