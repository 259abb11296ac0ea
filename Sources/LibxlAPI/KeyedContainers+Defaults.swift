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

    /// Reads one of libxl's words; `standard` if it was left out, or is one that a later libxl has.
    func decode<Word: RawRepresentable>(
        wordForKey key: Key, default standard: Word
    ) throws -> Word where Word.RawValue == String {
        try decodeIfPresent(String.self, forKey: key).flatMap(Word.init) ?? standard
    }
}
