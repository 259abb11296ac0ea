package import XenModel
public import XenUnits

/// A domain that was read from an xl.cfg, and what the file says besides.
package struct XLReading: Hashable, Sendable {
    package var definition: DomainDefinition
    /// By line; empty if the definition says all that the file does.
    package var notices: [XLConfigNotice]
}

/// Something in an xl.cfg that is not in the definition that was read from it.
public struct XLConfigNotice: Hashable, Sendable {
    /// The key; an item of a list is `key[N]`, from 1.
    public var key: String
    /// From 1; 0 where the key is missing.
    public var line: Int
    public var kind: Kind

    /// A notice about what stands for `key` on `line`.
    public init(key: String, line: Int, kind: Kind) {
        self.key = key
        self.line = line
        self.kind = kind
    }

    /// Why it was left out.
    public enum Kind: Hashable, Sendable {
        /// A definition has no place for the key.
        case unsupported
        /// xl knows no such key.
        case unknownKey
        /// xl does not read the key for guests of this type.
        case otherGuestType(GuestType)
        /// Another assignment of the key, on this line, is the one that counts.
        case overridden(byLine: Int)
        /// A definition has no place for this part of the value.
        case unsupportedPart(String)
        /// Another key decides, as it does for xl.
        case ineffective(because: String)
        /// A definition says a little more than the value does: this as well.
        case implied(String)
        /// The number was rounded up to this one.
        case rounded(to: String)
        /// xl does not read this part of the value for guests of this type.
        case partForOtherGuestType(String, GuestType)
        /// A document keeps it, and it is not passed to libxl.
        case onlyInDocument(String)
        /// A definition says this in the place of the value, or of this part of it.
        case replaced(part: String?, by: String)
        /// The key is missing, and this is what xl takes in its place.
        case assumed(String)
    }
}

extension XLConfigNotice: CustomStringConvertible {
    public var description: String { (line == 0 ? "" : "line \(line): ") + key + reason }

    private var reason: String {
        switch kind {
        case .unsupported: " is not supported by this driver and was left out"
        case .unknownKey: " is no key of xl's and was left out"
        case .otherGuestType(let type): " means nothing for a \(type.rawValue) guest and was left out"
        case .overridden(let line): " is given again on line \(line), and that one counts"
        case .unsupportedPart(let part):
            ": \(part.debugDescription) is not supported by this driver and was left out"
        case .ineffective(let because): " has no effect because of \(because) and was left out"
        case .implied(let part): ": this driver adds '\(part)' to it"
        case .rounded(let number): " was rounded up to \(number)"
        case .partForOtherGuestType(let part, let type):
            ": \(part.debugDescription) means nothing for a \(type.rawValue) guest and was left out"
        case .onlyInDocument(let part):
            ": \(part.debugDescription) is kept in the document, and this driver does not pass it to libxl"
        case .replaced(let part, let other):
            (part.map { ": \($0.debugDescription)" } ?? "") + " is read as \(other)"
        case .assumed(let value): " is missing; \(value), which is what xl takes without it, was taken"
        }
    }
}

/// A domain as an xl.cfg, and what the definition says besides.
package struct XLWriting: Hashable, Sendable {
    package var configuration: XLConfiguration
    /// In the order of the definition; empty if the file says all of the definition that Xen or its user would miss.
    package var notices: [XLOmission]
}

/// Something in a definition that an xl.cfg cannot express.
public struct XLOmission: Hashable, Sendable {
    /// Where a domain document has it; devices counted from 1 by their class.
    public var path: String
    public var kind: Kind

    /// A notice about what a definition has at `path`.
    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// What became of it.
    public enum Kind: Hashable, Sendable {
        /// It was left out.
        case leftOut
        /// The whole device was left out: without this it would be another one.
        case deviceLeftOut(String)
        /// xl does not read the key for guests of this type, so it was left out.
        case otherGuestType(key: String, GuestType)
        /// The number was rounded up to this one.
        case rounded(to: String)
        /// The definition says nothing of it, and xl tells libxl this where a document means the opposite.
        case other(String)
    }

    /// Whether it is of something that the definition does not say.
    public var isDefault: Bool {
        if case .other = kind { true } else { false }
    }
}

extension XLOmission: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .leftOut: "\(path) has no key in xl.cfg and was left out"
        case .deviceLeftOut(let why): "\(path) was left out: xl.cfg cannot express \(why)"
        case .otherGuestType(let key, let type):
            "\(path) was left out: xl does not read '\(key)' for a \(type.rawValue) guest"
        case .rounded(let number): "\(path) was rounded up to \(number)"
        case .other(let value): "\(path) is '\(value)' in what xl makes of the file, for xl.cfg cannot express it"
        }
    }
}
