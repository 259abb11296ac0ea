import DomainXML
import Foundation
import LibXML
import LibxlTestKit
import XenModel

/// A domain document as a tree whose order says only what it means.
struct DocumentTree {
    /// All outside `/domain/devices`.
    var domain: Leaves = [:]
    /// The devices by class, in document order, disks by target: libvirt sorts them, and their order means nothing.
    var devices: [String: [Leaves]] = [:]
    var emulator: String?
    /// The places that are in the document and not in this tree, because a notice says that they were left out.
    private(set) var reported: [String] = []

    private let notices: Set<String>
    private var noticed: Set<String> = []

    /// The tree of `document` without what the `notices` say was left out.
    ///
    /// Knows nothing of the reader or its model: what the notices do not name has to be in what is compared with it.
    init(_ document: [UInt8], without notices: [DocumentNotice] = []) throws {
        // What is kept as description is in what we print.
        self.notices = Set(notices.filter { $0.kind != .descriptionOnly }.map(\.path))
        let root = try XMLElement.parse(document)
        let path = "/\(root.qualifiedName)"
        var rest = root
        rest.content = root.content.filter { $0.element?.name != "devices" }
        domain = leaves(of: rest, at: "/domain", noticePath: path)
        for (child, place) in Self.children(of: root, at: path) where child.name == "devices" {
            for (device, place) in Self.children(of: child, at: place) where !isLeftOut(place) {
                if device.name == "emulator" {
                    emulator = device.text
                } else {
                    devices[device.name, default: []].append(leaves(of: device, at: "", noticePath: place))
                }
            }
        }
        devices["disk"]?.sort { ($0["/target/@dev"] ?? "") < ($1["/target/@dev"] ?? "") }
        if let unknown = self.notices.subtracting(noticed).min() {
            throw Failure(description: "there is a notice about \(unknown), which is not in the document")
        }
    }

    private mutating func isLeftOut(_ place: String) -> Bool {
        guard notices.contains(place) else { return false }
        if noticed.insert(place).inserted { reported.append(place) }
        return true
    }

    /// The elements in `element` with their paths as notices have them: devices are always numbered, others if they
    /// have to be.
    private static func children(of element: XMLElement, at path: String) -> [(XMLElement, String)] {
        let totals = Dictionary(grouping: element.children, by: \.qualifiedName).mapValues(\.count)
        var counts: [String: Int] = [:]
        return element.children.map { child in
            let name = child.qualifiedName
            counts[name, default: 0] += 1
            let isNumbered = path == "/domain/devices" || totals[name, default: 0] > 1
            return (child, "\(path)/\(name)" + (isNumbered ? "[\(counts[name, default: 0])]" : ""))
        }
    }

    /// Every attribute and text by its path, and each element that has neither. Equal names are distinguished by number, in
    /// the order of what is in them.
    private mutating func leaves(of element: XMLElement, at path: String, noticePath: String) -> Leaves {
        var leaves: Leaves = [:]
        var isWhole = true
        for attribute in element.attributes {
            if isLeftOut("\(noticePath)/@\(attribute.qualifiedName)") {
                isWhole = false
            } else {
                leaves["\(path)/@\(attribute.name)"] = attribute.value
            }
        }
        let text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !text.isEmpty, !isLeftOut("\(noticePath)/text()") { leaves[path] = text }
        var byName: [String: [Leaves]] = [:]
        for (child, place) in Self.children(of: element, at: noticePath) {
            if isLeftOut(place) {
                isWhole = false
                continue
            }
            let inner = self.leaves(of: child, at: "", noticePath: place)
            if inner.isEmpty { isWhole = false } else { byName[child.name, default: []].append(inner) }
        }
        for (name, children) in byName {
            let sorted = children.sorted { Self.sortingText($0) < Self.sortingText($1) }
            for (index, child) in sorted.enumerated() {
                let place = "\(path)/\(name)" + (sorted.count > 1 ? "[\(index + 1)]" : "")
                for (key, value) in child { leaves[place + key] = value }
            }
        }
        if leaves.isEmpty, isWhole { leaves[path] = "" }
        return leaves
    }

    private static func sortingText(_ leaves: Leaves) -> String {
        leaves.sorted(by: <).map { $0.key + $0.value }.joined()
    }
}

extension XMLNode {
    fileprivate var element: XMLElement? { if case .element(let element) = self { element } else { nil } }
}

extension Difference {
    /// What differs of two domain documents.
    static func between(theirs: DocumentTree, ours: DocumentTree) -> [Difference] {
        var found = between(theirs: theirs.domain, ours: ours.domain)
        if theirs.emulator != ours.emulator {
            found.append(Difference(path: "/domain/devices/emulator", theirs: theirs.emulator, ours: ours.emulator))
        }
        for deviceClass in Set(theirs.devices.keys).union(ours.devices.keys).sorted() {
            let theirs = theirs.devices[deviceClass] ?? []
            let ours = ours.devices[deviceClass] ?? []
            for index in 0..<max(theirs.count, ours.count) {
                found += between(
                    theirs: index < theirs.count ? theirs[index] : [:], ours: index < ours.count ? ours[index] : [:],
                    under: "/domain/devices/\(deviceClass)[\(index + 1)]")
            }
        }
        return found
    }
}
