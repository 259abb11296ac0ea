import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("A domain as it is passed to libxl")
struct DomainTranslationTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let guest: GuestType
        var vary: @Sendable (inout DomainDefinition) -> Void = { _ in }
        /// Members of `c_info`, `b_info` and the top beside the ones that every sample has.
        var createInfo = "{}"
        let buildInfo: String
        var rest = #"{"on_reboot": "restart"}"#
    }

    static let cases: [Case] = [
        Case(
            testDescription: "pv looks for its kernel with pygrub", guest: .pv,
            buildInfo: #"{"type.pv": {"bootloader": "pygrub"}}"#),
        Case(
            testDescription: "pv with a kernel of the host has no bootloader", guest: .pv,
            vary: {
                $0.operatingSystem.kernel = "/boot/k"
                $0.operatingSystem.initrd = "/boot/i"
                $0.operatingSystem.commandLine = "root=/dev/xvda1 ro"
                $0.features.e820Host = true
            },
            buildInfo: #"""
                {"kernel": "/boot/k", "ramdisk": "/boot/i", "cmdline": "root=/dev/xvda1 ro",
                 "type.pv": {"bootloader": null, "e820_host": "True"}}
                """#),
        Case(
            testDescription: "pv with a bootloader and arguments, quotes kept together", guest: .pv,
            vary: {
                $0.operatingSystem.bootloader = "/usr/lib/xen/bin/pygrub"
                $0.operatingSystem.bootloaderArguments = " --entry=1\t-q\n--args='root=/dev/xvda1 ro' \"\" "
                $0.features.e820Host = false
            },
            buildInfo: #"""
                {"type.pv": {"bootloader": "/usr/lib/xen/bin/pygrub", "e820_host": "False",
                 "bootloader_args": ["--entry=1", "-q", "--args=root=/dev/xvda1 ro", ""]}}
                """#),
        Case(
            testDescription: "pv says nothing of pae and hap, which it always has", guest: .pv,
            vary: {
                $0.features.pae = true
                $0.features.hap = false
            },
            buildInfo: #"{"type.pv": {"bootloader": "pygrub"}}"#),
        Case(
            testDescription: "pvh without a kernel has no bootloader of ours", guest: .pvh,
            buildInfo: #"{"type.pvh": {}}"#),
        Case(
            testDescription: "pvh with everything", guest: .pvh,
            vary: {
                $0.operatingSystem.kernel = "/boot/k"
                $0.operatingSystem.bootloader = "pygrub"
                $0.operatingSystem.bootloaderArguments = "-q"
                $0.features.acpi = true
                $0.features.hap = true
            },
            createInfo: #"{"hap": "True"}"#,
            buildInfo: #"""
                {"kernel": "/boot/k", "acpi": "True", "bootloader": "pygrub", "bootloader_args": ["-q"],
                 "type.pvh": {}}
                """#),
        Case(
            testDescription: "hvm boots from its hard disk, and acpi and apic are libxl's choice", guest: .hvm,
            buildInfo: #"{"type.hvm": {"boot": "c"}}"#),
        Case(
            testDescription: "hvm with everything", guest: .hvm,
            vary: {
                $0.operatingSystem.bootDevices = [.network, .cdrom, .hardDisk, .floppy]
                $0.operatingSystem.kernel = "/boot/k"
                $0.operatingSystem.initrd = "/boot/i"
                $0.operatingSystem.commandLine = "quiet"
                $0.features.acpi = true
                $0.features.apic = true
                $0.features.pae = true
                $0.features.hap = false
                $0.features.passthrough = .sharePageTables
            },
            createInfo: #"{"hap": "False", "passthrough": "share_pt"}"#,
            buildInfo: #"""
                {"kernel": "/boot/k", "ramdisk": "/boot/i", "cmdline": "quiet", "acpi": "True", "apic": "True",
                 "type.hvm": {"pae": "True", "boot": "ndca"}}
                """#),
        Case(
            testDescription: "memory goes up to whole MiB", guest: .pvh,
            vary: {
                $0.memory = Kibibytes(524_287)
                $0.currentMemory = Kibibytes(262_145)
            },
            buildInfo: #"{"max_memkb": 524288, "target_memkb": 263168, "type.pvh": {}}"#),
        Case(
            testDescription: "the first vCPUs are on line", guest: .pvh,
            vary: { $0.vcpus = VirtualCPUs(maximum: 4, current: 3) },
            buildInfo: #"{"max_vcpus": 4, "avail_vcpus": [0, 1, 2], "type.pvh": {}}"#),
        Case(
            testDescription: "local time", guest: .pvh, vary: { $0.clock.offset = .localtime },
            buildInfo: #"{"localtime": "True", "type.pvh": {}}"#),
        Case(
            testDescription: "a clock beside UTC", guest: .pvh,
            vary: { $0.clock.offset = .variable(adjustment: -3600, basis: .utc) },
            buildInfo: #"{"rtc_timeoffset": 4294963696, "type.pvh": {}}"#),
        Case(
            testDescription: "a clock beside local time", guest: .pvh,
            vary: { $0.clock.offset = .variable(adjustment: 60, basis: .localtime) },
            buildInfo: #"{"rtc_timeoffset": 60, "localtime": "True", "type.pvh": {}}"#),
        Case(
            testDescription: "what becomes of it", guest: .pvh,
            vary: {
                $0.onPoweroff = .preserve
                $0.onReboot = .restartRename
                $0.onCrash = .coredumpDestroy
            },
            buildInfo: #"{"type.pvh": {}}"#,
            rest: #"{"on_poweroff": "preserve", "on_reboot": "restart_rename", "on_crash": "coredump_destroy"}"#),
        Case(
            testDescription: "what people wrote about it stays behind", guest: .pvh,
            vary: {
                $0.title = "ua-title"
                $0.description = "ua-description"
                $0.metadata = "<metadata><ua-metadata/></metadata>"
            },
            buildInfo: #"{"type.pvh": {}}"#),
        Case(
            testDescription: "NICs count from 0 in document order, disks are in the order of their places", guest: .pvh,
            vary: {
                let second = Samples.nic { $0.source = .bridge("br1") }
                $0.interfaces = [Samples.nic(), second, Samples.nic()]
                $0.disks = [Samples.disk { $0.target = "xvdb" }, Samples.disk { $0.target = "xvda" }]
            },
            buildInfo: #"{"type.pvh": {}}"#,
            rest: #"""
                {"on_reboot": "restart",
                 "nics": [{"devid": 0, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif"},
                          {"devid": 1, "mac": "00:16:3e:00:00:01", "bridge": "br1", "nictype": "vif"},
                          {"devid": 2, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif"}],
                 "disks": [{"pdev_path": "/images/inn.img", "vdev": "xvda", "format": "raw", "removable": 1,
                            "readwrite": 1},
                           {"pdev_path": "/images/inn.img", "vdev": "xvdb", "format": "raw", "removable": 1,
                            "readwrite": 1}]}
                """#),
        Case(
            testDescription: "an hvm guest's first NIC is emulated, too", guest: .hvm,
            vary: { $0.interfaces = [Samples.nic()] },
            buildInfo: #"{"type.hvm": {"boot": "c"}}"#,
            rest: #"""
                {"on_reboot": "restart",
                 "nics": [{"devid": 0, "mac": "00:16:3e:00:00:01", "bridge": "br0", "nictype": "vif_ioemu"}]}
                """#),
    ]

    @Test("libxl's JSON says what the document said", arguments: cases)
    func saysWhatTheDocumentSaid(_ example: Case) throws {
        let config = try LibxlDomainConfig(Samples.guest(example.guest, example.vary))
        let said = #"{"c_info": \#(example.createInfo), "b_info": \#(example.buildInfo)}"#
        let expected = try JSONValue(parsing: GuestCase.base(example.guest)).adding(JSONValue(parsing: said))
            .adding(JSONValue(parsing: example.rest))
        #expect(try JSONValue(encoding: config).withoutNothing == expected.withoutNothing)
    }

    @Test(
        "every way to prepare for the host's devices has its word",
        arguments: [
            (.disabled, "disabled"), (.enabled, "enabled"), (.syncPageTables, "sync_pt"),
            (.sharePageTables, "share_pt"),
        ] as [(PassthroughMode, String)])
    func passthrough(mode: PassthroughMode, passed: String) throws {
        let config = try LibxlDomainConfig(Samples.guest(.pvh) { $0.features.passthrough = mode })
        #expect(config.createInfo.passthrough?.rawValue == passed)
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let guest: GuestType
        let vary: @Sendable (inout DomainDefinition) -> Void
        let error: Untranslatable

        init(
            _ testDescription: String, _ guest: GuestType, _ path: String, _ reason: Untranslatable.Reason,
            device: String? = nil, vary: @escaping @Sendable (inout DomainDefinition) -> Void
        ) {
            self.testDescription = testDescription
            self.guest = guest
            self.vary = vary
            error = Untranslatable(path: path, device: device, reason: reason)
        }
    }

    static let refused: [Refused] = [
        Refused("another hypervisor's document", .pv, "/domain/@type", .otherHypervisor("kvm")) {
            $0.hypervisor = "kvm"
        },
        Refused("no memory", .pv, "/domain/memory", .memoryOutOfRange(Kibibytes(0))) {
            $0.memory = Kibibytes(0)
        },
        Refused("memory past counting", .pv, "/domain/memory", .memoryOutOfRange(Kibibytes(.max))) {
            $0.memory = Kibibytes(.max)
        },
        Refused("no memory at start", .pv, "/domain/currentMemory", .memoryOutOfRange(Kibibytes(0))) {
            $0.currentMemory = Kibibytes(0)
        },
        Refused(
            "more memory at start than ever", .pv, "/domain/currentMemory",
            .currentMemoryAboveMaximum(current: Kibibytes(2048), maximum: Kibibytes(1024))
        ) {
            $0.memory = Kibibytes(1024)
            $0.currentMemory = Kibibytes(2048)
        },
        Refused("no vCPU", .pvh, "/domain/vcpu", .vcpusOutOfRange(0, most: 8192)) {
            $0.vcpus = VirtualCPUs(maximum: 0, current: 0)
        },
        Refused("vCPUs past any Xen", .pvh, "/domain/vcpu", .vcpusOutOfRange(.max, most: 8192)) {
            $0.vcpus = VirtualCPUs(maximum: .max, current: .max)
        },
        Refused(
            "no vCPU on line", .pvh, "/domain/vcpu/@current", .currentVCPUsOutOfRange(current: 0, maximum: 2)
        ) {
            $0.vcpus = VirtualCPUs(maximum: 2, current: 0)
        },
        Refused(
            "more vCPUs on line than there are", .pvh, "/domain/vcpu/@current",
            .currentVCPUsOutOfRange(current: 3, maximum: 2)
        ) {
            $0.vcpus = VirtualCPUs(maximum: 2, current: 3)
        },
        Refused("a time zone", .hvm, "/domain/clock/@timezone", .timezoneClock("Europe/Paris")) {
            $0.clock.offset = .timezone("Europe/Paris")
        },
        Refused("a pvh guest that nothing boots", .pvh, "/domain/os", .pvhWithoutKernel) {
            $0.operatingSystem.kernel = nil
        },
        Refused("a firmware with secure boot", .hvm, "/domain/os/firmware/feature", .secureBoot) {
            $0.operatingSystem.firmware = .efi
            $0.operatingSystem.firmwareFeatures = [FirmwareFeature(.secureBoot, isEnabled: true)]
        },
        Refused("a quote that does not close", .pv, "/domain/bootloader_args", .unclosedQuote("--args='root=x")) {
            $0.operatingSystem.bootloaderArguments = "--args='root=x"
        },
        Refused(
            "a disk of another hypervisor", .pv, "/domain/devices/disk/target/@dev", .notAVdev(target: "vda"),
            device: "vda"
        ) {
            $0.disks = [Samples.disk(), Samples.disk { $0.target = "vda" }]
        },
        Refused(
            "an emulated NIC for pv", .pv, "/domain/devices/interface/model/@type",
            .onlyNetfront(model: "virtio", .pv), device: "00:16:3e:00:00:01"
        ) {
            $0.interfaces = [Samples.nic { $0.model = "virtio" }]
        },
    ]

    @Test("what libxl cannot express is refused by its path", arguments: refused)
    func refusedByPath(_ refused: Refused) throws {
        let definition = try Samples.guest(refused.guest, refused.vary)
        #expect(throws: refused.error) { try LibxlDomainConfig(definition) }
    }

    @Test("a refusal's sentence says what, where and what to do")
    func sentences() {
        let error = Untranslatable(
            path: "/domain/devices/disk/target/@dev", device: "vda", reason: .notAVdev(target: "vda"))
        #expect(
            "\(error)" == "'vda' is no disk name of Xen; use one such as xvda, hda or sda"
                + " (/domain/devices/disk/target/@dev of 'vda')")
        let guest = Untranslatable(path: "/domain/devices/hostdev", reason: .notForGuestType(.pvh, only: [.hvm, .pv]))
        #expect("\(guest)" == "not supported for pvh guests, only for hvm and pv (/domain/devices/hostdev)")
    }
}
