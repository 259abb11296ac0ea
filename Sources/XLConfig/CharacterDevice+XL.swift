import XenModel
import XenUnits

// serial, parallel, channel.
extension CharacterDevice: XLDevice {
    /// How a file says that there is no port.
    static let none = "none"
    /// As many as QEMU has.
    private static let mostPorts = 4

    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [CharacterDevice] {
        var devices: [CharacterDevice] = []
        if let item = reader.item("serial", for: [.hvm]) {
            for (port, item) in try item.itemsOrSelf().enumerated() {
                guard port < mostPorts else {
                    throw item.error(.outOfRange("\(port + 1)", lowest: 1, highest: Int64(mostPorts)))
                }
                guard let backend = try CharacterBackend.read(item) else { continue }
                devices.append(CharacterDevice(kind: .serial(port: UInt32(port)), backend: backend))
            }
        }
        if let item = reader.item("parallel"), try item.text() != none { item.note(.unknownKey) }
        var names: [String: String] = [:]
        for item in try reader.list("channel") {
            let channel = try readChannel(item)
            if case .channel(let name?) = channel.kind { try item.take(name, in: &names) }
            devices.append(channel)
        }
        return devices
    }

    private static func readChannel(_ item: XLItem) throws(XLConfigError) -> CharacterDevice {
        var name: String?
        var path: String?
        var isPTY: Bool?
        for option in try item.options() {
            let value = try item.value(of: option).trimmed()
            switch option.key.trimmed() {
            case "name": name = value
            case "path": path = value
            case "connection": isPTY = try item.word(value, [("pty", true), ("socket", false)])
            // As xl, which complains of what it does not know, and goes on.
            default: item.unsupported(option)
            }
        }
        guard let name else { throw item.error(.missingPart("name=…")) }
        guard let isPTY else { throw item.error(.missingPart("connection=…")) }
        guard isPTY || path != nil else { throw item.error(.missingPart("path=…")) }
        if isPTY, let path { item.note(.unsupportedPart("path=\(path)")) }
        return CharacterDevice(
            kind: .channel(name: name),
            backend: isPTY ? .pty(path: nil) : .unix(UnixEndpoint(path: path, isListening: true)))
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        switch kind {
        case .serial(let port):
            guard port < Self.mostPorts, lists.serials[port] == nil else {
                writer.omit(path)
                return
            }
            lists.serials[port] = try backend.text(path, writer)
        case .parallel: writer.omit(path)
        case .console where lists.serialPorts.contains(self) && lists.serials.isEmpty:
            lists.serials[serialPort] = try backend.text(path, writer)
        case .console(let target):
            // The first one of Xen's is always there, and one of type serial shows a port that stands for itself.
            let isImplied = target.type == .serial || target.port == 0 && backend.kind == .pty
            writer.omit(path, if: !isImplied)
        case .channel(let name):
            guard let text = try channel(name, path, writer) else { return }
            lists.channels.append(text)
        }
    }

    private func channel(_ name: String?, _ path: String, _ writer: XLWriter) throws(XLConfigError) -> String? {
        func part(_ text: String, _ place: String) throws(XLConfigError) -> String {
            guard text.trimmed() == text else {
                throw .inexpressible(path: "\(path)/\(place)", key: "channel", text: text, problem: .surroundingSpace)
            }
            return try writer.part(text, key: "channel", path: "\(path)/\(place)", separators: [",", "="])
        }
        guard let name else {
            writer.omit(path, .deviceLeftOut("a channel without a name"))
            return nil
        }
        let names = "name=" + (try part(name, "target/@name"))
        switch backend {
        case .pty: return "connection=pty,\(names)"
        case .unix(let endpoint):
            guard let file = endpoint.path else {
                writer.omit(path, .deviceLeftOut("a socket without a path"))
                return nil
            }
            writer.omit("\(path)/source/@mode", if: endpoint.isListening == false)
            return "connection=socket,\(names),path=" + (try part(file, "source/@path"))
        default:
            writer.omit(path, .deviceLeftOut("a channel of type '\(backend.kind.rawValue)'"))
            return nil
        }
    }
}

// QEMU's -serial.
extension CharacterBackend {
    /// What `item` says; nil for no port, and for what a definition has no place for.
    fileprivate static func read(_ item: XLItem) throws(XLConfigError) -> CharacterBackend? {
        guard let text = try item.plain() else { return nil }
        switch text {
        case CharacterDevice.none: return nil
        case "null": return .null
        case "stdio": return .stdio
        case "vc": return .vc
        case "pty": return .pty(path: nil)
        default: break
        }
        if text.without(prefix: "/dev/") != nil { return .device(path: text) }
        guard let (word, rest) = text.pair(at: ":") else {
            item.note(.unsupportedPart(text))
            return nil
        }
        switch word {
        case "file": return .file(path: try path(rest, item), append: nil)
        case "pipe": return .pipe(path: try path(rest, item))
        case "tcp", "telnet":
            let parts = rest.parts(at: ",")
            let place = try endpoint(parts[0], item)
            guard let service = place.service else { throw item.error(.badCharacterDevice(text)) }
            let isListening = readServer(parts.dropFirst(), item)
            return .tcp(
                TCPEndpoint(
                    host: place.host ?? "", service: service, isListening: isListening, isTelnet: word == "telnet"))
        case "udp":
            let ends = rest.parts(at: "@")
            guard (1...2).contains(ends.count) else { throw item.error(.badCharacterDevice(text)) }
            let remote = try endpoint(ends[0], item)
            var endpoints = UDPEndpoints(connectService: remote.service)
            endpoints.connectHost = remote.host
            if ends.count == 2 {
                let local = try endpoint(ends[1], item)
                endpoints.bindHost = local.host
                endpoints.bindService = local.service
            }
            return .udp(endpoints)
        case "unix":
            let parts = rest.parts(at: ",")
            let isListening = readServer(parts.dropFirst(), item)
            return .unix(UnixEndpoint(path: try path(parts[0], item), isListening: isListening))
        default:
            item.note(.unsupportedPart(text))
            return nil
        }
    }

    private static func path(_ text: String, _ item: XLItem) throws(XLConfigError) -> String {
        guard !text.isEmpty, !text.has(",") else { throw item.error(.badCharacterDevice(try item.text())) }
        return text
    }

    private static func readServer(_ words: ArraySlice<String>, _ item: XLItem) -> Bool {
        var isListening = false
        var isWaiting = true
        for word in words {
            switch word {
            case "server", "server=on": isListening = true
            case "nowait", "wait=off": isWaiting = false
            default: item.note(.unsupportedPart(word))
            }
        }
        // A guest that waits for its console is not wanted by a toolstack.
        if isListening, isWaiting { item.note(.implied("nowait")) }
        return isListening
    }

    /// `[HOST]:[SERVICE]`, an IPv6 address in brackets.
    private static func endpoint(
        _ text: String, _ item: XLItem
    ) throws(XLConfigError) -> (host: String?, service: String?) {
        func said(_ text: String) -> String? { text.isEmpty ? nil : text }
        if let rest = text.without(prefix: "["), let (host, behind) = rest.pair(at: "]"),
            let service = behind.without(prefix: ":"), !service.has(":")
        {
            return (said(host), said(service))
        }
        let parts = text.parts(at: ":")
        guard parts.count == 2 else { throw item.error(.badCharacterDevice(text)) }
        return (said(parts[0]), said(parts[1]))
    }

    fileprivate func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        func part(_ text: String?) throws(XLConfigError) -> String {
            guard let text else { return "" }
            return try writer.part(
                text, key: "serial", path: "\(path)/source", separators: [",", "@", "[", "]"], mayBeEmpty: true)
        }
        func host(_ text: String?) throws(XLConfigError) -> String {
            let text = try part(text)
            return text.has(":") ? "[\(text)]" : text
        }
        func service(_ text: String?) throws(XLConfigError) -> String {
            if let text, text.has(":") {
                throw .inexpressible(
                    path: "\(path)/source", key: "serial", text: text, problem: .separator(":"))
            }
            return try part(text)
        }
        func file(_ text: String) throws(XLConfigError) -> String {
            try writer.part(text, key: "serial", path: "\(path)/source/@path")
        }
        switch self {
        case .null, .stdio, .vc, .pty: return kind.rawValue
        case .file(let name, let append):
            writer.omit("\(path)/source/@append", if: append == true)
            return "file:" + (try file(name))
        case .pipe(let name): return "pipe:" + (try file(name))
        case .device(let name):
            guard name.without(prefix: "/dev/") != nil else {
                throw .inexpressible(path: "\(path)/source/@path", key: "serial", text: name, problem: .ambiguous)
            }
            return try writer.plain(name, key: "serial", path: "\(path)/source/@path")
        case .udp(let ends):
            let remote = "udp:" + (try host(ends.connectHost)) + ":" + (try service(ends.connectService))
            guard ends.bindHost != nil || ends.bindService != nil else { return remote }
            return remote + "@" + (try host(ends.bindHost)) + ":" + (try service(ends.bindService))
        case .tcp(let end):
            let word = end.isTelnet ? "telnet" : "tcp"
            let place = "\(word):" + (try host(end.host)) + ":" + (try service(end.service))
            return place + (end.isListening ? ",server,nowait" : "")
        case .unix(let end):
            guard let name = end.path else {
                writer.omit(path, .deviceLeftOut("a socket without a path"))
                return CharacterDevice.none
            }
            return "unix:" + (try file(name)) + (end.isListening == true ? ",server,nowait" : "")
        }
    }
}
