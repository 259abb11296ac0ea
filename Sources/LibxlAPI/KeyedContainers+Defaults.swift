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

    /// Reads one of libxl's words; `standard` if it was left out, and where libxl `lists` also if it is one of a later libxl's.
    func decode<Word: RawRepresentable & Decodable>(
        wordForKey key: Key, default standard: Word, listed lists: Bool
    ) throws -> Word where Word.RawValue == String {
        guard lists else { return try decode(forKey: key, default: standard) }
        return try decodeIfPresent(String.self, forKey: key).flatMap(Word.init) ?? standard
    }
}

extension CodingUserInfoKey {
    /// Whether what is read is a list of libxl's own: of a device that is there a word that is not known hides no other one.
    package static let isListedByLibxl: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "libxl-list") else { preconditionFailure("any text is a key") }
        return key
    }()
}

extension Decoder {
    /// See `CodingUserInfoKey.isListedByLibxl`.
    var isListedByLibxl: Bool { userInfo[.isListedByLibxl] as? Bool == true }
}
