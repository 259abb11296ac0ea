import XenModel
import XenUnits

/// Numbers that look random and are the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Draws definitions from the whole model, with texts that are hard on a writer of XML.
struct DefinitionGenerator {
    var random: SeededGenerator
    let isLive: Bool
    var aliasCount = 0

    init(seed: UInt64, isLive: Bool) {
        random = SeededGenerator(seed: seed)
        self.isLive = isLive
    }

    mutating func definition() throws -> DomainDefinition {
        var domain = try domainWithoutDevices()
        domain.devices = devices()
        return domain
    }

    mutating func address() -> GuestAddress {
        var fields: [String: String] = [:]
        for name in ["slot", "bus", "domain", "function", "reg", "zone"] where chance() { fields[name] = freeText() }
        return GuestAddress(type: freeText(), fields: fields)
    }

    mutating func alias(_ deviceClass: DeviceClass) -> DeviceAlias? {
        aliasCount += 1
        let letters = Array("abcXYZ019_-")
        let suffix = String((0..<Int.random(in: 0...20, using: &random)).map { _ in pick(letters) })
        return switch Int.random(in: 0...2, using: &random) {
        case 0: nil
        case 1 where isLive: .generated(GeneratedAlias(deviceClass: deviceClass, number: aliasCount))
        default: DeviceAlias("ua-\(aliasCount)\(suffix)")
        }
    }

    /// A text without control characters; never empty.
    mutating func plain() -> String {
        text(of: Self.uglyPieces)
    }

    /// A text that may hold line ends and tabs too; never empty.
    mutating func freeText() -> String {
        text(of: Self.uglyPieces + ["\n", "\r", "\r\n", "\t", "\n  "])
    }

    mutating func text(of pieces: [String]) -> String {
        (0..<Int.random(in: 1...6, using: &random)).map { _ in pick(pieces) }.joined()
    }

    mutating func chance() -> Bool { Bool.random(using: &random) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
        chance() ? make(&self) : nil
    }

    static let uglyPieces = [
        "a", "Z", "0", " ", "  ", "'", "\"", "<", ">", "&", "&amp;", "&#10;", "]]>", "<!--", "-->", "<?x?>", "%s", "\\",
        "$(x)", "ü", "e\u{301}", "€", "😀", "\u{a0}", "\u{200b}", "\u{202e}", "\u{feff}", "\u{fffd}", "ua-x", "/", "=",
        ";",
    ]
}
