import LibXML
import XenModel

// `source` and `protocol` of `/domain/devices/serial` and its like.
extension CharacterBackend {
    /// Reads what a device of type `kind` is connected to; nil if Xen cannot express its protocol.
    static func read(
        _ kind: CharacterBackendKind, in device: ElementReader
    ) throws(DomainXMLError) -> CharacterBackend? {
        switch kind {
        case .null: .null
        case .stdio: .stdio
        case .vc: .vc
        case .pty: .pty(path: try ptyPath(device))
        case .file: try file(device)
        case .pipe: .pipe(path: try requiredPath(device))
        case .dev: .device(path: try requiredPath(device))
        case .udp: .udp(try UDPEndpoints.read(device))
        case .tcp: try TCPEndpoint.read(device).map(CharacterBackend.tcp)
        case .unix: .unix(try UnixEndpoint.read(device))
        }
    }

    /// What the host calls the pseudo-terminal of a running domain; it will be called something else in another run.
    private static func ptyPath(_ device: ElementReader) throws(DomainXMLError) -> String? {
        try device.child("source") { reader throws(DomainXMLError) -> String? in
            guard let path = try reader.plainAttribute("path") else { return nil }
            guard reader.options.form == .inactive else { return path }
            reader.note(.generatedTargetDropped(path), at: "@path")
            return nil
        } ?? nil
    }

    private static func file(_ device: ElementReader) throws(DomainXMLError) -> CharacterBackend {
        let file = try device.child("source") { reader throws(DomainXMLError) in
            let append = try reader.word("append", of: ["on", "off"]).map { $0 == "on" }
            return CharacterBackend.file(path: try reader.requiredPlain("path"), append: append)
        }
        guard let file else { throw device.error(.missing("source/@path")) }
        return file
    }

    private static func requiredPath(_ device: ElementReader) throws(DomainXMLError) -> String {
        try device.requiredPlain(child: "source", attribute: "path")
    }

    func add(to device: inout XMLElement) {
        switch self {
        case .null, .stdio, .vc: break
        case .pty(let path): device.add("source", only: "path", path)
        case .file(let path, let append):
            device.add("source", ["path": path, "append": append.map { $0 ? "on" : "off" }])
        case .pipe(let path), .device(let path): device.add("source", ["path": path])
        case .udp(let endpoints): endpoints.add(to: &device)
        case .tcp(let endpoint): endpoint.add(to: &device)
        case .unix(let endpoint): endpoint.add(to: &device)
        }
    }
}

/// `source/@mode`.
private enum Mode: String, CaseIterable {
    case connect
    case bind
}

extension UDPEndpoints {
    fileprivate static func read(_ device: ElementReader) throws(DomainXMLError) -> UDPEndpoints {
        var endpoints = UDPEndpoints(connectService: nil)
        var lines: [Mode: Int] = [:]
        try device.forEach("source") { reader throws(DomainXMLError) in
            let mode: Mode = try reader.word("mode") ?? .connect
            if let first = lines[mode] { throw reader.error(.repeated(firstLine: first)) }
            lines[mode] = reader.element.line
            let host = try reader.plainAttribute("host")
            let service = try reader.plainAttribute("service")
            switch mode {
            case .connect:
                guard let service else { throw reader.missing("service") }
                endpoints.connectHost = host
                endpoints.connectService = service
            case .bind:
                endpoints.bindHost = host
                endpoints.bindService = service
            }
        }
        guard endpoints.connectService != nil else { throw device.error(.missing("source/@service")) }
        return endpoints
    }

    fileprivate func add(to device: inout XMLElement) {
        if bindHost != nil || bindService != nil {
            device.add("source", ["mode": Mode.bind.rawValue, "host": bindHost, "service": bindService])
        }
        if connectHost != nil || connectService != nil {
            device.add("source", ["mode": Mode.connect.rawValue, "host": connectHost, "service": connectService])
        }
    }
}

extension TCPEndpoint {
    /// Reads the end; nil if Xen cannot express its protocol.
    fileprivate static func read(_ device: ElementReader) throws(DomainXMLError) -> TCPEndpoint? {
        let spoken = device.element.children.first { $0.name == "protocol" }?.attribute("type")
        guard !["telnets", "tls"].contains(spoken) else { return nil }
        let endpoint = try device.child("source") { reader throws(DomainXMLError) in
            let mode: Mode = try reader.word("mode") ?? .connect
            // A host without a name is every address of this one.
            return TCPEndpoint(
                host: try reader.requiredText("host"), service: try reader.requiredPlain("service"),
                isListening: mode == .bind)
        }
        guard var endpoint else { throw device.error(.missing("source/@host")) }
        let language = try device.child("protocol") { reader throws(DomainXMLError) in
            try reader.word("type", of: Language.self)
        }
        endpoint.isTelnet = language ?? nil == .telnet
        return endpoint
    }

    fileprivate func add(to device: inout XMLElement) {
        let mode: Mode = isListening ? .bind : .connect
        device.add("source", ["mode": mode.rawValue, "host": host, "service": service])
        device.add("protocol", ["type": (isTelnet ? Language.telnet : .raw).rawValue])
    }

    /// `protocol/@type`.
    private enum Language: String, CaseIterable {
        case raw
        case telnet
    }
}

extension UnixEndpoint {
    fileprivate static func read(_ device: ElementReader) throws(DomainXMLError) -> UnixEndpoint {
        try device.child("source") { reader throws(DomainXMLError) in
            let mode: Mode? = try reader.word("mode")
            let path = try reader.plainAttribute("path")
            // libvirt's default, where there is something to connect to.
            return UnixEndpoint(path: path, isListening: mode.map { $0 == .bind } ?? (path == nil ? nil : false))
        } ?? UnixEndpoint(path: nil)
    }

    fileprivate func add(to device: inout XMLElement) {
        let mode = isListening.map { $0 ? Mode.bind : .connect }
        guard mode != nil || path != nil else { return }
        device.add("source", ["mode": mode?.rawValue, "path": path])
    }
}
