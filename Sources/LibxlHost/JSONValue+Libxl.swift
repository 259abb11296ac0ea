import XenUnits

// A value as libxl reads it and prints it again.
extension JSONValue {
    /// Whether it says no more than that nothing is said.
    private var isBlank: Bool {
        switch self {
        case .null, .bool(false), .integer(0), .string(""): true
        case .array(let elements): elements.allSatisfy(\.isBlank)
        case .object(let members): members.values.allSatisfy(\.isBlank)
        default: false
        }
    }

    /// Where `printed`, which libxl made of this, does not say what this says; nil if it says all of it.
    ///
    /// By meaning, not by text: what is left out has its default, the order of numbers in a list of them is of no matter, nor
    /// is the case of MAC addresses and UUIDs. `printed` may say more.
    func difference(from printed: JSONValue?) -> LibxlDifference? {
        guard let printed else { return isBlank ? nil : LibxlDifference(path: [], found: nil) }
        switch (self, printed) {
        case (.object(let members), .object(let others)):
            return members.sorted { $0.key < $1.key }.lazy.compactMap { name, member in
                member.difference(from: others[name])?.below(name)
            }.first
        case (.array(let elements), .array(let others)):
            if let numbers, let others = printed.numbers, numbers.sorted() == others.sorted() { return nil }
            return elements.indices.lazy.compactMap { index in
                elements[index].difference(from: others.indices.contains(index) ? others[index] : nil)?.below(
                    "\(index)")
            }.first ?? (elements.count == others.count ? nil : LibxlDifference(path: [], found: printed))
        case (.string(let text), .string(let other)):
            let isSame =
                text.isExactly(other) || MACAddress(text).map { $0 == MACAddress(other) } ?? false
                || DomainUUID(text).map { $0 == DomainUUID(other) } ?? false
            return isSame ? nil : LibxlDifference(path: [], found: printed)
        default: return self == printed ? nil : LibxlDifference(path: [], found: printed)
        }
    }

    private var numbers: [Int64]? {
        guard case .array(let elements) = self else { return nil }
        var numbers: [Int64] = []
        for element in elements {
            guard case .integer(let number) = element else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// Where the first text is that has a zero byte in it, which C would take for its end; nil if there is none.
    var zeroByte: LibxlDifference? {
        switch self {
        case .string(let text): text.utf8.contains(0) ? LibxlDifference(path: [], found: self) : nil
        case .array(let elements):
            elements.indices.lazy.compactMap { elements[$0].zeroByte?.below("\($0)") }.first
        case .object(let members):
            members.sorted { $0.key < $1.key }.lazy.compactMap { name, member in
                name.utf8.contains(0) ? LibxlDifference(path: [], found: self) : member.zeroByte?.below(name)
            }.first
        default: nil
        }
    }

    /// The value once for each member and element, however deep, without that one, and where that is.
    var withoutEach: [(path: [String], rest: JSONValue)] {
        switch self {
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { name, member in
                var rest = members
                rest[name] = nil
                let deeper = member.withoutEach.map { path, inner in
                    ([name] + path, JSONValue.object(members.merging([name: inner]) { $1 }))
                }
                return deeper + [([name], .object(rest))]
            }
        case .array(let elements):
            return elements.indices.flatMap { index in
                elements[index].withoutEach.map { path, inner in
                    var rest = elements
                    rest[index] = inner
                    return (["\(index)"] + path, JSONValue.array(rest))
                }
            }
        default: return []
        }
    }

    /// As libxl reads it.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { Self.quoted($0.key) + ":" + $0.value.text }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case "\u{0}"..<"\u{20}":
                quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// A place in a value of JSON.
struct LibxlDifference: Hashable, Sendable {
    /// The names of members and the numbers of elements that lead there.
    var path: [String]
    /// What is there; nil for nothing.
    var found: JSONValue?

    func below(_ name: String) -> LibxlDifference { LibxlDifference(path: [name] + path, found: found) }

    /// The last member's name, which is libxl's own.
    var member: String { path.last { Int($0) == nil } ?? "(all)" }

    /// The whole path: `nics[0].mtu`.
    var place: String {
        path.reduce(into: "") { text, name in
            text += Int(name) != nil ? "[\(name)]" : (text.isEmpty ? "" : ".") + name
        }
    }
}
