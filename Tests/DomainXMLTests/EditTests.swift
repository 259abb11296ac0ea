import DomainXML
import LibXML
import Testing
import XenModel
import XenUnits

/// A document that differs from another in one place.
private struct Edit {
    let what: String
    let document: XMLElement
}

/// A document of which everything is read, and the edits of it that say the same in other words.
private struct Whole: CustomTestStringConvertible {
    let fixture: String
    let meaningless: Set<String>

    var testDescription: String { fixture }
}

@Suite("Every edit of a document that is read whole")
struct EditTests {
    @Test("makes a difference: another value, an error or a notice", arguments: [everything, outsideOfDevices])
    fileprivate func noticed(_ whole: Whole) throws {
        let root = try XMLElement.parse(fixture(whole.fixture))
        let original = try DomainDefinition.parse(fixture(whole.fixture), options: inactive).value
        let edits = edits(of: root, at: "")
        #expect(edits.count > 400)
        var unnoticed: Set<String> = []
        for edit in edits {
            do throws(DomainXMLError) {
                let parsed = try parseDomain(edit.document.verbatim())
                if parsed.value == original, parsed.notices.isEmpty { unnoticed.insert(edit.what) }
            } catch {
                // Shown to the user.
            }
        }
        #expect(unnoticed == whole.meaningless)
    }

    private static let everything = Whole(
        fixture: "everything-hvm",
        meaningless: [
            // The number of a domain that ran.
            "remove domain/@id", "change domain/@id",
            // What is so by default.
            "remove domain/vcpu/@placement", "remove domain/devices/disk/@type", "remove domain/devices/disk/@device",
        ])

    private static let outsideOfDevices = Whole(
        fixture: "everything-domain",
        meaningless: [
            // What is so by default, or for every guest.
            "remove domain/vcpu/@placement", "remove domain/features/hyperv/@mode", "remove domain/cpu/@match",
            "remove domain/cpu/@check", "remove domain/cpu/@migratable", "remove domain/cpu/model/@fallback",
            "remove domain/cpu/topology/@clusters", "remove domain/devices",
            // What the list of processors says too.
            "remove domain/vcpu/@current",
            // One that is off line, as those that are not in the list are.
            "remove domain/vcpus/vcpu",
        ])

    /// Every element and attribute removed, changed, and, an element, given twice; and something added to each.
    private func edits(of element: XMLElement, at parent: String) -> [Edit] {
        let path = parent + element.qualifiedName
        var all: [Edit] = []
        func add(_ what: String, _ change: (inout XMLElement) -> Void) {
            var copy = element
            change(&copy)
            all.append(Edit(what: what, document: copy))
        }
        for index in element.attributes.indices {
            let name = "\(path)/@\(element.attributes[index].qualifiedName)"
            add("remove \(name)") { $0.attributes.remove(at: index) }
            add("change \(name)") { $0.attributes[index].value += "x" }
        }
        add("add \(path)/@unheard") { $0.attributes.append(XMLAttribute("unheard", "of")) }
        add("add \(path)/unheard") { $0.content.append(.element(XMLElement("unheard"))) }
        add("add text to \(path)") { $0.content.append(.text("x")) }
        for (index, node) in element.content.enumerated() {
            guard case .element(let child) = node else { continue }
            let name = "\(path)/\(child.qualifiedName)"
            add("remove \(name)") { $0.content.remove(at: index) }
            add("double \(name)") { $0.content.insert(node, at: index) }
            for edit in edits(of: child, at: path + "/") {
                add(edit.what) { $0.content[index] = .element(edit.document) }
            }
        }
        return all
    }
}
