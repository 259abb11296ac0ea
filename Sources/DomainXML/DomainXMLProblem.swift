public import XenModel
public import XenUnits

/// What can be wrong with an element or attribute.
public enum DomainXMLProblem: Hashable, Sendable {
    /// The root is not one of the elements that can stand there.
    case unexpectedRoot(found: String, expected: [String])
    /// The element needs this child or attribute, written as a path below it.
    case missing(String)
    /// Only one can be; the first stands on `firstLine`.
    case repeated(firstLine: Int)
    /// It is there and says nothing.
    case empty
    /// What stands at this path says the opposite.
    case contradiction(of: String)
    /// It is no whole number in decimal digits.
    case badNumber(String)
    /// The number lies outside what can be.
    case outOfRange(String, lowest: Int64, highest: Int64)
    /// It is none of the words that can stand there.
    case unknownWord(String, known: [String])
    /// The text goes on to programs of the host, which a control character could confuse.
    case controlCharacter(String, character: Unicode.Scalar)
    case badName(DomainNameError)
    case badUUID(String)
    /// A title is one line.
    case titleWithNewline
    /// It is no unit of memory.
    case unknownUnit(String)
    /// The amount does not fit into 64 bits of bytes.
    case tooMuchMemory(amount: String, unit: String)
    /// A domain needs memory.
    case noMemory
    /// A domain cannot start with more processors than it has.
    case currentProcessorsAboveMaximum(current: UInt32, maximum: UInt32)
    /// A domain needs a processor on line.
    case noProcessorEnabled
    /// It is no list of processors.
    case badCPUSet(String)
    /// The domain has no processor of this number.
    case noSuchProcessor(UInt32, maximum: UInt32)
    /// Only one can have this name or number, and what stands at `firstPath` has it.
    case taken(String, firstPath: String)
    /// It cannot be the name by which Windows knows its hypervisor.
    case badVendorID(String)
    case badMAC(String)
    /// A NIC cannot have the address of a group.
    case multicastMAC(MACAddress)
    case badIPAddress(String)
    /// A driver without the feature `netModelStrings` knows other models only.
    case unknownModel(String, known: [String])
    /// It is neither a user's alias nor one that a driver generates.
    case badAlias(String)
    /// The driver lacks the feature `userAliases`.
    case userAliasesNotSupported(String)
    /// Another device of the domain, at `firstPath`, has the alias.
    case duplicateAlias(String, firstPath: String)
    /// Another disk, at `firstPath`, has the same target, perhaps in another spelling.
    case duplicateTarget(String, first: String, firstPath: String)
    /// Another device of the domain, at `firstPath`, has the same place or name.
    case duplicateDevice(String, firstPath: String)
}

extension DomainXMLProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpectedRoot(let found, let expected):
            "the document is a <\(found)>, but \(list(expected.map { "<\($0)>" })) is needed here"
        case .missing(let what):
            "'\(what)' is missing; add it"
        case .repeated(let firstLine):
            "it is given twice, first on line \(firstLine); remove one"
        case .empty:
            "the value is empty; give one"
        case .contradiction(let path):
            "it says the opposite of \(path); remove one of them"
        case .badNumber(let text):
            "\(text.debugDescription) is not a whole number"
        case .outOfRange(let text, let lowest, let highest):
            "\(text) is out of range; it must be \(lowest) to \(highest)"
        case .unknownWord(let text, let known):
            "\(text.debugDescription) is not known here; it must be \(list(known))"
        case .controlCharacter(let text, let character):
            "\(text.debugDescription) contains the control character \(String(character).debugDescription); remove it"
        case .badName(let error):
            error.description
        case .badUUID(let text):
            "\(text.debugDescription) is not a UUID (32 hexadecimal digits in groups of 8-4-4-4-12)"
        case .titleWithNewline:
            "a title cannot contain a newline; put longer text into the description"
        case .unknownUnit(let unit):
            "\(unit.debugDescription) is not a unit of memory; use one such as KiB, MiB or GiB"
        case .tooMuchMemory(let amount, let unit):
            "\(amount) \(unit) is more memory than can be counted"
        case .noMemory:
            "a domain needs memory; give more than 0"
        case .currentProcessorsAboveMaximum(let current, let maximum):
            "\(current) current vCPUs exceed the maximum of \(maximum)"
        case .noProcessorEnabled:
            "no vCPU is enabled; enable one"
        case .badCPUSet(let text):
            "\(text.debugDescription) is not a list of CPUs (numbers from 0 to \(CPUSet.highest) such as 0-3,8)"
        case .noSuchProcessor(let number, let maximum):
            "there is no vCPU \(number) in a domain with \(maximum)"
        case .taken(let what, let firstPath):
            "'\(what)' is taken by \(firstPath); give each another one"
        case .badVendorID(let text):
            "\(text.debugDescription) is not a vendor's name (1 to 12 characters, no comma)"
        case .badMAC(let text):
            "\(text.debugDescription) is not a MAC address (six hexadecimal octets such as 00:16:3e:01:02:03)"
        case .multicastMAC(let address):
            "expected unicast mac address, found multicast '\(address)'; make the first octet even"
        case .badIPAddress(let text):
            "\(text.debugDescription) is neither an IPv4 nor an IPv6 address"
        case .unknownModel(let model, let known):
            "the NIC model \(model.debugDescription) is not known; it must be \(list(known))"
        case .badAlias(let text):
            "the alias \(text.debugDescription) is not allowed; an alias of your own is 'ua-' and at least one of the"
                + " letters A-Z and a-z, digits, '_' and '-'"
        case .userAliasesNotSupported(let text):
            "this driver does not support aliases of your own; remove '\(text)'"
        case .duplicateAlias(let text, let firstPath):
            "non unique alias detected: \(text), first at \(firstPath); give each device another one"
        case .duplicateTarget(let text, let first, let firstPath):
            text == first
                ? "the target '\(text)' is taken by \(firstPath); give each disk another one"
                : "the target '\(text)' is the same disk to Xen as '\(first)' of \(firstPath);"
                    + " give each disk another one"
        case .duplicateDevice(let name, let firstPath):
            "'\(name)' is taken by \(firstPath); give each device another one"
        }
    }

    /// Words of which one is needed: all of them, or the first ten and how many others there are.
    private func list(_ words: [String]) -> String {
        guard words.count <= 11 else {
            return words.prefix(10).joined(separator: ", ") + " or one of \(words.count - 10) others"
        }
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension DomainXMLProblem {
    /// The problem without the text that has it, which is a secret.
    var withoutText: DomainXMLProblem {
        if case .controlCharacter(_, let character) = self { return .controlCharacter("***", character: character) }
        return self
    }
}
