import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("Everything of the devices")
struct EverythingDevicesTests {
    @Test("is read into the model")
    func read() throws {
        let parsed = try DomainDefinition.parse(fixture("everything-devices"), options: inactive)
        #expect(parsed.notices == [])
        #expect(parsed.value.emulator == "/usr/lib/xen/bin/qemu")
        let expected = try Self.expected()
        #expect(parsed.value.devices.map(\.deviceClass) == expected.map(\.deviceClass))
        for (device, expected) in zip(parsed.value.devices, expected) { #expect(device == expected) }
    }

    @Test("is printed in virsh's order, class by class")
    func printed() throws {
        let parsed = try DomainDefinition.parse(fixture("everything-devices"), options: inactive)
        let expected = try String(decoding: fixture("everything-devices.printed"), as: UTF8.self)
        #expect(parsed.value.xml() == expected)
        #expect(try parseDomain(expected).value == parsed.value)
    }

    private static func expected() throws -> [Device] {
        try blockDevices() + interfaces() + characterDevices + emulatedDevices + hostDevices() + paravirtualDevices
    }

    private static func blockDevices() throws -> [Device] {
        var disk = Disk(source: DiskSource(kind: .block, path: "/dev/vg/loft"), target: "xvda", alias: alias("disk"))
        (disk.driverName, disk.driverType, disk.discard) = ("phy", "raw", .unmap)
        disk.bus = "xen"
        (disk.isShareable, disk.isTransient) = (true, true)
        (disk.backendDomain, disk.script) = ("storage", "block-loft")
        (disk.directIOSafe, disk.removable) = (true, false)
        disk.bootOrder = 1
        disk.address = GuestAddress(
            type: "drive", fields: ["controller": "0", "bus": "1", "target": "2", "unit": "3"])
        var rbd = NetworkDiskSource(networkProtocol: "rbd", name: "pool/image")
        rbd.hosts = [NetworkDiskHost(name: "mon1", port: 6789), NetworkDiskHost(name: "mon2")]
        rbd.user = "admin"
        rbd.secret = .uuid(try #require(DomainUUID("3c1f8e6a-2b5d-4d69-8a64-2c9a7e1b5f02")))
        rbd.configurationFile = "/etc/ceph/loft.conf"
        rbd.snapshot = "monday"
        rbd.authenticatesAsConfigured = true
        var image = Disk(source: DiskSource(network: rbd), target: "xvdb")
        image.isReadOnly = true
        var iscsi = NetworkDiskSource(networkProtocol: "iscsi", name: "iqn.2026-11.example:loft/1")
        iscsi.hosts = [NetworkDiskHost(name: "192.0.2.9", port: 3260)]
        iscsi.user = "rider"
        iscsi.secret = .usage("loft")
        var floppy = Disk(device: .floppy, source: DiskSource(kind: .file, path: nil), target: "fda")
        floppy.bus = "fdc"

        var usb = Controller(type: .usb, index: 1, alias: alias("usb"))
        (usb.model, usb.ports, usb.backendDomain) = ("qusb2", 4, "ports")
        (usb.usbType, usb.usbVersion) = (.deviceModel, 1)
        usb.address = GuestAddress(
            type: "pci",
            fields: ["domain": "0x0000", "bus": "0x00", "slot": "0x05", "function": "0x1", "multifunction": "on"])
        var xenbus = Controller(type: .xenbus, index: 0)
        (xenbus.maxGrantFrames, xenbus.maxEventChannels) = (64, 2047)
        var files = Filesystem(source: "/srv/loft", target: "shared", alias: alias("fs"))
        (files.accessMode, files.isReadOnly, files.backendDomain) = (.mapped, true, "files")
        files.address = slot("0x06")
        return [
            .disk(disk), .disk(image), .disk(Disk(source: DiskSource(network: iscsi), target: "xvdc")), .disk(floppy),
            .controller(usb), .controller(xenbus), .filesystem(files),
        ]
    }

    private static func interfaces() throws -> [Device] {
        var bridged = Interface(source: .bridge("br0"), mac: mac(1), alias: alias("net"))
        bridged.vlan = VLAN(isTrunk: true, tags: [42, 43])
        bridged.virtualPort = .openvswitch
        bridged.outboundAverage = KibibytesPerSecond(rawValue: 2048)
        bridged.ipAddresses = ["192.0.2.1", "2001:db8::1"]
        (bridged.script, bridged.backendDomain) = ("vif-openvswitch", "netvm")
        (bridged.target, bridged.model) = ("loft0", "netfront")
        (bridged.link, bridged.mtu, bridged.gatewayDevice) = (.up, 1400, "eth1")
        bridged.trustsBackend = false
        bridged.bootOrder = 2
        bridged.address = slot("0x07")
        var assigned = Interface(
            source: .hostdev(HostPCIDevice(address: try #require(PCIAddress("0000:03:10.2")))), mac: mac(4))
        assigned.isManaged = true
        return [
            .interface(bridged), .interface(Interface(source: .ethernet, mac: mac(2))),
            .interface(Interface(source: .network("default"), mac: mac(3))), .interface(assigned),
        ]
    }

    private static var characterDevices: [Device] {
        var log = CharacterDevice(
            kind: .serial(port: 1), backend: .file(path: "/var/log/loft", append: true), alias: alias("serial"))
        log.address = GuestAddress(type: "isa", fields: [:])
        var datagrams = UDPEndpoints(connectService: "514")
        (datagrams.connectHost, datagrams.bindHost, datagrams.bindService) = ("192.0.2.5", "192.0.2.6", "515")
        let telnet = TCPEndpoint(host: "127.0.0.1", service: "2445", isListening: true, isTelnet: true)
        let agent = UnixEndpoint(path: "/run/agent", isListening: true)
        let devices = [
            log, CharacterDevice(kind: .serial(port: 2), backend: .udp(datagrams)),
            CharacterDevice(kind: .serial(port: 3), backend: .stdio),
            CharacterDevice(kind: .serial(port: 4), backend: .vc),
            CharacterDevice(kind: .parallel(port: 0), backend: .device(path: "/dev/parport0")),
            CharacterDevice(kind: .parallel(port: 1), backend: .tcp(telnet)),
            CharacterDevice(kind: .parallel(port: 2), backend: .pipe(path: "/run/loft")),
            CharacterDevice(
                kind: .console(ConsoleTarget(type: .xen, port: 0)), backend: .pty(path: nil), alias: alias("console")),
            CharacterDevice(kind: .console(ConsoleTarget(type: .serial, port: 1)), backend: .null),
            CharacterDevice(kind: .channel(name: "org.example.agent"), backend: .unix(agent), alias: alias("channel")),
        ]
        return devices.map(Device.character)
    }

    private static var emulatedDevices: [Device] {
        var tablet = Input(type: .tablet, bus: .usb, alias: alias("tablet"))
        tablet.address = GuestAddress(type: "usb", fields: ["bus": "0", "port": "1"])
        var spice = Graphics(kind: .spice, alias: alias("spice"))
        (spice.port, spice.spice.tlsPort, spice.autoport) = (5901, 5902, false)
        spice.listens = [GraphicsListen(address: "127.0.0.1")]
        (spice.keymap, spice.password, spice.opengl) = ("de", "secret", true)
        (spice.spice.imageCompression, spice.spice.streaming) = ("auto_glz", "filter")
        (spice.spice.agentMouse, spice.spice.copyPaste, spice.spice.usbRedirection) = (true, false, 4)
        var vnc = Graphics(kind: .vnc)
        vnc.autoport = true
        vnc.listens = [
            GraphicsListen(type: "none"), GraphicsListen(type: "network", network: "yard"),
            GraphicsListen(type: "socket", socket: "/run/loft.vnc"),
        ]
        vnc.firstPort = 5910
        var sdl = Graphics(kind: .sdl)
        (sdl.display, sdl.xauth, sdl.opengl) = (":0", "/etc/X11/loft.xauth", false)
        var sound = Sound(model: .ich6, alias: alias("sound"))
        sound.address = slot("0x08")
        var card = Video(model: .qxl, alias: alias("video"))
        (card.vram, card.heads, card.isPrimary) = (Kibibytes(65536), 1, true)
        card.address = slot("0x02")
        return [
            .input(tablet), .graphics(spice), .graphics(vnc), .graphics(sdl), .sound(sound), .video(card),
        ]
    }

    private static func hostDevices() throws -> [Device] {
        var card = HostPCIDevice(address: try #require(PCIAddress("0001:02:1f.7")))
        (card.permissive, card.msiTranslate, card.powerManagement) = (true, true, false)
        (card.seize, card.rdmPolicy) = (true, .strict)
        var gpu = HostDevice(source: .pci(card), isManaged: true, alias: alias("gpu"))
        gpu.address = slot("0x09")
        let keyboard = HostUSBDevice(
            place: HostUSBDevice.Place(bus: 1, device: 4),
            vendorProduct: HostUSBDevice.VendorProduct(vendor: 0x046d, product: 0xc31c))
        var balloon = MemoryBalloon(model: .xen, alias: alias("balloon"))
        balloon.address = slot("0x0a")
        return [.hostdev(gpu), .hostdev(HostDevice(source: .usb(keyboard))), .memballoon(balloon)]
    }

    private static var paravirtualDevices: [Device] {
        let tpm = VirtualTPM(
            backendDomain: "tpm", uuid: DomainUUID("2f1d1b62-8f37-4c3c-8c4e-0d9d6f6a7c01"), alias: alias("vtpm"))
        var display = VirtualDisplay(
            connectors: [
                VirtualDisplay.Connector(id: "left", width: 1920, height: 1080),
                VirtualDisplay.Connector(id: "right", width: 800, height: 600),
            ], backendDomain: "displays", alias: alias("vdispl"))
        display.backendAllocates = true
        var card = VirtualSound(backendDomain: "sounds", shortName: "card", alias: alias("vsnd"))
        card.longName = "A card"
        card.parameters = parameters([44_100, 48_000], ["s16_le", "s8"], 1...4, buffer: 65536)
        var pcm = VirtualSound.PCM(name: "main")
        pcm.parameters = parameters([48_000], ["u8"], 2...3, buffer: 4096)
        var playback = VirtualSound.Stream(id: "out", direction: .playback)
        playback.parameters = parameters([8000], ["s24_le"], 1...2, buffer: 2048)
        pcm.streams = [playback, VirtualSound.Stream(id: nil, direction: .capture)]
        card.pcms = [pcm]
        let serial = DeviceTreeDevice(path: "/soc/serial@fe201000", alias: alias("dtdev"))
        return [.vtpm(tpm), .vdispl(display), .vsnd(card), .dtdev(serial)]
    }

    private static func alias(_ word: String) -> DeviceAlias? { DeviceAlias("ua-\(word)") }

    private static func mac(_ last: UInt64) -> MACAddress { MACAddress(bits: 0x0016_3e00_0000 | last) }

    private static func slot(_ slot: String) -> GuestAddress {
        GuestAddress(type: "pci", fields: ["domain": "0x0000", "bus": "0x00", "slot": slot, "function": "0x0"])
    }

    private static func parameters(
        _ rates: [UInt32], _ formats: [String], _ channels: ClosedRange<UInt32>, buffer: UInt32
    ) -> SoundParameters {
        var parameters = SoundParameters()
        parameters.sampleRates = rates
        parameters.sampleFormats = formats
        (parameters.channelsMin, parameters.channelsMax) = (channels.lowerBound, channels.upperBound)
        parameters.bufferSize = buffer
        return parameters
    }
}
