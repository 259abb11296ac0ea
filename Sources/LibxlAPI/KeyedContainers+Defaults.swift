// libxl leaves out of its JSON what has its default value.

extension KeyedEncodingContainer {
    /// Writes a member that has another value than `standard`.
    mutating func encode<Value: Encodable & Equatable>(_ value: Value, unless standard: Value, forKey key: Key) throws {
        if value != standard { try encode(value, forKey: key) }
    }
}

extension KeyedDecodingContainer {
    /// Reads a member; `standard` if it was left out.
    func decode<Value: Decodable>(forKey key: Key, default standard: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? standard
    }
}
