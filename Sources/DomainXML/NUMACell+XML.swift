import LibXML
import XenModel
import XenUnits

// `/domain/cpu/numa/cell`.
extension NUMACell {
    /// Reads all nodes of a domain of at most `vcpus` processors: each has one of the numbers from 0 on, and no
    /// processor is in two.
    static func readAll(_ numa: ElementReader, vcpus: UInt32) throws(DomainXMLError) -> [NUMACell] {
        let count = numa.element.children.count { $0.name == "cell" && $0.namespace == nil }
        guard let last = UInt32(exactly: count - 1) else { return [] }
        var ids = FirstPlaces<UInt32>()
        var processors = FirstPlaces<UInt32>()
        var place: UInt32 = 0
        return try numa.children("cell") { reader throws(DomainXMLError) in
            let id = try reader.number(attribute: "id", in: 0...last) ?? place
            place += 1
            try ids.take(id, at: "@id", in: reader)
            let cpus = try reader.cpuSet("cpus")
            for cpu in cpus?.members ?? [] {
                guard cpu < vcpus else { throw reader.error(.noSuchProcessor(cpu, maximum: vcpus), at: "@cpus") }
                try processors.take(cpu, at: "@cpus", in: reader)
            }
            let memory = try Kibibytes.read(reader.required("memory"), at: "@memory", in: reader)
            var cell = NUMACell(id: id, cpus: cpus, memory: memory)
            cell.distances =
                try reader.child("distances") { reader throws(DomainXMLError) in
                    try readDistances(reader, last: last)
                } ?? [:]
            return cell
        }
    }

    private static func readDistances(
        _ reader: ElementReader, last: UInt32
    ) throws(DomainXMLError) -> [UInt32: UInt32] {
        var ids = FirstPlaces<UInt32>()
        let siblings = try reader.children("sibling") { reader throws(DomainXMLError) in
            let id = try reader.requiredNumber("id", in: 0...last)
            try ids.take(id, at: "@id", in: reader)
            return (id, try reader.requiredNumber("value", in: 10...255 as ClosedRange<UInt32>))
        }
        return Dictionary(uniqueKeysWithValues: siblings)
    }

    var element: XMLElement {
        var element = XMLElement("cell")
        element.set("id", "\(id)")
        element.set("cpus", cpus?.description)
        element.set("memory", "\(memory.count)")
        element.set("unit", "KiB")
        var all = XMLElement("distances")
        for (id, distance) in distances.sorted(by: { $0.key < $1.key }) {
            all.add("sibling", ["id": "\(id)", "value": "\(distance)"])
        }
        if !all.content.isEmpty { element.add(all) }
        return element
    }
}
