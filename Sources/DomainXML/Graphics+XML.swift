import LibXML
import XenModel

// `/domain/devices/graphics`.
extension Graphics: DeviceElement {
    /// Reads a complete display; nil if Xen cannot express its type.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Graphics? {
        let foreign = ["rdp", "desktop", "egl-headless", "dbus"]
        guard let kind = try reader.wordUnlessForeign("type", of: GraphicsKind.self, foreign: foreign) else {
            return nil
        }
        var graphics = Graphics(kind: kind)
        switch kind {
        case .sdl:
            graphics.display = try reader.plainAttribute("display")
            graphics.xauth = try reader.plainAttribute("xauth")
        case .vnc, .spice:
            graphics.listens = try listens(kind, reader)
            if !graphics.hasSocketAlone { try graphics.readPorts(reader) }
            graphics.password = try reader.plainAttribute("passwd")
            graphics.keymap = try reader.plainAttribute("keymap")
        }
        if kind != .vnc {
            graphics.opengl = try reader.child("gl") { reader throws(DomainXMLError) in try reader.requiredYesOrNo() }
        }
        if kind == .spice { try graphics.spice.read(reader) }
        return graphics
    }

    /// Whether it is reached by a Unix socket in place of a port, which libvirt's format has for vnc.
    private var hasSocketAlone: Bool { kind == .vnc && listens.first?.socket != nil }

    /// A port that is not given, or given as -1, is chosen at each start; so is any with `autoport`, whatever it was in
    /// an earlier run.
    private mutating func readPorts(_ reader: ElementReader) throws(DomainXMLError) {
        let plain = try Self.port("port", reader)
        let tls = kind == .spice ? try Self.port("tlsPort", reader) : nil
        port = plain?.number
        spice.tlsPort = tls?.number
        let isChosen = port == nil && (kind == .vnc || plain != nil || tls == nil)
        autoport = try reader.yesOrNo("autoport") ?? isChosen
        if kind == .vnc, port == nil { autoport = true }
        if autoport, kind == .vnc {
            firstPort =
                try reader.child(xenkeeper: "vnc") { reader throws(DomainXMLError) in
                    try reader.number(attribute: "firstPort", in: 5900...UInt16.max)
                } ?? nil
        }
        guard autoport, reader.options.form == .inactive else { return }
        for (name, written) in [("port", port), ("tlsPort", spice.tlsPort)] {
            guard let written else { continue }
            reader.note(.generatedTargetDropped("\(written)"), at: "@\(name)")
        }
        port = nil
        spice.tlsPort = nil
    }

    /// The port in the attribute; its number is nil where the driver is to choose. Nil without the attribute.
    private static func port(
        _ name: String, _ reader: ElementReader
    ) throws(DomainXMLError) -> (number: UInt16?, Void)? {
        guard let number = try reader.number(attribute: name, in: Int32(-1)...65535) else { return nil }
        return (number > 0 ? UInt16(number) : nil, ())
    }

    /// As libvirt takes them: the attribute is the first one's address, and there always is one; vnc's `socket` is the
    /// first one in place of an address.
    private static func listens(_ kind: GraphicsKind, _ reader: ElementReader) throws(DomainXMLError)
        -> [GraphicsListen]
    {
        let socket = kind == .vnc ? try reader.plainAttribute("socket") : nil
        var isReplaced = socket != nil
        let listens = try reader.children("listen") { reader throws(DomainXMLError) -> GraphicsListen? in
            let listen = try GraphicsListen.read(reader)
            defer { isReplaced = false }
            guard isReplaced, listen.type == "address" else { return listen }
            reader.leaveOut()
            return nil
        }.compactMap(\.self)
        if let socket { return try withSocket(socket, listens, reader) }
        guard let first = listens.first else {
            return [GraphicsListen(address: try reader.plainAttribute("listen"))]
        }
        guard first.type == "address", let address = try reader.plainAttribute("listen"), address != first.address
        else { return listens }
        if let other = first.address { throw reader.error(.unknownWord(address, known: [other]), at: "@listen") }
        return [GraphicsListen(address: address)] + listens.dropFirst()
    }

    private static func withSocket(
        _ socket: String, _ listens: [GraphicsListen], _ reader: ElementReader
    ) throws(DomainXMLError) -> [GraphicsListen] {
        let listen = GraphicsListen(type: "socket", socket: socket)
        guard let first = listens.first, first.type == "socket" else { return [listen] + listens }
        if let other = first.socket, other != socket {
            throw reader.error(.unknownWord(socket, known: [other]), at: "@socket")
        }
        return [listen] + listens.dropFirst()
    }

    var bareElement: XMLElement {
        var element = XMLElement("graphics")
        element.set("type", kind.rawValue)
        switch kind {
        case .sdl:
            element.set("display", display)
            element.set("xauth", xauth)
        case .vnc where hasSocketAlone: element.set("socket", listens.first?.socket)
        case .vnc, .spice:
            if let port {
                element.set("port", "\(port)")
            } else if kind == .vnc {
                element.set("port", "-1")
            }
            element.set("tlsPort", spice.tlsPort?.description)
            element.set("autoport", autoport.yesOrNo)
            element.set("listen", listens.first?.address)
        }
        element.set("keymap", keymap)
        element.set("passwd", password)
        for listen in listens {
            element.add(
                "listen",
                [
                    "type": listen.type, "address": listen.address, "network": listen.network,
                    "socket": listen.socket,
                ])
        }
        if kind == .spice { spice.add(to: &element) }
        element.add("gl", only: "enable", opengl?.yesOrNo)
        if autoport { element.add(xenkeeper: "vnc", ["firstPort": firstPort?.description]) }
        return element
    }
}

// `/domain/devices/graphics/listen`.
extension GraphicsListen {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> GraphicsListen {
        let type = try reader.word("type", of: ["address", "network", "socket", "none"])
        guard let type else { throw reader.missing("type") }
        switch type {
        case "address": return GraphicsListen(address: try reader.plainAttribute("address"))
        case "network": return GraphicsListen(type: type, network: try reader.requiredPlain("network"))
        case "socket": return GraphicsListen(type: type, socket: try reader.plainAttribute("socket"))
        default: return GraphicsListen(type: type)
        }
    }
}

extension SpiceOptions {
    fileprivate mutating func read(_ reader: ElementReader) throws(DomainXMLError) {
        agentMouse = try reader.child("mouse") { reader throws(DomainXMLError) in
            try reader.requiredWord("mode", of: MouseMode.self) == .client
        }
        copyPaste = try reader.child("clipboard") { reader throws(DomainXMLError) in
            guard let isOn = try reader.yesOrNo("copypaste") else { throw reader.missing("copypaste") }
            return isOn
        }
        imageCompression = try word("image", "compression", Self.compressions, reader)
        streaming = try word("streaming", "mode", ["filter", "all", "off"], reader)
        usbRedirection =
            try reader.child(xenkeeper: "spice") { reader throws(DomainXMLError) in
                try reader.number(attribute: "usbRedirection", in: 0...UInt32.max)
            } ?? nil
    }

    private func word(
        _ child: String, _ attribute: String, _ known: [String], _ reader: ElementReader
    ) throws(DomainXMLError) -> String? {
        try reader.child(child) { reader throws(DomainXMLError) in
            guard let word = try reader.word(attribute, of: known) else {
                throw reader.missing(attribute)
            }
            return word
        }
    }

    private static let compressions = ["auto_glz", "auto_lz", "quic", "glz", "lz", "off"]

    fileprivate func add(to element: inout XMLElement) {
        element.add("image", only: "compression", imageCompression)
        element.add("streaming", only: "mode", streaming)
        element.add("mouse", only: "mode", agentMouse.map { ($0 ? MouseMode.client : .server).rawValue })
        element.add("clipboard", only: "copypaste", copyPaste?.yesOrNo)
        element.add(xenkeeper: "spice", ["usbRedirection": usbRedirection?.description])
    }

    private enum MouseMode: String, CaseIterable {
        case client
        case server
    }
}

extension ElementReader {
    fileprivate func requiredYesOrNo() throws(DomainXMLError) -> Bool {
        guard let isOn = try yesOrNo("enable") else { throw missing("enable") }
        return isOn
    }
}
