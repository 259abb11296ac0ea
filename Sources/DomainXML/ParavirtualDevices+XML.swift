import LibXML
import XenModel
import XenUnits

// `/domain/devices/xenkeeper:vtpm`.
extension VirtualTPM: DeviceElement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> VirtualTPM? {
        var device = VirtualTPM(backendDomain: try reader.requiredPlain("backenddomain"))
        if let text = reader.attribute("uuid") {
            guard let uuid = DomainUUID(text) else { throw reader.error(.badUUID(text), at: "@uuid") }
            device.uuid = uuid
        }
        return device
    }

    var bareElement: XMLElement {
        var element = XMLElement(xenkeeper: "vtpm")
        element.set("backenddomain", backendDomain)
        element.set("uuid", uuid?.description)
        return element
    }
}

// `/domain/devices/xenkeeper:vdispl`.
extension VirtualDisplay: DeviceElement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> VirtualDisplay? {
        let connectors = try reader.children("connector") { reader throws(DomainXMLError) in
            Connector(
                id: try reader.requiredPlain("id"), width: try size("width", reader), height: try size("height", reader)
            )
        }
        guard !connectors.isEmpty else { throw reader.error(.missing("connector")) }
        var device = VirtualDisplay(connectors: connectors)
        device.backendDomain = try reader.plainAttribute("backenddomain")
        device.backendAllocates = try reader.yesOrNo("beAlloc") ?? false
        return device
    }

    private static func size(_ name: String, _ reader: ElementReader) throws(DomainXMLError) -> UInt32 {
        guard let size = try reader.number(attribute: name, in: 1...UInt32.max) else {
            throw reader.missing(name)
        }
        return size
    }

    var bareElement: XMLElement {
        var element = XMLElement(xenkeeper: "vdispl")
        element.set("backenddomain", backendDomain)
        if backendAllocates { element.set("beAlloc", true.yesOrNo) }
        for connector in connectors {
            element.add(
                "connector",
                ["id": connector.id, "width": "\(connector.width)", "height": "\(connector.height)"])
        }
        return element
    }
}

// `/domain/devices/xenkeeper:vsnd`.
extension VirtualSound: DeviceElement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> VirtualSound? {
        var device = VirtualSound()
        device.backendDomain = try reader.plainAttribute("backenddomain")
        device.shortName = try reader.plainAttribute("shortName")
        device.longName = try reader.plainAttribute("longName")
        device.parameters = try SoundParameters.read(reader)
        device.pcms = try reader.children("pcm") { reader throws(DomainXMLError) in
            var pcm = PCM(name: try reader.plainAttribute("name"))
            pcm.parameters = try SoundParameters.read(reader)
            pcm.streams = try reader.children("stream") { reader throws(DomainXMLError) in
                var stream = Stream(
                    id: try reader.plainAttribute("id"), direction: try SoundDirection.read(reader))
                stream.parameters = try SoundParameters.read(reader)
                return stream
            }
            return pcm
        }
        return device
    }

    var bareElement: XMLElement {
        var element = XMLElement(xenkeeper: "vsnd")
        element.set("backenddomain", backendDomain)
        element.set("shortName", shortName)
        element.set("longName", longName)
        parameters.set(on: &element)
        for pcm in pcms {
            var child = XMLElement("pcm")
            child.set("name", pcm.name)
            pcm.parameters.set(on: &child)
            for stream in pcm.streams {
                var grandchild = XMLElement("stream")
                grandchild.set("id", stream.id)
                grandchild.set("type", stream.direction.word)
                stream.parameters.set(on: &grandchild)
                child.add(grandchild)
            }
            element.add(child)
        }
        return element
    }
}

extension SoundParameters {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> SoundParameters {
        var parameters = SoundParameters()
        for part in try list("sampleRates", reader) {
            parameters.sampleRates.append(try reader.number(part, in: 1...UInt32.max, at: "@sampleRates"))
        }
        parameters.sampleFormats = try list("sampleFormats", reader)
        parameters.channelsMin = try reader.number(attribute: "channelsMin", in: 1...UInt32.max)
        parameters.channelsMax = try reader.number(attribute: "channelsMax", in: 1...UInt32.max)
        parameters.bufferSize = try reader.number(attribute: "bufferSize", in: 1...UInt32.max)
        return parameters
    }

    /// The parts of the attribute, joined by commas; an empty one is an error.
    private static func list(_ name: String, _ reader: ElementReader) throws(DomainXMLError) -> [String] {
        guard let text = try reader.plainAttribute(name) else { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard !parts.contains("") else { throw reader.error(.empty, at: "@\(name)") }
        return parts
    }

    fileprivate func set(on element: inout XMLElement) {
        if !sampleRates.isEmpty { element.set("sampleRates", sampleRates.map(\.description).joined(separator: ",")) }
        if !sampleFormats.isEmpty { element.set("sampleFormats", sampleFormats.joined(separator: ",")) }
        element.set("channelsMin", channelsMin?.description)
        element.set("channelsMax", channelsMax?.description)
        element.set("bufferSize", bufferSize?.description)
    }
}

extension SoundDirection {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> SoundDirection {
        let word = try reader.requiredWord("type", of: allCases.map(\.word))
        return allCases.first { $0.word == word } ?? .playback
    }

    /// `@type`
    fileprivate var word: String {
        switch self {
        case .playback: "playback"
        case .capture: "capture"
        }
    }
}
