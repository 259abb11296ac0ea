import LibXML
import XenModel
import XenUnits

// `/domain/cpu`.
extension Processor {
    /// Reads the element of a domain of at most `vcpus` processors.
    static func read(_ reader: ElementReader, vcpus: UInt32) throws(DomainXMLError) -> Processor {
        var processor = Processor(mode: try reader.word("mode"))
        // What is so for every guest of Xen.
        reader.ignore("match", "exact")
        reader.ignore("check", "none")
        reader.ignore("migratable", "on")
        processor.model =
            try reader.child("model") { reader throws(DomainXMLError) in
                reader.ignore("fallback", "allow")
                return try reader.plainText()
            } ?? nil
        processor.topology = try reader.child("topology", ProcessorTopology.read)
        var names = FirstPlaces<String>()
        processor.features = try reader.children("feature") { reader throws(DomainXMLError) in
            let feature = try ProcessorFeature.read(reader)
            try names.take(feature.name, at: "@name", in: reader)
            return feature
        }
        let cells = try reader.child("numa") { reader throws(DomainXMLError) in
            try NUMACell.readAll(reader, vcpus: vcpus)
        }
        processor.numaCells = cells ?? []
        return processor
    }

    /// Nil when nothing is said.
    var element: XMLElement? {
        guard self != Processor() else { return nil }
        var element = XMLElement("cpu")
        element.set("mode", mode?.rawValue)
        element.add("model", text: model)
        if let topology {
            element.add(
                "topology",
                [
                    "sockets": "\(topology.sockets)", "dies": topology.dies?.description,
                    "cores": "\(topology.cores)", "threads": "\(topology.threads)",
                ])
        }
        for feature in features {
            element.add("feature", ["policy": feature.policy?.rawValue, "name": feature.name])
        }
        if !numaCells.isEmpty {
            element.add(XMLElement("numa", content: numaCells.map { .element($0.element) }))
        }
        return element
    }
}

extension ProcessorFeature {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> ProcessorFeature {
        ProcessorFeature(name: try reader.requiredPlain("name"), policy: try reader.word("policy"))
    }
}

extension ProcessorTopology {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> ProcessorTopology {
        let many = 1...UInt32.max
        reader.ignore("clusters", "1")
        return ProcessorTopology(
            sockets: try reader.requiredNumber("sockets", in: many),
            dies: try reader.number(attribute: "dies", in: many),
            cores: try reader.requiredNumber("cores", in: many), threads: try reader.requiredNumber("threads", in: many)
        )
    }
}
