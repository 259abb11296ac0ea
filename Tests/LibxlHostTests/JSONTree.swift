import Foundation
import Testing

/// A JSON document without the empty objects and arrays that libxl prints for what it has and we do not.
struct JSONTree: Equatable, CustomStringConvertible {
    private let root: NSObject

    /// The tree of a text.
    init(_ text: String) throws {
        root = try #require(Self.pruned(JSONSerialization.jsonObject(with: Data(text.utf8))))
    }

    /// The tree of a value's own JSON.
    init(_ value: some Encodable) throws {
        try self.init(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    }

    var description: String { "\(root)" }

    private static func pruned(_ value: Any) -> NSObject? {
        switch value {
        case let object as [String: Any]:
            let members = object.compactMapValues(pruned)
            return members.isEmpty ? nil : members as NSDictionary
        case let array as [Any]:
            let members = array.compactMap(pruned)
            return members.isEmpty ? nil : members as NSArray
        default:
            return value as? NSObject
        }
    }
}
