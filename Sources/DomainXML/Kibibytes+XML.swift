import LibXML
import XenModel
import XenUnits

// `/domain/memory` and `/domain/currentMemory`.
extension Kibibytes {
    /// The amount in the child `name`; nil without one.
    static func read(_ name: String, in domain: ElementReader) throws(DomainXMLError) -> Kibibytes? {
        try domain.child(name) { reader throws(DomainXMLError) in try read(reader.text(), in: reader) }
    }

    /// The amount `text`, which stands at `place`, in the unit that the element's `@unit` says.
    static func read(
        _ text: String, at place: String? = nil, in reader: ElementReader
    ) throws(DomainXMLError) -> Kibibytes {
        let amount = try reader.number(text, in: 0...UInt64.max, at: place)
        let unit = reader.attribute("unit") ?? "KiB"
        guard Kibibytes(0, unit: unit) != nil else { throw reader.error(.unknownUnit(unit), at: "@unit") }
        guard let memory = Kibibytes(amount, unit: unit) else {
            throw reader.error(.tooMuchMemory(amount: "\(amount)", unit: unit), at: place)
        }
        return memory
    }

    func element(_ name: String) -> XMLElement {
        var element = XMLElement(name, content: [.text("\(count)")])
        element.set("unit", "KiB")
        return element
    }
}

extension DomainDefinition {
    /// Reads both amounts. An absent or zero current one is the maximum, as in libvirt.
    static func readMemory(
        _ domain: ElementReader
    ) throws(DomainXMLError) -> (maximum: Kibibytes, current: Kibibytes) {
        guard let maximum = try Kibibytes.read("memory", in: domain) else { throw domain.error(.missing("memory")) }
        guard maximum.count > 0 else { throw domain.error(ofChild: "memory", .noMemory) }
        let written = try Kibibytes.read("currentMemory", in: domain)
        guard let written, written.count > 0 else { return (maximum, maximum) }
        guard written <= maximum else {
            let problem = DomainXMLProblem.currentMemoryAboveMaximum(current: written, maximum: maximum)
            throw domain.error(ofChild: "currentMemory", problem)
        }
        return (maximum, written)
    }
}

extension ElementReader {
    /// The error that something is wrong with the child `name`.
    fileprivate func error(ofChild name: String, _ problem: DomainXMLProblem) -> DomainXMLError {
        let line = element.children.first { $0.qualifiedName == name }?.line ?? element.line
        return .model(path: "\(path)/\(name)", line: line, problem: problem)
    }
}
