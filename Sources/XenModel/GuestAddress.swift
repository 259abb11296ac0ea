/// Where a guest sees a device, as the document says it; description only, for Xen places its devices itself.
///
/// Kept because a request may name a device by it. Source: `/domain/devices/*/address`.
public struct GuestAddress: Hashable, Sendable, CustomStringConvertible {
    /// The kind of address: `pci`, `drive` … Source: `@type`.
    public let type: String
    /// The other attributes, numbers in lower-case hexadecimal or decimal as written.
    public let fields: [String: String]

    /// An address of `type` with these attributes.
    public init(type: String, fields: [String: String]) {
        self.type = type
        self.fields = fields
    }

    /// Whether both name one place: equal types, and fields that are equal as numbers where both are numbers.
    public func names(theSamePlaceAs other: GuestAddress) -> Bool {
        guard type == other.type, fields.keys == other.fields.keys else { return false }
        return fields.allSatisfy { name, value in
            guard let otherValue = other.fields[name] else { return false }
            if let number = Self.number(value), let otherNumber = Self.number(otherValue) {
                return number == otherNumber
            }
            return value == otherValue
        }
    }

    public var description: String {
        ([type] + fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
    }

    static func number(_ text: String) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }
}
