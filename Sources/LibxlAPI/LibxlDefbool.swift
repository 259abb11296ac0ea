/// libxl's three-valued switch in JSON: the texts `True` and `False`, or absent for "libxl decides".
///
/// Source: `libxl_defbool`.
struct LibxlDefbool: Codable {
    let value: Bool

    init(_ value: Bool) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "True": value = true
        case "False": value = false
        case let text:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is neither True nor False")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value ? "True" : "False")
    }
}

extension KeyedEncodingContainer {
    mutating func encode(defbool value: Bool?, forKey key: Key) throws {
        try encodeIfPresent(value.map(LibxlDefbool.init), forKey: key)
    }
}

extension KeyedDecodingContainer {
    func decode(defboolForKey key: Key) throws -> Bool? {
        try decodeIfPresent(LibxlDefbool.self, forKey: key)?.value
    }
}
