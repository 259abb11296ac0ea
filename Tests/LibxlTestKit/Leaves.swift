package import XenUnits

/// A document as the values at its places, to be compared place by place.
package typealias Leaves = [String: String]

extension JSONValue {
    /// Every scalar by its path, as in `disks[0].vdev`; a list of numbers is one value. What is empty says nothing.
    package func leaves(at path: String = "") -> Leaves {
        switch self {
        case .null: [:]
        case .bool(let value): [path: "\(value)"]
        case .integer, .unsigned, .number: [path: numberText ?? ""]
        case .string(let value): [path: value]
        case .array(let values) where !values.isEmpty && values.allSatisfy({ $0.numberText != nil }):
            [path: values.compactMap(\.numberText).joined(separator: ",")]
        case .array(let values):
            values.enumerated().reduce(into: [:]) { leaves, entry in
                leaves.merge(entry.element.leaves(at: "\(path)[\(entry.offset)]")) { first, _ in first }
            }
        case .object(let members):
            members.reduce(into: [:]) { leaves, member in
                let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
                leaves.merge(member.value.leaves(at: inner)) { first, _ in first }
            }
        }
    }

    private var numberText: String? {
        switch self {
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let value): "\(value)"
        default: nil
        }
    }
}

/// One place where two documents say different things; nil is nothing said.
package struct Difference: Hashable, Sendable, CustomStringConvertible {
    package var path: String
    package var theirs: String?
    package var ours: String?

    package init(path: String, theirs: String?, ours: String?) {
        self.path = path
        self.theirs = theirs
        self.ours = ours
    }

    package var description: String {
        "\(path): theirs \(theirs.map { "'\($0)'" } ?? "absent"), ours \(ours.map { "'\($0)'" } ?? "absent")"
    }

    package static func between(theirs: Leaves, ours: Leaves, under prefix: String = "") -> [Difference] {
        Set(theirs.keys).union(ours.keys).sorted().filter { theirs[$0] != ours[$0] }
            .map { Difference(path: prefix + $0, theirs: theirs[$0], ours: ours[$0]) }
    }
}
