public import XenModel
import XenUnits

/// What becomes of each element of a document: the members of libxl's configuration that it decides, or why none.
///
/// Not written down a second time but observed: each row's definition is translated once more without what the row is
/// about, and what is then different in libxl's JSON is what it became. So it says what the translation does.
public struct TranslationReport: Hashable, Sendable {
    /// One for each thing that the definition says, domain first, then devices in their order.
    public var rows: [Row] = []
    /// The members that nothing in the document decided: what is said of every guest of its type.
    public var defaults: [Field] = []

    /// One thing that a definition says.
    public struct Row: Hashable, Sendable {
        /// Where it stands in the document: an XPath, with an index from 1 for each device of its class.
        public var path: String
        /// What the user knows the device by; nil outside of devices.
        public var device: String?
        public var outcome: Outcome
    }

    /// What becomes of something.
    public enum Outcome: Hashable, Sendable {
        /// libxl is told of it by these members.
        case fields([Field])
        /// libxl could be told of nothing without it; for the reason named.
        case required(Untranslatable.Reason)
        /// libxl is not told of it, nor was it meant to be.
        case descriptionOnly
        /// It has no effect, for the reason named.
        case ignored(TranslationNotice.Reason)
    }

    /// A member of libxl's configuration.
    public struct Field: Hashable, Sendable {
        /// In libxl's JSON, as in `b_info.type.hvm.boot` or `disks[0].vdev`.
        public var member: String
        /// As JSON; nil where libxl is told of it only without what the row is about.
        public var value: String?

        /// The member `member` with this value.
        public init(member: String, value: String?) {
            self.member = member
            self.value = value
        }
    }

    /// Explains `definition`; throws the `Untranslatable` that its translation throws.
    public init(_ definition: DomainDefinition, context: TranslationContext = .documentAlone) throws {
        let whole = try Observation(definition, context)
        let notices = definition.translationNotices
        for probe in DomainProbe.all where probe.isSaid(definition) {
            var simple = definition
            probe.simplify(&simple)
            var other = simple
            probe.takeOut(&other)
            let observed = simple == definition ? whole : try Observation(simple, context)
            let outcome = try Self.outcome(of: other, context, against: observed).within(whole)
            rows.append(Row(path: probe.path, outcome: outcome.noticed(probe.path, nil, notices)))
        }
        for (index, device) in definition.devices.enumerated() {
            try explain(device, at: index, of: definition, context, whole, notices)
        }
        let explained = Set(rows.flatMap(\.fields).map(\.member))
        defaults = whole.members.keys.sorted().filter { !explained.contains($0) }
            .map { Field(member: $0, value: whole.members[$0]) }
    }

    private mutating func explain(
        _ device: Device, at index: Int, of definition: DomainDefinition, _ context: TranslationContext,
        _ whole: Observation, _ notices: [TranslationNotice]
    ) throws {
        let sameClass = definition.devices[...index].filter { $0.deviceClass == device.deviceClass }
        let plain = "/domain/devices/\(device.elementName)"
        let path = "\(plain)[\(sameClass.count)]"
        var parts: [Row] = []
        for probe in DeviceProbe.all where probe.isSaid(device) {
            var other = definition
            probe.takeOut(&other.devices[index])
            let outcome = try Self.outcome(of: other, context, against: whole)
            parts.append(
                Row(
                    path: "\(path)/\(probe.part)", device: device.familiarName,
                    outcome: outcome.noticed("\(plain)/\(probe.part)", device.familiarName, notices)))
        }
        // What the device adds to those before it, less what its parts decide.
        let told = Set(parts.flatMap(\.fields).map(\.member))
        let added = try Observation.added(by: index, of: definition, context)
            .filter { !told.contains($0) }.map { Field(member: $0, value: whole.members[$0]) }
        var own: Outcome = added.isEmpty && told.isEmpty ? .descriptionOnly : .fields(added)
        own = own.noticed(plain, device.familiarName, notices)
        rows.append(Row(path: path, device: device.familiarName, outcome: own))
        rows += parts
    }

    private static func outcome(
        of other: DomainDefinition, _ context: TranslationContext, against whole: Observation
    ) throws -> Outcome {
        do {
            let fields = whole.difference(from: try Observation(other, context))
            return fields.isEmpty ? .descriptionOnly : .fields(fields)
        } catch let refusal as Untranslatable {
            return .required(refusal.reason)
        }
    }
}

extension TranslationReport.Row {
    /// The members that it decides.
    public var fields: [TranslationReport.Field] {
        if case .fields(let fields) = outcome { fields } else { [] }
    }
}

extension TranslationReport.Outcome {
    /// Of the members those that are told alike in `whole`.
    fileprivate func within(_ whole: TranslationReport.Observation) -> TranslationReport.Outcome {
        guard case .fields(let fields) = self else { return self }
        return .fields(fields.filter { whole.members[$0.member] == $0.value })
    }

    /// The same, unless nothing comes of it and a notice says why.
    fileprivate func noticed(
        _ path: String, _ device: String?, _ notices: [TranslationNotice]
    ) -> TranslationReport.Outcome {
        guard self == .descriptionOnly,
            let notice = notices.first(where: { $0.path.withoutPredicate == path && $0.device == device })
                ?? notices.first(where: { $0.path.withoutPredicate == path })
        else { return self }
        return .ignored(notice.reason)
    }
}

extension String {
    /// An XPath less what stands in brackets.
    fileprivate var withoutPredicate: String {
        var depth = 0
        return filter { character in
            if character == "[" { depth += 1 }
            defer { if character == "]" { depth -= 1 } }
            return depth == 0
        }
    }
}

extension Device {
    /// The element's name in a document, with the prefix of its namespace.
    fileprivate var elementName: String {
        switch self {
        case .vtpm, .vdispl, .vsnd: "xenkeeper:\(deviceClass.rawValue)"
        default: deviceClass.rawValue
        }
    }
}
