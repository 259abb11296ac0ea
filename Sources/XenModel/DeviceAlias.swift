public import XenUnits

/// The one name by which a user knows a device of a domain: `ua-` and at least one of `[A-Za-z0-9_-]`.
///
/// Source: `/domain/devices/*/alias/@name`. It stays on our side: no value that crosses to libxl can carry one.
public struct UserAlias: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The whole name, `ua-` included.
    public let text: String

    /// What every user's alias begins with.
    public static let prefix = "ua-"

    /// Takes `text` if it keeps the grammar, else nil.
    public init?(_ text: String) {
        guard text.utf8.starts(with: Self.prefix.utf8), text.utf8.count > Self.prefix.utf8.count,
            text.utf8.allSatisfy(\.isAliasCharacter)
        else { return nil }
        self.text = text
    }

    public var description: String { text }

    public static func < (left: UserAlias, right: UserAlias) -> Bool {
        left.text < right.text
    }
}

/// The name that the driver gives a running device which its user did not name: a class word and a number (`net0`).
///
/// It appears in live documents alone and is not given twice in one run of a domain.
public struct GeneratedAlias: Hashable, Sendable, CustomStringConvertible {
    /// The class word, lower-case letters: `net`, `disk`, `serial` …
    public let word: String
    /// Counted from 0 within the word.
    public let number: Int

    /// The alias `WORDnumber` for a device of `deviceClass`.
    public init(deviceClass: DeviceClass, number: Int) {
        word = deviceClass.generatedAliasWord
        self.number = number
    }

    /// Reads `text` as a class word and a number; nil for anything else.
    public init?(_ text: String) {
        let word = text.prefix { $0.isASCII && $0.isLowercase }
        let digits = text.dropFirst(word.count)
        guard !word.isEmpty, !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            digits == "0" || digits.first != "0", let number = Int(digits)
        else { return nil }
        self.word = String(word)
        self.number = number
    }

    public var description: String { "\(word)\(number)" }
}

/// A device's name: the user's, or the driver's own where the user gave none.
public enum DeviceAlias: Hashable, Sendable, CustomStringConvertible {
    case user(UserAlias)
    case generated(GeneratedAlias)

    /// Reads either form; nil for a text that is neither.
    public init?(_ text: String) {
        if let alias = UserAlias(text) {
            self = .user(alias)
        } else if let alias = GeneratedAlias(text) {
            self = .generated(alias)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .user(let alias): alias.text
        case .generated(let alias): alias.description
        }
    }

    /// The user's alias, if that is what this is.
    public var user: UserAlias? {
        if case .user(let alias) = self { alias } else { nil }
    }
}

extension DeviceClass {
    /// The word that a generated alias of this class begins with, as libvirt names them.
    package var generatedAliasWord: String {
        switch self {
        case .interface: "net"
        case .filesystem: "fs"
        case .hostdev: "hostdev"
        case .memballoon: "balloon"
        case .redirdev: "redir"
        case .memory: "dimm"
        default: rawValue
        }
    }
}

extension UInt8 {
    fileprivate var isAliasCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
