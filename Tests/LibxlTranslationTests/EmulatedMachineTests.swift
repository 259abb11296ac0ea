import LibxlAPI
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("What an emulated machine has of a document")
struct EmulatedMachineTests {
    private static func console(_ backend: CharacterBackend, _ type: ConsoleTargetType = .serial) -> Device {
        .character(CharacterDevice(kind: .console(ConsoleTarget(type: type, port: 0)), backend: backend))
    }

    @Test(
        "the first console is serial port 0 where there is no serial port",
        arguments: [
            (CharacterBackend.pty(path: nil), "pty"), (.file(path: "/log", append: nil), "file:/log"),
            (.tcp(TCPEndpoint(host: "h", service: "4", isListening: true)), "tcp:h:4,server,nowait"), (.null, "null"),
            (.unix(UnixEndpoint(path: "/s", isListening: true)), "unix:/s,server,nowait"),
        ])
    func console(backend: CharacterBackend, text: String) throws {
        let alone = try LibxlDomainConfig(Samples.guest(.hvm) { $0.devices = [Self.console(backend)] })
        #expect(alone.buildInfo.hvm.serial == text)
        let beside = try LibxlDomainConfig(
            Samples.guest(.hvm) {
                $0.devices = [
                    Self.console(backend), .character(CharacterDevice(kind: .serial(port: 0), backend: .stdio)),
                ]
            })
        #expect(beside.buildInfo.hvm.serial == "stdio")
        for devices in [[Self.console(backend, .xen)], [Self.console(backend, .xen), Self.console(backend)]] {
            let xen = try LibxlDomainConfig(Samples.guest(.hvm) { $0.devices = devices })
            #expect(xen.buildInfo.hvm.serial == nil)
        }
    }

    @Test(
        "a tablet is a USB one unless its bus is named, and a mouse is not",
        arguments: [
            (InputType.tablet, InputBus?.none, ["tablet"]), (.tablet, .usb, ["tablet"]), (.tablet, .xen, []),
            (.mouse, nil, []), (.mouse, .usb, ["mouse"]), (.keyboard, nil, []),
        ])
    func inputs(type: InputType, bus: InputBus?, passed: [String]) throws {
        let config = try LibxlDomainConfig(Samples.guest(.hvm) { $0.devices = [.input(Input(type: type, bus: bus))] })
        #expect(config.buildInfo.hvm.usbDeviceList == passed)
    }

    private static func disk(_ target: String, _ vary: (inout Disk) -> Void = { _ in }) -> Disk {
        var disk = Disk(source: DiskSource(kind: .file, path: "/images/\(target)"), target: target)
        vary(&disk)
        return disk
    }

    private static func drive(_ target: String) -> Disk {
        Disk(device: .cdrom, source: DiskSource(kind: .file, path: "/images/\(target).iso"), target: target)
    }

    @Test(
        "disks go to libxl by bus and place, for its boot loader reads the first",
        arguments: [
            (["xvdb", "xvda"], ["xvda", "xvdb"]), (["xvdaa", "xvdb", "hda"], ["xvdb", "xvdaa", "hda"]),
            (["hdb", "xvdc", "hda", "xvdb"], ["hda", "hdb", "xvdb", "xvdc"]), (["sdb", "sda1"], ["sda1", "sdb"]),
        ], [GuestType.pv, .pvh])
    func order(_ order: (written: [String], passed: [String]), guest: GuestType) throws {
        let config = try LibxlDomainConfig(Samples.guest(guest) { $0.disks = order.written.map { Self.disk($0) } })
        #expect(config.disks.map(\.vdev) == order.passed)
    }

    @Test(
        "two disks at one place keep the machine from being started, and the second is named",
        arguments: [
            ([disk("hda"), disk("xvda")], "xvda"), ([disk("xvdb1"), disk("xvdb2")], "xvdb2"),
            ([drive("hdc"), disk("xvdc")], "xvdc"), ([disk("sda"), disk("sda1")], "sda1"),
        ])
    func clash(disks: [Disk], second: String) throws {
        let translation = try Translation(Samples.guest(.hvm) { $0.disks = disks })
        #expect(translation.obstacles.map(\.device) == [second])
        #expect(translation.obstacles.map(\.path) == ["/domain/devices/disk/target/@dev"])
        for guest in [GuestType.pv, .pvh] {
            #expect(try Translation(Samples.guest(guest) { $0.disks = disks }).obstacles == [])
        }
    }

    @Test(
        "a place of another kind is another place", arguments: [["hda", "sda"], ["hda", "xvdb"], ["xvda", "xvde"]])
    func noClash(targets: [String]) throws {
        #expect(try Translation(Samples.guest(.hvm) { $0.disks = targets.map { Self.disk($0) } }).obstacles == [])
    }

    @Test(
        "a drive or boot disk that the machine has no place for is noticed",
        arguments: [
            ([disk("xvda"), drive("xvdi")], ["xvdi"]), ([disk("xvde")], ["xvde"]), ([disk("xvda"), disk("xvde")], []),
            ([disk("xvda"), disk("xvdf") { $0.bootOrder = 2 }], ["xvdf"]), ([disk("sdf"), drive("hdc")], []),
        ])
    func notShown(disks: [Disk], noticed: [String]) throws {
        let notices = try Translation(Samples.guest(.hvm) { $0.disks = disks }).notices.filter {
            $0.reason == .notEmulated
        }
        #expect(notices.map(\.device) == noticed)
    }

    @Test("a controller of another kind has more places")
    func controller() throws {
        let translation = try Translation(
            Samples.guest(.hvm) {
                $0.xen.diskController = .ahci
                $0.disks = [Self.disk("xvde"), Self.drive("hda"), Self.disk("xvda")]
            })
        #expect(translation.obstacles == [] && translation.notices == [])
    }

    @Test("a read-only disk is none that libxl gives an emulated machine, but for SCSI's", arguments: ["xvda", "sda"])
    func readOnly(target: String) throws {
        let disks = [Self.disk(target) { $0.isReadOnly = true }]
        let obstacles = try Translation(Samples.guest(.hvm) { $0.disks = disks }).obstacles
        #expect(obstacles.map(\.reason) == (target == "sda" ? [] : [.readOnlyEmulatedDisk]))
        #expect(try Translation(Samples.guest(.pv) { $0.disks = disks }).obstacles == [])
    }

    @Test("a pv guest that gets a PCI device sees the host's memory map, unless its document says no")
    func hostMap() throws {
        let device = Device.hostdev(
            HostDevice(source: .pci(HostPCIDevice(address: DeviceTranslationTests.address("01:00.0")))))
        func map(_ guest: GuestType, said: Bool?) throws -> Bool? {
            try LibxlDomainConfig(
                Samples.guest(guest) {
                    $0.devices = [device]
                    $0.features.e820Host = said
                }
            ).buildInfo.pv.e820Host
        }
        #expect(try map(.pv, said: nil) == true)
        #expect(try map(.pv, said: false) == false)
        #expect(try map(.hvm, said: nil) == nil)
    }
}
