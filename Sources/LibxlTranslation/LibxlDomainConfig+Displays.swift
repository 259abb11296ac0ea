import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainConfig {
    /// Gives every display a paravirtual framebuffer and keyboard, and an hvm guest's card and first displays to QEMU.
    mutating func setDisplays(_ definition: DomainDefinition, _ context: TranslationContext) throws(Untranslatable) {
        let guestType = definition.operatingSystem.guestType
        var ports = DisplayPorts(definition, context)
        var spice: LibxlSpiceInfo?
        var primary: LibxlDeviceVFB?
        for graphics in definition.graphics {
            let devid = DeviceID(vfbs.count)
            let vfb = try LibxlDeviceVFB(graphics, devid: devid, &ports)
            if graphics.kind == .spice {
                try guestType.require([.hvm], at: "/domain/devices/graphics/@type", device: graphics.kind.rawValue)
                let info = try LibxlSpiceInfo(graphics, &ports)
                spice = spice ?? info
            } else {
                primary = primary ?? vfb
            }
            vfbs.append(vfb)
            vkbs.append(LibxlDeviceVKB(devid: devid))
        }
        guard guestType == .hvm else { return }
        let off = LibxlDeviceVFB.withoutServer(devid: DeviceID(0))
        buildInfo.hvm.vnc = primary?.vnc ?? off.vnc
        buildInfo.hvm.sdl = primary?.sdl ?? off.sdl
        buildInfo.hvm.keymap = definition.graphics.first { $0.kind == .spice }?.keymap ?? primary?.keymap
        if let spice { buildInfo.hvm.spice = spice }
        try buildInfo.setVideo(definition)
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
        guard let port = range.first(where: { !taken.contains($0) }) else {
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

    /// What libxl is told of a display. Source: `/domain/devices/graphics`.
    init(_ graphics: Graphics, devid: DeviceID, _ ports: inout DisplayPorts) throws(Untranslatable) {
        self = .withoutServer(devid: devid)
        for listen in graphics.listens.prefix(1) where listen.type != "address" {
            throw graphics.untranslatable("listen/@type", .unsupported(.listenType, listen.type))
        }
        switch graphics.kind {
        case .vnc:
            let port = if let port = graphics.port { port } else { try ports.next(for: graphics) }
            vnc.enable = true
            vnc.findUnused = false
            vnc.display =
                Int32(
                    try checked(
                        port, in: Self.firstVNCPort...UInt16.max, at: "/domain/devices/graphics/@port",
                        device: graphics.kind.rawValue)) - Int32(Self.firstVNCPort)
            vnc.listen = graphics.listens.first?.address
            vnc.password = graphics.password
            keymap = graphics.keymap
        case .sdl:
            sdl.enable = true
            sdl.opengl = graphics.opengl
            sdl.display = graphics.display
            sdl.xauthority = graphics.xauth
            keymap = graphics.keymap
        case .spice: break
        }
    }

    /// The port of VNC's display 0.
    private static let firstVNCPort: UInt16 = 5900
}

extension LibxlSpiceInfo {
    /// What libxl is told of a spice display. Source: `/domain/devices/graphics[@type='spice']`.
    init(_ graphics: Graphics, _ ports: inout DisplayPorts) throws(Untranslatable) {
        self.init()
        enable = true
        if let port = graphics.port {
            self.port = Int32(port)
        } else if graphics.spice.tlsPort == nil || graphics.autoport {
            port = Int32(try ports.next(for: graphics))
        }
        tlsPort = graphics.spice.tlsPort.map(Int32.init) ?? 0
        host = graphics.listens.first?.address
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

    /// What of it has no effect.
    var translationNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ part: String, _ reason: TranslationNotice.Reason) {
            notices.append(
                TranslationNotice(path: "/domain/devices/graphics/\(part)", device: kind.rawValue, reason: reason))
        }
        if listens.count > 1 { note("listen", .onlyTheFirst) }
        if opengl == true, kind != .sdl { note("gl/@enable", .onlyWith("type='sdl'")) }
        return notices
    }
}
