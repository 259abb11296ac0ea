import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("Displays, ports and devices as they are passed to libxl")
struct DeviceTranslationTests {
    static let cases: [GuestCase] = [
        GuestCase(
            "a display gets the usual card and the first free port", .hvm,
            #"""
            {"b_info": {"video_memkb": 8192, "type.hvm": {"nographic": null, "vga": {"kind": "cirrus"},
              "vnc": {"enable": "True", "findunused": "False", "display": 2, "listen": "0.0.0.0", "passwd": "s"},
              "keymap": "de"}},
             "vfbs": [{"devid": 0, "keymap": "de", "sdl": {"enable": "False"},
              "vnc": {"enable": "True", "findunused": "False", "display": 2, "listen": "0.0.0.0", "passwd": "s"}}],
             "vkbs": [{"devid": 0}]}
            """#, context: portsTaken
        ) {
            var vnc = Graphics(kind: .vnc)
            vnc.listens = [GraphicsListen(address: "0.0.0.0")]
            vnc.password = "s"
            vnc.keymap = "de"
            $0.devices = [.graphics(vnc)]
        },
        GuestCase(
            "a paravirtual display on a port of the user's, and a window", .pv,
            #"""
            {"vfbs": [{"devid": 0,
                       "vnc": {"enable": "True", "findunused": "False", "display": 1, "listen": "127.0.0.1"},
                       "sdl": {"enable": "True", "opengl": "True", "display": ":0", "xauthority": "/x"}}],
             "vkbs": [{"devid": 0}]}
            """#
        ) {
            var vnc = Graphics(kind: .vnc)
            vnc.port = 5901
            var sdl = Graphics(kind: .sdl)
            sdl.opengl = true
            sdl.display = ":0"
            sdl.xauth = "/x"
            $0.devices = [.graphics(vnc), .graphics(sdl)]
        },
        GuestCase(
            "spice with everything, beside VNC", .hvm,
            #"""
            {"b_info": {"video_memkb": 131072, "type.hvm": {"nographic": null, "vga": {"kind": "qxl"},
              "vnc": {"enable": "True", "findunused": "False", "listen": "127.0.0.1"}, "keymap": "fr",
              "spice": {"enable": "True", "port": 5902, "tls_port": 5901, "host": "::1", "passwd": "s",
               "disable_ticketing": "False", "agent_mouse": "False", "vdagent": "True", "clipboard_sharing": "True",
               "image_compression": "off", "streaming_video": "filter", "usbredirection": 4}}},
             "vfbs": [{"devid": 0, "vnc": {"enable": "True", "findunused": "False", "listen": "127.0.0.1"},
                       "sdl": {"enable": "False"}},
                      {"devid": 1, "vnc": {"enable": "False"}, "sdl": {"enable": "False"}}],
             "vkbs": [{"devid": 0}, {"devid": 1}]}
            """#
        ) {
            var spice = Graphics(kind: .spice)
            spice.port = 5902
            spice.listens = [GraphicsListen(address: "::1")]
            spice.password = "s"
            spice.keymap = "fr"
            spice.spice.tlsPort = 5901
            spice.spice.agentMouse = false
            spice.spice.copyPaste = true
            spice.spice.imageCompression = "off"
            spice.spice.streaming = "filter"
            spice.spice.usbRedirection = 4
            $0.devices = [.graphics(Graphics(kind: .vnc)), .graphics(spice), .video(Video(model: .qxl))]
        },
        GuestCase(
            "spice with nothing said", .hvm,
            #"""
            {"b_info": {"video_memkb": 32768, "type.hvm": {"nographic": null, "vga": {"kind": "std"},
              "spice": {"enable": "True", "port": 5900, "host": "127.0.0.1", "disable_ticketing": "True", "agent_mouse": "True",
               "vdagent": "False", "clipboard_sharing": "False"}}},
             "vfbs": [{"devid": 0, "vnc": {"enable": "False"}, "sdl": {"enable": "False"}}], "vkbs": [{"devid": 0}]}
            """#
        ) {
            var video = Video(model: .vga)
            video.vram = Kibibytes(32768)
            $0.devices = [.graphics(Graphics(kind: .spice)), .video(video)]
        },
        GuestCase(
            "a card that nobody looks at", .hvm,
            #"{"b_info": {"video_memkb": 16384, "type.hvm": {"nographic": null, "vga": {"kind": "std"}}}}"#
        ) { $0.devices = [.video(Video(model: .xen))] },
        GuestCase(
            "an old device model's card needs less", .hvm,
            #"""
            {"b_info": {"video_memkb": 4096, "device_model_version": "qemu_xen_traditional",
             "type.hvm": {"nographic": null, "vga": {"kind": "cirrus"}}}}
            """#
        ) {
            $0.xen.deviceModel.version = .qemuXenTraditional
            $0.devices = [.video(Video(model: .cirrus))]
        },
        GuestCase(
            "sound and USB input", .hvm,
            #"{"b_info": {"type.hvm": {"soundhw": "hda", "usbdevice_list": ["mouse", "tablet", "keyboard"]}}}"#
        ) {
            $0.devices = [
                .input(Input(type: .mouse, bus: .usb)), .input(Input(type: .tablet, bus: .usb)),
                .input(Input(type: .keyboard, bus: .usb)), .input(Input(type: .mouse, bus: .ps2)),
                .sound(Sound(model: .ich6)),
            ]
        },
        GuestCase("one serial port", .hvm, #"{"b_info": {"type.hvm": {"serial": "pty"}}}"#) {
            $0.devices = [.character(CharacterDevice(kind: .serial(port: 0), backend: .pty(path: nil)))]
        },
        GuestCase(
            "every kind of serial port, in their order", .hvm,
            #"""
            {"b_info": {"type.hvm": {"serial_list": ["null", "stdio", "vc", "pty", "file:/f", "pipe:/p", "/dev/ttyS0",
             "udp:a:1@b:2", "udp::1@:0", "tcp:h:23", "telnet:h:23,server,nowait", "unix:/s,server,nowait", "unix:/s"]}}}
            """#
        ) {
            var udp = UDPEndpoints(connectService: "1")
            udp.connectHost = "a"
            udp.bindHost = "b"
            udp.bindService = "2"
            let backends: [CharacterBackend] = [
                .null, .stdio, .vc, .pty(path: nil), .file(path: "/f", append: nil), .pipe(path: "/p"),
                .device(path: "/dev/ttyS0"), .udp(udp), .udp(UDPEndpoints(connectService: "1")),
                .tcp(TCPEndpoint(host: "h", service: "23")),
                .tcp(TCPEndpoint(host: "h", service: "23", isListening: true, isTelnet: true)),
                .unix(UnixEndpoint(path: "/s", isListening: true)), .unix(UnixEndpoint(path: "/s")),
            ]
            $0.devices = zip(UInt32(0)..., backends).reversed().map {
                .character(CharacterDevice(kind: .serial(port: $0), backend: $1))
            }
        },
        GuestCase(
            "channels", .pv,
            #"""
            {"channels": [{"devid": 0, "name": "a", "connection.pty": {}},
                          {"devid": 1, "name": "b", "connection.socket": {"path": "/s"}},
                          {"devid": 2, "name": "c", "connection.socket": {"path": "/channels/inn-c"}}]}
            """#, context: channels
        ) {
            $0.devices = [
                ("a", .pty(path: nil)), ("b", .unix(UnixEndpoint(path: "/s"))), ("c", .unix(UnixEndpoint(path: nil))),
            ]
            .map { (name: String, backend: CharacterBackend) in
                .character(CharacterDevice(kind: .channel(name: name), backend: backend))
            }
        },
        GuestCase(
            "PCI devices, those behind cards first", .hvm,
            #"""
            {"pcidevs": [{"bus": 3, "dev": 1},
                         {"domain": 1, "bus": 2, "dev": 31, "func": 7, "permissive": true, "msitranslate": true,
                          "power_mgmt": true, "seize": true, "rdm_policy": "strict"},
                         {"bus": 4, "seize": true}],
             "nics": [{"devid": 0, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif_ioemu"}]}
            """#
        ) {
            var device = HostPCIDevice(address: address("0001:02:1f.7"))
            device.permissive = true
            device.msiTranslate = true
            device.powerManagement = true
            device.seize = true
            device.rdmPolicy = .strict
            $0.devices = [
                .interface(Samples.nic { $0.source = .hostdev(HostPCIDevice(address: address("03:01.0"))) }),
                .interface(Samples.nic()),
                .hostdev(HostDevice(source: .pci(device))),
                .hostdev(HostDevice(source: .pci(HostPCIDevice(address: address("04:00.0"))), isManaged: true)),
            ]
        },
        GuestCase(
            "USB devices on the document's controller", .hvm,
            #"""
            {"usbctrls": [{"type": "qusb", "devid": 3, "version": 1, "ports": 2, "backend_domname": "usbvm"}],
             "usbdevs": [{"ctrl": 3, "port": 1, "type.hostdev": {"hostbus": 1, "hostaddr": 2}},
                         {"ctrl": 3, "port": 2, "type.hostdev": {"hostbus": 4, "hostaddr": 5}}]}
            """#
        ) {
            var controller = Controller(type: .usb, index: 3)
            controller.model = "qusb1"
            controller.ports = 2
            controller.backendDomain = "usbvm"
            $0.devices = [
                .controller(controller),
                .hostdev(HostDevice(source: .usb(HostUSBDevice(place: .init(bus: 1, device: 2))))),
                .hostdev(
                    HostDevice(
                        source: .usb(HostUSBDevice(place: .init(bus: 4, device: 5), vendorProduct: vendorProduct)))),
            ]
        },
        GuestCase(
            "USB devices bring the controllers that they need", .pv,
            #"""
            {"usbctrls": [{"type": "qusb", "devid": 0, "version": 2, "ports": 1},
                          {"type": "qusb", "devid": 1, "version": 2, "ports": 8}],
             "usbdevs": [{"ctrl": 0, "port": 1, "type.hostdev": {"hostbus": 4, "hostaddr": 5}},
                         {"ctrl": 1, "port": 1, "type.hostdev": {"hostbus": 6, "hostaddr": 7}}]}
            """#
        ) {
            var controller = Controller(type: .usb, index: 0)
            controller.ports = 1
            $0.devices = [
                .controller(controller),
                .hostdev(
                    HostDevice(
                        source: .usb(HostUSBDevice(place: .init(bus: 4, device: 5), vendorProduct: vendorProduct)))),
                .hostdev(
                    HostDevice(
                        source: .usb(HostUSBDevice(place: .init(bus: 6, device: 7), vendorProduct: vendorProduct)))),
            ]
        },
        GuestCase(
            "directories, TPMs, displays and sound of Xen's own", .pv,
            #"""
            {"p9s": [{"devid": 0, "tag": "t", "path": "/share", "security_model": "none", "backend_domname": "nas"}],
             "dtdevs": [{"path": "/soc/serial@fe201000"}],
             "vtpms": [{"devid": 0, "backend_domname": "tpmvm", "uuid": "01234567-89ab-4cde-8fed-cba987654321"},
                       {"devid": 1, "backend_domname": "tpmvm"}],
             "vdispls": [{"devid": 0, "backend_domname": "gui", "be_alloc": true,
                          "connectors": [{"unique_id": "a", "width": 800, "height": 600}]}],
             "vsnds": [{"devid": 0, "backend_domname": "audio", "short_name": "s", "long_name": "long",
                        "params": {"sample_rates": [44100], "sample_formats": ["s16_le"], "channels_min": 1,
                                   "channels_max": 2, "buffer_size": 4096},
                        "pcms": [{"name": "p", "params": {"channels_max": 2},
                                  "streams": [{"unique_id": "0", "type": "p"}, {"type": "c"}]}]}]}
            """#
        ) { $0.devices = paravirtual },
    ]

    static let paravirtual: [Device] = {
        var directory = Filesystem(source: "/share", target: "t")
        directory.backendDomain = "nas"
        directory.accessMode = .squash
        var display = VirtualDisplay(connectors: [.init(id: "a", width: 800, height: 600)], backendDomain: "gui")
        display.backendAllocates = true
        var pcm = VirtualSound.PCM(name: "p")
        pcm.parameters.channelsMax = 2
        pcm.streams = [.init(id: "0", direction: .playback), .init(id: nil, direction: .capture)]
        var sound = VirtualSound(backendDomain: "audio", shortName: "s")
        sound.longName = "long"
        sound.parameters.sampleRates = [44100]
        sound.parameters.sampleFormats = ["s16_le"]
        sound.parameters.channelsMin = 1
        sound.parameters.channelsMax = 2
        sound.parameters.bufferSize = 4096
        sound.pcms = [pcm]
        return [
            .filesystem(directory), .vtpm(VirtualTPM(backendDomain: "tpmvm", uuid: Samples.uuid)),
            .vtpm(VirtualTPM(backendDomain: "tpmvm")), .vdispl(display), .vsnd(sound),
            .dtdev(DeviceTreeDevice(path: "/soc/serial@fe201000")), .memballoon(MemoryBalloon(model: .xen)),
        ]
    }()

    static let vendorProduct = HostUSBDevice.VendorProduct(vendor: 0x1234, product: 0xabcd)
    static let portsTaken = MachineTranslationTests.context { $0.portsInUse = [5900, 5901] }
    static let channels = MachineTranslationTests.context { $0.channelDirectory = "/channels" }

    static func address(_ text: String) -> PCIAddress {
        guard let address = PCIAddress(text) else { preconditionFailure("\(text) is no PCI address") }
        return address
    }

    @Test("libxl's JSON says what the document said", arguments: cases)
    func saysWhatTheDocumentSaid(_ example: GuestCase) throws { try example.check() }

    static let refused: [RefusedGuest] = [
        RefusedGuest(
            "a VNC port below VNC's", .pv, "/domain/devices/graphics/@port",
            .outOfRange(80, least: 5900, most: 65535), device: "vnc"
        ) {
            var vnc = Graphics(kind: .vnc)
            vnc.port = 80
            $0.devices = [.graphics(vnc)]
        },
        RefusedGuest(
            "no free port", .pv, "/domain/devices/graphics/@port", .noFreePort, device: "vnc",
            context: MachineTranslationTests.context { $0.ports = 5900...5900 }
        ) { $0.devices = [.graphics(Graphics(kind: .vnc)), .graphics(Graphics(kind: .vnc))] },
        RefusedGuest(
            "spice without an emulated card", .pv, "/domain/devices/graphics/@type",
            .notForGuestType(.pv, only: [.hvm]), device: "spice"
        ) { $0.devices = [.graphics(Graphics(kind: .spice))] },
        RefusedGuest(
            "a display on a socket", .hvm, "/domain/devices/graphics/listen/@socket",
            .unsupported(.listenType, "socket"),
            device: "vnc"
        ) {
            var vnc = Graphics(kind: .vnc)
            vnc.listens = [GraphicsListen(type: "socket", socket: "/s")]
            $0.devices = [.graphics(vnc)]
        },
        RefusedGuest(
            "too little memory for a card", .hvm, "/domain/devices/video/model/@vram",
            .videoMemoryTooSmall(Kibibytes(8191), model: "cirrus", least: Kibibytes(8192)), device: "cirrus"
        ) {
            var video = Video(model: .cirrus)
            video.vram = Kibibytes(8191)
            $0.devices = [.video(video)]
        },
        RefusedGuest(
            "both kinds of USB controller", .hvm, "/domain/xenkeeper:options/machine/@usbVersion",
            .conflict(with: "/domain/devices/input[@bus='usb']")
        ) {
            $0.xen.usbVersion = 2
            $0.devices = [.input(Input(type: .mouse, bus: .usb))]
        },
        RefusedGuest(
            "a socket without a path", .hvm, "/domain/devices/serial/source/@path", .pathMissing, device: "port 0"
        ) {
            $0.devices = [
                .character(CharacterDevice(kind: .serial(port: 0), backend: .unix(UnixEndpoint(path: nil))))
            ]
        },
        RefusedGuest(
            "a parallel port", .hvm, "/domain/devices/parallel", .unsupportedDevice(.parallel), device: "port 0"
        ) { $0.devices = [.character(CharacterDevice(kind: .parallel(port: 0), backend: .null))] },
        RefusedGuest(
            "a channel without a name", .pv, "/domain/devices/channel/target/@name", .channelNameMissing,
            device: "channel"
        ) { $0.devices = [.character(CharacterDevice(kind: .channel(name: nil), backend: .pty(path: nil)))] },
        RefusedGuest(
            "a channel to a file", .pv, "/domain/devices/channel/@type", .unsupported(.channelSource, "file"),
            device: "c"
        ) {
            $0.devices = [
                .character(CharacterDevice(kind: .channel(name: "c"), backend: .file(path: "/f", append: nil)))
            ]
        },
        RefusedGuest(
            "a channel that calls", .pv, "/domain/devices/channel/source/@mode", .connectingChannel, device: "c"
        ) {
            $0.devices = [
                .character(
                    CharacterDevice(
                        kind: .channel(name: "c"), backend: .unix(UnixEndpoint(path: "/s", isListening: false))))
            ]
        },
        RefusedGuest(
            "a PCI device for pvh", .pvh, "/domain/devices/hostdev", .notForGuestType(.pvh, only: [.hvm, .pv]),
            device: "0000:04:00.0"
        ) {
            $0.devices = [.hostdev(HostDevice(source: .pci(HostPCIDevice(address: address("04:00.0")))))]
        },
        RefusedGuest(
            "a USB device that is not there", .pv, "/domain/devices/hostdev/source", .noUSBDevice("usb 1234:abcd"),
            device: "usb 1234:abcd"
        ) {
            $0.devices = [.hostdev(HostDevice(source: .usb(HostUSBDevice(place: nil, vendorProduct: vendorProduct))))]
        },
        RefusedGuest(
            "another USB controller", .pv, "/domain/devices/controller/@model",
            .unsupported(.controllerModel, "piix3-uhci"), device: "usb 0"
        ) {
            var controller = Controller(type: .usb, index: 0)
            controller.model = "piix3-uhci"
            $0.devices = [.controller(controller)]
        },
        RefusedGuest(
            "more USB ports than a controller has", .pv, "/domain/devices/controller/@ports",
            .outOfRange(32, least: 1, most: 31), device: "usb 0"
        ) {
            var controller = Controller(type: .usb, index: 0)
            controller.ports = 32
            $0.devices = [.controller(controller)]
        },
        RefusedGuest(
            "a read-only directory", .pv, "/domain/devices/filesystem/readonly", .readOnlyFilesystem, device: "t"
        ) {
            var directory = Filesystem(source: "/share", target: "t")
            directory.isReadOnly = true
            $0.devices = [.filesystem(directory)]
        },
        RefusedGuest(
            "a directory with mapped owners", .pv, "/domain/devices/filesystem/@accessmode",
            .unsupported(.filesystemAccess, "mapped"), device: "t"
        ) {
            var directory = Filesystem(source: "/share", target: "t")
            directory.accessMode = .mapped
            $0.devices = [.filesystem(directory)]
        },
        RefusedGuest(
            "an unknown sample format", .pv, "/domain/devices/xenkeeper:vsnd/pcm/@sampleFormats",
            .unsupported(.sampleFormat, "s99"), device: "vsnd"
        ) {
            var pcm = VirtualSound.PCM(name: nil)
            pcm.parameters.sampleFormats = ["s99"]
            var sound = VirtualSound()
            sound.pcms = [pcm]
            $0.devices = [.vsnd(sound)]
        },
        RefusedGuest(
            "no balloon", .pv, "/domain/devices/memballoon/@model", .balloonCannotBeDisabled, device: "none"
        ) { $0.devices = [.memballoon(MemoryBalloon(model: .none))] },
        RefusedGuest(
            "another balloon", .pv, "/domain/devices/memballoon/@model", .unsupported(.balloonModel, "virtio"),
            device: "virtio"
        ) { $0.devices = [.memballoon(MemoryBalloon(model: .virtio))] },
    ]

    @Test("what libxl cannot express is refused by its path", arguments: refused)
    func refusedByPath(_ refused: RefusedGuest) throws { try refused.check() }

    @Test("a document by itself can be translated before what it refers to is there")
    func documentAlone() throws {
        var rbd = NetworkDiskSource(networkProtocol: "rbd", name: "pool/inn")
        rbd.user = "admin"
        rbd.secret = .usage("ceph")
        let definition = try Samples.guest(.hvm) {
            $0.devices = [
                .disk(Samples.disk { $0.source = DiskSource(network: rbd) }),
                .interface(Samples.nic { $0.source = .network("lan") }),
                .hostdev(HostDevice(source: .usb(HostUSBDevice(place: nil, vendorProduct: Self.vendorProduct)))),
            ]
        }
        #expect(throws: Untranslatable.self) { try LibxlDomainConfig(definition) }
        let config = try LibxlDomainConfig(definition, context: .documentAlone)
        #expect(config.nics.map(\.bridge) == ["lan"])
        #expect(config.usbdevs.count == 1)
    }

    @Test("a medium is for the CD-ROM drive of an hvm guest")
    func medium() throws {
        var drive = Disk(device: .cdrom, source: DiskSource(kind: .file, path: "/iso/b.iso"), target: "hdc")
        let passed = try LibxlDeviceDisk(medium: drive, guestType: .hvm)
        #expect(passed.pdevPath == "/iso/b.iso" && passed.isCDROM && !passed.readwrite)
        drive.source.path = nil
        #expect(try LibxlDeviceDisk(medium: drive, guestType: .hvm).format == .empty)
        let path = "/domain/devices/disk/@device"
        #expect(throws: Untranslatable(path: path, device: "hdc", reason: .notForGuestType(.pv, only: [.hvm]))) {
            try LibxlDeviceDisk(medium: drive, guestType: .pv)
        }
        #expect(throws: Untranslatable(path: path, device: "xvda", reason: .notACDROM(device: "disk"))) {
            try LibxlDeviceDisk(medium: Samples.disk(), guestType: .hvm)
        }
    }
}
