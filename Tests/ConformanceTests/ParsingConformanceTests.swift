import DomainXML
import Foundation
import FoundationXML
import Testing
import XenModel
import XenUnits

@Suite("Real documents, read", .enabled(if: ConformanceFolder.isThere))
struct ParsingConformanceTests {
    private static let documents = ConformanceFolder.documents(in: ["xml-to-libxl", "xl-cfg", "user-aliases"])

    @Test("are all found")
    func count() {
        #expect(Self.documents.count >= 45)
    }

    @Test("say nothing that is neither in the model nor reported by path", arguments: documents)
    func nothingInSilence(path: String) throws {
        let document = try ConformanceFolder.read(path)
        let parsed = try DomainDefinition.parse(Array(document), options: Self.options)
        let reported = Set(parsed.notices.map(\.path))
        let places = try Place.all(in: document)
        #expect(places.count > 10)
        for place in places {
            let isReported = place.selfAndAncestors.contains { reported.contains($0) }
            #expect(isReported || Self.read.contains(place.pattern), "\(place.path) is lost")
            // A whole device of an unknown type may be left out, and one word; no other part of what is read.
            let mayBeLeftOut =
                ["/domain/devices/disk", "/domain/devices/interface"].contains(place.pattern)
                || place.pattern == "/domain/clock/@adjustment" && place.value == "reset"
            #expect(
                mayBeLeftOut || !Self.read.contains(place.pattern) || !reported.contains(place.path),
                "\(place.path) is read, and also reported as left out")
        }
        let known = Set(places.map(\.path))
        #expect(reported.subtracting(known).isEmpty, "every notice is about something that is in the document")
    }

    @Test("come back from our own print of them as they were", arguments: documents)
    func roundTrip(path: String) throws {
        let first = try DomainDefinition.parse(Array(ConformanceFolder.read(path)), options: Self.options)
        let second = try DomainDefinition.parse(Array(first.value.xml().utf8), options: Self.options)
        #expect(second.value == first.value)
        #expect(second.notices.isEmpty)
    }

    @Test("keep each user's alias on its device", arguments: documents)
    func aliases(path: String) throws {
        let document = try ConformanceFolder.read(path)
        let parsed = try DomainDefinition.parse(Array(document), options: Self.options)
        let kept = Set(parsed.value.devices.compactMap { $0.alias?.description })
        let reported = Set(parsed.notices.map(\.path))
        for place in try Place.all(in: document) where place.pattern.hasSuffix("/alias/@name") {
            let isLeftOut = place.selfAndAncestors.contains { reported.contains($0) }
            #expect(kept.contains(place.value) != isLeftOut)
        }
    }

    private static let options = ReaderOptions(features: [.userAliases, .netModelStrings], form: .inactive)

    /// Every place that has a meaning for this driver. One that is merely looked at and forgotten would pass here; that
    /// the values arrive is for the tests of the reader.
    private static let read: Set<String> = [
        "/domain", "/domain/@type", "/domain/name", "/domain/uuid", "/domain/description",
        "/domain/memory", "/domain/memory/@unit", "/domain/currentMemory", "/domain/currentMemory/@unit",
        "/domain/vcpu", "/domain/vcpu/@placement", "/domain/vcpu/@current", "/domain/bootloader",
        "/domain/os", "/domain/os/type", "/domain/os/type/@arch", "/domain/os/type/@machine", "/domain/os/kernel",
        "/domain/os/initrd", "/domain/os/cmdline", "/domain/os/boot", "/domain/os/boot/@dev",
        "/domain/features", "/domain/features/acpi", "/domain/features/apic", "/domain/features/pae",
        "/domain/features/hap", "/domain/features/hap/@state", "/domain/features/xen",
        "/domain/features/xen/e820_host", "/domain/features/xen/e820_host/@state",
        "/domain/features/xen/passthrough", "/domain/features/xen/passthrough/@state",
        "/domain/features/xen/passthrough/@mode",
        "/domain/clock", "/domain/clock/@offset", "/domain/clock/@adjustment", "/domain/clock/@basis",
        "/domain/on_poweroff", "/domain/on_reboot", "/domain/on_crash", "/domain/devices",
        "/domain/devices/disk", "/domain/devices/disk/@type", "/domain/devices/disk/@device",
        "/domain/devices/disk/driver", "/domain/devices/disk/driver/@name", "/domain/devices/disk/driver/@type",
        "/domain/devices/disk/source", "/domain/devices/disk/source/@file", "/domain/devices/disk/source/@dev",
        "/domain/devices/disk/target", "/domain/devices/disk/target/@dev", "/domain/devices/disk/target/@bus",
        "/domain/devices/disk/readonly", "/domain/devices/disk/shareable", "/domain/devices/disk/alias",
        "/domain/devices/disk/alias/@name", "/domain/devices/disk/address", "/domain/devices/disk/address/@type",
        "/domain/devices/disk/address/@controller", "/domain/devices/disk/address/@bus",
        "/domain/devices/disk/address/@target", "/domain/devices/disk/address/@unit",
        "/domain/devices/disk/address/@domain", "/domain/devices/disk/address/@slot",
        "/domain/devices/disk/address/@function",
        "/domain/devices/interface", "/domain/devices/interface/@type", "/domain/devices/interface/mac",
        "/domain/devices/interface/mac/@address", "/domain/devices/interface/source",
        "/domain/devices/interface/source/@bridge", "/domain/devices/interface/script",
        "/domain/devices/interface/script/@path", "/domain/devices/interface/model",
        "/domain/devices/interface/model/@type", "/domain/devices/interface/ip",
        "/domain/devices/interface/ip/@address", "/domain/devices/interface/bandwidth",
        "/domain/devices/interface/bandwidth/outbound", "/domain/devices/interface/bandwidth/outbound/@average",
        "/domain/devices/interface/alias", "/domain/devices/interface/alias/@name",
        "/domain/devices/interface/address", "/domain/devices/interface/address/@type",
        "/domain/devices/interface/address/@domain", "/domain/devices/interface/address/@bus",
        "/domain/devices/interface/address/@slot", "/domain/devices/interface/address/@function",
    ]
}

/// An element or attribute of a document, found by another reader than ours.
private struct Place {
    /// As in notices: an index for every device, and for others where there are several.
    let path: String
    let selfAndAncestors: [String]
    /// The path without indices.
    let pattern: String
    /// An attribute's value; empty for an element.
    let value: String

    static func all(in document: Data) throws -> [Place] {
        let tree = TreeBuilder()
        let parser = XMLParser(data: document)
        parser.delegate = tree
        guard parser.parse(), let root = tree.root else { throw CocoaError(.fileReadCorruptFile) }
        return places(root, path: "/\(root.name)", pattern: "/\(root.name)", ancestors: [])
    }

    private static func places(_ node: Node, path: String, pattern: String, ancestors: [String]) -> [Place] {
        let lineage = ancestors + [path]
        var all = [Place(path: path, selfAndAncestors: lineage, pattern: pattern, value: "")]
        for (name, value) in node.attributes where name != "xmlns" && !name.hasPrefix("xmlns:") {
            let place = "\(path)/@\(name)"
            all.append(
                Place(path: place, selfAndAncestors: lineage + [place], pattern: "\(pattern)/@\(name)", value: value))
        }
        var counts: [String: Int] = [:]
        for child in node.children {
            counts[child.name, default: 0] += 1
            let isNumbered = pattern == "/domain/devices" || node.children.count { $0.name == child.name } > 1
            let index = isNumbered ? "[\(counts[child.name, default: 0])]" : ""
            all += places(
                child, path: "\(path)/\(child.name)\(index)", pattern: "\(pattern)/\(child.name)", ancestors: lineage)
        }
        return all
    }
}

private final class Node {
    let name: String
    let attributes: [String: String]
    var children: [Node] = []

    init(name: String, attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }
}

private final class TreeBuilder: NSObject, XMLParserDelegate {
    private(set) var root: Node?
    private var open: [Node] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        let node = Node(name: name, attributes: attributes)
        open.last?.children.append(node)
        if open.isEmpty { root = node }
        open.append(node)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }
}
