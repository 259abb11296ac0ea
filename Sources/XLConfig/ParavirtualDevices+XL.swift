import XenModel
import XenUnits

// vtpm. xen-vtpm(7).
extension VirtualTPM: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [VirtualTPM] {
        var tpms: [VirtualTPM] = []
        for item in try reader.list("vtpm") {
            var backend: String?
            var uuid: DomainUUID?
            for option in try item.options() {
                let value = try item.value(of: option)
                switch option.key {
                case "backend": backend = value
                case "uuid": uuid = try item.uuid(value)
                default: throw item.unknown(option)
                }
            }
            guard let backend else { throw item.error(.missingPart("backend=…")) }
            tpms.append(VirtualTPM(backendDomain: backend, uuid: uuid))
        }
        return tpms
    }

    private func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        "backend=" + (try writer.part(backendDomain, key: "vtpm", path: "\(path)/@backenddomain"))
            + (uuid.map { ",uuid=\($0)" } ?? "")
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.add(.string(try text(path, writer)), to: "vtpm", path: "/domain/devices/xenkeeper:vtpm")
    }
}

// vdispl.
extension VirtualDisplay: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [VirtualDisplay] {
        var displays: [VirtualDisplay] = []
        for item in try reader.list("vdispl") {
            var display = VirtualDisplay(connectors: [])
            for option in try item.options() {
                let value = try item.value(of: option)
                switch option.key {
                case "backend": display.backendDomain = value
                case "be-alloc": display.backendAllocates = try item.flag(value)
                case "connectors":
                    for text in value.parts(at: ";") where !text.isEmpty {
                        display.connectors.append(try connector(text, item))
                    }
                default: throw item.unknown(option)
                }
            }
            guard !display.connectors.isEmpty else { throw item.error(.missingPart("connectors=…")) }
            displays.append(display)
        }
        return displays
    }

    private static func connector(_ text: String, _ item: XLItem) throws(XLConfigError) -> Connector {
        guard let (id, size) = text.pair(at: ":"), !id.isEmpty, let (width, height) = size.pair(at: "x"),
            let width = width.digits(radix: 10, UInt32.self), let height = height.digits(radix: 10, UInt32.self)
        else { throw item.error(.badRange(text)) }
        return Connector(id: id, width: width, height: height)
    }

    private func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        var parts: [String] = []
        if let backendDomain {
            let place = "\(path)/@backenddomain"
            parts.append("backend=" + (try writer.part(backendDomain, key: "vdispl", path: place)))
        }
        if backendAllocates { parts.append("be-alloc=1") }
        var texts: [String] = []
        for (position, connector) in connectors.enumerated() {
            let id = try writer.part(
                connector.id, key: "vdispl", path: "\(path)/connector[\(position + 1)]/@id",
                separators: [",", ";", ":"])
            texts.append("\(id):\(connector.width)x\(connector.height)")
        }
        parts.append("connectors=" + texts.joined(separator: ";"))
        return parts.joined(separator: ",")
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.add(.string(try text(path, writer)), to: "vdispl", path: "/domain/devices/xenkeeper:vdispl")
    }
}

// vsnd: a list of cards, each a list of texts headed by CARD, PCM or STREAM.
extension VirtualSound: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [VirtualSound] {
        var sounds: [VirtualSound] = []
        for card in try reader.list("vsnd") {
            var sound = VirtualSound()
            for item in try card.items() { try sound.read(item) }
            sounds.append(sound)
        }
        return sounds
    }

    private mutating func read(_ item: XLItem) throws(XLConfigError) {
        let options = try item.options().map { XLOption(key: $0.key.trimmed(), value: $0.value?.trimmed()) }
        guard let head = options.first, head.value == nil else { throw item.error(.missingPart("CARD, PCM or STREAM")) }
        switch head.key.lowercased() {
        case "card":
            for option in options.dropFirst() {
                guard try !parameters.read(option, item) else { continue }
                let value = try item.value(of: option)
                switch option.key {
                case "backend": backendDomain = value
                case "short-name": shortName = value
                case "long-name": longName = value
                default: throw item.unknown(option)
                }
            }
        case "pcm":
            var pcm = PCM(name: nil)
            for option in options.dropFirst() where try !pcm.parameters.read(option, item) {
                guard option.key == "name" else { throw item.unknown(option) }
                pcm.name = try item.value(of: option)
            }
            pcms.append(pcm)
        case "stream":
            if pcms.isEmpty { pcms.append(PCM(name: nil)) }
            var stream = Stream(id: nil, direction: .playback)
            for option in options.dropFirst() where try !stream.parameters.read(option, item) {
                let value = try item.value(of: option)
                switch option.key {
                case "unique-id", "id": stream.id = value
                case "type": stream.direction = try item.word(value, SoundDirection.allCases.map { ($0.rawValue, $0) })
                default: throw item.unknown(option)
                }
            }
            pcms[pcms.count - 1].streams.append(stream)
        default: throw item.error(.unknownWord(head.key, known: ["CARD", "PCM", "STREAM"]))
        }
    }

    private func value(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> XLValue {
        func part(_ name: String, _ text: String?, _ place: String) throws(XLConfigError) -> [String] {
            guard let text else { return [] }
            guard text.trimmed() == text else {
                throw .inexpressible(path: "\(path)/\(place)", key: "vsnd", text: text, problem: .surroundingSpace)
            }
            return ["\(name)=" + (try writer.part(text, key: "vsnd", path: "\(path)/\(place)"))]
        }
        var items: [String] = []
        var card = ["CARD"]
        card += try part("backend", backendDomain, "@backenddomain")
        card += try part("short-name", shortName, "@shortName")
        card += try part("long-name", longName, "@longName")
        card += try parameters.texts(path, writer)
        items.append(card.joined(separator: ", "))
        for pcm in pcms {
            let head = try ["PCM"] + part("name", pcm.name, "pcm/@name") + pcm.parameters.texts("\(path)/pcm", writer)
            items.append(head.joined(separator: ", "))
            for stream in pcm.streams {
                var parts = try ["STREAM"] + part("unique-id", stream.id, "pcm/stream/@id")
                parts.append("type=\(stream.direction.rawValue)")
                parts += try stream.parameters.texts("\(path)/pcm/stream", writer)
                items.append(parts.joined(separator: ", "))
            }
        }
        return .strings(items)
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.add(try value(path, writer), to: "vsnd", path: "/domain/devices/xenkeeper:vsnd")
    }
}

extension SoundParameters {
    private static let formats: Set<String> = [
        "s8", "u8", "s16_le", "s16_be", "u16_le", "u16_be", "s24_le", "s24_be", "u24_le", "u24_be", "s32_le", "s32_be",
        "u32_le", "u32_be", "float_le", "float_be", "float64_le", "float64_be", "iec958_subframe_le",
        "iec958_subframe_be", "mu_law", "a_law", "ima_adpcm", "mpeg", "gsm",
    ]

    /// Takes `option` if it is one of these; false for another one.
    fileprivate mutating func read(_ option: XLOption, _ item: XLItem) throws(XLConfigError) -> Bool {
        guard let value = option.value else { return false }
        switch option.key {
        case "sample-rates":
            sampleRates = []
            for rate in value.parts(at: ";") { sampleRates.append(try item.number(rate, in: 0...UInt32.max)) }
        case "sample-formats":
            sampleFormats = value.parts(at: ";")
            for format in sampleFormats where !Self.formats.contains(format) {
                throw item.error(.unknownWord(format, known: Self.formats.sorted()))
            }
        case "channels-min": channelsMin = try item.number(value, in: 0...UInt32.max)
        case "channels-max": channelsMax = try item.number(value, in: 0...UInt32.max)
        case "buffer-size": bufferSize = try item.number(value, in: 0...UInt32.max)
        default: return false
        }
        return true
    }

    fileprivate func texts(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> [String] {
        var texts: [String] = []
        if !sampleRates.isEmpty { texts.append("sample-rates=" + sampleRates.map { "\($0)" }.joined(separator: ";")) }
        let formats = sampleFormats.filter { Self.formats.contains($0) }
        writer.omit("\(path)/@sampleFormats", if: formats.count < sampleFormats.count)
        if !formats.isEmpty { texts.append("sample-formats=" + formats.joined(separator: ";")) }
        if let channelsMin { texts.append("channels-min=\(channelsMin)") }
        if let channelsMax { texts.append("channels-max=\(channelsMax)") }
        if let bufferSize { texts.append("buffer-size=\(bufferSize)") }
        return texts
    }
}
