import LibxlTestKit
import XenModel
import XenUnits

extension DefinitionGenerator {
    /// Devices of every class, none of which takes another's place, as reading gives them.
    mutating func devices() -> [Device] {
        var devices: [Device] = []
        for number in 0..<count() { devices.append(.disk(disk(number))) }
        for number in 0..<count() { devices.append(.controller(controller(UInt32(number)))) }
        for number in 0..<count() { devices.append(.filesystem(filesystem(number))) }
        for number in 0..<count() { devices.append(.interface(interface(number))) }
        for number in 0..<count() {
            devices.append(.character(character(.serial(port: UInt32(number)))))
            devices.append(.character(character(.parallel(port: UInt32(number)))))
            let target = ConsoleTarget(type: pick(ConsoleTargetType.allCases), port: UInt32(number))
            devices.append(.character(character(.console(target))))
            devices.append(.character(character(.channel(name: chance() ? nil : plain() + "\(number)"))))
        }
        for _ in 0..<count() {
            var input = Input(type: pick(InputType.allCases), bus: maybe { $0.pick(InputBus.allCases) })
            input.alias = alias(.input)
            input.address = maybe { $0.address() }
            devices.append(.input(input))
            var sound = Sound(model: pick(SoundModel.allCases), alias: alias(.sound))
            sound.address = maybe { $0.address() }
            devices.append(.sound(sound))
            devices.append(.graphics(graphics()))
        }
        for number in 0..<count() { devices.append(.video(video(isFirst: number == 0))) }
        for number in 0..<count() {
            var device = HostDevice(
                source: chance() ? .pci(pciDevice(number)) : .usb(usbDevice(number)), isManaged: chance(),
                alias: alias(.hostdev))
            device.address = maybe { $0.address() }
            devices.append(.hostdev(device))
        }
        var balloon = MemoryBalloon(model: pick(MemoryBalloonModel.allCases), alias: alias(.memballoon))
        balloon.address = maybe { $0.address() }
        devices.append(.memballoon(balloon))
        for _ in 0..<count() {
            let uuid = maybe { DomainUUID(high: $0.random.next(), low: $0.random.next()) }
            devices.append(.vtpm(VirtualTPM(backendDomain: plain(), uuid: uuid, alias: alias(.vtpm))))
            devices.append(.vdispl(display()))
            devices.append(.vsnd(virtualSound()))
            devices.append(.dtdev(DeviceTreeDevice(path: plain(), alias: alias(.dtdev))))
        }
        return DeviceClass.allCases.flatMap { deviceClass in devices.filter { $0.deviceClass == deviceClass } }
    }

    private mutating func count() -> Int { .random(in: 0...3, using: &random) }

    private mutating func number(_ range: ClosedRange<UInt32>) -> UInt32 { .random(in: range, using: &random) }

    private mutating func disk(_ number: Int) -> Disk {
        let device = pick(DiskDevice.allCases)
        var source = DiskSource(kind: pick([.file, .block]), path: plain())
        if chance() { source = DiskSource(network: networkSource()) }
        if device != .disk, chance() { source = DiskSource(kind: source.kind, path: nil) }
        // Different letters are different numbers; the others are no vdev at all.
        let target = pick(["xvd", "sd", "vd", isOrdinary ? "hd" : plain() + "/"]) + String(Array("abcde")[number])
        var disk = Disk(device: device, source: source, target: target)
        disk.driverName = maybe { $0.word("qemu", "phy") }
        disk.driverType = maybe { $0.word("raw", "qcow2") }
        disk.discard = maybe { $0.pick(DiskDiscard.allCases) }
        disk.bus = maybe { $0.word("ide", "scsi", "xen") }
        disk.isReadOnly = device == .cdrom || chance()
        disk.isShareable = chance()
        disk.isTransient = chance()
        disk.backendDomain = maybe { $0.plain() }
        disk.script = maybe { $0.plain() }
        disk.directIOSafe = maybe { $0.chance() }
        disk.removable = maybe { $0.chance() }
        disk.bootOrder = maybe { $0.number(1...9) }
        disk.alias = alias(.disk)
        disk.address = maybe { $0.address() }
        return disk
    }

    private mutating func networkSource() -> NetworkDiskSource {
        var source = NetworkDiskSource(networkProtocol: pick(["rbd", "nbd", "iscsi"]), name: maybe { $0.plain() })
        for _ in 0..<count() {
            let port = maybe { UInt16($0.number(1...65_535)) }
            source.hosts.append(NetworkDiskHost(name: word("192.0.2.7", "storage"), port: port))
        }
        source.user = maybe { $0.plain() }
        if source.user != nil {
            source.secret = maybe {
                $0.chance() ? .usage($0.plain()) : .uuid(DomainUUID(high: $0.random.next(), low: $0.random.next()))
            }
        }
        source.configurationFile = maybe { $0.plain() }
        source.snapshot = maybe { $0.plain() }
        source.authenticatesAsConfigured = chance()
        return source
    }

    private mutating func controller(_ index: UInt32) -> Controller {
        var controller = Controller(type: pick(ControllerType.allCases), index: index, alias: alias(.controller))
        controller.model = maybe { $0.word("qusb1", "qusb2") }
        if controller.type == .usb {
            controller.ports = maybe { $0.number(1...31) }
            controller.usbType = maybe { $0.pick(USBControllerType.allCases) }
            controller.usbVersion = maybe { $0.number(1...3) }
        }
        if controller.type == .xenbus {
            controller.maxGrantFrames = maybe { $0.number(0...UInt32.max) }
            controller.maxEventChannels = maybe { $0.number(0...UInt32.max) }
        }
        controller.backendDomain = maybe { $0.plain() }
        controller.address = maybe { $0.address() }
        return controller
    }

    private mutating func filesystem(_ number: Int) -> Filesystem {
        var filesystem = Filesystem(source: plain(), target: plain() + "\(number)", alias: alias(.filesystem))
        filesystem.accessMode = maybe { $0.pick(FilesystemAccessMode.allCases) }
        filesystem.isReadOnly = chance()
        filesystem.backendDomain = maybe { $0.plain() }
        filesystem.address = maybe { $0.address() }
        return filesystem
    }

    private mutating func interface(_ number: Int) -> Interface {
        let sources: [InterfaceSource] = [
            .bridge(plain()), .ethernet, .network(plain()), .hostdev(pciDevice(number + 16)),
        ]
        var interface = Interface(source: pick(sources), mac: MACAddress.random(using: &random))
        if interface.source.kind == .hostdev { interface.isManaged = chance() }
        interface.target = maybe { $0.isLive && $0.chance() ? "vif7.\($0.random.next() % 9)" : "t" + $0.plain() }
        interface.model = maybe { $0.word("netfront", "e1000") }
        interface.script = maybe { $0.plain() }
        let addresses = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"]
        interface.ipAddresses = (0..<count()).map { _ in pick(addresses) }
        interface.backendDomain = maybe { $0.plain() }
        interface.outboundAverage = maybe { KibibytesPerSecond(rawValue: UInt64($0.number(1...UInt32.max))) }
        interface.mtu = maybe { $0.number(68...65_535) }
        interface.link = maybe { $0.pick(LinkState.allCases) }
        interface.virtualPort = maybe { _ in .openvswitch }
        interface.vlan = maybe {
            var tags: [UInt16] = []
            for _ in 0...$0.count() { tags.append(UInt16($0.number(0...4095))) }
            return VLAN(isTrunk: tags.count > 1 || $0.chance(), tags: tags)
        }
        interface.gatewayDevice = maybe { $0.plain() }
        interface.trustsBackend = maybe { $0.chance() }
        interface.bootOrder = maybe { $0.number(1...9) }
        interface.alias = alias(.interface)
        interface.address = maybe { $0.address() }
        return interface
    }

    private mutating func character(_ kind: CharacterDeviceKind) -> CharacterDevice {
        var device = CharacterDevice(kind: kind, backend: backend(), alias: alias(kind.deviceClass))
        device.address = maybe { $0.address() }
        return device
    }

    private mutating func backend() -> CharacterBackend {
        switch pick(CharacterBackendKind.allCases) {
        case .null: return .null
        case .stdio: return .stdio
        case .vc: return .vc
        // What the host calls it while the guest runs.
        case .pty: return .pty(path: isLive && chance() ? plain() : nil)
        case .file: return .file(path: plain(), append: maybe { $0.chance() })
        case .pipe: return .pipe(path: plain())
        case .dev: return .device(path: plain())
        case .udp:
            var endpoints = UDPEndpoints(connectService: plain())
            endpoints.connectHost = maybe { $0.plain() }
            endpoints.bindHost = maybe { $0.plain() }
            endpoints.bindService = maybe { $0.plain() }
            return .udp(endpoints)
        case .tcp: return .tcp(TCPEndpoint(host: plain(), service: plain(), isListening: chance(), isTelnet: chance()))
        case .unix:
            let path = maybe { $0.plain() }
            return .unix(UnixEndpoint(path: path, isListening: path == nil && chance() ? nil : chance()))
        }
    }

    private mutating func graphics() -> Graphics {
        var graphics = Graphics(kind: pick(GraphicsKind.allCases), alias: alias(.graphics))
        if graphics.kind != .vnc { graphics.opengl = maybe { $0.chance() } }
        guard graphics.kind != .sdl else {
            graphics.display = maybe { $0.plain() }
            graphics.xauth = maybe { $0.plain() }
            return graphics
        }
        graphics.autoport = chance()
        if isLive || !graphics.autoport {
            graphics.port = UInt16(number(1...65_535))
            if graphics.kind == .spice { graphics.spice.tlsPort = maybe { UInt16($0.number(1...65_535)) } }
        }
        if graphics.kind == .vnc, graphics.autoport { graphics.firstPort = maybe { UInt16($0.number(5900...65_535)) } }
        graphics.listens = [listen()]
        for _ in 0..<count() { graphics.listens.append(listen()) }
        if graphics.kind == .vnc, graphics.listens.first?.socket != nil {
            (graphics.autoport, graphics.port, graphics.firstPort) = (false, nil, nil)
        }
        graphics.password = maybe { $0.plain() }
        graphics.keymap = maybe { $0.word("de", "en-us") }
        guard graphics.kind == .spice else { return graphics }
        graphics.spice.agentMouse = maybe { $0.chance() }
        graphics.spice.copyPaste = maybe { $0.chance() }
        graphics.spice.imageCompression = maybe { $0.pick(["auto_glz", "quic", "off"]) }
        graphics.spice.streaming = maybe { $0.pick(["filter", "all", "off"]) }
        graphics.spice.usbRedirection = maybe { $0.number(0...8) }
        return graphics
    }

    private mutating func listen() -> GraphicsListen {
        switch number(0...3) as UInt32 {
        case 0: GraphicsListen(address: maybe { $0.word("0.0.0.0", "::1") })
        case 1: GraphicsListen(type: "network", network: plain())
        case 2: GraphicsListen(type: "socket", socket: maybe { $0.plain() })
        default: GraphicsListen(type: "none")
        }
    }

    /// The first card is the primary one, as reading has it.
    private mutating func video(isFirst: Bool) -> Video {
        var video = Video(model: pick(VideoModel.allCases), alias: alias(.video))
        video.vram = maybe { Kibibytes(UInt64($0.number(0...UInt32.max))) }
        video.heads = maybe { $0.number(1...16) }
        video.isPrimary = isFirst ? true : maybe { _ in false }
        video.address = maybe { $0.address() }
        return video
    }

    private mutating func pciDevice(_ slot: Int) -> HostPCIDevice {
        let place = "\(chance() ? "abcd:" : "")\(chance() ? "0f" : "f0"):\(String(slot, radix: 16)).7"
        guard let address = PCIAddress(place) else { fatalError("'\(place)' is a place") }
        var device = HostPCIDevice(address: address)
        device.permissive = maybe { $0.chance() }
        device.msiTranslate = maybe { $0.chance() }
        device.powerManagement = maybe { $0.chance() }
        device.seize = maybe { $0.chance() }
        device.rdmPolicy = maybe { $0.pick(ReservedMemoryPolicy.allCases) }
        return device
    }

    private mutating func usbDevice(_ number: Int) -> HostUSBDevice {
        let vendorProduct = HostUSBDevice.VendorProduct(
            vendor: UInt16(number), product: UInt16(truncatingIfNeeded: random.next()))
        let place = HostUSBDevice.Place(bus: UInt8(number + 1), device: UInt8(self.number(1...255)))
        return chance()
            ? HostUSBDevice(place: place, vendorProduct: maybe { _ in vendorProduct })
            : HostUSBDevice(place: nil, vendorProduct: vendorProduct)
    }

    private mutating func display() -> VirtualDisplay {
        var display = VirtualDisplay(
            connectors: (0...count()).map { _ in
                VirtualDisplay.Connector(id: plain(), width: number(1...9999), height: number(1...9999))
            }, backendDomain: maybe { $0.plain() }, alias: alias(.vdispl))
        display.backendAllocates = chance()
        return display
    }

    private mutating func virtualSound() -> VirtualSound {
        var sound = VirtualSound(
            backendDomain: maybe { $0.plain() }, shortName: maybe { $0.plain() }, alias: alias(.vsnd))
        sound.longName = maybe { $0.plain() }
        sound.parameters = parameters()
        for _ in 0..<count() {
            var pcm = VirtualSound.PCM(name: maybe { $0.plain() })
            pcm.parameters = parameters()
            for _ in 0..<count() {
                var stream = VirtualSound.Stream(id: maybe { $0.plain() }, direction: pick(SoundDirection.allCases))
                stream.parameters = parameters()
                pcm.streams.append(stream)
            }
            sound.pcms.append(pcm)
        }
        return sound
    }

    private mutating func parameters() -> SoundParameters {
        var parameters = SoundParameters()
        parameters.sampleRates = (0..<count()).map { _ in number(1...192_000) }
        parameters.sampleFormats = (0..<count()).map { _ in pick(["s8", "s16_le", "float_be"]) }
        parameters.channelsMin = maybe { $0.number(1...8) }
        parameters.channelsMax = maybe { $0.number(1...8) }
        parameters.bufferSize = maybe { $0.number(1...UInt32.max) }
        return parameters
    }
}
