import LibxlTestKit
import XenModel
import XenUnits

/// Draws definitions from the whole model, with texts that are hard on a writer of XML.
struct DefinitionGenerator {
    var random: SeededGenerator
    let isLive: Bool
    /// Whether texts are what people write: no white space, no mark that XML knows, nothing but a file's path.
    let isOrdinary: Bool
    var aliasCount = 0

    init(seed: UInt64, isLive: Bool, isOrdinary: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.isLive = isLive
        self.isOrdinary = isOrdinary
    }

    mutating func definition() throws -> DomainDefinition {
        var domain = try domainWithoutDevices()
        domain.devices = devices()
        return domain
    }

    mutating func address() -> GuestAddress {
        if isOrdinary {
            let slot = "0x0\(pick(["1", "7", "a", "f"]))"
            return GuestAddress(
                type: "pci", fields: ["domain": "0x0000", "bus": "0x00", "slot": slot, "function": "0x0"])
        }
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

    /// One of the words that libvirt's schema knows in this place, or any text where that is not asked for.
    mutating func word(_ words: String...) -> String { isOrdinary ? pick(words) : plain() }

    /// A text that may hold line ends and tabs too; never empty.
    mutating func freeText() -> String {
        text(of: Self.uglyPieces + ["\n", "\r", "\r\n", "\t", "\n  "])
    }

    mutating func text(of pieces: [String]) -> String {
        let pieces = isOrdinary ? Self.ordinaryPieces : pieces
        return (0..<Int.random(in: 1...6, using: &random)).map { _ in pick(pieces) }.joined()
    }

    mutating func chance() -> Bool { Bool.random(using: &random) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
        chance() ? make(&self) : nil
    }

    static let ordinaryPieces = ["/a", "/Z", "/0", "/a-b_c", "/x.y"]

    static let uglyPieces = [
        "a", "Z", "0", " ", "  ", "'", "\"", "<", ">", "&", "&amp;", "&#10;", "]]>", "<!--", "-->", "<?x?>", "%s", "\\",
        "$(x)", "ü", "e\u{301}", "€", "😀", "\u{a0}", "\u{200b}", "\u{202e}", "\u{feff}", "\u{fffd}", "ua-x", "/", "=",
        ";",
    ]
}
