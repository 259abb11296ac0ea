import XenDriver

/// What a verb has to say when it succeeded.
struct Reply: Hashable, Sendable {
    /// The result.
    var output: Output
    /// Sentences for standard error, each after `warning: `.
    var warnings: [String] = []

    /// A result, by how much of it is left in quiet mode.
    enum Output: Hashable, Sendable {
        /// A message of success; nothing when quiet.
        case message(String)
        /// Lines of values; a blank line follows unless quiet.
        case lines([String])
        /// A table; without headings and blank line when quiet.
        case table(Table)
        /// A whole document that ends its last line itself; a blank line follows unless quiet.
        case document(String)
        /// JSON, the same in both modes.
        case json(String)
    }

    /// What goes to standard output, byte for byte what virsh prints.
    func text(isQuiet: Bool) -> String {
        let end = isQuiet ? "" : "\n"
        switch output {
        case .message(let message): return isQuiet ? "" : DisplayText(message).text + "\n\n"
        case .lines(let lines): return lines.map { DisplayText($0).text + "\n" }.joined() + end
        case .table(let table): return table.text(hasHeadings: !isQuiet) + end
        case .document(let document): return document + (document.hasSuffix("\n") ? "" : "\n") + end
        case .json(let json): return json + "\n"
        }
    }

    /// A message about a domain that was changed, `predicate` following its name.
    init(_ outcome: DomainOutcome, _ predicate: String) {
        output = .message("Domain '\(outcome.name)' \(predicate)")
        warnings = outcome.warnings
    }

    /// A message about a device that was changed.
    init(_ outcome: DeviceOutcome, _ message: String, isForceAsked: Bool = false) {
        output = .message(message + (outcome.live?.remark(isForceAsked: isForceAsked).map { " (\($0))" } ?? ""))
        warnings = outcome.warnings
    }

    /// This result, and no warning.
    init(_ output: Output) {
        self.output = output
    }
}

extension LiveChange {
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
