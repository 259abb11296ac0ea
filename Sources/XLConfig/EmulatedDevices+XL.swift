import XenModel
import XenUnits

// soundhw.
extension Sound: XLDevice {
    /// QEMU's words, and what a document calls the same card.
    private static let models: [(String, SoundModel)] = [
        ("hda", .ich6), ("ac97", .ac97), ("es1370", .es1370), ("sb16", .sb16),
    ]

    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Sound] {
        guard let item = reader.item("soundhw", for: [.hvm]) else { return [] }
        var sounds: [Sound] = []
        for word in try item.plain()?.parts(at: ",") ?? [] {
            if let model = models.first(where: { $0.0 == word })?.1, sounds.isEmpty {
                sounds.append(Sound(model: model))
            } else {
                item.note(.unsupportedPart(word))
            }
        }
        return sounds
    }

    static func write(_ sounds: [(path: String, device: Sound)], to writer: XLWriter) {
        for (path, _) in sounds.dropFirst() { writer.omit(path) }
        guard let (path, sound) = sounds.first else { return }
        let word = models.first { $0.1 == sound.model }?.0
        writer.set("soundhw", word.map { .string($0) }, path: path, for: [.hvm])
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.sounds.append((path, self))
    }
}

// vga, stdvga, videoram, nographic.
extension Video: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Video] {
        let hasDisplay = devices.contains { $0.deviceClass == .graphics }
        return try read(reader, hasDisplay: hasDisplay).map { [$0] } ?? []
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.videos.append((path, self))
    }

    private static let models: [(String, VideoModel)] = [
        ("stdvga", .vga), ("cirrus", .cirrus), ("qxl", .qxl), ("none", .none),
    ]

    /// The card; nil is libxl's default, as a document with a display says it by naming none.
    private static func read(_ reader: XLReader, hasDisplay: Bool) throws(XLConfigError) -> Video? {
        let card = try readCard(reader, hasDisplay: hasDisplay)
        // A guest without a card and without displays has nothing graphic in any case.
        let isBare = card?.model == VideoModel.none && !hasDisplay
        if let item = reader.item("nographic", for: [.hvm]), try item.flag(), !isBare { item.note(.unsupported) }
        return card
    }

    private static func readCard(_ reader: XLReader, hasDisplay: Bool) throws(XLConfigError) -> Video? {
        let standard = reader.item("stdvga", for: [.hvm])
        let isStandard = try standard?.flag()
        let memory = try reader.mebibytes("videoram", for: [.hvm])
        let model: VideoModel
        if let item = reader.item("vga", for: [.hvm]) {
            model = try item.word(models)
            standard?.note(.ineffective(because: "vga"))
        } else if let isStandard {
            model = isStandard ? .vga : .cirrus
        } else {
            guard memory != nil || (reader.guestType == .hvm && !hasDisplay) else { return nil }
            // libxl's default.
            model = .cirrus
        }
        var video = Video(model: model)
        video.vram = memory
        // As a document has it, the only one is the first.
        video.isPrimary = true
        return video
    }

    static func write(_ videos: [(path: String, device: Video)], hasDisplay: Bool, to writer: XLWriter) {
        for (path, _) in videos.dropFirst() { writer.omit(path) }
        if writer.guestType == .hvm, !hasDisplay, videos.first.map({ $0.device.model == .none }) ?? true {
            // Left to xl, there would be a card.
            writer.set("vga", .string("none"), path: "")
            writer.set("nographic", .flag(true), path: "")
        }
        guard let (path, video) = videos.first else { return }
        guard writer.guestType == .hvm else {
            // The framebuffer that a paravirtual guest has with its display.
            writer.omit(path, if: video.model != .xen)
            return
        }
        // Xen's own is libxl's standard one to a guest that has an emulated machine.
        let model = video.model == .xen ? .vga : video.model
        let word = models.first { $0.1 == model }?.0
        writer.omit("\(path)/model/@type", if: word == nil)
        if hasDisplay || model != .none { writer.set("vga", word.map { .string($0) }, path: path) }
        writer.set("videoram", writer.mebibytes(video.vram, path: "\(path)/model/@vram"), path: path)
    }
}

// usbctrl, max_grant_frames, max_event_channels.
extension Controller: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Controller] {
        var controllers: [Controller] = []
        for (index, item) in try reader.list("usbctrl").enumerated() {
            controllers.append(try readUSB(item, index: UInt32(index)))
        }
        var bus = Controller(type: .xenbus, index: 0)
        let frames = reader.item("max_grant_frames")
        bus.maxGrantFrames = try frames?.number(in: 0...UInt32(Int32.max))
        if bus.maxGrantFrames == 0 {
            // A document that says none leaves the number to Xen.
            frames?.note(.unsupportedPart("0"))
            bus.maxGrantFrames = nil
        }
        bus.maxEventChannels = try reader.item("max_event_channels")?.number(in: 0...UInt32(Int32.max))
        if bus.maxGrantFrames != nil || bus.maxEventChannels != nil { controllers.insert(bus, at: 0) }
        return controllers
    }

    private static func readUSB(_ item: XLItem, index: UInt32) throws(XLConfigError) -> Controller {
        var controller = Controller(type: .usb, index: index)
        controller.usbType = .auto
        for option in try item.options() {
            let value = try item.value(of: option)
            switch option.key {
            case "type": controller.usbType = try item.word(value, USBControllerType.allCases.map { ($0.rawValue, $0) })
            case "version": controller.usbVersion = try item.number(value, in: 1...3)
            case "ports": controller.ports = try item.number(value, in: 1...31)
            case "backend": controller.backendDomain = value
            default: throw item.unknown(option)
            }
        }
        let version = controller.usbVersion ?? 2
        if controller.usbType == .qusb, version < 3 {
            controller.model = "qusb\(version)"
            controller.usbType = nil
            controller.usbVersion = nil
        }
        return controller
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) {
        switch type {
        case .xenbus:
            for (member, number) in [
                (\XLDeviceLists.maxGrantFrames, maxGrantFrames), (\.maxEventChannels, maxEventChannels),
            ] {
                guard let number else { continue }
                if lists[keyPath: member] == nil, number <= Int32.max {
                    lists[keyPath: member] = number
                } else {
                    writer.omit(path)
                }
            }
        case .usb:
            guard index == lists.usbControllers.count else {
                // xl numbers them as they stand.
                writer.omit(path, .deviceLeftOut("the index \(index) at this place"))
                return
            }
            // What libxl is given at a start.
            let version = usbVersion ?? (model == "qusb1" ? 1 : 2)
            var parts = ["type=\((usbType ?? .qusb).rawValue)"]
            if usbType != .auto || usbVersion != nil { parts.append("version=\(version)") }
            writer.omit("\(path)/@model", if: ![nil, "default", "qusb1", "qusb2"].contains(model))
            if let ports, (1...31).contains(ports) {
                parts.append("ports=\(ports)")
            } else {
                writer.omit("\(path)/@ports", if: ports != nil)
            }
            writer.omit("\(path)/xenkeeper:backenddomain", if: backendDomain != nil)
            lists.usbControllers.append(parts.joined(separator: ","))
        case .ide, .fdc, .scsi, .sata, .pci, .ccid, .virtioSerial, .isa: break
        }
    }
}

// usbdevice.
extension Input: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Input] {
        let usb = try USBDevices.read(reader)
        definition.xen.deviceModel.usbDevices = usb.words
        return usb.inputs
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) {
        guard isUSB else { return }
        lists.usbDevices.append(type.rawValue)
    }
}

// p9.
extension Filesystem: XLDevice {
    private static let models: [(String, FilesystemAccessMode?)] = [
        ("none", nil), ("passthrough", .passthrough), ("mapped", .mapped),
    ]

    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Filesystem] {
        var filesystems: [Filesystem] = []
        var tags: [String: String] = [:]
        for item in try reader.list("p9") {
            var values: [String: String] = [:]
            for option in try item.options() {
                guard ["tag", "path", "security_model", "backend"].contains(option.key) else {
                    throw item.unknown(option)
                }
                values[option.key] = try item.value(of: option)
            }
            guard let path = values["path"] else { throw item.error(.missingPart("path=…")) }
            guard let tag = values["tag"] else { throw item.error(.missingPart("tag=…")) }
            guard let model = values["security_model"] else { throw item.error(.missingPart("security_model=…")) }
            var filesystem = Filesystem(source: path, target: tag)
            // The one that Xen's backend has, and that every document is read as.
            if try item.word(model, models) != nil { item.note(.unsupportedPart("security_model=\(model)")) }
            try item.take(tag, in: &tags)
            filesystem.backendDomain = values["backend"]
            filesystems.append(filesystem)
        }
        return filesystems
    }

    private func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String {
        writer.omit("\(path)/readonly", if: isReadOnly)
        // libxl's word for owners and modes that go through as they are.
        let model = accessMode == .mapped ? "mapped" : "none"
        var parts = [
            "tag=" + (try writer.part(target, key: "p9", path: "\(path)/target/@dir")),
            "path=" + (try writer.part(source, key: "p9", path: "\(path)/source/@dir")),
            "security_model=\(model)",
        ]
        if let backendDomain {
            let place = "\(path)/xenkeeper:backenddomain"
            parts.append("backend=" + (try writer.part(backendDomain, key: "p9", path: place)))
        }
        return parts.joined(separator: ",")
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.p9s.append(try text(path, writer))
    }
}

extension MemoryBalloon: XLDevice {
    /// None: xl has no key for the one that is always there.
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [MemoryBalloon] { [] }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        writer.omit(path, if: model != .xen)
    }
}
