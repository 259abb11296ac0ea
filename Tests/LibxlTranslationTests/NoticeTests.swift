import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("What has no effect on a domain")
struct NoticeTests {
    struct Noticed: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let guest: GuestType
        let vary: @Sendable (inout DomainDefinition) -> Void
        /// `PATH` or `PATH DEVICE`.
        let notices: [String]

        init(
            _ testDescription: String, _ guest: GuestType, _ notices: [String],
            vary: @escaping @Sendable (inout DomainDefinition) -> Void
        ) {
            self.testDescription = testDescription
            self.guest = guest
            self.notices = notices
            self.vary = vary
        }
    }

    static let noticed: [Noticed] = [
        Noticed("names, places and what people wrote", .hvm, []) {
            $0.title = "t"
            $0.description = "d"
            $0.operatingSystem.machine = "xenfv"
            $0.disks = [
                Samples.disk {
                    $0.alias = DeviceAlias("ua-a")
                    $0.bus = "xen"
                }
            ]
        },
        Noticed(
            "what only an emulated machine has", .pv,
            [
                "/domain/genid", "/domain/os/loader", "/domain/os/@firmware", "/domain/os/acpi/table",
                "/domain/pm/suspend-to-mem", "/domain/pm/suspend-to-disk", "/domain/features/acpi",
                "/domain/features/apic",
                "/domain/features/viridian", "/domain/features/hyperv", "/domain/devices/serial port 0",
                "/domain/devices/input mouse", "/domain/devices/sound ac97", "/domain/devices/video vga",
            ]
        ) {
            $0.generationID = Samples.uuid
            $0.operatingSystem.loader = Loader(path: "/l")
            $0.operatingSystem.firmware = .bios
            $0.operatingSystem.acpiTables = [ACPITable(type: "slic", path: "/t")]
            $0.powerManagement.suspendToMemory = true
            $0.powerManagement.suspendToDisk = true
            $0.features.acpi = true
            $0.features.apic = true
            $0.features.viridian = true
            $0.features.hyperV = HyperVFeatures()
            $0.devices = [
                .character(CharacterDevice(kind: .serial(port: 0), backend: .null)),
                .input(Input(type: .mouse, bus: .usb)), .sound(Sound(model: .ac97)), .video(Video(model: .vga)),
                .video(Video(model: .xen)),
            ]
        },
        Noticed(
            "what there is one of", .hvm,
            [
                "/domain/seclabel", "/domain/os/acpi/table", "/domain/devices/graphics/listen vnc",
                "/domain/devices/sound sb16", "/domain/devices/video vga",
            ]
        ) {
            $0.securityLabels = [SecurityLabel(type: "static", label: "l"), SecurityLabel(type: "none")]
            $0.operatingSystem.acpiTables = [
                ACPITable(type: "slic", path: "/a"), ACPITable(type: "slic", path: "/b"),
            ]
            var vnc = Graphics(kind: .vnc)
            vnc.listens = [GraphicsListen(address: "::1"), GraphicsListen(address: "::2")]
            $0.devices = [
                .graphics(vnc), .sound(Sound(model: .ac97)), .sound(Sound(model: .sb16)),
                .video(Video(model: .cirrus)), .video(Video(model: .vga)),
            ]
        },
        Noticed("processors that Xen does not make", .hvm, ["/domain/cpu/@mode", "/domain/cpu/feature[@name='aes']"]) {
            $0.processor = Processor(mode: .custom)
            $0.processor.model = "Haswell"
            $0.processor.features = [ProcessorFeature(name: "aes", policy: .require)]
        },
        Noticed("a feature that may be", .pvh, ["/domain/cpu/feature[@name='aes']"]) {
            $0.processor = Processor(mode: .hostPassthrough)
            $0.processor.features = [ProcessorFeature(name: "aes", policy: .optional)]
        },
        Noticed("nodes that are not the whole memory", .pvh, ["/domain/cpu/numa/cell/@memory"]) {
            $0.processor.numaCells = [NUMACell(id: 0, cpus: CPUSet([0]), memory: Kibibytes(1024))]
        },
        Noticed("a dynamic label", .pv, ["/domain/seclabel[@type='dynamic']"]) {
            $0.securityLabels = [SecurityLabel(type: "dynamic")]
        },
        Noticed(
            "parts of timers", .hvm,
            [
                "/domain/clock/timer/@present tsc", "/domain/clock/timer/@frequency tsc",
                "/domain/clock/timer/@tickpolicy hpet",
            ]
        ) {
            var tsc = Timer(name: .tsc)
            tsc.isPresent = false
            tsc.frequency = 1
            var hpet = Timer(name: .hpet)
            hpet.tickPolicy = .catchup
            $0.clock.timers = [tsc, hpet]
        },
        Noticed(
            "interfaces for Windows that come anyway, or not at all", .hvm,
            [
                "/domain/features/hyperv/relaxed/@state", "/domain/features/hyperv/spinlocks",
                "/domain/features/hyperv/vendor_id", "/domain/features/hyperv/stimer/direct",
            ]
        ) {
            $0.features.hyperV = HyperVFeatures()
            $0.features.hyperV?.states = [
                .relaxed: false, .spinlocks: true, .vendorID: true, .stimerDirect: true, .vapic: true,
            ]
        },
        Noticed(
            "consoles beside the one that Xen has", .pv,
            ["/domain/devices/console/@type xen 0", "/domain/devices/console xen 1"]
        ) {
            $0.devices = [
                .character(
                    CharacterDevice(
                        kind: .console(ConsoleTarget(type: .xen, port: 0)), backend: .file(path: "/f", append: nil))),
                .character(
                    CharacterDevice(kind: .console(ConsoleTarget(type: .xen, port: 1)), backend: .pty(path: nil))),
                .character(
                    CharacterDevice(kind: .console(ConsoleTarget(type: .serial, port: 0)), backend: .pty(path: nil))),
            ]
        },
        Noticed(
            "a place in an order that the guest does not boot by", .pv,
            ["/domain/devices/disk/boot/@order xvda"]
        ) { $0.disks = [Samples.disk { $0.bootOrder = 1 }] },
        Noticed(
            "parts of devices", .hvm,
            [
                "/domain/devices/disk/driver/@discard sda", "/domain/devices/interface/mtu/@size 00:16:3e:00:00:01",
                "/domain/devices/graphics/gl/@enable vnc", "/domain/devices/serial/source/@append port 0",
            ].sorted()
        ) {
            var vnc = Graphics(kind: .vnc)
            vnc.opengl = true
            $0.devices = [
                .disk(
                    Samples.disk {
                        $0.target = "sda"
                        $0.isReadOnly = true
                        $0.discard = .unmap
                    }),
                .interface(
                    Samples.nic {
                        $0.source = .hostdev(HostPCIDevice(address: DeviceTranslationTests.address("01:00.0")))
                        $0.mtu = 9000
                    }),
                .character(CharacterDevice(kind: .serial(port: 0), backend: .file(path: "/f", append: true))),
                .graphics(vnc),
            ]
        },
    ]

    @Test("is noticed by path, and only that", arguments: noticed)
    func isNoticed(_ noticed: Noticed) throws {
        let translation = try Translation(Samples.guest(noticed.guest, noticed.vary))
        #expect(translation.obstacles == [])
        let places = translation.notices.map { ([$0.path] + [$0.device].compactMap(\.self)).joined(separator: " ") }
        #expect(places.sorted() == noticed.notices.sorted())
    }

    @Test(
        "a device that Xen does not have is noticed where libvirt leaves it out",
        arguments: [
            DeviceClass.rng, .watchdog, .panic, .tpm, .smartcard, .hub, .vsock, .audio, .lease, .shmem, .iommu, .nvram,
            .crypto, .pstore, .redirdev, .controller, .filesystem, .input, .console, .hostdev,
        ])
    func opaque(_ deviceClass: DeviceClass) throws {
        let element = OpaqueElement(deviceClass.rawValue, attributes: [.init("mode", "subsystem")])
        let device = OpaqueDevice(deviceClass: deviceClass, element: element)
        let translation = try Translation(Samples.guest(.hvm) { $0.devices = [.opaque(device)] })
        #expect(try translation.config == LibxlDomainConfig(Samples.guest(.hvm)))
        #expect(
            translation.notices == [
                TranslationNotice(
                    path: "/domain/devices/\(deviceClass)", device: "subsystem", reason: .unknownToXen)
            ])
    }

    static let refused: [(DeviceClass, String, String, Untranslatable.Reason)] = [
        (.interface, "type", "/@type", .unsupported(.interfaceType, "x")),
        (.graphics, "type", "/@type", .unsupported(.graphicsType, "x")),
        (.serial, "type", "/@type", .unsupported(.characterDevice, "x")),
        (.channel, "type", "/target/@type", .unsupported(.channelTarget, "")),
        (.disk, "type", "/@type", .unsupported(.diskSource, "x")),
        (.disk, "device", "/@device", .unsupported(.diskDevice, "x")),
        (.video, "type", "/model/@type", .unsupported(.videoType, "")),
        (.sound, "model", "/@model", .unsupported(.audioModel, "x")),
        (.memballoon, "model", "/@model", .unsupported(.balloonModel, "x")),
        (.hostdev, "mode", "/@mode", .unsupported(.hostDevice, "x")),
        (.parallel, "type", "", .unsupportedDevice(.parallel)),
        (.memory, "model", "", .unsupportedDevice(.memory)),
    ]

    @Test("a device that Xen does not have is refused where libvirt refuses it", arguments: refused)
    func opaqueRefused(
        _ deviceClass: DeviceClass, attribute: String, part: String, reason: Untranslatable.Reason
    ) throws {
        let element = OpaqueElement(deviceClass.rawValue, attributes: [.init(attribute, "x")])
        let definition = try Samples.guest(.hvm) {
            $0.devices = [.opaque(OpaqueDevice(deviceClass: deviceClass, element: element))]
        }
        let error = Untranslatable(path: "/domain/devices/\(deviceClass)\(part)", device: "x", reason: reason)
        #expect(throws: error) { try LibxlDomainConfig(definition) }
    }

    @Test("a disk that its host serves over a socket is refused for that, and not for its type")
    func hostTransport() throws {
        let host = OpaqueElement("host", attributes: [.init("transport", "unix"), .init("socket", "/s")])
        let disk = OpaqueElement(
            "disk", attributes: [.init("type", "network")],
            content: [.element(OpaqueElement("source", content: [.element(host)]))])
        let definition = try Samples.guest(.hvm) {
            $0.devices = [.opaque(OpaqueDevice(deviceClass: .disk, element: disk))]
        }
        let error = #expect(throws: Untranslatable.self) { try LibxlDomainConfig(definition) }
        #expect(error?.path == "/domain/devices/disk/source/host/@transport")
        #expect(error?.reason == .unsupported(.hostTransport, "unix"))
    }
}
