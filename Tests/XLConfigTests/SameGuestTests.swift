import LibxlTranslation
import Testing
import XLConfig
import XenModel
import XenUnits

/// What a start tells libxl of a definition is what it tells of the file that is written of it.
@Suite struct SameGuestTests {
    /// A definition to be written, by what is special about it.
    struct Guest: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let type: GuestType
        let change: @Sendable (inout DomainDefinition) -> Void

        init(_ name: String, _ type: GuestType = .hvm, _ change: @escaping @Sendable (inout DomainDefinition) -> Void) {
            testDescription = name
            self.type = type
            self.change = change
        }
    }

    private static func disk(_ change: (inout Disk) -> Void) -> Disk {
        var disk = Disk(source: DiskSource(kind: .file, path: "/a"), target: "xvda")
        disk.removable = false
        change(&disk)
        return disk
    }

    private static func image(_ change: (inout NetworkDiskSource) -> Void) -> Disk {
        var source = NetworkDiskSource(networkProtocol: "rbd", name: "pool/image")
        change(&source)
        return disk { $0.source = DiskSource(network: source) }
    }

    private static func graphics(_ kind: GraphicsKind, _ change: (inout Graphics) -> Void = { _ in }) -> Device {
        var graphics = Graphics(kind: kind)
        graphics.autoport = false
        graphics.port = 5901
        change(&graphics)
        return .graphics(graphics)
    }

    private static func usb(_ address: UInt8) -> Device {
        .hostdev(HostDevice(source: .usb(HostUSBDevice(place: .init(bus: 1, device: address)))))
    }

    private static func pci(_ change: (inout HostDevice) -> Void = { _ in }) -> [Device] {
        guard let address = PCIAddress("0000:03:00.1") else { return [] }
        var device = HostDevice(source: .pci(HostPCIDevice(address: address)))
        change(&device)
        return [.hostdev(device)]
    }

    static let guests: [Guest] = [
        Guest("without a kernel", .pv) { $0.operatingSystem.kernel = nil },
        Guest("without a display") { _ in },
        Guest("with a display and without a card") { $0.devices = [graphics(.vnc)] },
        Guest("with a card that is none") { $0.devices = [.video(Video(model: .none))] },
        Guest("with Xen's card") { $0.devices = [graphics(.vnc), .video(Video(model: .xen))] },
        Guest("with a display at an address") {
            $0.devices = [graphics(.vnc) { $0.listens = [GraphicsListen(address: "0.0.0.0")] }]
        },
        Guest("with a framebuffer", .pv) { $0.devices = [graphics(.vnc) { $0.password = "p" }] },
        Guest("with libxl's own firmware, wherever it lay") {
            $0.operatingSystem.loader = Loader(path: "/usr/lib64/xen-4.0/boot/hvmloader", type: .rom)
        },
        Guest("with another firmware") { $0.operatingSystem.loader = Loader(path: "/firmware", type: .rom) },
        Guest("with a firmware in flash") { $0.operatingSystem.loader = Loader(path: "/efi", type: .pflash) },
        Guest("with EFI from a file") {
            $0.operatingSystem.firmware = .efi
            $0.operatingSystem.loader = Loader(path: "/efi", type: .rom)
        },
        Guest("with the BIOS by name") { $0.operatingSystem.firmware = .bios },
        Guest("that boots its devices in an order of theirs") {
            $0.disks = [disk { $0.bootOrder = 2 }]
            var nic = Interface(source: .bridge("b"), mac: MACAddress(bits: 0x0016_3e00_0002))
            nic.bootOrder = 1
            $0.interfaces = [nic]
        },
        Guest("with a qcow2 image of tap's") {
            $0.disks = [disk { ($0.driverName, $0.driverType) = ("tap", "qcow2") }]
        },
        Guest("with a raw image of tap's") { $0.disks = [disk { ($0.driverName, $0.driverType) = ("tap", "raw") }] },
        Guest("with an rbd image") { $0.disks = [image { _ in }] },
        Guest("with an rbd image of a user's") { $0.disks = [image { $0.user = "me" }] },
        Guest("with a snapshot in an rbd image's name") { $0.disks = [image { $0.name = "pool/image@snap" }] },
        Guest("with an rbd image of many words") {
            $0.disks = [
                image {
                    $0.snapshot = "s"
                    $0.user = "m:e=@"
                    $0.hosts = [NetworkDiskHost(name: "fe80::1", port: 7), NetworkDiskHost(name: "a")]
                    $0.configurationFile = "/etc/ceph/c:d.conf"
                }
            ]
        },
        Guest("with a rate") {
            var nic = Interface(source: .bridge("b"), mac: MACAddress(bits: 0x0016_3e00_0002))
            nic.outboundAverage = KibibytesPerSecond(rawValue: 50)
            $0.interfaces = [nic]
        },
        Guest("with nodes without distances") {
            $0.vcpus = VirtualCPUs(maximum: 2, current: 2)
            $0.processor.numaCells = [
                NUMACell(id: 0, cpus: CPUSet([0]), memory: Kibibytes(32768)),
                NUMACell(id: 1, cpus: CPUSet([1]), memory: Kibibytes(32768)),
            ]
            $0.xen.numaPlacement = false
        },
        Guest("with a processor set for all") {
            $0.vcpus = VirtualCPUs(maximum: 2, current: 1)
            $0.vcpus.cpuSet = CPUSet([0, 2])
        },
        Guest("with guests of its own") {
            $0.processor.mode = .hostPassthrough
            $0.processor.features = [ProcessorFeature(name: "vmx", policy: .require)]
        },
        Guest("with a second serial port alone") {
            $0.devices = [.character(CharacterDevice(kind: .serial(port: 1), backend: .pty(path: nil)))]
        },
        Guest("with a USB controller") { $0.devices = [.controller(Controller(type: .usb, index: 0))] },
        Guest("with a USB controller of libxl's choice") {
            var controller = Controller(type: .usb, index: 0)
            (controller.usbType, controller.ports) = (.auto, 4)
            $0.devices = [.controller(controller)]
        },
        Guest("with more USB devices than its controller has ports") {
            var controller = Controller(type: .usb, index: 0)
            controller.ports = 1
            $0.devices = [.controller(controller), usb(2), usb(3), usb(4)]
        },
        Guest("with USB devices in the device model's words") {
            $0.devices = [.input(Input(type: .tablet, bus: .usb))]
            $0.xen.deviceModel.usbDevices = ["host:090c:1000"]
        },
        Guest("with a managed PCI device") { $0.devices = pci { $0.isManaged = true } },
        Guest("with a directory") { $0.devices = [.filesystem(Filesystem(source: "/s", target: "t"))] },
    ]

    @Test(arguments: guests)
    func theFileSaysWhatAStartTells(guest: Guest) throws {
        var definition = DomainDefinition(
            name: try DomainName("guest"), uuid: DomainUUID(high: 1, low: 2), memory: Kibibytes(65536),
            operatingSystem: OperatingSystem(guestType: guest.type))
        if guest.type != .hvm { definition.operatingSystem.kernel = "/k" }
        guest.change(&definition)
        let writing = try definition.xlConfiguration()
        #expect(writing.notices == [])
        let reading = try DomainDefinition.read(XLConfiguration.parse(Array(writing.configuration.text.utf8)))
        let passed = Translation(definition, context: .documentAlone).config
        #expect(
            Translation(reading.definition, context: .documentAlone).config == passed, "\(writing.configuration.text)"
        )
    }

    @Test("A SPICE display without an address listens at this host alone")
    func spiceIsNotOpenToTheWorld() throws {
        var definition = DomainDefinition(
            name: try DomainName("guest"), uuid: DomainUUID(high: 1, low: 2), memory: Kibibytes(65536),
            operatingSystem: OperatingSystem(guestType: .hvm))
        definition.devices = [Self.graphics(.spice)]
        #expect(try definition.xlConfiguration().configuration["spicehost"]?.text == "127.0.0.1")
    }

    @Test("What a file cannot say of a guest is named, and what the definition does not say is distinguished")
    func othersAreNamed() throws {
        var definition = DomainDefinition(
            name: try DomainName("guest"), uuid: DomainUUID(high: 1, low: 2), memory: Kibibytes(65536),
            operatingSystem: OperatingSystem(guestType: .pv))
        definition.operatingSystem.kernel = "/k"
        let stick = HostUSBDevice(place: nil, vendorProduct: .init(vendor: 1, product: 2))
        definition.devices = Self.pci() + [.hostdev(HostDevice(source: .usb(stick)))]
        var notices = try definition.xlConfiguration().notices
        #expect(
            notices == [
                XLOmission(
                    path: "/domain/devices/hostdev[2]",
                    kind: .deviceLeftOut("a USB device by its vendor and product")),
                XLOmission(path: "/domain/features/xen/e820_host", kind: .other("on")),
            ])
        #expect(notices.map(\.isDefault) == [false, true])
        definition.features.e820Host = true
        notices = try definition.xlConfiguration().notices
        #expect(notices.count == 1)
    }
}
