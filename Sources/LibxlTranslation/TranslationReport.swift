package import XenModel
import XenUnits

/// What becomes of each element of a document: the members of libxl's configuration that it decides, or why none.
///
/// Not written down a second time but observed: each row's definition is translated once more without what the row is
/// about, and what is then different in libxl's JSON is what it became. So it says what the translation does.
package struct TranslationReport: Hashable, Sendable {
    /// One for each thing that the definition says, domain first, then devices in their order.
    package var rows: [Row] = []
    /// The members that nothing in the document decided: what is said of every guest of its type.
    package var defaults: [Field] = []
    /// All that keeps a domain from being made of the document; none if one can be.
    package var obstacles: [Untranslatable] = []

    /// One thing that a definition says.
    package struct Row: Hashable, Sendable {
        /// Where it stands in the document: an XPath, with an index from 1 for each device of its class.
        package var path: String
        /// What the user knows the device by; nil outside of devices.
        package var device: String?
        package var outcome: Outcome
    }

    /// What becomes of something.
    package enum Outcome: Hashable, Sendable {
        /// libxl is given it by these members.
        case fields([Field])
        /// libxl could be given nothing without it, for the reason named.
        case required(Untranslatable.Reason)
        /// It is not passed to libxl, nor was it meant to be.
        case descriptionOnly
        /// It has no effect, for the reason named.
        case ignored(TranslationNotice.Reason)
        /// libxl cannot express it, for the reason named.
        case refused(Untranslatable.Reason)
    }

    /// A member of libxl's configuration.
    package struct Field: Hashable, Sendable {
        /// In libxl's JSON, as in `b_info.type.hvm.boot` or `disks[0].vdev`.
        package var member: String
        /// As JSON; nil where libxl is given it only without what the row is about.
        package var value: String?

        /// The member `member` with this value.
        package init(member: String, value: String?) {
            self.member = member
            self.value = value
        }
    }

    /// Explains `definition`; what libxl cannot express is explained as far as it can be, and said in `obstacles`.
    package init(_ definition: DomainDefinition, context: TranslationContext = .documentAlone) throws {
        let whole = Observation(definition, context)
        obstacles = whole.obstacles
        let explainer = Explainer(definition, context, whole, members: try whole.members())
        for probe in DomainProbe.all where probe.field.isSaid(definition) { rows.append(try explainer.row(probe)) }
        var counts = DeviceCounts()
        var classes: [DeviceClass: Int] = [:]
        for (index, device) in definition.devices.enumerated() {
            classes[device.deviceClass, default: 0] += 1
            rows += try explainer.rows(
                device, at: index, path: "/domain/devices/\(device.elementName)[\(classes[device.deviceClass] ?? 1)]",
                devid: counts.next(device))
        }
        rows += explainer.rest(besides: rows)
        let explained = Set(rows.flatMap(\.fields).map(\.member))
        defaults = explainer.members.keys.sorted().filter { !explained.contains($0) }
            .map { Field(member: $0, value: explainer.members[$0]) }
    }
}

extension TranslationReport.Row {
    /// The members that it decides.
    package var fields: [TranslationReport.Field] {
        if case .fields(let fields) = outcome { fields } else { [] }
    }
}

extension String {
    /// An XPath less what stands in brackets.
    var withoutPredicate: String {
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
    var elementName: String { deviceClass.qualifiedName }
}
