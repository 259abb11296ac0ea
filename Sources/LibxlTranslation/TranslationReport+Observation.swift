import FoundationEssentials
import LibxlAPI
import XenModel

extension TranslationReport {
    /// libxl's JSON of a definition, each member by its path.
    struct Observation {
        let members: [String: String]

        init(_ definition: DomainDefinition, _ context: TranslationContext) throws {
            let config = try LibxlDomainConfig(definition, context: context)
            let json = try JSONDecoder().decode(Member.self, from: JSONEncoder().encode(config))
            var members: [String: String] = [:]
            json.collect(into: &members, path: "")
            self.members = members
        }

        /// The members that are other ones in `other`, in order of their paths.
        func difference(from other: Observation) -> [Field] {
            Set(members.keys).union(other.members.keys).sorted()
                .filter { members[$0] != other.members[$0] }
                .map { Field(member: $0, value: members[$0]) }
        }

        /// The members that the device at `index` adds to what those before it are; none where it needs later ones.
        static func added(
            by index: Int, of definition: DomainDefinition, _ context: TranslationContext
        ) throws -> [String] {
            var before = definition
            before.devices = Array(definition.devices[..<index])
            var with = definition
            with.devices = Array(definition.devices[...index])
            do {
                return try Observation(with, context).difference(from: Observation(before, context)).map(\.member)
            } catch is Untranslatable {
                return []
            }
        }
    }

    /// Any JSON that libxl prints.
    private enum Member: Decodable {
        case bool(Bool)
        case signed(Int64)
        case unsigned(UInt64)
        case text(String)
        case list([Member])
        case object([String: Member])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // The commonest first: each that does not fit costs an error.
            if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .signed(value)
            } else if let value = try? container.decode([String: Member].self) {
                self = .object(value)
            } else if let value = try? container.decode([Member].self) {
                self = .list(value)
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else {
                self = .unsigned(try container.decode(UInt64.self))
            }
        }

        /// Objects, and lists of them, by member; anything else is one value.
        func collect(into members: inout [String: String], path: String) {
            switch self {
            case .object(let inner) where !inner.isEmpty:
                for (name, value) in inner {
                    value.collect(into: &members, path: path.isEmpty ? name : "\(path).\(name)")
                }
            case .object where !path.contains("["):
                // Without a member it says something of a device alone, of which there may be others.
                break
            case .list(let values) where values.contains(where: \.isObject):
                for (index, value) in values.enumerated() { value.collect(into: &members, path: "\(path)[\(index)]") }
            case .bool, .signed, .unsigned, .text, .list, .object: members[path] = text
            }
        }

        private var isObject: Bool {
            if case .object = self { true } else { false }
        }

        private var text: String {
            switch self {
            case .bool(let value): "\(value)"
            case .signed(let value): "\(value)"
            case .unsigned(let value): "\(value)"
            case .text(let value): value.debugDescription
            case .list(let values): "[\(values.map(\.text).joined(separator: ", "))]"
            case .object: "{}"
            }
        }
    }
}
