package import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainConfig {
    /// Gives every display a paravirtual framebuffer and keyboard, and an hvm guest's card and first displays to QEMU.
    ///
    /// The first VNC server and the first window share a framebuffer: QEMU shows a pv guest the first one alone.
    mutating func setDisplays(
        _ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        let guestType = definition.operatingSystem.guestType
        var ports = DisplayPorts(definition, context)
        var spice: LibxlSpiceInfo?
        // Where the first display of a kind has its framebuffer.
        var first: [GraphicsKind: Int] = [:]
        for graphics in definition.graphics {
            let devid = DeviceID(vfbs.count)
            let made = obstacles.noting { () throws(Untranslatable) in
                if graphics.kind == .spice {
                    try guestType.require([.hvm], at: "/domain/devices/graphics/@type", device: graphics.kind.rawValue)
                    let info = try LibxlSpiceInfo(graphics, &ports)
                    spice = spice ?? info
                }
                return try LibxlDeviceVFB(graphics, devid: devid, &ports)
            }
            guard let made else { continue }
            defer { if first[graphics.kind] == nil { first[graphics.kind] = vfbs.count - 1 } }
            if let partner = graphics.kind.partner, let place = first[partner], first[graphics.kind] == nil {
                vfbs[place].join(made)
                first[graphics.kind] = place
                continue
            }
            vfbs.append(made)
            vkbs.append(LibxlDeviceVKB(devid: devid))
        }
        guard guestType == .hvm else { return }
        let off = LibxlDeviceVFB.withoutServer(devid: DeviceID(0))
        buildInfo.hvm.vnc = first[.vnc].map { vfbs[$0].vnc } ?? off.vnc
        buildInfo.hvm.sdl = first[.sdl].map { vfbs[$0].sdl } ?? off.sdl
        let spiceKeymap = definition.graphics.first { $0.kind == .spice }?.keymap
        buildInfo.hvm.keymap = spiceKeymap ?? vfbs.lazy.compactMap(\.keymap).first
        if let spice { buildInfo.hvm.spice = spice }
        obstacles.noting { () throws(Untranslatable) in try buildInfo.setVideo(definition) }
    }
}

extension Graphics: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<Graphics>()
        return [
            of.optional("xenkeeper:vnc/@firstPort", \.firstPort), of.optional("@port", \.port),
            of.flag("@autoport", \.autoport), of.list("listen", \.listens),
            of.optional("@passwd", \.password), of.optional("@keymap", \.keymap), of.optional("@display", \.display),
            of.optional("@xauth", \.xauth), of.optional("gl/@enable", \.opengl),
            of.optional("@tlsPort", \.spice.tlsPort), of.optional("mouse/@mode", \.spice.agentMouse),
            of.optional("clipboard/@copypaste", \.spice.copyPaste),
            of.optional("image/@compression", \.spice.imageCompression),
            of.optional("streaming/@mode", \.spice.streaming),
            of.optional("xenkeeper:spice/@usbRedirection", \.spice.usbRedirection),
        ]
    }

    /// Nothing by itself: the displays share framebuffers and QEMU's.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? { nil }

    var group: TranslationReport.Group? { .displays }
}

extension Video: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<Video>()
        return [
            of.always("model/@type") { $0.model = $0.model == .none ? .vga : .none },
            of.optional("model/@vram", \.vram), of.optional("model/@heads", \.heads),
            of.optional("model/@primary", \.isPrimary),
        ]
    }

    /// Nothing by itself: the card goes with the displays.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? { nil }

    var group: TranslationReport.Group? { .displays }
}

extension GraphicsKind {
    /// The kind that one framebuffer can have beside it.
    fileprivate var partner: GraphicsKind? {
        switch self {
        case .vnc: .sdl
        case .sdl: .vnc
        case .spice: nil
        }
    }
}

/// The ports of the host that displays without one are given, lowest first.
struct DisplayPorts {
    private let range: ClosedRange<UInt16>
    private var taken: Set<UInt16>

    init(_ definition: DomainDefinition, _ context: TranslationContext) {
        range = context.ports
        taken = context.portsInUse
        for graphics in definition.graphics {
            taken.formUnion([graphics.port, graphics.spice.tlsPort].compactMap(\.self))
        }
    }

    mutating func next(for graphics: Graphics) throws(Untranslatable) -> UInt16 {
        let first = graphics.firstPort ?? 0
        guard let port = range.first(where: { $0 >= first && !taken.contains($0) }) else {
            throw graphics.untranslatable("@port", .noFreePort)
        }
        taken.insert(port)
        return port
    }
}

extension LibxlDeviceVFB {
    /// A framebuffer that nobody looks at.
    fileprivate static func withoutServer(devid: DeviceID) -> LibxlDeviceVFB {
        var vfb = LibxlDeviceVFB(devid: devid)
        // Left to libxl, both would be on.
        vfb.vnc.enable = false
        vfb.sdl.enable = false
        return vfb
    }

    /// What libxl is given for a display. Source: `/domain/devices/graphics`.
    init(_ graphics: Graphics, devid: DeviceID, _ ports: inout DisplayPorts) throws(Untranslatable) {
        self = .withoutServer(devid: devid)
        try graphics.refuseSocket()
        keymap = graphics.keymap
        switch graphics.kind {
        case .vnc:
            let port = if let port = graphics.port { port } else { try ports.next(for: graphics) }
            vnc.enable = true
            vnc.findUnused = false
            let display =
                try checked(
                    port, in: Self.firstVNCPort...UInt16.max, at: "/domain/devices/graphics/@port",
                    device: graphics.kind.rawValue) - Self.firstVNCPort
            let address = graphics.listenAddress
            if address.contains(":") {
                // libxl takes such an address for one with its display, and refuses another beside it. Source:
                // `libxl__build_device_model_args_new`.
                vnc.listen = "[\(address)]:\(display)"
            } else {
                vnc.listen = address
                vnc.display = Int32(display)
            }
            vnc.password = graphics.password
        case .sdl:
            sdl.enable = true
            sdl.opengl = graphics.opengl
            sdl.display = graphics.display
            sdl.xauthority = graphics.xauth
        case .spice: keymap = nil
        }
    }

    /// Takes the server or window of `other`.
    fileprivate mutating func join(_ other: LibxlDeviceVFB) {
        if other.vnc.enable == true { vnc = other.vnc }
        if other.sdl.enable == true { sdl = other.sdl }
        keymap = keymap ?? other.keymap
    }

    /// The port of VNC's display 0.
    private static let firstVNCPort: UInt16 = 5900
}

extension LibxlSpiceInfo {
    /// What libxl is given for a spice display. Source: `/domain/devices/graphics[@type='spice']`.
    init(_ graphics: Graphics, _ ports: inout DisplayPorts) throws(Untranslatable) {
        self.init()
        enable = true
        if let port = graphics.port {
            self.port = Int32(port)
        } else if graphics.spice.tlsPort == nil || graphics.autoport {
            port = Int32(try ports.next(for: graphics))
        }
        tlsPort = graphics.spice.tlsPort.map(Int32.init) ?? 0
        host = graphics.listenAddress
        password = graphics.password
        disableTicketing = graphics.password == nil
        agentMouse = graphics.spice.agentMouse ?? true
        // libvirt's rule: one of them is of no use without the other.
        vdagent = graphics.spice.copyPaste ?? false
        clipboardSharing = graphics.spice.copyPaste ?? false
        imageCompression = graphics.spice.imageCompression
        streamingVideo = graphics.spice.streaming
        usbRedirection = Int32(clamping: graphics.spice.usbRedirection ?? 0)
    }
}

extension LibxlDomainBuildInfo {
    /// The emulated card: the first one named, and libvirt's default where there is a display without one.
    fileprivate mutating func setVideo(_ definition: DomainDefinition) throws(Untranslatable) {
        let hasDisplay = !definition.graphics.isEmpty
        let video = definition.videos.first ?? (hasDisplay ? Video(model: .cirrus) : Video(model: .none))
        guard let card = Self.card(video.model, isTraditional: deviceModelVersion == .qemuXenTraditional) else {
            hvm.vga = LibxlVGAInterfaceType.none
            // libxl refuses a display along with it.
            if !hasDisplay { hvm.nographic = true }
            return
        }
        let memory = video.vram ?? card.least
        guard memory >= card.least else {
            throw Untranslatable(
                path: "/domain/devices/video/model/@vram", device: video.model.rawValue,
                reason: .videoMemoryTooSmall(memory, model: video.model.rawValue, least: card.least))
        }
        hvm.vga = card.kind
        videoMemory = memory
    }

    /// What libxl calls a card, and the least memory that it gives it; nil is no card.
    private static func card(
        _ model: VideoModel, isTraditional: Bool
    ) -> (kind: LibxlVGAInterfaceType, least: Kibibytes)? {
        switch model {
        case .vga, .xen: (.std, Kibibytes(isTraditional ? 8192 : 16384))
        case .cirrus: (.cirrus, Kibibytes(isTraditional ? 4096 : 8192))
        case .qxl: (.qxl, Kibibytes(131_072))
        case .none: nil
        }
    }
}

extension Graphics {
    fileprivate func untranslatable(_ part: String, _ reason: Untranslatable.Reason) -> Untranslatable {
        Untranslatable(path: "/domain/devices/graphics/\(part)", device: kind.rawValue, reason: reason)
    }

    /// Refuses a display that is to be reached through a socket that the document names: Xen would open a port instead.
    fileprivate func refuseSocket() throws(Untranslatable) {
        guard let first = listens.first, first.type == "socket", first.socket != nil else { return }
        throw untranslatable("listen/@socket", .unsupported(.listenType, first.type))
    }

    /// What of it has no effect.
    var translationNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ part: String, _ reason: TranslationNotice.Reason) {
            notices.append(
                TranslationNotice(path: "/domain/devices/graphics/\(part)", device: kind.rawValue, reason: reason))
        }
        if listens.count > 1 { note("listen", .onlyTheFirst) }
        if kind != .sdl, let first = listens.first, first.type != "address", first.socket == nil {
            note("listen/@type", .always("it listens at \(listenAddress)"))
        }
        if opengl == true, kind != .sdl { note("gl/@enable", .onlyWith("type='sdl'")) }
        return notices
    }
}

extension LibxlVNCInfo {
    /// The port of the host that it listens at; nil if it is not known.
    package var port: UInt16? {
        var number = display
        if let listen, let colon = listen.lastIndex(of: ":"), let own = Int32(listen[listen.index(after: colon)...]) {
            number = own
        }
        return UInt16(exactly: Int(number) + 5900)
    }
}
