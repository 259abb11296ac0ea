/// The members of a JSON object that this program has no name for.
///
/// A program of the same version may write more than this one knows. Whoever changes its file keeps that as it is.
struct UnknownMembers: Hashable, Sendable {
    private var members: [String: JSONMember] = [:]

    init() {}

    /// Every member of the object at `decoder` that is not among `names`; throws where that is no object.
    init(of decoder: any Decoder, besides names: [String]) throws {
        let container = try decoder.container(keyedBy: MemberName.self)
        let known = Set(names)
        for name in container.allKeys where !known.contains(name.stringValue) {
            members[name.stringValue] = try container.decode(JSONMember.self, forKey: name)
        }
    }

    /// Adds them to the object that is being written at `encoder`.
    func encode(to encoder: any Encoder) throws {
        guard !members.isEmpty else { return }
        var container = encoder.container(keyedBy: MemberName.self)
        for (name, member) in members { try container.encode(member, forKey: MemberName(stringValue: name)) }
    }
}

/// Any name.
private struct MemberName: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}

/// Any value of JSON (RFC 8259).
private enum JSONMember: Hashable, Sendable, Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONMember])
    case object([String: JSONMember])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONMember].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONMember].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
