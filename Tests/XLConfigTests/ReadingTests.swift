import Testing
import XLConfig
import XenModel
import XenUnits

/// What the keys that are no devices say.
@Suite struct ReadingTests {
    /// A key and what a definition has for it.
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var type = GuestType.hvm
        var holds: @Sendable (DomainDefinition) -> Bool
        var testDescription: String { text }

        init(_ text: String, _ type: GuestType = .hvm, _ holds: @escaping @Sendable (DomainDefinition) -> Bool) {
            self.text = text
            self.type = type
            self.holds = holds
        }
    }

    static let cases: [Case] = [
        Case("maxmem=128") { $0.memory == Kibibytes(131072) && $0.currentMemory == Kibibytes(65536) },
        Case("") { $0.memory == Kibibytes(65536) && $0.currentMemory == $0.memory },
        Case("vcpus=3") { $0.vcpus == VirtualCPUs(maximum: 3, current: 3) },
        Case("vcpus=2;maxvcpus='4'") { $0.vcpus == VirtualCPUs(maximum: 4, current: 2) },
        Case("maxvcpus=4") { $0.vcpus == VirtualCPUs(maximum: 4, current: 1) },
        Case("cpus='0-3,^2,8'") { $0.vcpus.cpuSet?.members == [0, 1, 3, 8] },
        Case("cpus='60-200,^64-127,^63,4095'") {
            $0.vcpus.cpuSet?.description == "60-62,128-200,4095"
        },
        Case("cpus='all'") { $0.vcpus.cpuSet == nil && $0.xen.numaPlacement == false },
        Case("vcpus=3\ncpus=['1','all','2-4,^3']") {
            $0.cpuTuning.pins.map(\.vcpu) == [0, 2] && $0.cpuTuning.pins.last?.cpuSet.members == [2, 4]
                && $0.xen.numaPlacement == false
        },
        Case("vcpus=2\ncpus_soft='1-2'") {
            $0.xen.softPins.map(\.vcpu) == [0, 1] && $0.xen.numaPlacement == false
        },
        Case("pool='p'") { $0.xen.pool == "p" },
        Case("cpu_weight=512\ncap=50\nperiod=10000\nextratime=1") {
            $0.cpuTuning.shares == 512 && $0.xen.scheduler.cap == 50 && $0.xen.scheduler.period == 10000
                && $0.xen.scheduler.extratime == true
        },
        Case("kernel='/k'\nramdisk='/r'\ncmdline='a b'") {
            $0.operatingSystem.kernel == "/k" && $0.operatingSystem.initrd == "/r"
                && $0.operatingSystem.commandLine == "a b"
        },
        Case("root='/dev/xvda1'\nextra='ro'", .pv) { $0.operatingSystem.commandLine == "root=/dev/xvda1 ro" },
        Case("root='/dev/xvda1'", .pv) { $0.operatingSystem.commandLine == "root=/dev/xvda1" },
        Case("extra=''", .pv) { $0.operatingSystem.commandLine == nil },
        Case("bootloader='pygrub'\nbootloader_args=['-q','--entry=1']", .pv) {
            $0.operatingSystem.bootloader == "pygrub" && $0.operatingSystem.bootloaderArguments == "-q --entry=1"
        },
        Case("bootloader_args='-q  --entry=1 '", .pv) { $0.operatingSystem.bootloaderArguments == "-q --entry=1" },
        Case("") { $0.operatingSystem.bootDevices == [.hardDisk, .cdrom, .floppy] },
        Case("boot='dn'") { $0.operatingSystem.bootDevices == [.cdrom, .network] },
        Case("bios='ovmf'") { $0.operatingSystem.firmware == .efi && $0.operatingSystem.loader == nil },
        Case("firmware='uefi'") { $0.operatingSystem.firmware == .efi },
        Case("firmware='bios'") { $0.operatingSystem.firmware == .bios },
        Case("bios='seabios'") { $0.operatingSystem.firmware == .bios },
        Case("bios='ovmf'\nbios_path_override='/o.bin'") {
            $0.operatingSystem.loader?.path == "/o.bin" && $0.operatingSystem.loader?.type == .pflash
                && $0.operatingSystem.firmware == nil
        },
        Case("firmware_override='/fw'") { $0.operatingSystem.loader == Loader(path: "/fw", type: .rom) },
        Case("firmware='/fw'") { $0.operatingSystem.loader == Loader(path: "/fw", type: .rom) },
        Case("firmware_override='/usr/lib/xen-4.17/boot/hvmloader'") { $0.operatingSystem.loader == nil },
        Case("acpi_firmware='/slic'") { $0.operatingSystem.acpiTables == [ACPITable(type: "slic", path: "/slic")] },
        Case("pae=1\nacpi=0\napic=2\nhap=0\nnx=1\nnestedhvm=1") {
            $0.features.pae == true && $0.features.acpi == false && $0.features.apic == true
                && $0.features.hap == false && $0.xen.nx == true && $0.xen.nestedHVM == true
        },
        Case("acpi_s3=0\nacpi_s4=1\nacpi_laptop_slate=1") {
            $0.powerManagement.suspendToMemory == false && $0.powerManagement.suspendToDisk == true
                && $0.xen.acpiLaptopSlate == true
        },
        Case("e820_host=1", .pv) { $0.features.e820Host == true },
        Case("passthrough='sync_pt'") { $0.features.passthrough == .syncPageTables },
        Case("passthrough='default'") { $0.features.passthrough == nil },
        Case("altp2m='external'") { $0.xen.alternativeViews == .external },
        Case("altp2m=1") { $0.xen.alternativeViews == .mixed },
        Case("altp2mhvm=1") { $0.xen.alternativeViews == .mixed },
        Case("viridian=1") { $0.features.viridian == true && $0.features.hyperV == nil },
        Case("viridian=['defaults']") { $0.features.viridian == true && $0.features.hyperV == nil },
        Case("viridian=['all','!freq']") {
            $0.features.hyperV?.mode == .passthrough && $0.features.hyperV?.states == [.frequencies: false]
        },
        Case("viridian=['base','crash_ctl','apic_assist']") {
            $0.features.hyperV?.mode == .custom && $0.features.hyperV?.states == [.vapic: true]
        },
        Case("cpuid='host,tm=0,sse3=1,page1gb=x'") {
            $0.processor.mode == .hostPassthrough
                && $0.processor.features == [
                    ProcessorFeature(name: "tm", policy: .disable), ProcessorFeature(name: "pni", policy: .force),
                    ProcessorFeature(name: "pdpe1gb", policy: .optional),
                ]
        },
        Case("cpuid=['1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0,edx=xx1xxxxxxxxxxxxxxxxxxxxxxxxxxxxx']") {
            $0.processor.features == [
                ProcessorFeature(name: "pni", policy: .disable), ProcessorFeature(name: "tm", policy: .force),
            ]
        },
        Case(
            "maxmem=128\nvcpus=2\nvnuma=[['pnode=0','size=64','vcpus=0','vdistances=10,20'],['size=64','vcpus=1','vdistances=20,10']]"
        ) {
            $0.processor.numaCells.map(\.memory.count) == [65536, 65536]
                && $0.processor.numaCells[0].distances == [0: 10, 1: 20]
                && $0.processor.numaCells[1].cpus?.members == [1]
        },
        Case("localtime=1") { $0.clock.offset == .localtime },
        Case("rtc_timeoffset='-3600'") { $0.clock.offset == .variable(adjustment: -3600, basis: .utc) },
        Case("tsc_mode='always_emulate'") { $0.clock.timers.first?.mode == .emulate },
        Case("tsc_mode=2") { $0.clock.timers.first?.mode == .native },
        Case("hpet=0") { $0.clock.timers.first?.name == .hpet && $0.clock.timers.first?.isPresent == false },
        Case("timer_mode='one_missed_tick_pending'\nvpt_align=0") {
            $0.xen.timerMode == .oneMissedTickPending && $0.xen.alignTimers == false
        },
        Case("") { $0.onPoweroff == .destroy && $0.onReboot == .restart && $0.onCrash == .destroy },
        Case("on_poweroff='preserve'\non_reboot='rename-restart'\non_crash='coredump-destroy'") {
            $0.onPoweroff == .preserve && $0.onReboot == .restartRename && $0.onCrash == .coredumpDestroy
        },
        Case("on_watchdog='restart'\non_soft_reset='soft-reset'") {
            $0.xen.onWatchdog == .restart && $0.xen.onSoftReset == .softReset
        },
        Case("seclabel='a:b:c'\ninit_seclabel='d:e:f'\ndevice_model_stubdomain_seclabel='g:h:i'") {
            $0.securityLabels == [SecurityLabel(type: "static", label: "a:b:c")] && $0.xen.initialLabel == "d:e:f"
                && $0.xen.deviceModelLabel == "g:h:i"
        },
        Case("device_model_version='qemu-xen'\ndevice_model_override='/q'\ndm_restrict=1\ndevice_model_user='u'") {
            $0.xen.deviceModel.version == .qemuXen && $0.emulator == "/q" && $0.xen.deviceModel.isRestricted == true
                && $0.xen.deviceModel.user == "u"
        },
        Case("device_model_args=['-a','b, c']\ndevice_model_args_hvm=['-h']") {
            $0.deviceModelArguments == ["-a", "b, c"] && $0.xen.deviceModel.hvmArguments == ["-h"]
        },
        Case("device_model_args_pv=['-p']", .pv) { $0.xen.deviceModel.pvArguments == ["-p"] },
        Case("bootloader='pygrub'\nbootloader_args=['a b',\"it's\",'']", .pv) {
            $0.operatingSystem.bootloaderArguments == #"'a b' 'it'"'"'s' ''"#
        },
        Case("kernel=''\nramdisk=''\nseclabel=''\nfirmware_override=''\nboot=''\nserial=''\nsoundhw=''\ncpuid=''") {
            $0.operatingSystem.kernel == nil && $0.operatingSystem.initrd == nil && $0.securityLabels.isEmpty
                && $0.operatingSystem.bootDevices == [.hardDisk, .cdrom, .floppy] && $0.devices.count == 1
        },
        Case("device_model_stubdomain_override=1\nstubdomain_memory=32\nstubdomain_kernel='/s'") {
            $0.xen.deviceModel.isStubdomain == true && $0.xen.deviceModel.stubdomainMemory == Kibibytes(32768)
                && $0.xen.deviceModel.stubdomainKernel == "/s"
        },
        Case("shadow_memory=8\nmmio_hole=256\nsmbios_firmware='/s'\nvendor_device='xenserver'\nhdtype='ahci'") {
            $0.xen.shadowMemory == Kibibytes(8192) && $0.xen.mmioHole == Kibibytes(262144)
                && $0.xen.smbiosFirmware == "/s" && $0.xen.vendorDevice == .xenserver
                && $0.xen.diskController == .ahci
        },
        Case("max_maptrack_frames=7\nmax_grant_version=2\nnomigrate=1\ndriver_domain=1\nmsr_relaxed=1\nvpmu=1") {
            $0.xen.maxMaptrackFrames == 7 && $0.xen.maxGrantVersion == 2 && $0.xen.isMigrationDisabled == true
                && $0.xen.driverDomain == true && $0.xen.msrRelaxed == true && $0.xen.vpmu == true
        },
        Case("pvshim=1\npvshim_path='/s'\npvshim_cmdline='a'\npvshim_extra='b'", .pvh) {
            var shim = PVShim(isEnabled: true)
            (shim.path, shim.commandLine, shim.extra) = ("/s", "a", "b")
            return $0.xen.pvShim == shim
        },
        Case("ms_vm_genid='generate'") { $0.generationID == DomainUUID(high: 1, low: 2) },
        Case("gfx_passthru=1") { $0.xen.graphicsPassthrough == .automatic },
        Case("gfx_passthru='igd'") { $0.xen.graphicsPassthrough == .igd },
        Case("gfx_passthru=0") { $0.xen.graphicsPassthrough == nil },
        Case("rdm='strategy=host,policy=relaxed'\nrdm_mem_boundary=2048") {
            $0.xen.reservedMemory
                == ReservedMemory(isWholeHost: true, policy: .relaxed, boundary: Kibibytes(2 << 20))
        },
        Case("ioports=['2f8-2ff','3f8']\nirqs=[7,'9']\niomem=['fe000,2','a0000,1@b0000']") {
            $0.xen.ioPorts == [IOPortRange(first: 0x2f8, count: 8), IOPortRange(first: 0x3f8, count: 1)]
                && $0.xen.irqs == [7, 9]
                && $0.xen.ioMemory == [
                    IOMemoryRange(start: 0xfe000, count: 2),
                    IOMemoryRange(start: 0xa0000, count: 1, guestStart: 0xb0000),
                ]
        },
        Case("usbversion=3\nxen_platform_pci=0\nvkb_device=1") {
            $0.xen.usbVersion == 3 && $0.xen.xenPlatformPCI == false && $0.xen.vkbDevice == true
        },
    ]

    @Test(arguments: cases)
    func aKeySaysWhatXlMeansByIt(_ example: Case) throws {
        let reading = try read(example.text, type: example.type)
        #expect(example.holds(reading.definition))
        #expect(reading.notices.isEmpty)
    }

    @Test func whatIsNotSaidIsLeftToLibxl() throws {
        let definition = try read("").definition
        #expect(definition.features == Features())
        #expect(definition.xen == XenOptions())
        #expect(definition.clock == .utc)
        #expect(definition.processor == Processor())
        // But for what a document without it would mean otherwise: xl gives a hvm guest a VNC server.
        #expect(definition.devices.count == 1)
        #expect(definition.graphics.first?.kind == .vnc && definition.graphics.first?.autoport == true)
        #expect(try read("", type: .pv).definition.devices.isEmpty)
    }

    @Test(arguments: [("", GuestType.pv), ("type='pvh'", .pvh), ("builder='hvm'", .hvm), ("builder='generic'", .pv)])
    func theGuestTypeIsThatOfXl(text: String, type: GuestType) throws {
        let configuration = try XLConfiguration.parse(Array("name='a'\nmemory=1\n\(text)".utf8))
        #expect(try DomainDefinition.read(configuration, draws: draws).definition.operatingSystem.guestType == type)
    }

    @Test(
        arguments: [
            ("nonsense=1", .hvm, "nonsense", .unknownKey), ("oos=1", .hvm, "oos", .unsupported),
            ("pae=1", .pv, "pae", .otherGuestType(.pv)), ("e820_host=1", .hvm, "e820_host", .otherGuestType(.hvm)),
            ("pvshim=1", .hvm, "pvshim", .otherGuestType(.hvm)),
            ("serial='pty'", .pvh, "serial", .otherGuestType(.pvh)),
            ("altp2m='mixed'\naltp2mhvm=0", .hvm, "altp2mhvm", .ineffective(because: "altp2m")),
            ("cmdline='a'\nextra='b'", .pv, "extra", .ineffective(because: "cmdline")),
            ("on_crash='soft-reset'", .hvm, "on_crash", .unsupportedPart("soft-reset")),
            ("cpus='all,^1'", .hvm, "cpus", .unsupportedPart("all,^1")),
            ("cpus='nodes:0'", .hvm, "cpus", .unsupportedPart("nodes:0")),
            ("cpus=['1','2']", .hvm, "cpus[2]", .ineffective(because: "maxvcpus")),
            ("viridian=['defaults','time_ref_count']", .hvm, "viridian", .unsupportedPart("time_ref_count")),
            ("viridian=['base','freq']", .hvm, "viridian", .implied("crash_ctl")),
            ("cpuid='host,family=6'", .hvm, "cpuid", .unsupportedPart("family=6")),
            ("cpuid='host,tm=k'", .hvm, "cpuid", .unsupportedPart("tm=k")),
            ("bios='rombios'", .hvm, "bios", .unsupportedPart("rombios")),
            ("bios_path_override='/x'", .hvm, "bios_path_override", .unsupported),
            ("kernel='/usr/lib/xen/boot/hvmloader'", .hvm, "kernel", .ineffective(because: "type")),
            ("firmware='pvgrub64'", .pv, "firmware", .unsupported),
            ("boot='cx'", .hvm, "boot", .unsupportedPart("x")),
            ("vnuma=[['size=64','vcpus=0']]", .hvm, "vnuma[1]", .implied("vdistances=…,10")),
            ("cpuid='tm=0'", .hvm, "cpuid", .unsupportedPart("tm=0")),
            ("cpuid='host,vmx=1'", .hvm, "cpuid", .unsupportedPart("vmx=1")),
            ("cpuid=['1:ecx=x']", .hvm, "cpuid[1]", .unsupportedPart("ecx=x")),
            ("hap=1", .pv, "hap", .otherGuestType(.pv)), ("nestedhvm=0", .pv, "nestedhvm", .otherGuestType(.pv)),
            ("bootloader='pygrub'", .hvm, "bootloader", .otherGuestType(.hvm)),
            ("pci=['03:00.0']\ne820_host=0", .pv, "e820_host", .ineffective(because: "pci")),
            ("spiceport=1", .hvm, "spiceport", .ineffective(because: "spice")),
            ("max_grant_frames=0", .pv, "max_grant_frames", .unsupportedPart("0")),
            ("vnuma=[['pnode=1','size=64','vcpus=0']]", .hvm, "vnuma[1][1]", .unsupportedPart("pnode=1")),
            ("usb=1", .hvm, "usb", .unsupported), ("parallel='pty'", .hvm, "parallel", .unknownKey),
            ("nographic=1", .hvm, "nographic", .unsupported),
            ("sdl=0\ndisplay=':0'", .hvm, "display", .ineffective(because: "sdl")),
            ("pci_seize=1", .hvm, "pci_seize", .ineffective(because: "pci")),
        ] as [(String, GuestType, String, XLConfigNotice.Kind)])
    func whatHasNoPlaceIsNamed(text: String, type: GuestType, key: String, kind: XLConfigNotice.Kind) throws {
        let notices = try read(text, type: type).notices
        #expect(notices.contains { $0.key == key && $0.kind == kind }, "\(notices)")
        #expect(notices.allSatisfy { $0.line >= firstLine && $0.description.hasPrefix("line \($0.line): ") })
    }

    @Test func anOverriddenKeyIsNamed() throws {
        let reading = try read("memory=128")
        #expect(reading.definition.memory == Kibibytes(131072))
        #expect(reading.notices == [XLConfigNotice(key: "memory", line: 3, kind: .overridden(byLine: 5))])
    }

    @Test(
        arguments: [
            ("memory=0", "memory", .outOfRange("0", lowest: 1, highest: (1 << 44) - 1)),
            ("memory='many'", "memory", .badNumber("many")), ("memory=08", "memory", .badNumber("08")),
            (
                "memory=99999999999999999999", "memory",
                .outOfRange("99999999999999999999", lowest: 1, highest: (1 << 44) - 1)
            ),
            ("memory=[1]", "memory", .notText), ("maxmem=1", "memory", .aboveMaximum(64, maximum: 1)),
            ("memory=6\nmemory+=4", "memory", .addedNumber),
            ("vcpus=0", "vcpus", .outOfRange("0", lowest: 1, highest: 4096)),
            ("vcpus=4\nmaxvcpus=2", "vcpus", .aboveMaximum(4, maximum: 2)),
            ("name=''", "name", .badName(.empty)), ("uuid='x'", "uuid", .badUUID("x")),
            ("builder='generic'", "builder", .contradiction(type: "hvm", builder: "generic")),
            ("builder='xen'", "builder", .unknownWord("xen", known: ["generic", "hvm", "linux"])),
            ("cpus='1-'", "cpus", .badCPUList("1-")), ("cpus='5-3'", "cpus", .badCPUList("5-3")),
            ("cpus='99999999999'", "cpus", .badCPUList("99999999999")), ("cpus='1,^1'", "cpus", .badCPUList("1,^1")),
            ("kernel='/a\\nb'", "kernel", .controlCharacter("/a\nb", character: "\n")),
            ("pae='yes'", "pae", .badNumber("yes")), ("altp2m=9", "altp2m", .outOfRange("9", lowest: 0, highest: 3)),
            ("tsc_mode=9", "tsc_mode", .outOfRange("9", lowest: 0, highest: 3)),
            ("mmio_hole=255", "mmio_hole", .outOfRange("255", lowest: 256, highest: 3840)),
            (
                "rtc_timeoffset=4294967296", "rtc_timeoffset",
                .outOfRange("4294967296", lowest: -2_147_483_648, highest: 2_147_483_647)
            ),
            ("maxmem=99\nvnuma=[['size=64','vcpus=0']]", "maxmem", .nodesDiffer(sum: 64, maximum: 99)),
            ("vnuma=[['vcpus=0']]", "vnuma[1]", .missingPart("size=…")),
            ("vnuma=['size=64']", "vnuma[1]", .notList),
            ("vnuma=[['size=64','x=1']]", "vnuma[1][2]", .unknownPart("x=1")),
            ("ioports=['2-1']", "ioports[1]", .badRange("2-1")), ("iomem=['1']", "iomem[1]", .badRange("1")),
            ("irqs=['x']", "irqs[1]", .badNumber("x")),
            ("rdm='strategy=all'", "rdm", .unknownWord("all", known: ["host"])),
            ("viridian=['fast']", "viridian[1]", nil), ("device_model_args='x'", "device_model_args", .notList),
            ("spice=1\nspiceport=0", "spiceport", .outOfRange("0", lowest: 1, highest: 65535)),
        ] as [(String, String, XLValueProblem?)])
    func whatCannotBeIsAnErrorAtItsKey(text: String, key: String, problem: XLValueProblem?) {
        let error = #expect(throws: XLConfigError.self) { try read(text) }
        guard case .value(let foundKey, let line, let found) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(foundKey == key)
        #expect(line > 0)
        if let problem { #expect(found == problem) }
    }

    @Test func aDomainNeedsAName() throws {
        let configuration = try XLConfiguration.parse(Array("memory=1".utf8))
        #expect(throws: XLConfigError.value(key: "name", line: 0, problem: .missing)) {
            try DomainDefinition.read(configuration)
        }
    }

    @Test func aDomainOfWhichNobodySaysHowMuchMemoryHasWhatXlGivesIt() throws {
        let reading = try DomainDefinition.read(XLConfiguration.parse(Array("name='a'".utf8)), draws: draws)
        #expect(reading.definition.memory == Kibibytes(32768))
        #expect(
            reading.notices.map(\.description) == [
                "memory is missing; 32 MiB, which is what xl takes without it, was taken"
            ])
    }
}
