import XenDriver

/// What a verb has to say when it succeeded.
struct Reply: Hashable, Sendable {
    /// The result.
    var output: Output
    /// Sentences for standard error, each after `warning: `.
    var warnings: [String] = []
    /// Sentences for standard error, each after `note: `.
    var notes: [String] = []
    /// Sentences for standard error, each after `error: `: what is wrong with what the result tells of. With one the
    /// command has failed.
    var errors: [String] = []
    /// Whether the command has failed although there is a result, and nothing is to be said of that.
    var hasFailed = false

    /// A result, by how much of it is left in quiet mode.
    enum Output: Hashable, Sendable {
        /// A message of success; nothing when quiet.
        case message(String)
        /// Lines of values; a blank line follows unless quiet.
        case lines([String])
        /// A value, of one line or more, after which virsh prints no blank one.
        case value(String)
        /// A table; without headings and blank line when quiet.
        case table(Table)
        /// A document, or parts of one, or nothing; a blank line follows unless quiet.
        case document(String)
        /// Nothing: all was written as it came.
        case nothing
        /// JSON, the same in both modes.
        case json(String)
    }

    /// What goes to standard output, byte for byte what virsh prints.
    func text(isQuiet: Bool) -> String {
        let end = isQuiet ? "" : "\n"
        switch output {
        case .message(let message): return isQuiet ? "" : DisplayText(message).text + "\n\n"
        case .lines(let lines): return lines.map { DisplayText($0).text + "\n" }.joined() + end
        case .value(let value):
            return value.split(separator: "\n", omittingEmptySubsequences: false).map {
                DisplayText(String($0)).text + "\n"
            }
            .joined()
        case .table(let table): return table.text(hasHeadings: !isQuiet) + end
        case .document(let document): return document + (document.isEmpty || document.hasSuffix("\n") ? "" : "\n") + end
        case .json(let json): return json + "\n"
        case .nothing: return ""
        }
    }

    /// A message about a domain that was changed, `predicate` following its name.
    init(_ outcome: DomainOutcome, _ predicate: String) {
        output = .message("Domain '\(outcome.name)' \(predicate)")
        warnings = outcome.warnings.map(\.message)
    }

    /// A message about a device that was changed.
    init(_ outcome: DeviceOutcome, _ message: String, isForceAsked: Bool = false) {
        output = .message(message + (outcome.remark(isForceAsked: isForceAsked).map { " (\($0))" } ?? ""))
        warnings = outcome.warnings.map(\.message)
    }

    /// This result, and no warning.
    init(_ output: Output) {
        self.output = output
    }
}

extension DeviceOutcome {
    /// What virsh's message does not say of the change; nil if it says all.
    func remark(isForceAsked: Bool) -> String? {
        let remark = live?.remark(isForceAsked: isForceAsked)
        guard let definition else { return remark }
        guard let live else { return definition.isEmpty ? "nothing to change" : nil }
        // Where both were changed alike, or neither, one word does for both.
        guard Set(live.elements) != Set(definition) else { return remark }
        return [
            remark ?? "",
            "in the definition: " + (definition.isEmpty ? "nothing to change" : definition.joined(separator: ", ")),
        ].joined(separator: "; ")
    }
}

extension LiveChange {
    /// The names of the elements that were changed.
    fileprivate var elements: [String] {
        switch self {
        case .changedInPlace(let elements), .replugged(let elements): elements
        case .plugged, .adopted, .unplugged, .removedByForce, .unchanged: []
        }
    }

    /// What virsh's message does not say of the change; nil if it says all.
    func remark(isForceAsked: Bool) -> String? {
        switch self {
        case .plugged, .adopted, .unplugged: nil
        case .removedByForce: isForceAsked ? "by force" : "by force: the guest did not let go"
        case .changedInPlace(let elements): "in place: \(elements.joined(separator: ", "))"
        case .replugged(let elements): "unplugged and plugged: \(elements.joined(separator: ", "))"
        case .unchanged: "nothing to change"
        }
    }
}
