public import XenModel
public import XenUnits

/// What can be wrong with a value of an xl.cfg file.
public enum XLValueProblem: Hashable, Sendable {
    /// A domain cannot do without the key.
    case missing
    case notText
    case notList
    case badNumber(String)
    case outOfRange(String, lowest: Int64, highest: Int64)
    /// xl takes no `+=` for a number.
    case addedNumber
    case unknownWord(String, known: [String])
    /// The text goes on to programs of the host, which a control character could confuse.
    case controlCharacter(String, character: Unicode.Scalar)
    case badName(DomainNameError)
    case badUUID(String)
    case badMAC(String)
    /// A NIC cannot have the address of a group.
    case multicastMAC(MACAddress)
    /// `type` and `builder` differ.
    case contradiction(type: String, builder: String)
    /// A domain cannot start with more than it may have.
    case aboveMaximum(UInt64, maximum: UInt64)
    /// A part of a text such as a disk's that is not known there.
    case unknownPart(String)
    /// A part that the text needs.
    case missingPart(String)
    /// A part is given twice, with different values.
    case repeatedPart(String)
    /// `vncdisplay` is given, and `vnclisten` has a display as well.
    case displayTwice(listen: String)
    /// A disk's text has more than a target, a format, a vdev and an access.
    case tooManyParts(String)
    case badVdev(String)
    /// Another device of the kind has it: the `first` item of the list.
    case taken(String, first: String)
    /// Another disk, `first`, is the same to the guest.
    case duplicateVdev(String, first: String)
    case badPCIAddress(String)
    case badRange(String)
    case badRate(String)
    case badCPUList(String)
    case badCharacterDevice(String)
    /// Spice with a ticket needs a password.
    case missingTicket
    /// The sum of the nodes is not what `maxmem` says.
    case nodesDiffer(sum: UInt64, maximum: UInt64)
}

extension XLValueProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "the key is missing; add it"
        case .notText: "a list stands here, but one value is needed"
        case .notList: "one value stands here, but a list is needed; put it between '[' and ']'"
        case .badNumber(let text): "\(text.debugDescription) is not a whole number"
        case .outOfRange(let text, let lowest, let highest):
            "\(text) is out of range; it must be \(lowest) to \(highest)"
        case .addedNumber: "'+=' cannot be used with a number; use '='"
        case .unknownWord(let text, let known):
            "\(text.debugDescription) is not known here; it must be \(Self.list(known))"
        case .controlCharacter(let text, let character):
            "\(text.debugDescription) contains the control character \(String(character).debugDescription); remove it"
        case .badName(let error): error.description
        case .badUUID(let text):
            "\(text.debugDescription) is not a UUID (32 hexadecimal digits in groups of 8-4-4-4-12)"
        case .badMAC(let text):
            "\(text.debugDescription) is not a MAC address (six hexadecimal octets such as 00:16:3e:01:02:03)"
        case .multicastMAC(let address):
            "'\(address)' is the address of a group; make the first octet even"
        case .contradiction(let type, let builder):
            "builder '\(builder)' contradicts type '\(type)'; remove one of the two"
        case .aboveMaximum(let amount, let maximum): "\(amount) exceeds the maximum of \(maximum)"
        case .unknownPart(let part): "\(part.debugDescription) is not known here; remove it"
        case .missingPart(let part): "'\(part)' is missing in the text; add it"
        case .repeatedPart(let part): "'\(part)' is given twice; remove one"
        case .displayTwice(let listen):
            "the display is given twice, by vnclisten '\(listen)' and by vncdisplay; remove one"
        case .tooManyParts(let part): "\(part.debugDescription) is one part too many; name each as KEY=VALUE"
        case .badVdev(let text):
            "\(text.debugDescription) is not a virtual device of Xen's (one such as xvda, hdc or sdb1)"
        case .duplicateVdev(let text, let first):
            "'\(text)' is the same disk to the guest as '\(first)'; give each disk another one"
        case .taken(let text, let first):
            "\(text.debugDescription) is taken by \(first); give each device another one"
        case .badPCIAddress(let text):
            "\(text.debugDescription) is not a PCI address (one such as 0000:03:00.0)"
        case .badRange(let text): "\(text.debugDescription) is not a range as this key takes them"
        case .badRate(let text): "\(text.debugDescription) is not a rate (one such as 10240KB/s)"
        case .badCPUList(let text):
            "\(text.debugDescription) is not a list of processors from 0 to \(CPUSet.highest) (one such as 0-3,8,^2)"
        case .badCharacterDevice(let text):
            "\(text.debugDescription) is not a device as QEMU's -serial takes them (one such as pty or file:/path)"
        case .missingTicket:
            "spice needs a password; give spicepasswd, or spicedisable_ticketing = 1"
        case .nodesDiffer(let sum, let maximum):
            "the nodes have \(sum) MiB together, but maxmem says \(maximum)"
        }
    }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension XLValueProblem {
    /// The problem without the text that has it, which is a secret.
    var withoutText: XLValueProblem {
        if case .controlCharacter(_, let character) = self { return .controlCharacter("***", character: character) }
        return self
    }
}
