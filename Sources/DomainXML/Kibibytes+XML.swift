import LibXML
import XenModel
import XenUnits

// `/domain/memory` and `/domain/currentMemory`.
extension Kibibytes {
    /// The amount in the child `name`; nil without one.
    static func read(_ name: String, in domain: ElementReader) throws(DomainXMLError) -> Kibibytes? {
        try domain.child(name) { reader throws(DomainXMLError) in try read(reader.text(), in: reader) }
    }

    /// The amount in the child `name`, at most `maximum`; nil without one, and for an empty or zero one.
    fileprivate static func read(
        _ name: String, upTo maximum: Kibibytes, in domain: ElementReader
    ) throws(DomainXMLError) -> Kibibytes? {
        try domain.child(name) { reader throws(DomainXMLError) -> Kibibytes? in
            guard !reader.text().trimmed.isEmpty else { return nil }
            let amount: Kibibytes = try read(reader.text(), in: reader)
            guard amount.count > 0 else { return nil }
            if amount > maximum { reader.note(.memoryLowered(amount, maximum: maximum)) }
            return min(amount, maximum)
        } ?? nil
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
    /// Reads both amounts. A current one that is absent, zero or too high is the maximum, as in libvirt.
    static func readMemory(
        _ domain: ElementReader
    ) throws(DomainXMLError) -> (maximum: Kibibytes, current: Kibibytes) {
        guard let maximum = try Kibibytes.read("memory", in: domain) else { throw domain.error(.missing("memory")) }
        guard maximum.count > 0 else { throw domain.error(ofChild: "memory", .noMemory) }
        return (maximum, try Kibibytes.read("currentMemory", upTo: maximum, in: domain) ?? maximum)
    }
}

extension ElementReader {
    /// The error that something is wrong with the child `name`.
    fileprivate func error(ofChild name: String, _ problem: DomainXMLProblem) -> DomainXMLError {
        let line = element.children.first { $0.qualifiedName == name }?.line ?? element.line
        return .model(path: "\(path)/\(name)", line: line, problem: problem)
    }
}
