import DomainXML
import LibxlTranslation
import XenModel
import XenUnits

/// What becomes of each element of a domain document, found without a host.
public struct DocumentCheck: Hashable, Sendable {
    /// Domain first, then devices in their order; empty if a problem keeps the domain from being started.
    public var elements: [Element] = []
    /// What libxl is told that nothing in the document decided.
    public var defaults: [Field] = []
    /// Why no such domain can be started, or why the document is not taken strictly.
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
        /// libxl is told of it by these members.
        case fields([Field])
        /// Without it no domain could be started.
        case required
        /// Kept for people and for the driver.
        case descriptionOnly
        /// It has no effect, for the reason named.
        case ignored(String)
    }

    /// A member of libxl's configuration.
    public struct Field: Hashable, Sendable {
        /// Its path in libxl's JSON, such as `b_info.type.hvm.boot`.
        public var member: String
        /// As JSON; nil where libxl is told of it only without the element.
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
        problems = Self.refusals(of: definition)
        if problems.isEmpty { try explain(definition) }
        elements += unread.map {
            Element(path: $0.path, outcome: .ignored("this driver does not support it (line \($0.line))"))
        }
        guard isStrict else { return }
        for element in elements {
            guard case .ignored(let reason) = element.outcome else { continue }
            problems.append(Problem(path: element.path, device: element.device, reason: "it is ignored: \(reason)"))
        }
    }

    private mutating func explain(_ definition: DomainDefinition) throws(DriverError) {
        let report: TranslationReport
        do {
            report = try TranslationReport(definition)
        } catch let refusal as Untranslatable {
            throw .untranslatable(refusal, domain: definition.name.text)
        } catch {
            throw .unexplained(domain: definition.name.text, reason: "\(error)")
        }
        elements = report.rows.map { Element(path: $0.path, device: $0.device, outcome: Outcome($0.outcome)) }
        defaults = report.defaults.map(Field.init)
    }

    /// What libxl cannot be told: the first thing of the domain itself, or each device that cannot be.
    private static func refusals(of definition: DomainDefinition) -> [Problem] {
        var rest = definition
        var problems: [Problem] = []
        while true {
            do throws(Untranslatable) {
                _ = try Translation(rest, context: .documentAlone)
                return problems
            } catch {
                problems.append(Problem(path: error.path, device: error.device, reason: "\(error.reason)"))
                guard let device = error.device else { return problems }
                let others = rest.devices.filter { $0.familiarName != device || !error.path.contains($0) }
                guard others.count < rest.devices.count else { return problems }
                rest.devices = others
            }
        }
    }
}

extension String {
    /// Whether this XPath leads to or into such a device as `device`.
    fileprivate func contains(_ device: Device) -> Bool {
        let element = split(separator: "/").dropFirst(2).first?.prefix { $0 != "[" && $0 != "@" }
        return element.map { $0.split(separator: ":").last == device.deviceClass.rawValue[...] } ?? false
    }
}

extension DocumentCheck.Outcome {
    fileprivate init(_ outcome: TranslationReport.Outcome) {
        switch outcome {
        case .fields(let fields): self = .fields(fields.map(DocumentCheck.Field.init))
        case .required: self = .required
        case .descriptionOnly: self = .descriptionOnly
        case .ignored(let reason): self = .ignored("\(reason)")
        }
    }
}

extension DocumentCheck.Field {
    fileprivate init(_ field: TranslationReport.Field) {
        self.init(member: field.member, value: field.value)
    }
}
