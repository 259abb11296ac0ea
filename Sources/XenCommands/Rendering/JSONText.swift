import XenUnits

extension JSONText {
    /// `value` as JSON for scripts: every field always there.
    static func text(_ value: some Encodable) throws(CommandFailure) -> String {
        do {
            return String(decoding: try bytes(of: value, pretty: true), as: UTF8.self)
        } catch {
            throw CommandFailure("the result cannot be written as JSON: \(error)")
        }
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
