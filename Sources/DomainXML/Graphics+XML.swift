import LibXML
import XenModel

// `/domain/devices/graphics`.
extension Graphics {
    /// Reads a complete display; nil if Xen has no word for its type.
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
            try graphics.readPorts(reader)
            graphics.listens = try listens(reader)
            graphics.password = try reader.plainAttribute("passwd")
            graphics.keymap = try reader.plainAttribute("keymap")
        }
        if kind != .vnc {
            graphics.opengl = try reader.child("gl") { reader throws(DomainXMLError) in try reader.requiredYesOrNo() }
        }
        if kind == .spice { try graphics.spice.read(reader) }
        graphics.alias = try DeviceAlias.read(in: reader)
        return graphics
    }

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
        guard autoport, reader.options.form == .inactive else { return }
        for (name, written) in [("port", port), ("tlsPort", spice.tlsPort)] {
            guard let written else { continue }
            reader.document.note(
                .generatedTargetDropped("\(written)"), path: "\(reader.path)/@\(name)", line: reader.element.line)
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

    /// As libvirt takes them: the attribute is the first one's address, and there always is one.
    private static func listens(_ reader: ElementReader) throws(DomainXMLError) -> [GraphicsListen] {
        let listens = try reader.children("listen") { reader throws(DomainXMLError) in
            let type = try reader.word("type", of: ["address", "network", "socket", "none"])
            guard let type else { throw reader.error(.missing("@type")) }
            return GraphicsListen(
                type: type, address: type == "address" ? try reader.optionalPlain("address") : nil)
        }
        let address = try reader.optionalPlain("listen")
        guard let first = listens.first else { return [GraphicsListen(address: address)] }
        guard let address, first.type == "address", address != first.address else { return listens }
        guard first.address == nil else {
            throw reader.error(.unknownWord(address, known: [first.address ?? ""]), at: "@listen")
        }
        return [GraphicsListen(address: address)] + listens.dropFirst()
    }

    var element: XMLElement {
        var element = XMLElement("graphics")
        element.set("type", kind.rawValue)
        switch kind {
        case .sdl:
            element.set("display", display)
            element.set("xauth", xauth)
        case .vnc, .spice:
            if let port {
                element.set("port", "\(port)")
            } else if kind == .vnc {
                element.set("port", "-1")
            }
            element.set("tlsPort", spice.tlsPort?.description)
            element.set("autoport", autoport.yesOrNo)
            if let first = listens.first, first.type == "address" { element.set("listen", first.address) }
        }
        element.set("keymap", keymap)
        element.set("passwd", password)
        for listen in listens { element.add("listen", ["type": listen.type, "address": listen.address]) }
        if kind == .spice { spice.add(to: &element) }
        element.add("gl", only: "enable", opengl?.yesOrNo)
        element.add(alias?.element)
        return element
    }
}

extension SpiceOptions {
    fileprivate mutating func read(_ reader: ElementReader) throws(DomainXMLError) {
        agentMouse = try reader.child("mouse") { reader throws(DomainXMLError) in
            try reader.requiredWord("mode", of: MouseMode.self) == .client
        }
        copyPaste = try reader.child("clipboard") { reader throws(DomainXMLError) in
            guard let isOn = try reader.yesOrNo("copypaste") else { throw reader.error(.missing("@copypaste")) }
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
                throw reader.error(.missing("@\(attribute)"))
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
    /// The attribute as a text that is safe to hand to programs of the host; nil if it is empty, or not there.
    func optionalPlain(_ name: String) throws(DomainXMLError) -> String? {
        guard attribute(name) != "" else { return nil }
        return try plainAttribute(name)
    }

    fileprivate func requiredYesOrNo() throws(DomainXMLError) -> Bool {
        guard let isOn = try yesOrNo("enable") else { throw error(.missing("@enable")) }
        return isOn
    }
}
