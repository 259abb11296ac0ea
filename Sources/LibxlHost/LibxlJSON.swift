import XenUnits

/// A value of JSON, as libxl reads and prints it.
enum LibxlJSON: Hashable, Sendable, Decodable {
    case null
    case flag(Bool)
    case number(Int64)
    /// One past what a signed number can be.
    case large(UInt64)
    case text(String)
    case array([LibxlJSON])
    case object([String: LibxlJSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let number = try? value.decode(UInt64.self) {
            self = .large(number)
        } else if let array = try? value.decode([LibxlJSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: LibxlJSON].self))
        }
    }

    /// Whether it says no more than that nothing is said.
    private var isBlank: Bool {
        switch self {
        case .null, .flag(false), .number(0), .text(""): true
        case .array(let elements): elements.allSatisfy(\.isBlank)
        case .object(let members): members.values.allSatisfy(\.isBlank)
        default: false
        }
    }

    /// Where `printed`, which libxl made of this, does not say what this says; nil if it says all of it.
    ///
    /// By meaning, not by text: what is left out has its default, the order of numbers in a list of them is of no matter, nor
    /// is the case of MAC addresses and UUIDs. `printed` may say more.
    func difference(from printed: LibxlJSON?) -> LibxlDifference? {
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
        case (.text(let text), .text(let other)):
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
            guard case .number(let number) = element else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// Where the first text is that has a zero byte in it, which C would take for its end; nil if there is none.
    var zeroByte: LibxlDifference? {
        switch self {
        case .text(let text): text.utf8.contains(0) ? LibxlDifference(path: [], found: self) : nil
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
    var withoutEach: [(path: [String], rest: LibxlJSON)] {
        switch self {
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { name, member in
                var rest = members
                rest[name] = nil
                let deeper = member.withoutEach.map { path, inner in
                    ([name] + path, LibxlJSON.object(members.merging([name: inner]) { $1 }))
                }
                return deeper + [([name], .object(rest))]
            }
        case .array(let elements):
            return elements.indices.flatMap { index in
                elements[index].withoutEach.map { path, inner in
                    var rest = elements
                    rest[index] = inner
                    return (["\(index)"] + path, LibxlJSON.array(rest))
                }
            }
        default: return []
        }
    }

    /// As libxl reads it.
    var text: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .large(let number): "\(number)"
        case .text(let text): Self.quoted(text)
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
    var found: LibxlJSON?

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
