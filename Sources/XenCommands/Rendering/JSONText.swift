import XenUnits

extension JSONText {
    /// The version of what programs are shown. Within one, members are added, and neither renamed nor removed.
    static let version = 1

    /// An object with the version and, under `name`, what was asked for; without a final line end.
    static func text(_ name: String, _ content: some Encodable) throws(CommandFailure) -> String {
        do {
            let document = JSONDocument(name: name, content: content)
            return String(decoding: try bytes(of: document, pretty: true), as: UTF8.self)
        } catch {
            throw CommandFailure("the result cannot be written as JSON: \(error)")
        }
    }
}

/// A whole result.
private struct JSONDocument<Content: Encodable>: Encodable {
    let name: String
    let content: Content

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(JSONText.version, forKey: Key(stringValue: "version"))
        try members.encode(content, forKey: Key(stringValue: name))
    }
}

/// A field that is `null` when it has no value, so that a script finds it in every row.
struct Nullable<Value: Encodable & Hashable & Sendable>: Encodable, Hashable, Sendable {
    let value: Value?

    /// A field with this value.
    init(_ value: Value?) {
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}
