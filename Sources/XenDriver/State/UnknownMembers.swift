import XenUnits

/// The members of a JSON object that this program has no name for.
///
/// A program of the same version may write more than this one knows. Whoever changes its file keeps that as it is.
struct UnknownMembers: Hashable, Sendable {
    private var members: [String: JSONValue] = [:]

    init() {}

    /// Every member of the object at `decoder` that is not among `names`; throws where that is no object.
    init(of decoder: any Decoder, besides names: [String]) throws {
        let container = try decoder.container(keyedBy: MemberName.self)
        let known = Set(names)
        for name in container.allKeys where !known.contains(name.stringValue) {
            members[name.stringValue] = try container.decode(JSONValue.self, forKey: name)
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
