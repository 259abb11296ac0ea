import XenUnits

/// How a user names a domain: its id, its UUID or its name, tried in that order as virsh does.
public struct DomainReference: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// What the user wrote.
    public let text: String

    /// The domain that `text` names.
    public init(_ text: String) {
        self.text = text
    }

    public init(stringLiteral value: String) {
        text = value
    }

    public var description: String { text }

    /// The id, if the text is a number.
    var domid: DomainID? { UInt32(text).map(DomainID.init(rawValue:)) }

    /// The UUID, if the text is one.
    var uuid: DomainUUID? { DomainUUID(text) }
}
