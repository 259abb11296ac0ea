/// Where each name or number was given first, when no two may be the same.
struct FirstPlaces<Value: Hashable & CustomStringConvertible> {
    private var paths: [Value: String] = [:]

    /// Notes that `value` is that of `reader`'s element; an error, at `place` in it, if another one has it.
    mutating func take(_ value: Value, at place: String, in reader: ElementReader) throws(DomainXMLError) {
        if let first = paths[value] {
            throw reader.error(.taken(value.description, firstPath: first), at: place)
        }
        paths[value] = reader.path
    }
}
