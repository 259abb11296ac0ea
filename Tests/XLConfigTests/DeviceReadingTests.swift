import Testing
import XLConfig
import XenModel
import XenUnits

/// What the keys that are devices say.
@Suite struct DeviceReadingTests {
    /// A disk as the cases tell it: path, kind, format, target, and what else there is.
    private func disk(
        _ path: String?, _ kind: DiskSourceKind, _ format: String, _ target: String, device: DiskDevice = .disk,
        _ change: (inout Disk) -> Void = { _ in }
    ) -> Disk {
        var disk = Disk(device: device, source: DiskSource(kind: kind, path: path), target: target)
        disk.driverType = format
        disk.removable = device == .cdrom ? nil : false
        change(&disk)
        return disk
    }

    @Test func aDiskIsReadInEveryFormOfTheManual() throws {
        let cases: [(String, Disk)] = [
            ("/dev/vg/v,raw,xvda,rw", disk("/dev/vg/v", .block, "raw", "xvda")),
            ("/dev/vg/v,,hda", disk("/dev/vg/v", .block, "raw", "hda")),
            ("/img,qcow2,hda,r", disk("/img", .file, "qcow2", "hda") { $0.isReadOnly = true }),
            (" /img, vhd, hda, w", disk("/img", .file, "vhd", "hda")),
            (
                "format=qed, vdev=hda, access=ro, target=/a,b = c ",
                disk("/a,b = c ", .file, "qed", "hda") { $0.isReadOnly = true }
            ),
            ("vdev=hda,target=/a,", disk("/a", .file, "raw", "hda")),
            ("vdev=hda,target=/a,,", disk("/a,", .file, "raw", "hda")),
            ("vdev=hda,backendtype=phy,target=/a", disk("/a", .block, "raw", "hda") { $0.driverName = "phy" }),
            ("/dev/a,raw,hda,backendtype=qdisk", disk("/dev/a", .file, "raw", "hda") { $0.driverName = "qemu" }),
            ("vg/v,raw,xvdb", disk("/dev/vg/v", .block, "raw", "xvdb")),
            ("/i.iso,,hdc,cdrom", disk("/i.iso", .file, "raw", "hdc", device: .cdrom)),
            ("/i.iso,raw,hdc,rw,devtype=cdrom", disk("/i.iso", .file, "raw", "hdc", device: .cdrom)),
            ("vdev=hdc,devtype=cdrom", disk(nil, .file, "raw", "hdc", device: .cdrom)),
            (",,hdc,cdrom", disk(nil, .file, "raw", "hdc", device: .cdrom)),
            (",hdc:cdrom,r", disk(nil, .file, "raw", "hdc", device: .cdrom)),
            ("phy:/dev/vg/v,xvda,w", disk("/dev/vg/v", .block, "raw", "xvda")),
            ("file:/img,hda:disk,w", disk("/img", .file, "raw", "hda")),
            ("tap:aio:/img,hda,w", disk("/img", .file, "raw", "hda")),
            ("tap:qcow2:/img,hda,w", disk("/img", .file, "qcow2", "hda")),
            ("iscsi:iqn,xvda,w", disk("iqn", .file, "raw", "xvda") { $0.script = "block-iscsi" }),
            ("vdev=xvda,script=block-x,target=a:b", disk("a:b", .file, "raw", "xvda") { $0.script = "block-x" }),
            (
                "vdev=xvda,backend=store,direct-io-safe,no-discard,target=/a",
                disk("/a", .file, "raw", "xvda") {
                    ($0.backendDomain, $0.directIOSafe, $0.discard) = ("store", true, .ignore)
                }
            ),
            ("/a,raw,sdb1,discard", disk("/a", .file, "raw", "sdb1") { $0.discard = .unmap }),
        ]
        for (text, expected) in cases {
            let reading = try read("disk=['\(text)']")
            #expect(reading.definition.disks == [expected], "\(text)")
            #expect(reading.notices.isEmpty, "\(text)")
        }
    }

    @Test func aDiskOfCephIsReadWithItsServers() throws {
        let text =
            #"vdev=xvda,target=rbd:pool/image@snap:id=me:auth_supported=none:mon_host=a\\:6321\\;[fe80\\:\\:1]\\:7"#
        let disk = try #require(try read("disk=['\(text)']").definition.disks.first)
        var source = NetworkDiskSource(networkProtocol: "rbd", name: "pool/image")
        source.snapshot = "snap"
        source.user = "me"
        source.hosts = [NetworkDiskHost(name: "a", port: 6321), NetworkDiskHost(name: "fe80::1", port: 7)]
        #expect(disk.source == DiskSource(network: source))
    }

    @Test(arguments: [
        ("backendtype=qdisk,", "nbd:10.0.0.1:10809"), ("", "iscsi://10.0.0.1/iqn.2020-01.x:y/1"), ("", "json:{}"),
        ("backendtype=qdisk,", "image.raw"), ("", "rbd:pool/image:id=me"), ("", "rbd:pool/image:key=AQ=="),
    ])
    func whatQEMUIsToUnderstandIsKeptAsItIs(backend: String, target: String) throws {
        let reading = try read("disk=['vdev=xvda,\(backend)target=\(target)']")
        #expect(reading.definition.disks.first?.source == DiskSource(kind: .file, path: target))
        #expect(reading.notices.isEmpty)
        let again = try reading.definition.xlConfiguration().configuration.text
        #expect(again.contains("target=\(target)"))
    }

    @Test(arguments: [
        ("channel=['name=a,connection=pty','name=a,connection=pty']", "channel[2]", "a"),
        ("p9=['tag=t,path=/x,security_model=none','tag=t,path=/y,security_model=none']", "p9[2]", "t"),
        ("usbdev=['hostbus=1,hostaddr=2','hostbus=1,hostaddr=2']", "usbdev[2]", "usb 1.2"),
        ("pci=['03:00.0','0000:03:00.0']", "pci[2]", "0000:03:00.0"),
    ])
    func whatTwoDevicesCannotShareIsAnErrorAtTheSecond(text: String, key: String, name: String) throws {
        let first = key.replacing("[2]", with: "[1]")
        #expect(throws: XLConfigError.value(key: key, line: firstLine, problem: .taken(name, first: first))) {
            try read(text)
        }
    }

    @Test(
        arguments: [
            ("", .missingPart("vdev=…")), ("/a,raw", .missingPart("vdev=…")), ("vdev=hda", .missingPart("target=…")),
            ("/a,raw,vda", .badVdev("vda")), ("/a,raw,hda,rw,x", .tooManyParts("x")),
            ("/a,raw,hda,colour=red", .unknownPart("colour=red")), ("/a,raw,hda,format=qcow2", .repeatedPart("format")),
            ("/a,raw,hda,target=/b", .repeatedPart("target")),
            ("/a,raw,hda,access=x", .unknownWord("x", known: ["r", "ro", "rw", "w", ""])),
        ] as [(String, XLValueProblem)])
    func aDiskThatCannotBeIsAnError(text: String, problem: XLValueProblem) {
        #expect(throws: XLConfigError.value(key: "disk[1]", line: firstLine, problem: problem)) {
            try read("disk=['\(text)']")
        }
    }

    @Test func twoDisksAtOnePlaceAreAnError() {
        let error = XLConfigError.value(
            key: "disk[2]", line: firstLine + 1, problem: .duplicateVdev("d0p0", first: "xvda"))
        #expect(throws: error) { try read("disk=['/a,raw,xvda',\n'/b,raw,d0p0']") }
    }

    private func nic(_ source: InterfaceSource, _ change: (inout Interface) -> Void = { _ in }) -> Interface {
        var nic = Interface(source: source, mac: MACAddress(bits: 0x0016_3e00_0001))
        change(&nic)
        return nic
    }

    @Test func aNICIsReadWithAllOfItsKeys() throws {
        let cases: [(String, Interface)] = [
            ("", nic(.ethernet)),
            (
                "mac=00:16:3E:00:00:02, bridge=xenbr0",
                nic(.bridge("xenbr0")) { $0.mac = MACAddress(bits: 0x0016_3e00_0002) }
            ),
            ("bridge=b,model=e1000,type=ioemu", nic(.bridge("b")) { $0.model = "e1000" }),
            ("type=vif", nic(.ethernet) { $0.model = "netfront" }),
            (
                "ip=10.0.0.1 10.0.0.2,script=/etc/s,vifname=v0,backend=net,gatewaydev=eth0,mtu=9000",
                nic(.ethernet) {
                    ($0.ipAddresses, $0.script, $0.target) = (["10.0.0.1", "10.0.0.2"], "/etc/s", "v0")
                    ($0.backendDomain, $0.gatewayDevice, $0.mtu) = ("net", "eth0", 9000)
                }
            ),
            ("netdev=eth1", nic(.ethernet) { $0.gatewayDevice = "eth1" }),
            ("bridge=b,vlan=42", nic(.bridge("b")) { $0.vlan = VLAN(isTrunk: false, tags: [42]) }),
            ("trusted", nic(.ethernet) { $0.trustsBackend = true }),
            ("untrusted", nic(.ethernet) { $0.trustsBackend = false }),
            ("rate=10485760B/s", nic(.ethernet) { $0.outboundAverage = KibibytesPerSecond(rawValue: 10240) }),
            ("ip=10.0.0.1/24 fd00::/64", nic(.ethernet) { $0.ipAddresses = ["10.0.0.1/24", "fd00::/64"] }),
            ("script=,model=,vifname=,backend=,ip=,bridge=", nic(.ethernet)),
            (
                "bridge=ovs.42,script=vif-openvswitch",
                nic(.bridge("ovs")) {
                    ($0.script, $0.virtualPort) = ("vif-openvswitch", .openvswitch)
                    $0.vlan = VLAN(isTrunk: false, tags: [42])
                }
            ),
            (
                "bridge=ovs:1:2,script=/etc/xen/scripts/vif-openvswitch",
                nic(.bridge("ovs")) {
                    ($0.script, $0.virtualPort) = ("/etc/xen/scripts/vif-openvswitch", .openvswitch)
                    $0.vlan = VLAN(isTrunk: true, tags: [1, 2])
                }
            ),
            ("bridge=br.42", nic(.bridge("br.42"))),
        ]
        for (text, expected) in cases {
            let reading = try read("vif=['\(text)']")
            #expect(reading.definition.interfaces == [expected], "\(text)")
            #expect(reading.notices.isEmpty, "\(text)")
        }
    }

    @Test(
        arguments: [
            ("mac=1", .badMAC("1")), ("mac=01:00:00:00:00:00", .multicastMAC(MACAddress(bits: 0x0100_0000_0000))),
            ("mtu=5", .outOfRange("5", lowest: 68, highest: 65535)), ("rate=1", .badRate("1")),
            ("rate=0KB/s", .badRate("0KB/s")), ("rate=9TB/s", .badRate("9TB/s")),
        ] as [(String, XLValueProblem)])
    func aNICThatCannotBeIsAnError(text: String, problem: XLValueProblem) {
        #expect(throws: XLConfigError.value(key: "vif[1]", line: firstLine, problem: problem)) {
            try read("vif=['\(text)']")
        }
    }

    @Test(
        arguments: [
            ("vif=['devid=3,trusted']", "vif[1]", .unsupportedPart("devid=3")),
            ("vif=['trusted=']", "vif[1]", .unsupportedPart("trusted=")),
            ("vif=['vlan=10p/20']", "vif[1]", .unsupportedPart("vlan=10p/20")),
            ("vif=['rate=1MB/s@20ms']", "vif[1]", .unsupportedPart("@20ms")),
            ("vif=['rate=1000B/s']", "vif[1]", .rounded(to: "1024B/s")),
            (
                "vif=['rate=2MB/s']", "vif[1]",
                .replaced(part: "rate=2MB/s", by: "2097152 bytes a second, for libvirt counts in KiB")
            ),
            ("vif=['colour=red']", "vif[1]", .unsupportedPart("colour=red")),
            ("vif=['type=netfront']", "vif[1]", .unsupportedPart("type=netfront")),
            ("vif=['ip=dhcp']", "vif[1]", .unsupportedPart("ip=dhcp")),
            (
                "vif=['vifname=vif1.0']", "vif[1]",
                .replaced(part: "vifname=vif1.0", by: "the name that Xen gives it, as libvirt reads such names")
            ),
            ("serial='tcp:h:1,server'", "serial", .implied("nowait")),
            ("p9=['tag=t,path=/x,security_model=mapped']", "p9[1]", .unsupportedPart("security_model=mapped")),
            ("vnclisten=''", "vnclisten", .replaced(part: nil, by: "an address of this host alone, 127.0.0.1")),
            ("pci=['03:00.0@5']", "pci[1]", .onlyInDocument("@5")),
            ("disk=['/a,raw,hda,colo']", "disk[1]", .unsupportedPart("colo")),
            ("disk=['specification=virtio,vdev=hda,target=/a']", "disk[1]", .unsupportedPart("specification=virtio")),
            ("pci=['03:00.*']", "pci[1]", .unsupportedPart("03:00.*")),
            ("pci=['name=card']", "pci[1]", .unsupportedPart("name=card")),
            ("soundhw='gus'", "soundhw", .unsupportedPart("gus")),
            ("serial='mon:stdio'", "serial", .unsupportedPart("mon:stdio")),
            ("channel=['name=a,connection=pty,backend=x']", "channel[1]", .unsupportedPart("backend=x")),
            ("vkb=['backend-type=qemu']", "vkb", .unsupported), ("pvcalls=['backend=0']", "pvcalls", .unsupported),
            ("vfb=['vnc=1']", "vfb", .otherGuestType(.hvm)),
        ] as [(String, String, XLConfigNotice.Kind)])
    func aPartWithoutAPlaceIsNamed(text: String, key: String, kind: XLConfigNotice.Kind) throws {
        let notices = try read(text).notices
        #expect(notices.contains(XLConfigNotice(key: key, line: firstLine, kind: kind)), "\(notices)")
    }

    @Test func displaysAreRead() throws {
        func vnc(_ text: String) throws -> Graphics? { try read(text).definition.graphics.first { $0.kind == .vnc } }
        let plain = try #require(
            try vnc("vnc=1\nvncunused=0\nvncdisplay=3\nvnclisten='0.0.0.0'\nvncpasswd=''\nkeymap='de'"))
        #expect(plain.port == 5903 && !plain.autoport && plain.listens == [GraphicsListen(address: "0.0.0.0")])
        #expect(plain.password == nil && plain.keymap == "de")
        #expect(try vnc("vnclisten='1.2.3.4:7'")?.firstPort == 5907)
        #expect(try vnc("vncdisplay=7")?.firstPort == 5907)
        #expect(try vnc("vnclisten='[::1]:7'")?.listens == [GraphicsListen(address: "::1")])
        #expect(try vnc("vnc=0") == nil)
        #expect(try vnc("vncunused=0")?.port == 5900)
        let spice = try #require(
            try read(
                "vnc=0\nspice=1\nspiceport=6000\nspicetls_port=6001\nspicepasswd='p'\nspicehost='h'\nspicevdagent=1\nspice_clipboard_sharing=1\nspiceusbredirection=2\nspice_image_compression='off'\nspice_streaming_video='all'\nspiceagent_mouse=0"
            ).definition.graphics.first)
        #expect(spice.port == 6000 && spice.password == "p" && spice.listens == [GraphicsListen(address: "h")])
        #expect(spice.spice.tlsPort == 6001 && spice.spice.copyPaste == true && spice.spice.usbRedirection == 2)
        #expect(
            spice.spice.agentMouse == false && spice.spice.imageCompression == "off" && spice.spice.streaming == "all")
        let sdl = try #require(
            try read("vnc=0\nsdl=1\nopengl=1\ndisplay=':1'\nxauthority='/x'").definition.graphics.first)
        #expect(sdl.kind == .sdl && sdl.opengl == true && sdl.display == ":1" && sdl.xauth == "/x")
        #expect(throws: XLConfigError.value(key: "spice", line: firstLine, problem: .missingTicket)) {
            try read("spice=1\nspiceport=1")
        }
    }

    @Test func aFramebufferIsADisplay() throws {
        let graphics = try read("vfb=['vnc=1,vncdisplay=2,vncunused=0,keymap=fr','sdl=1,vnc=0,display=:0']", type: .pv)
            .definition.graphics
        #expect(graphics.map(\.kind) == [.vnc, .sdl])
        #expect(graphics.first?.port == 5902 && graphics.first?.keymap == "fr")
        #expect(try read("vnc=1", type: .pv).definition.graphics.count == 1)
        let error = #expect(throws: XLConfigError.self) {
            try read("vfb=['vnc=1,vncdisplay=1,vnclisten=127.0.0.1:2']", type: .pv)
        }
        let sentence = "the display is given twice, by vnclisten '127.0.0.1:2' and by vncdisplay; remove one"
        #expect(error.map { "\($0)".hasSuffix(sentence) } == true, "\(String(describing: error))")
    }

    @Test(
        arguments: [
            ("pty", .pty(path: nil)), ("null", .null), ("stdio", .stdio), ("vc", .vc),
            ("/dev/ttyS0", .device(path: "/dev/ttyS0")),
            ("file:/log", .file(path: "/log", append: nil)), ("pipe:/p", .pipe(path: "/p")),
            ("tcp:h:1,server,nowait", .tcp(TCPEndpoint(host: "h", service: "1", isListening: true))),
            ("telnet:[::1]:2", .tcp(TCPEndpoint(host: "::1", service: "2", isTelnet: true))),
            ("unix:/s,server,nowait", .unix(UnixEndpoint(path: "/s", isListening: true))),
            (
                "udp:h:1",
                .udp(
                    {
                        var ends = UDPEndpoints(connectService: "1"); ends.connectHost = "h"; return ends
                    }())
            ),
        ] as [(String, CharacterBackend)])
    func aSerialPortIsReadAsQEMUDoes(text: String, backend: CharacterBackend) throws {
        let devices = try read("serial=['none','\(text)']").definition.characterDevices(.serial)
        #expect(devices == [CharacterDevice(kind: .serial(port: 1), backend: backend)])
    }

    @Test func devicesOfTheHostAreRead() throws {
        let text =
            "pci_permissive=1\npci=['0000:03:00.1@1e,msitranslate=0,rdm_policy=relaxed','bdf=04:00.0,permissive=0,vslot=8']\nusbdev=['type=hostdev,hostbus=1,hostaddr=0x3,controller=0,port=2']\nusbdevice=['tablet','host:046d:c52b','host:1.4']"
        let reading = try read(text)
        let devices = reading.definition.hostDevices
        #expect(reading.notices.map(\.key) == ["pci[1]", "pci[2]", "usbdev[1]", "usbdev[1]"])
        #expect(devices.map(\.source.description) == ["0000:03:00.1", "0000:04:00.0", "usb 1.3"])
        #expect(reading.definition.xen.deviceModel.usbDevices == ["host:046d:c52b", "host:1.4"])
        #expect(devices[0].address?.fields["slot"] == "0x1e" && devices[1].address?.fields["slot"] == "0x08")
        #expect(devices[2].address == GuestAddress(type: "usb", fields: ["bus": "0", "port": "2"]))
        guard case .pci(let first) = devices[0].source, case .pci(let second) = devices[1].source else { return }
        #expect(first.permissive == true && first.msiTranslate == false && first.rdmPolicy == .relaxed)
        #expect(second.permissive == false && second.seize == nil)
    }

    @Test func theOtherDevicesAreRead() throws {
        let text = """
            usbctrl=['type=qusb,version=1,ports=4','version=2']
            max_grant_frames=64
            max_event_channels=2047
            vga='stdvga'
            videoram=16
            soundhw='hda'
            channel=['name=org.x, connection=socket, path=/s']
            p9=['tag=share,path=/srv,security_model=none,backend=d']
            vtpm=['backend=tpm,uuid=c7a5fdb2-cdaf-9455-926a-d65c16db1809']
            vdispl=['backend=d,be-alloc=1,connectors=a:640x480;b:1x2']
            vsnd=[['CARD, short-name=Main, sample-formats=s16_le;s8','PCM, name=p','STREAM, unique-id=0, type=c, channels-max=2']]
            """
        let reading = try read(text)
        let domain = reading.definition
        #expect(reading.notices.isEmpty)
        #expect(domain.controllers.map(\.type) == [.xenbus, .usb, .usb])
        #expect(domain.controllers[0].maxGrantFrames == 64 && domain.controllers[0].maxEventChannels == 2047)
        #expect(domain.controllers[1].model == "qusb1" && domain.controllers[1].ports == 4)
        #expect(domain.controllers[2].usbType == .auto && domain.controllers[2].usbVersion == 2)
        #expect(domain.controllers[2].model == nil && domain.controllers[2].index == 1)
        #expect(domain.videos.first?.model == .vga && domain.videos.first?.vram == Kibibytes(16384))
        #expect(domain.characterDevices(.channel).first?.backend == .unix(UnixEndpoint(path: "/s", isListening: true)))
        var sound = VirtualSound(shortName: "Main")
        sound.parameters.sampleFormats = ["s16_le", "s8"]
        sound.pcms = [VirtualSound.PCM(name: "p")]
        var stream = VirtualSound.Stream(id: "0", direction: .capture)
        stream.parameters.channelsMax = 2
        sound.pcms[0].streams = [stream]
        #expect(domain.devices.contains(.vsnd(sound)))
        #expect(domain.devices.contains(.sound(Sound(model: .ich6))))
        var share = Filesystem(source: "/srv", target: "share")
        share.backendDomain = "d"
        #expect(domain.devices.contains(.filesystem(share)))
        let uuid = DomainUUID("c7a5fdb2-cdaf-9455-926a-d65c16db1809")
        #expect(domain.devices.contains(.vtpm(VirtualTPM(backendDomain: "tpm", uuid: uuid))))
        var display = VirtualDisplay(
            connectors: [.init(id: "a", width: 640, height: 480), .init(id: "b", width: 1, height: 2)],
            backendDomain: "d")
        display.backendAllocates = true
        #expect(domain.devices.contains(.vdispl(display)))
    }
}
