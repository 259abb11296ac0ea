import DomainXML
import LibxlTranslation
import XenModel
import XenUnits

/// What becomes of each element of a domain document, found without a host.
public struct DocumentCheck: Hashable, Sendable {
    /// Domain first, then devices in their order.
    public var elements: [Element] = []
    /// What libxl is passed that nothing in the document decided.
    public var defaults: [Field] = []
    /// All that keeps such a domain from being started, and why the document is not taken strictly.
    public var problems: [Problem] = []

    /// One thing that the document says.
    public struct Element: Hashable, Sendable {
        /// An XPath, with an index from 1 for each device of its class.
        public var path: String
        /// What the user knows the device by; nil outside of devices.
        public var device: String?
        public var outcome: Outcome
    }

    /// What becomes of it.
    public enum Outcome: Hashable, Sendable {
        /// It is passed to libxl in these members.
        case fields([Field])
        /// Without it no domain could be started.
        case required
        /// Kept for people and for the driver.
        case descriptionOnly
        /// It has no effect, for the reason named.
        case ignored(String)
        /// It cannot be passed to libxl, for the reason named: no such domain can be started.
        case refused(String)
    }

    /// A member of libxl's configuration.
    public struct Field: Hashable, Sendable {
        /// Its path in libxl's JSON, such as `b_info.type.hvm.boot`.
        public var member: String
        /// As JSON; nil where it is passed to libxl only without the element.
        public var value: String?
    }

    /// Something that is wrong.
    public struct Problem: Hashable, Sendable {
        /// An XPath.
        public var path: String
        public var device: String?
        /// A sentence.
        public var reason: String
    }

    /// Looks at `document`. Throws if it cannot be read; with `isStrict` everything that is ignored is a problem.
    public init(_ document: [UInt8], isStrict: Bool) throws(DriverError) {
        let (definition, unread) = try Driver.parse(document)
        try self.init(definition, unread: unread, isStrict: isStrict)
    }

    /// Looks at `definition`, of whose document `unread` was left out.
    init(
        _ definition: DomainDefinition, unread: [DocumentNotice], isStrict: Bool
    ) throws(DriverError) {
        let report: TranslationReport
        do {
            report = try TranslationReport(definition)
        } catch {
            throw .unexplained(domain: definition.name.text, reason: "\(error)")
        }
        elements = report.rows.map { Element(path: $0.path, device: $0.device, outcome: Outcome($0.outcome)) }
        defaults = report.defaults.map(Field.init)
        problems = report.obstacles.map { Problem(path: $0.path, device: $0.device, reason: "\($0.reason)") }
        elements += unread.map {
            Element(path: $0.path, outcome: .ignored("this driver does not support it (line \($0.line))"))
        }
        guard isStrict else { return }
        for element in elements {
            guard case .ignored(let reason) = element.outcome else { continue }
            problems.append(Problem(path: element.path, device: element.device, reason: "it is ignored: \(reason)"))
        }
    }
}

extension Driver {
    /// What becomes of each element of a domain of ours: its persistent definition, or what it runs as if it has none.
    ///
    /// With `isStrict` everything that is ignored is a problem.
    public func check(
        _ domain: DomainReference, isStrict: Bool
    ) async throws(DriverError) -> DocumentCheck {
        try await FileThreads.run { () throws(DriverError) in
            let definition = try await ownDefinition(of: domain)
            var check = try DocumentCheck(definition, unread: [], isStrict: isStrict)
            check.problems += lacks(of: definition).map {
                DocumentCheck.Problem(path: $0.path, device: $0.device, reason: "\($0.error)")
            }
            return check
        }
    }
}

extension DocumentCheck.Outcome {
    fileprivate init(_ outcome: TranslationReport.Outcome) {
        switch outcome {
        case .fields(let fields): self = .fields(fields.map(DocumentCheck.Field.init))
        case .required: self = .required
        case .descriptionOnly: self = .descriptionOnly
        case .ignored(let reason): self = .ignored("\(reason)")
        case .refused(let reason): self = .refused("\(reason)")
        }
    }
}

extension DocumentCheck.Field {
    fileprivate init(_ field: TranslationReport.Field) {
        self.init(member: field.member, value: field.value)
    }
}
