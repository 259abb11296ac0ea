import FoundationEssentials
import LibxlAPI
import XenModel
import XenUnits

extension TranslationReport {
    /// What of a definition is passed to libxl, and what keeps the rest from it.
    struct Observation {
        let config: LibxlDomainConfig
        let obstacles: [Untranslatable]

        init(_ definition: DomainDefinition, _ context: TranslationContext) {
            var obstacles = Obstacles()
            config = LibxlDomainConfig(definition, context, &obstacles)
            self.obstacles = obstacles.found
        }

        /// The members of libxl's configuration with their values.
        func members() throws -> [String: String] {
            try TranslationReport.members(of: config, at: "")
        }

        /// What stands in the way here and not in `other`.
        func obstacle(besides other: Observation) -> Untranslatable? {
            guard obstacles != other.obstacles else { return nil }
            let known = Set(other.obstacles)
            return obstacles.first { !known.contains($0) }
        }

        /// The members that are other ones in `other`, in order of their paths, with their values here.
        ///
        /// Only what is not equal is taken apart, for that is what costs.
        func difference(from other: Observation) throws -> [Field] {
            var comparison = Comparison()
            let (mine, others) = (config, other.config)
            try comparison.add("c_info", mine.createInfo, others.createInfo)
            if mine.buildInfo != others.buildInfo || mine.createInfo.type != others.createInfo.type {
                try comparison.add("", mine.withoutDevices, others.withoutDevices, under: "b_info")
            }
            for list in LibxlDomainConfig.lists { try comparison.add(list, of: mine, and: others) }
            let endings = mine.endings != others.endings
            if endings { try comparison.add("", mine.withoutDevices, others.withoutDevices, under: "on_") }
            return comparison.fields
        }
    }

    /// The members of one or several parts of two configurations, and which of them differ.
    struct Comparison {
        private var mine: [String: String] = [:]
        private var others: [String: String] = [:]

        /// The members that differ, in order of their paths, with the first one's values.
        var fields: [Field] {
            Set(mine.keys).union(others.keys).sorted().filter { mine[$0] != others[$0] }
                .map { Field(member: $0, value: mine[$0]) }
        }

        /// Compares what stands at `path`; nil where nothing does. Of a whole the members that begin with `prefix` count.
        mutating func add<Value: Encodable & Equatable>(
            _ path: String, _ left: Value?, _ right: Value?, under prefix: String = ""
        ) throws {
            guard left != right else { return }
            func members(_ value: Value?) throws -> [String: String] {
                guard let value else { return [:] }
                let members = try TranslationReport.members(of: value, at: path)
                return prefix.isEmpty ? members : members.filter { $0.key.hasPrefix(prefix) }
            }
            mine.merge(try members(left)) { $1 }
            others.merge(try members(right)) { $1 }
        }

        /// Compares a list of both configurations.
        mutating func add<Element: LibxlConfigElement>(
            _: Element.Type, of left: LibxlDomainConfig, and right: LibxlDomainConfig
        ) throws {
            try add(Element.listName, left[keyPath: Element.list], right[keyPath: Element.list])
        }

        /// Compares two lists at `path`, each place with its like.
        mutating func add<Value: Encodable & Equatable>(_ path: String, _ left: [Value], _ right: [Value]) throws {
            guard left != right else { return }
            for index in 0..<max(left.count, right.count) {
                try add(
                    "\(path)[\(index)]", index < left.count ? left[index] : nil,
                    index < right.count ? right[index] : nil)
            }
        }
    }

    /// The members of `value` in libxl's JSON, with their values, by their paths below `path`.
    static func members<Value: Encodable>(of value: Value, at path: String) throws -> [String: String] {
        let json = try JSONDecoder().decode(Member.self, from: JSONEncoder().encode(value))
        var members: [String: String] = [:]
        json.collect(into: &members, path: path)
        return members
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

extension LibxlDomainConfig {
    /// The domain itself.
    fileprivate var withoutDevices: LibxlDomainConfig {
        var domain = LibxlDomainConfig(createInfo: createInfo, buildInfo: buildInfo)
        domain.onPoweroff = onPoweroff
        domain.onReboot = onReboot
        domain.onCrash = onCrash
        domain.onWatchdog = onWatchdog
        domain.onSoftReset = onSoftReset
        return domain
    }

    /// What becomes of the domain when its guest ends.
    fileprivate var endings: [String] {
        [onPoweroff, onReboot, onCrash, onWatchdog].map(\.rawValue) + [onSoftReset.rawValue]
    }
}
