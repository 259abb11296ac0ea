import XenModel
import XenUnits

// vnc, sdl, spice, vfb and what belongs to them.
extension Graphics: XLDevice {
    /// The port of VNC's display 0.
    private static let portOfDisplay0: UInt16 = 5900

    private static let spiceKeys = [
        "spiceport", "spicetls_port", "spicehost", "spicedisable_ticketing", "spicepasswd", "spiceagent_mouse",
        "spicevdagent", "spice_clipboard_sharing", "spiceusbredirection", "spice_image_compression",
        "spice_streaming_video",
    ]
    /// Where a display listens that is not to be open to the host's networks.
    private static let loopback = "127.0.0.1"

    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Graphics] {
        var graphics: [Graphics] = []
        var decider = "type"
        if reader.guestType == .hvm {
            graphics = try readEmulated(reader)
            decider = "vnc"
        } else {
            for item in try reader.list("vfb") { graphics += try readFramebuffer(item) }
            if !graphics.isEmpty { decider = "vfb" }
            // xl makes a framebuffer of the keys of its own if nothing else does.
            if graphics.isEmpty, reader.guestType == .pv, let item = reader.item("vnc"), try item.flag() {
                graphics = try readEmulated(reader)
            }
        }
        try noteIneffective(
            ["vnc", "vnclisten", "vncdisplay", "vncunused", "vncpasswd", "sdl", "keymap"], because: decider, graphics,
            reader)
        let hasSDL = graphics.contains { $0.kind == .sdl }
        try noteIneffective(
            ["display", "xauthority", "opengl"], because: decider == "vnc" || hasSDL ? "sdl" : decider, graphics, reader
        )
        if let item = reader.item("vfb", for: [.pv, .pvh]), reader.guestType == .hvm { item.note(.unsupported) }
        _ = reader.item("spice", for: [.hvm])
        let hasSpice = graphics.contains { $0.kind == .spice }
        for key in spiceKeys where !reader.hasRead(key) {
            guard let item = reader.item(key, for: [.hvm]), !hasSpice else { continue }
            item.note(.ineffective(because: "spice"))
        }
        return graphics
    }

    /// Tells of those of `keys` that say something and that no display of `graphics` has.
    private static func noteIneffective(
        _ keys: [String], because decider: String, _ graphics: [Graphics], _ reader: XLReader
    ) throws(XLConfigError) {
        for key in keys where graphics.isEmpty || !reader.hasRead(key) {
            guard let item = reader.item(key) else { continue }
            let isOff = ["vnc", "sdl", "opengl"].contains(key) ? try !item.flag() : false
            if !isOff { item.note(.ineffective(because: decider)) }
        }
    }

    /// The displays of the top level's keys.
    private static func readEmulated(_ reader: XLReader) throws(XLConfigError) -> [Graphics] {
        var graphics: [Graphics] = []
        // libxl's default for hvm is yes.
        if try reader.flag("vnc") ?? true {
            var values: [String: (text: String, item: XLItem)] = [:]
            for key in ["vnclisten", "vncdisplay", "vncunused", "vncpasswd"] {
                if let item = reader.item(key) { values[key] = (try item.safe(), item) }
            }
            graphics.append(try vnc(values))
        }
        if try reader.flag("sdl") ?? false {
            var sdl = Graphics(kind: .sdl)
            sdl.display = try reader.plain("display")
            sdl.xauth = try reader.plain("xauthority")
            sdl.opengl = try reader.flag("opengl")
            graphics.append(sdl)
        }
        if reader.guestType == .hvm, let spice = try readSpice(reader) { graphics.append(spice) }
        guard let item = reader.item("keymap"), let keymap = try item.plain() else { return graphics }
        let served = graphics.indices.filter { graphics[$0].kind != .sdl }
        for index in served { graphics[index].keymap = keymap }
        if served.isEmpty, !graphics.isEmpty { item.note(.ineffective(because: "vnc")) }
        return graphics
    }

    /// A display of `values`, by xl's keys.
    private static func vnc(_ values: [String: (text: String, item: XLItem)]) throws(XLConfigError) -> Graphics {
        var vnc = Graphics(kind: .vnc)
        // libxl's default is yes.
        vnc.autoport = true
        if let unused = values["vncunused"] { vnc.autoport = try unused.item.flag(unused.text) }
        if let password = values["vncpasswd"]?.text, !password.isEmpty { vnc.password = password }
        // As a document has it, there always is one.
        vnc.listens = [GraphicsListen(address: nil)]
        var number = values["vncdisplay"]
        if let listen = values["vnclisten"] {
            let place = Self.listen(listen.text)
            if place.address.isEmpty {
                // For xl the empty address is every one.
                listen.item.note(.replaced(part: nil, by: "an address of this host alone, \(loopback)"))
            }
            vnc.listens = [GraphicsListen(address: place.address.isEmpty ? loopback : place.address)]
            if let display = place.display {
                if let number, number.text != "0" { throw number.item.error(.displayTwice(listen: listen.text)) }
                number = (display, listen.item)
            }
        }
        let display = try number.map { number throws(XLConfigError) in
            try number.item.number(number.text, in: 0...UInt16.max - portOfDisplay0)
        }
        if !vnc.autoport {
            vnc.port = portOfDisplay0 + (display ?? 0)
        } else if let display, display > 0 {
            vnc.firstPort = portOfDisplay0 + display
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
        guard spice.port != nil || spice.spice.tlsPort != nil else {
            if let zero = reader.item("spiceport") ?? reader.item("spicetls_port") {
                throw zero.error(.outOfRange("0", lowest: 1, highest: Int64(UInt16.max)))
            }
            throw item.error(.missingPart("spiceport"))
        }
        let host = reader.item("spicehost")
        if let address = try host?.plain() {
            spice.listens = [GraphicsListen(address: address)]
        } else {
            // For xl it is every address, and that of a display which may have no password.
            (host ?? item).note(.replaced(part: nil, by: "a display at an address of this host alone, \(loopback)"))
            spice.listens = [GraphicsListen(address: loopback)]
        }
        let password = reader.item("spicepasswd")
        if try reader.flag("spicedisable_ticketing") ?? false {
            if try password?.plain() != nil { password?.note(.ineffective(because: "spicedisable_ticketing")) }
        } else {
            guard let text = try password?.plain() else { throw item.error(.missingTicket) }
            spice.password = text
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
        var values: [String: (text: String, item: XLItem)] = [:]
        let known = [
            "vnc", "vnclisten", "vncpasswd", "vncdisplay", "vncunused", "keymap", "sdl", "opengl", "display",
            "xauthority",
        ]
        for option in try item.options() {
            guard let value = option.value, known.contains(option.key) else {
                item.unsupported(option)
                continue
            }
            values[option.key] = (value, item)
        }
        func flag(_ key: String) throws(XLConfigError) -> Bool? {
            try values[key].map { value throws(XLConfigError) in try item.flag(value.text) }
        }
        func text(_ key: String) -> String? { values[key].flatMap { $0.text.isEmpty ? nil : $0.text } }
        var graphics: [Graphics] = []
        if try flag("vnc") ?? true {
            var vnc = try vnc(values)
            vnc.keymap = text("keymap")
            graphics.append(vnc)
        }
        if try flag("sdl") ?? false {
            var sdl = Graphics(kind: .sdl)
            sdl.display = text("display")
            sdl.xauth = text("xauthority")
            sdl.opengl = try flag("opengl")
            if graphics.isEmpty, let keymap = text("keymap") { item.note(.unsupportedPart("keymap=\(keymap)")) }
            graphics.append(sdl)
        }
        if graphics.isEmpty { item.note(.unsupported) }
        return graphics
    }

    // MARK: - Writing

    static func write(_ graphics: [(path: String, device: Graphics)], to writer: XLWriter) throws(XLConfigError) {
        for (path, device) in graphics { device.omitOthers(path, writer) }
        guard writer.guestType == .hvm else {
            var framebuffers: [[(path: String, device: Graphics)]] = []
            for (path, device) in graphics {
                let isFirst = !framebuffers.joined().contains { $0.device.kind == device.kind }
                if device.kind == .spice {
                    writer.omit(path, .otherGuestType(key: "spice", writer.guestType))
                } else if isFirst, !framebuffers.isEmpty {
                    // The first server and the first window are at one framebuffer, as at a start.
                    framebuffers[0].append((path, device))
                } else {
                    framebuffers.append([(path, device)])
                }
            }
            let texts = try framebuffers.map { displays throws(XLConfigError) in try framebuffer(displays, writer) }
            writer.set("vfb", texts: texts, path: "/domain/devices/graphics")
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
        if let port = autoport ? firstPort ?? port : port {
            if port >= Self.portOfDisplay0 {
                display = .number(port - Self.portOfDisplay0)
            } else {
                writer.omit("\(path)/@port", if: port > 0)
            }
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
        // Left to libxl, it would listen at every address of the host.
        try set("spicehost", address ?? "127.0.0.1", "listen/@address")
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

    /// A paravirtual framebuffer that each of `displays` shows.
    private static func framebuffer(
        _ displays: [(path: String, device: Graphics)], _ writer: XLWriter
    ) throws(XLConfigError) -> String {
        var parts = [displays.contains { $0.device.kind == .vnc } ? "vnc=1" : "vnc=0"]
        // As a file is read: the server first.
        let displays = displays.filter { $0.device.kind == .vnc } + displays.filter { $0.device.kind != .vnc }
        for (path, device) in displays {
            if let address = device.address, listen(address).address != address {
                throw .inexpressible(path: "\(path)/listen/@address", key: "vfb", text: address, problem: .ambiguous)
            }
            if device.kind == .sdl { parts.append("sdl=1") }
            for (key, value, place) in device.options(path, writer) {
                let text = try writer.part(value.text ?? "", key: "vfb", path: "\(path)/\(place)", mayBeEmpty: true)
                parts.append("\(key)=\(text)")
            }
        }
        let keymaps = displays.compactMap { path, device in device.keymap.map { (path: path, text: $0) } }
        if let (path, keymap) = keymaps.first {
            for other in keymaps where other.text != keymap { writer.omit("\(other.path)/@keymap") }
            parts.append("keymap=" + (try writer.part(keymap, key: "vfb", path: "\(path)/@keymap")))
        }
        return parts.joined(separator: ",")
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.graphics.append((path, self))
    }
}
