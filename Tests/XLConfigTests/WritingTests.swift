import Testing
import XLConfig
import XenModel
import XenUnits

/// What is written of a definition, and what is said of the rest.
@Suite struct WritingTests {
    private func guest(_ type: GuestType = .hvm) throws -> DomainDefinition {
        DomainDefinition(
            name: try DomainName("guest"), uuid: DomainUUID(high: 1, low: 2), memory: Kibibytes(65536),
            operatingSystem: OperatingSystem(guestType: type))
    }

    @Test func aDeviceOfTheDeviceTreeIsReadAndWrittenByItsNode() throws {
        var guest = try guest()
        let nodes = ["/soc/serial@fe201000", "/a,b"]
        guest.devices = nodes.map { .dtdev(DeviceTreeDevice(path: $0, alias: DeviceAlias("ua-x"))) }
        let written = try guest.xlConfiguration()
        #expect(written.configuration["dtdev"] == XLValue(.list(nodes.map { XLValue(.string($0)) })))
        #expect(written.notices.map(\.path).contains("/domain/devices/xenkeeper:dtdev[2]/alias/@name"))
        let read = try DomainDefinition.read(written.configuration)
        #expect(read.definition.devices.filter { $0.deviceClass == .dtdev }.map(\.familiarName) == nodes)
        #expect(!read.notices.contains { $0.key == "dtdev" })
    }

    @Test(arguments: [(true, "mac=00:16:3e:00:00:02,trusted"), (false, "mac=00:16:3e:00:00:02,untrusted")])
    func aNICSaysWhetherItsBackendIsToBeTrusted(_ isTrusted: Bool, text: String) throws {
        var guest = try guest()
        var nic = Interface(source: .ethernet, mac: MACAddress(bits: 0x0016_3e00_0002))
        nic.trustsBackend = isTrusted
        guest.interfaces = [nic]
        #expect(try guest.xlConfiguration().configuration["vif"] == XLValue(.list([XLValue(.string(text))])))
    }

    @Test(arguments: [
        (VLAN(isTrunk: false, tags: [42]), "mac=00:16:3e:00:00:02,bridge=b,vlan=42", []),
        (VLAN(isTrunk: true, tags: [42]), "mac=00:16:3e:00:00:02,bridge=b", ["/domain/devices/interface[1]/vlan"]),
    ])
    func aNICOfABridgeSaysItsVLAN(_ vlan: VLAN, text: String, leftOut: [String]) throws {
        var guest = try guest()
        var nic = Interface(source: .bridge("b"), mac: MACAddress(bits: 0x0016_3e00_0002))
        nic.vlan = vlan
        guest.interfaces = [nic]
        let written = try guest.xlConfiguration()
        #expect(written.configuration["vif"] == XLValue(.list([XLValue(.string(text))])))
        #expect(written.notices.map(\.path) == leftOut)
    }

    @Test func aFileIsWrittenInOneForm() throws {
        var domain = try guest()
        domain.vcpus = VirtualCPUs(maximum: 4, current: 2)
        domain.features.acpi = true
        domain.operatingSystem.bootDevices = [.cdrom, .hardDisk]
        var disk = Disk(source: DiskSource(kind: .block, path: "/dev/vg/a"), target: "xvda")
        disk.driverName = "phy"
        disk.removable = false
        domain.disks = [disk]
        domain.interfaces = [Interface(source: .bridge("xenbr0"), mac: MACAddress(bits: 0x0016_3e00_0001))]
        let writing = try domain.xlConfiguration()
        #expect(writing.notices.isEmpty)
        #expect(
            writing.configuration.text == """
                name = "guest"
                uuid = "00000000-0000-0001-0000-000000000002"
                type = "hvm"
                maxmem = 64
                memory = 64
                maxvcpus = 4
                vcpus = 2
                boot = "dc"
                acpi = 1
                localtime = 0
                on_poweroff = "destroy"
                on_reboot = "restart"
                on_crash = "destroy"
                disk = [ "format=raw,vdev=xvda,access=rw,backendtype=phy,target=/dev/vg/a" ]
                vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]
                sdl = 0
                vnc = 0
                vga = "none"
                nographic = 1

                """)
    }

    @Test func noAliasIsEverWritten() throws {
        var domain = try guest()
        let name = try #require(UserAlias("ua-secret"))
        var sound = VirtualSound(shortName: "s")
        sound.pcms = [VirtualSound.PCM(name: nil)]
        let devices: [Device] = [
            .disk(Disk(source: DiskSource(kind: .file, path: "/a"), target: "xvda")),
            .controller(Controller(type: .usb, index: 0)), .filesystem(Filesystem(source: "/s", target: "t")),
            .interface(Interface(source: .ethernet, mac: MACAddress(bits: 2))),
            .character(CharacterDevice(kind: .serial(port: 0), backend: .pty(path: nil))),
            .character(CharacterDevice(kind: .channel(name: "c"), backend: .pty(path: nil))),
            .input(Input(type: .tablet, bus: .usb)), .graphics(Graphics(kind: .vnc)), .sound(Sound(model: .ac97)),
            .video(Video(model: .vga)),
            .hostdev(HostDevice(source: .usb(HostUSBDevice(place: .init(bus: 1, device: 2))))),
            .memballoon(MemoryBalloon(model: .xen)), .vtpm(VirtualTPM(backendDomain: "d")),
            .vdispl(VirtualDisplay(connectors: [.init(id: "a", width: 1, height: 1)])), .vsnd(sound),
            .opaque(OpaqueDevice(deviceClass: .tpm, element: OpaqueElement("tpm"))),
        ]
        domain.devices = devices.map { device in
            var device = device
            device.alias = .user(name)
            return device
        }
        let writing = try domain.xlConfiguration()
        #expect(!writing.configuration.text.contains("ua-"))
        #expect(writing.notices.filter { $0.path.hasSuffix("/alias/@name") }.count == domain.devices.count)
    }

    /// Texts that are hard on a format of commas and quotes.
    static let hostile = [
        "a\"b", "a'b", #"a\b"#, #"a\"#, "a#b", "a;b", "a]b", "a=b", "a,b", "a,", " a ", "a\u{301}", ",\u{301}",
        "\"\u{301}",
        "a:b", "a@b", "[a]", "x,target=/etc/shadow", "\",\"/etc/shadow,raw,xvdz\"", "é", "e\u{301}", "😀",
    ]
    /// Texts that no file can have.
    static let impossible = ["a\nb", "a\0b", "a\rb", "a\tb", "a\u{7f}b", "a\u{85}b"]

    /// Where a user's text goes into a file.
    static let places: [@Sendable (inout DomainDefinition, String) -> Void] = [
        { $0.operatingSystem.kernel = $1 }, { $0.operatingSystem.commandLine = $1 },
        { $0.xen.smbiosFirmware = $1 }, { $0.xen.pool = $1 }, { $0.emulator = $1 },
        { $0.deviceModelArguments = [$1] }, { $0.securityLabels = [SecurityLabel(type: "static", label: $1)] },
        { domain, text in
            domain.disks = [readOut(Disk(source: DiskSource(kind: .file, path: "/\(text)"), target: "xvda"))]
        },
        { domain, text in
            var disk = readOut(Disk(source: DiskSource(kind: .file, path: text), target: "xvda"))
            disk.script = "block-x"
            domain.disks = [disk]
        },
        { domain, text in
            var disk = readOut(Disk(source: DiskSource(kind: .file, path: "/a"), target: "xvda"))
            disk.script = text
            domain.disks = [disk]
        },
        { domain, text in
            var disk = readOut(Disk(source: DiskSource(kind: .file, path: "/a"), target: "xvda"))
            disk.backendDomain = text
            domain.disks = [disk]
        },
        { domain, text in
            var source = NetworkDiskSource(networkProtocol: "rbd", name: text)
            source.user = text
            source.configurationFile = text
            domain.disks = [readOut(Disk(source: DiskSource(network: source), target: "xvda"))]
        },
        { $0.interfaces = [Interface(source: .bridge($1), mac: MACAddress(bits: 2))] },
        { domain, text in
            var nic = Interface(source: .bridge(text), mac: MACAddress(bits: 2))
            nic.script = "vif-openvswitch"
            nic.virtualPort = .openvswitch
            domain.interfaces = [nic]
        },
        { domain, text in
            var nic = Interface(source: .ethernet, mac: MACAddress(bits: 2))
            (nic.script, nic.target, nic.model, nic.gatewayDevice) = (text, text, text, text)
            domain.interfaces = [nic]
        },
        { domain, text in
            var vnc = Graphics(kind: .vnc)
            vnc.autoport = true
            (vnc.password, vnc.keymap, vnc.listens) = (text, text, [GraphicsListen(address: text)])
            domain.devices = [.graphics(vnc)]
        },
        {
            $0.devices.append(
                .character(CharacterDevice(kind: .serial(port: 0), backend: .file(path: $1, append: nil))))
        },
        {
            $0.devices.append(.character(CharacterDevice(kind: .serial(port: 0), backend: .device(path: "/dev/\($1)"))))
        },
        { $0.devices.append(.character(CharacterDevice(kind: .channel(name: $1), backend: .pty(path: nil)))) },
        { $0.devices.append(.filesystem(Filesystem(source: $1, target: $1))) },
        { $0.devices.append(.vtpm(VirtualTPM(backendDomain: $1))) },
        { $0.devices.append(.vdispl(VirtualDisplay(connectors: [.init(id: $1, width: 1, height: 1)]))) },
        { $0.devices.append(.vsnd(VirtualSound(backendDomain: nil, shortName: $1))) },
    ]

    /// `disk` as it comes out of a file: with what xl takes for granted.
    private static func readOut(_ disk: Disk) -> Disk {
        var disk = disk
        disk.driverType = "raw"
        disk.removable = false
        // Only QEMU reaches an image over the network, which the file says by name.
        if disk.source.network != nil { disk.driverName = "qemu" }
        return disk
    }

    @Test(arguments: places.indices)
    func aHostileTextMeansTheSameOrIsRefused(place: Int) throws {
        for text in Self.hostile + Self.impossible {
            var domain = try guest()
            domain.operatingSystem.bootDevices = [.hardDisk]
            Self.places[place](&domain, text)
            let writing: XLWriting
            do throws(XLConfigError) {
                writing = try domain.xlConfiguration()
            } catch {
                guard case .inexpressible(let path, let key, let refused, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(!path.isEmpty && !key.isEmpty && refused.contains(text) || text.contains(refused))
                continue
            }
            #expect(!Self.impossible.contains(text), "place \(place): \(text.debugDescription)")
            let configuration = try XLConfiguration.parse(Array(writing.configuration.text.utf8))
            var again = try DomainDefinition.read(configuration, draws: draws).definition
            // The card that xl gives a guest whose file names none.
            again.devices.removeAll { if case .video = $0 { true } else { false } }
            // A snapshot in an image's name comes back as one beside it: the same name to QEMU.
            for index in again.disks.indices {
                guard let source = again.disks[index].source.network, let snapshot = source.snapshot else { continue }
                again.disks[index].source.network?.name = (source.name ?? "") + "@" + snapshot
                again.disks[index].source.network?.snapshot = nil
            }
            #expect(again == domain, "place \(place): \(text.debugDescription)\n\(writing.configuration.text)")
        }
    }

    @Test func aTextThatIsQuotedIsNotRefused() throws {
        for text in Self.hostile {
            var domain = try guest()
            domain.operatingSystem.kernel = text
            domain.disks = [Disk(source: DiskSource(kind: .file, path: "/\(text)"), target: "xvda")]
            #expect(throws: Never.self) { try domain.xlConfiguration() }
        }
    }

    @Test func whatXlHasNoWordForIsNamedByPath() throws {
        var domain = try guest()
        domain.title = "t"
        domain.metadata = "<metadata/>"
        domain.memory = Kibibytes(70000)
        domain.generationID = DomainUUID(high: 3, low: 4)
        domain.xen.claimMemory = true
        domain.features.e820Host = true
        domain.processor.mode = .custom
        domain.clock.timers = [Timer(name: .pit)]
        var shared = Disk(source: DiskSource(kind: .file, path: "/a"), target: "xvda")
        shared.isShareable = true
        var image = Disk(source: DiskSource(kind: .file, path: "/b"), target: "xvdb")
        image.driverType = "vmdk"
        domain.disks = [
            shared, image, Disk(device: .floppy, source: DiskSource(kind: .file, path: "/c"), target: "fda"),
        ]
        var down = Interface(source: .network("default"), mac: MACAddress(bits: 2))
        down.link = .down
        var nic = Interface(source: .bridge("b"), mac: MACAddress(bits: 4))
        nic.link = .down
        domain.interfaces = [down, nic]
        domain.devices.append(.opaque(OpaqueDevice(deviceClass: .watchdog, element: OpaqueElement("watchdog"))))
        let notices = try domain.xlConfiguration().notices
        let expected: [XLOmission] = [
            XLOmission(path: "/domain/title", kind: .leftOut), XLOmission(path: "/domain/metadata", kind: .leftOut),
            XLOmission(path: "/domain/memory", kind: .rounded(to: "69 MiB")),
            XLOmission(path: "/domain/features/xen/e820_host", kind: .otherGuestType(key: "e820_host", .hvm)),
            XLOmission(path: "/domain/cpu/@mode", kind: .leftOut), XLOmission(path: "/domain/genid", kind: .leftOut),
            XLOmission(path: "/domain/xenkeeper:options/memory/@claim", kind: .leftOut),
            XLOmission(path: "/domain/clock/timer[1]", kind: .leftOut),
            XLOmission(path: "/domain/devices/disk[1]/shareable", kind: .leftOut),
            XLOmission(path: "/domain/devices/disk[2]", kind: .deviceLeftOut("the format 'vmdk'")),
            XLOmission(path: "/domain/devices/disk[3]", kind: .deviceLeftOut("a floppy drive")),
            XLOmission(path: "/domain/devices/interface[1]", kind: .deviceLeftOut("a network of the connection's")),
            XLOmission(path: "/domain/devices/interface[2]/link", kind: .leftOut),
            XLOmission(path: "/domain/devices/watchdog[1]", kind: .leftOut),
            XLOmission(path: "/domain/devices/disk/xenkeeper:options/@removable", kind: .other("no")),
        ]
        #expect(notices == expected)
        #expect(notices.allSatisfy { $0.description.hasPrefix($0.path) })
    }

    @Test func pinsAndAProcessorSetBecomeOneList() throws {
        var domain = try guest()
        domain.vcpus = VirtualCPUs(maximum: 3, current: 3)
        domain.vcpus.cpuSet = CPUSet("0-3")
        domain.cpuTuning.pins = [VCPUPin(vcpu: 1, cpuSet: CPUSet([7])), VCPUPin(vcpu: 5, cpuSet: CPUSet([7]))]
        let writing = try domain.xlConfiguration()
        #expect(writing.configuration["cpus"] == XLValue(.list(["0-3", "7", "0-3"].map { XLValue(.string($0)) })))
        #expect(writing.notices == [XLOmission(path: "/domain/cputune/vcpupin[2]", kind: .leftOut)])
    }

    @Test func aConsoleThatIsTheSerialPortIsWrittenAsOne() throws {
        var domain = try guest()
        let console = CharacterDevice(
            kind: .console(ConsoleTarget(type: .serial, port: 0)), backend: .file(path: "/var/log/a", append: nil))
        domain.devices = [.character(console)]
        let writing = try domain.xlConfiguration()
        #expect(writing.configuration.text.contains("serial = \"file:/var/log/a\"\n"))
        #expect(writing.notices.isEmpty)
        // Where there is a port it shows that one again.
        domain.devices.append(.character(CharacterDevice(kind: .serial(port: 0), backend: .pty(path: nil))))
        #expect(try domain.xlConfiguration().configuration.text.contains("serial = \"pty\"\n"))
    }

    @Test(
        "an input device that a start puts on USB is written so, and no other",
        arguments: [
            (.tablet, nil, true), (.tablet, .usb, true), (.mouse, .usb, true), (.mouse, nil, false),
            (.tablet, .ps2, false),
        ] as [(InputType, InputBus?, Bool)])
    func inputs(_ type: InputType, _ bus: InputBus?, _ isWritten: Bool) throws {
        var domain = try guest()
        domain.devices = [.input(Input(type: type, bus: bus))]
        let text = try domain.xlConfiguration().configuration.text
        #expect(text.contains("usb = 1\n") == isWritten)
        #expect(text.contains("\"\(type)\"") == isWritten)
    }

    @Test func disksAreWrittenInTheOrderInWhichAStartTellsThem() throws {
        var domain = try guest(.pv)
        domain.disks = ["xvdb", "hda", "xvda"].map {
            Disk(source: DiskSource(kind: .block, path: "/dev/\($0)"), target: $0)
        }
        let text = try domain.xlConfiguration().configuration.text
        let places = try ["xvda", "xvdb", "hda"].map { try #require(text.firstRange(of: "vdev=\($0)")).lowerBound }
        #expect(places == places.sorted())
    }

    @Test func aDefinitionThatNoDocumentCanHaveIsWritten() throws {
        var domain = try guest()
        domain.vcpus = VirtualCPUs(maximum: 0, current: 0)
        domain.vcpus.cpuSet = CPUSet([] as [UInt32])
        domain.memory = Kibibytes(.max)
        domain.xen.softPins = [VCPUPin(vcpu: .max, cpuSet: CPUSet([1]))]
        domain.xen.ioPorts = [IOPortRange(first: .max, count: .max), IOPortRange(first: 0, count: 0)]
        domain.processor.numaCells = (0..<65).map { NUMACell(id: .max - $0, cpus: nil, memory: Kibibytes(.max)) }
        var pinned = domain
        pinned.vcpus.cpuSet = CPUSet([1])
        pinned.cpuTuning.pins = [VCPUPin(vcpu: 0, cpuSet: CPUSet([1]))]
        let paths = try domain.xlConfiguration().notices.map(\.path) + pinned.xlConfiguration().notices.map(\.path)
        #expect(paths.contains("/domain/vcpu/@cpuset"))
        #expect(paths.contains("/domain/cputune/vcpupin[1]"))
        #expect(paths.contains("/domain/cpu/numa"))
        #expect(paths.contains("/domain/xenkeeper:options/ioports[2]"))
    }
}
