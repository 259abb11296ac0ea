import XenModel
import XenUnits

// vnc, sdl, spice, vfb and what belongs to them.
extension Graphics {
    /// The port of VNC's display 0.
    private static let firstPort: UInt16 = 5900

    static func readAll(_ reader: XLReader) throws(XLConfigError) -> [Graphics] {
        var graphics: [Graphics] = []
        if reader.guestType == .hvm {
            graphics = try readEmulated(reader)
        } else {
            for item in try reader.list("vfb") { graphics += try readFramebuffer(item) }
            // xl makes a framebuffer of the keys of its own if nothing else does.
            if graphics.isEmpty, reader.guestType == .pv, let item = reader.item("vnc"), try item.flag() {
                graphics = try readEmulated(reader)
            }
        }
        let keys = [
            "vnc", "vnclisten", "vncdisplay", "vncunused", "vncpasswd", "sdl", "display", "xauthority", "opengl",
            "keymap",
        ]
        for key in keys where graphics.isEmpty || !reader.hasRead(key) {
            guard let item = reader.item(key) else { continue }
            let isOff = ["vnc", "sdl", "opengl"].contains(key) ? try !item.flag() : false
            if !isOff { item.note(.ineffective(because: reader.guestType == .hvm ? "vnc" : "type")) }
        }
        if let item = reader.item("vfb", for: [.pv, .pvh]), reader.guestType == .hvm { item.note(.unsupported) }
        return graphics
    }

    /// The displays of the top level's keys.
    private static func readEmulated(_ reader: XLReader) throws(XLConfigError) -> [Graphics] {
        var graphics: [Graphics] = []
        let keymap = try reader.plain("keymap")
        // libxl's default for hvm is yes.
        if try reader.flag("vnc") ?? true {
            var options: [String: XLItem] = [:]
            for key in ["vnclisten", "vncdisplay", "vncunused", "vncpasswd"] { options[key] = reader.item(key) }
            graphics.append(
                try vnc(
                    listen: options["vnclisten"].map { item throws(XLConfigError) in (try item.safe(), item) },
                    display: options["vncdisplay"].map { item throws(XLConfigError) in (try item.text(), item) },
                    isUnused: options["vncunused"].map { item throws(XLConfigError) in try item.flag() },
                    password: options["vncpasswd"].map { item throws(XLConfigError) in try item.safe() }))
        }
        if try reader.flag("sdl") ?? false {
            var sdl = Graphics(kind: .sdl)
            sdl.display = try reader.plain("display")
            sdl.xauth = try reader.plain("xauthority")
            sdl.opengl = try reader.flag("opengl")
            graphics.append(sdl)
        }
        if reader.guestType == .hvm, let spice = try readSpice(reader) { graphics.append(spice) }
        for index in graphics.indices where graphics[index].kind != .sdl { graphics[index].keymap = keymap }
        return graphics
    }

    private static func vnc(
        listen: (text: String, item: XLItem)?, display: (text: String, item: XLItem)?, isUnused: Bool?,
        password: String?
    ) throws(XLConfigError) -> Graphics {
        var vnc = Graphics(kind: .vnc)
        // libxl's default is yes.
        vnc.autoport = isUnused ?? true
        vnc.password = password
        var number = display.map { ($0.text, $0.item) }
        if let listen, !listen.text.isEmpty {
            let place = Self.listen(listen.text)
            vnc.listens = [GraphicsListen(address: place.address)]
            if let display = place.display {
                if let number, number.0 != "0" { throw number.1.error(.repeatedPart("vncdisplay")) }
                number = (display, listen.item)
            }
        }
        if let number {
            vnc.port = firstPort + (try number.1.number(number.0, in: 0...UInt16.max - firstPort))
        } else if !vnc.autoport {
            vnc.port = firstPort
        }
        return vnc
    }

    /// Takes `ADDRESS[:DISPLAY]` apart, an IPv6 address with a display in brackets.
    private static func listen(_ text: String) -> (address: String, display: String?) {
        func isNumber(_ text: String) -> Bool { text.digits(radix: 10, UInt64.self) != nil }
        if let rest = text.without(prefix: "["), let (address, behind) = rest.pair(at: "]"),
            let display = behind.without(prefix: ":"), isNumber(display)
        {
            return (address, display)
        }
        let parts = text.parts(at: ":")
        if parts.count == 2, isNumber(parts[1]) { return (parts[0], parts[1]) }
        return (text, nil)
    }

    private static func readSpice(_ reader: XLReader) throws(XLConfigError) -> Graphics? {
        guard let item = reader.item("spice", for: [.hvm]), try item.flag() else { return nil }
        var spice = Graphics(kind: .spice)
        spice.port = try port("spiceport", reader)
        spice.spice.tlsPort = try port("spicetls_port", reader)
        guard spice.port != nil || spice.spice.tlsPort != nil else { throw item.error(.missingPart("spiceport")) }
        if let host = try reader.plain("spicehost") { spice.listens = [GraphicsListen(address: host)] }
        let password = reader.item("spicepasswd")
        if try reader.flag("spicedisable_ticketing") ?? false {
            password?.note(.ineffective(because: "spicedisable_ticketing"))
        } else {
            guard let password else { throw item.error(.missingTicket) }
            spice.password = try password.safe()
        }
        spice.spice.agentMouse = try reader.flag("spiceagent_mouse")
        let agent = reader.item("spicevdagent")
        if try reader.flag("spice_clipboard_sharing") ?? false {
            spice.spice.copyPaste = true
            if try agent?.flag() != true { item.note(.implied("spicevdagent = 1")) }
        } else if try agent?.flag() == true {
            agent?.note(.unsupported)
        }
        if let item = reader.item("spiceusbredirection") {
            let count = try item.number(in: UInt32(0)...4)
            spice.spice.usbRedirection = count == 0 ? nil : count
        }
        spice.spice.imageCompression = try reader.plain("spice_image_compression")
        spice.spice.streaming = try reader.plain("spice_streaming_video")
        return spice
    }

    private static func port(_ key: String, _ reader: XLReader) throws(XLConfigError) -> UInt16? {
        guard let port = try reader.item(key)?.number(in: 0...UInt16.max) else { return nil }
        return port == 0 ? nil : port
    }

    /// What a paravirtual framebuffer is reached by.
    private static func readFramebuffer(_ item: XLItem) throws(XLConfigError) -> [Graphics] {
        var values: [String: String] = [:]
        let known = [
            "vnc", "vnclisten", "vncpasswd", "vncdisplay", "vncunused", "keymap", "sdl", "opengl", "display",
            "xauthority",
        ]
        for option in try item.options() {
            guard let value = option.value, known.contains(option.key) else {
                item.unsupported(option)
                continue
            }
            values[option.key] = value
        }
        func flag(_ key: String) throws(XLConfigError) -> Bool? {
            try values[key].map { text throws(XLConfigError) in try item.flag(text) }
        }
        var graphics: [Graphics] = []
        if try flag("vnc") ?? true {
            var vnc = try vnc(
                listen: values["vnclisten"].map { ($0, item) }, display: values["vncdisplay"].map { ($0, item) },
                isUnused: try flag("vncunused"), password: values["vncpasswd"])
            vnc.keymap = values["keymap"]
            graphics.append(vnc)
        }
        if try flag("sdl") ?? false {
            var sdl = Graphics(kind: .sdl)
            sdl.display = values["display"]
            sdl.xauth = values["xauthority"]
            sdl.opengl = try flag("opengl")
            if graphics.isEmpty { sdl.keymap = values["keymap"] }
            graphics.append(sdl)
        }
        if graphics.isEmpty { item.note(.unsupported) }
        return graphics
    }

    // MARK: - Writing

    static func write(_ graphics: [(path: String, device: Graphics)], to writer: XLWriter) throws(XLConfigError) {
        for (path, device) in graphics { device.omitOthers(path, writer) }
        guard writer.guestType == .hvm else {
            var framebuffers: [String] = []
            for (path, device) in graphics {
                if device.kind == .spice {
                    writer.omit(path, .otherGuestType(key: "spice", writer.guestType))
                } else {
                    framebuffers.append(try device.framebuffer(path, writer))
                }
            }
            writer.set("vfb", texts: framebuffers, path: "/domain/devices/graphics")
            return
        }
        for kind in [GraphicsKind.sdl, .vnc, .spice] {
            let devices = graphics.filter { $0.device.kind == kind }
            for (path, _) in devices.dropFirst() { writer.omit(path) }
            guard let (path, device) = devices.first else {
                if kind != .spice { writer.set(kind.rawValue, .flag(false), path: "") }
                continue
            }
            try device.writeEmulated(path, writer)
        }
        let keymaps = graphics.filter { $0.device.keymap != nil }
        guard let (path, first) = keymaps.first else { return }
        for (path, device) in keymaps where device.keymap != first.keymap { writer.omit("\(path)/@keymap") }
        writer.set("keymap", try writer.text(first.keymap, key: "keymap", path: "\(path)/@keymap"), path: path)
    }

    private func omitOthers(_ path: String, _ writer: XLWriter) {
        writer.omit("\(path)/listen[2]", if: listens.count > 1)
        writer.omit("\(path)/listen[1]/@type", if: listens.first.map { $0.type != "address" } ?? false)
        writer.omit("\(path)/gl", if: opengl != nil && kind != .sdl)
        writer.omit("\(path)/@passwd", if: password != nil && kind == .sdl)
    }

    private var address: String? { listens.first.flatMap { $0.type == "address" ? $0.address : nil } }

    /// The keys and values of a VNC or SDL display, as both a file and a framebuffer have them.
    private func options(_ path: String, _ writer: XLWriter) -> [(key: String, value: XLValue, place: String)] {
        guard kind == .vnc else {
            return [
                ("display", display.map { .string($0) }, "@display"),
                ("xauthority", xauth.map { .string($0) }, "@xauth"), ("opengl", opengl.map { .flag($0) }, "gl"),
            ].compactMap { key, value, place in value.map { (key, $0, place) } }
        }
        var options: [(key: String, value: XLValue, place: String)] = [
            ("vncunused", .flag(autoport), "@autoport")
        ]
        var display: XLValue?
        if let port, port >= Self.firstPort {
            display = .number(port - Self.firstPort)
        } else if let port {
            writer.omit("\(path)/@port", if: port > 0)
        }
        if let address {
            // libxl looks for a display behind a colon, and then for no other.
            if address.has(":"), let number = display?.text {
                options.append(("vnclisten", .string("[\(address)]:\(number)"), "listen/@address"))
                display = nil
            } else {
                options.append(("vnclisten", .string(address), "listen/@address"))
            }
        }
        if let display { options.append(("vncdisplay", display, "@port")) }
        if let password { options.append(("vncpasswd", .string(password), "@passwd")) }
        return options
    }

    private func writeEmulated(_ path: String, _ writer: XLWriter) throws(XLConfigError) {
        if let address, Self.listen(address).address != address {
            throw .inexpressible(
                path: "\(path)/listen/@address", key: kind.rawValue, text: address, problem: .ambiguous)
        }
        guard kind != .spice else {
            try writeSpice(path, writer)
            return
        }
        writer.set(kind.rawValue, .flag(true), path: path)
        for (key, value, place) in options(path, writer) {
            if case .string(let text) = value.content {
                _ = try writer.plain(text, key: key, path: "\(path)/\(place)")
            }
            writer.set(key, value, path: path)
        }
    }

    private func writeSpice(_ path: String, _ writer: XLWriter) throws(XLConfigError) {
        guard port != nil || spice.tlsPort != nil else {
            writer.omit(path, .deviceLeftOut("a port that is chosen at each start"))
            return
        }
        writer.set("spice", .flag(true), path: path)
        func set(_ key: String, _ text: String?, _ place: String) throws(XLConfigError) {
            writer.set(key, try writer.text(text, key: key, path: "\(path)/\(place)"), path: path)
        }
        try set("spicehost", address, "listen/@address")
        writer.set("spiceport", port.map { .number($0) }, path: path)
        writer.set("spicetls_port", spice.tlsPort.map { .number($0) }, path: path)
        writer.set("spicedisable_ticketing", .flag(password == nil), path: path)
        try set("spicepasswd", password, "@passwd")
        writer.set("spiceagent_mouse", spice.agentMouse.map { .flag($0) }, path: path)
        if spice.copyPaste == true {
            writer.set("spicevdagent", .flag(true), path: path)
            writer.set("spice_clipboard_sharing", .flag(true), path: path)
        }
        writer.set("spiceusbredirection", spice.usbRedirection.map { .number($0) }, path: path)
        try set("spice_image_compression", spice.imageCompression, "image/@compression")
        try set("spice_streaming_video", spice.streaming, "streaming/@mode")
    }

    private func framebuffer(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        if let address, Self.listen(address).address != address {
            throw .inexpressible(path: "\(path)/listen/@address", key: "vfb", text: address, problem: .ambiguous)
        }
        var parts = kind == .vnc ? ["vnc=1"] : ["vnc=0", "sdl=1"]
        var all = options(path, writer)
        if let keymap { all.append(("keymap", .string(keymap), "@keymap")) }
        for (key, value, place) in all {
            let text = try writer.part(value.text ?? "", key: "vfb", path: "\(path)/\(place)", mayBeEmpty: true)
            parts.append("\(key)=\(text)")
        }
        return parts.joined(separator: ",")
    }
}
