import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("Processors, features, time and firmware as they are passed to libxl")
struct MachineTranslationTests {
    static let cases: [GuestCase] = [
        GuestCase(
            "an own pin, and the domain's set for who has none", .pvh,
            #"{"b_info": {"max_vcpus": 3, "avail_vcpus": [0, 1, 2], "numa_placement": "False", "vcpu_hard_affinity": [[0, 1], [5], [0, 1]]}}"#
        ) {
            $0.vcpus = VirtualCPUs(maximum: 3, current: 3)
            $0.vcpus.cpuSet = CPUSet("0-1")
            $0.cpuTuning.pins = [VCPUPin(vcpu: 1, cpuSet: CPUSet([5]))]
        },
        GuestCase(
            "an own pin, and all processors for who is below and has none", .pv,
            #"{"b_info": {"max_vcpus": 3, "avail_vcpus": [0, 1, 2], "numa_placement": "False", "vcpu_hard_affinity": [[0, 1, 2, 3], [2]]}}"#,
            context: fourProcessors
        ) {
            $0.vcpus = VirtualCPUs(maximum: 3, current: 3)
            $0.cpuTuning.pins = [VCPUPin(vcpu: 1, cpuSet: CPUSet([2]))]
        },
        GuestCase(
            "where vCPUs should run", .pvh,
            #"{"b_info": {"numa_placement": "False", "vcpu_soft_affinity": [[3]]}}"#
        ) { $0.xen.softPins = [VCPUPin(vcpu: 0, cpuSet: CPUSet([3]))] },
        GuestCase(
            "libxl's placement within the processors of the domain", .pv,
            #"{"b_info": {"numa_placement": "True", "vcpu_hard_affinity": [[0]]}}"#
        ) {
            $0.xen.numaPlacement = true
            $0.vcpus.cpuSet = CPUSet([0])
        },
        GuestCase("vCPUs one by one", .pvh, #"{"b_info": {"max_vcpus": 3, "avail_vcpus": [0, 2]}}"#) {
            $0.vcpus = VirtualCPUs(maximum: 3, current: 2)
            $0.vcpus.individual = [
                IndividualVCPU(id: 2, isEnabled: true), IndividualVCPU(id: 0, isEnabled: true),
                IndividualVCPU(id: 1, isEnabled: false),
            ]
        },
        GuestCase(
            "shares of the processors", .pvh,
            #"{"b_info": {"sched_params": {"weight": 1500, "cap": 50, "period": 10000, "budget": 4000, "extratime": 1}}}"#
        ) {
            $0.cpuTuning.shares = 1500
            $0.xen.scheduler.cap = 50
            $0.xen.scheduler.period = 10000
            $0.xen.scheduler.budget = 4000
            $0.xen.scheduler.extratime = true
        },
        GuestCase(
            "features of the host's processor, by libxl's names", .pvh,
            #"""
            {"b_info": {"nested_hvm": "False",
             "cpuid": {"cpuid": [{"leaf": 1, "ecx": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0", "edx": "xxxxxxxxxxxxxxxxxxxxxxxxxxx1xxxx"}],
              "msr": []}}}
            """#
        ) {
            $0.processor = Processor(mode: .hostPassthrough)
            $0.processor.features = [
                ProcessorFeature(name: "pni", policy: .forbid), ProcessorFeature(name: "vmx", policy: .disable),
                ProcessorFeature(name: "tsc", policy: .force), ProcessorFeature(name: "aes", policy: .optional),
            ]
        },
        GuestCase(
            "guests in the guest, where the connection allows them", .hvm, #"{"b_info": {"nested_hvm": "True"}}"#,
            context: nested
        ) { $0.processor = Processor(mode: .hostPassthrough) },
        GuestCase("guests in the guest, since the document says so", .hvm, #"{"b_info": {"nested_hvm": "True"}}"#) {
            $0.processor = Processor(mode: .hostPassthrough)
            $0.processor.features = [ProcessorFeature(name: "svm", policy: nil)]
        },
        GuestCase(
            "the document's own word on it is the last", .hvm, #"{"b_info": {"nested_hvm": "False"}}"#,
            context: nested
        ) {
            $0.processor = Processor(mode: .hostPassthrough)
            $0.xen.nestedHVM = false
        },
        GuestCase("NUMA nodes, by their numbers", .hvm, nodes(1)) { $0.processor.numaCells = cells },
        GuestCase("NUMA nodes, on a host that has one", .hvm, nodes(0), context: oneNode) {
            $0.processor.numaCells = cells
        },
        GuestCase("timers", .hvm, #"{"b_info": {"tsc_mode": "native_paravirt", "type.hvm": {"hpet": "False"}}}"#) {
            var tsc = Timer(name: .tsc)
            tsc.mode = .paravirt
            var hpet = Timer(name: .hpet)
            hpet.isPresent = false
            var kvm = Timer(name: .kvmclock)
            kvm.isPresent = false
            $0.clock.timers = [tsc, hpet, kvm]
        },
        GuestCase(
            "Xen's interfaces for Windows, all of them", .hvm,
            #"{"b_info": {"type.hvm": {"viridian": "True", "viridian_enable": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}}}"#
        ) {
            $0.features.viridian = true
            $0.features.hyperV = HyperVFeatures(mode: .passthrough)
        },
        GuestCase(
            "Xen's interfaces for Windows, named", .hvm,
            #"{"b_info": {"type.hvm": {"viridian_enable": [0, 2, 3, 5, 6, 7, 8]}}}"#
        ) {
            $0.features.hyperV = HyperVFeatures()
            $0.features.hyperV?.states = [.vapic: true, .stimer: true, .ipi: false, .runtime: false]
        },
        GuestCase(
            "UEFI, where the connection has it", .hvm,
            #"{"b_info": {"type.hvm": {"bios": "ovmf", "system_firmware": "/fw/ovmf.bin"}}}"#, context: firmware
        ) { $0.operatingSystem.firmware = .efi },
        GuestCase("UEFI, where libxl has it", .hvm, #"{"b_info": {"type.hvm": {"bios": "ovmf"}}}"#) {
            $0.operatingSystem.firmware = .efi
        },
        GuestCase(
            "a flash image", .hvm,
            #"{"b_info": {"type.hvm": {"bios": "ovmf", "system_firmware": "/fw/mine.fd"}}}"#, context: firmware
        ) { $0.operatingSystem.loader = Loader(path: "/fw/mine.fd", type: .pflash) },
        GuestCase("a BIOS", .hvm, #"{"b_info": {"type.hvm": {"bios": "seabios"}}}"#) {
            $0.operatingSystem.firmware = .bios
        },
        GuestCase("libxl's own loader, wherever it lay", .hvm, "{}") {
            $0.operatingSystem.loader = Loader(path: "/usr/lib/xen/boot/hvmloader", type: .rom)
        },
        GuestCase("a loader of the user's", .hvm, #"{"b_info": {"type.hvm": {"firmware": "/fw/loader"}}}"#) {
            $0.operatingSystem.loader = Loader(path: "/fw/loader")
        },
        GuestCase(
            "tables, sleep and a generation ID", .hvm,
            #"""
            {"b_info": {"type.hvm": {"acpi_firmware": "/fw/slic", "acpi_s3": "True", "acpi_s4": "False",
             "ms_vm_genid": [103, 69, 35, 1, 171, 137, 222, 76, 143, 237, 203, 169, 135, 101, 67, 33]}}}
            """#
        ) {
            $0.operatingSystem.acpiTables = [ACPITable(type: "slic", path: "/fw/slic")]
            $0.powerManagement.suspendToMemory = true
            $0.powerManagement.suspendToDisk = false
            $0.generationID = DomainUUID("01234567-89ab-4cde-8fed-cba987654321")
        },
        GuestCase(
            "a label, an emulator, its arguments and limits", .hvm,
            #"""
            {"c_info": {"ssid_label": "system_u:system_r:domU_t"},
             "b_info": {"device_model": "/usr/bin/qemu", "device_model_version": "qemu_xen", "extra": ["-d", "x"],
                        "max_grant_frames": 64, "event_channels": 2047}}
            """#
        ) {
            $0.securityLabels = [SecurityLabel(type: "static", label: "system_u:system_r:domU_t")]
            $0.emulator = "/usr/bin/qemu"
            $0.deviceModelArguments = ["-d", "x"]
            var bus = Controller(type: .xenbus, index: 0)
            bus.maxGrantFrames = 64
            bus.maxEventChannels = 2047
            $0.devices = [.controller(bus)]
        },
        GuestCase(
            "what becomes of it", .pvh,
            #"{"on_reboot": "restart", "on_watchdog": "preserve", "on_soft_reset": "soft_reset"}"#
        ) {
            $0.xen.onWatchdog = .preserve
            $0.xen.onSoftReset = .softReset
        },
    ]

    static let cells = [
        {
            var cell = NUMACell(id: 1, cpus: CPUSet([0]), memory: Kibibytes(262_144))
            cell.distances = [0: 31]
            return cell
        }(), NUMACell(id: 0, cpus: CPUSet([0]), memory: Kibibytes(262_144)),
    ]

    static func nodes(_ second: Int) -> String {
        #"""
        {"b_info": {"acpi": "True", "vnuma_nodes": [
            {"memkb": 262144, "distances": [10, 31], "vcpus": [0]},
            {"memkb": 262144, "distances": [31, 10], \#(second == 0 ? "" : #""pnode": 1, "#)"vcpus": [0]}]}}
        """#
    }

    static func context(_ vary: (inout TranslationContext) -> Void) -> TranslationContext {
        var context = TranslationContext()
        vary(&context)
        return context
    }
    static let fourProcessors = context { $0.host = LibxlPhysicalInfo(processorCount: 4, nodeCount: 8) }
    static let nested = context { $0.allowsNestedHVM = true }
    static let oneNode = context { $0.host = LibxlPhysicalInfo(processorCount: 64, nodeCount: 1) }
    static let firmware = context { $0.firmware = "/fw/ovmf.bin" }

    @Test("libxl's JSON says what the document said", arguments: cases)
    func saysWhatTheDocumentSaid(_ example: GuestCase) throws { try example.check() }

    static let refused: [RefusedGuest] = [
        RefusedGuest("a pin of no vCPU", .pv, "/domain/cputune/vcpupin/@vcpu", .noSuchVCPU(1, count: 1)) {
            $0.cpuTuning.pins = [VCPUPin(vcpu: 1, cpuSet: CPUSet([0]))]
        },
        RefusedGuest("a soft pin of no vCPU", .pv, "/domain/xenkeeper:options/softPin/@vcpu", .noSuchVCPU(1, count: 1))
        {
            $0.xen.softPins = [VCPUPin(vcpu: 1, cpuSet: CPUSet([0]))]
        },
        RefusedGuest(
            "libxl's placement along with soft pins", .pv, "/domain/xenkeeper:options/numaPlacement/@enabled",
            .conflict(with: "softPin")
        ) {
            $0.xen.numaPlacement = true
            $0.xen.softPins = [VCPUPin(vcpu: 0, cpuSet: CPUSet([0]))]
        },
        RefusedGuest("a weight of none", .pv, "/domain/cputune/shares", .outOfRange(0, least: 1, most: 65535)) {
            $0.cpuTuning.shares = 0
        },
        RefusedGuest("a vCPU that is not there", .pv, "/domain/vcpus/vcpu/@id", .noSuchVCPU(1, count: 1)) {
            $0.vcpus.individual = [IndividualVCPU(id: 1, isEnabled: true)]
        },
        RefusedGuest(
            "no vCPU enabled", .pv, "/domain/vcpus", .currentVCPUsOutOfRange(current: 0, maximum: 1)
        ) { $0.vcpus.individual = [IndividualVCPU(id: 0, isEnabled: false)] },
        RefusedGuest("an unknown feature", .hvm, "/domain/cpu/feature/@name", .unsupported(.cpuFeature, "sparkle")) {
            $0.processor = Processor(mode: .hostPassthrough)
            $0.processor.features = [ProcessorFeature(name: "sparkle", policy: .require)]
        },
        RefusedGuest("a node without processors", .pv, "/domain/cpu/numa/cell/@cpus", .numaCellWithoutVCPUs(0)) {
            $0.processor.numaCells = [NUMACell(id: 0, cpus: nil, memory: Kibibytes(1024))]
        },
        RefusedGuest("a node of other processors", .pv, "/domain/cpu/numa/cell/@cpus", .noSuchVCPU(7, count: 1)) {
            $0.processor.numaCells = [NUMACell(id: 0, cpus: CPUSet([7]), memory: Kibibytes(1024))]
        },
        RefusedGuest(
            "hpet outside of hvm", .pvh, "/domain/clock/timer/@name", .notForGuestType(.pvh, only: [.hvm]),
            device: "hpet"
        ) {
            $0.clock.timers = [Timer(name: .hpet)]
        },
        RefusedGuest(
            "a timer of another hypervisor", .hvm, "/domain/clock/timer/@name", .unsupported(.timer, "kvmclock"),
            device: "kvmclock"
        ) {
            $0.clock.timers = [Timer(name: .kvmclock)]
        },
        RefusedGuest(
            "an interface for Windows that Xen does not have", .hvm, "/domain/features/hyperv/evmcs",
            .unsupported(.hyperVFeature, "evmcs")
        ) {
            $0.features.hyperV = HyperVFeatures()
            $0.features.hyperV?.states = [.evmcs: true]
        },
        RefusedGuest("secure boot", .hvm, "/domain/os/loader/@secure", .secureBoot) {
            $0.operatingSystem.loader = Loader(path: nil)
            $0.operatingSystem.loader?.isSecure = true
        },
        RefusedGuest("a flash image as qcow2", .hvm, "/domain/os/loader/@format", .unsupported(.loaderFormat, "qcow2"))
        {
            $0.operatingSystem.loader = Loader(path: "/fw", type: .pflash)
            $0.operatingSystem.loader?.format = "qcow2"
        },
        RefusedGuest("a BIOS that is UEFI", .hvm, "/domain/os/loader/@type", .conflict(with: "firmware='bios'")) {
            $0.operatingSystem.firmware = .bios
            $0.operatingSystem.loader = Loader(path: "/fw", type: .pflash)
        },
        RefusedGuest("another ACPI table", .hvm, "/domain/os/acpi/table/@type", .unsupported(.acpiTable, "dsdt")) {
            $0.operatingSystem.acpiTables = [ACPITable(type: "dsdt", path: "/fw")]
        },
        RefusedGuest("a generation ID of zero", .hvm, "/domain/genid", .zeroGenerationID) { $0.generationID = .zero },
    ]

    @Test("what libxl cannot express is refused by its path", arguments: refused)
    func refusedByPath(_ refused: RefusedGuest) throws { try refused.check() }

    struct Ordered: CustomTestStringConvertible {
        let testDescription: String
        /// Targets of disks, `cd` for a CD-ROM drive, `net` for a NIC, each with its place.
        let devices: [(String, UInt32?)]
        let boot: String
        var notices = 0
    }

    @Test(
        "devices in a boot order are said by the letters of their kinds",
        arguments: [
            Ordered(testDescription: "no order", devices: [("hda", nil), ("cd", nil)], boot: "c"),
            Ordered(testDescription: "a NIC first", devices: [("hda", 2), ("cd", nil), ("net", 1)], boot: "nc"),
            Ordered(testDescription: "all", devices: [("hda", 3), ("cd", 1), ("net", 2)], boot: "dnc"),
            Ordered(
                testDescription: "the second of a kind after the first", devices: [("hda", 1), ("hdb", 2), ("net", 3)],
                boot: "cn", notices: 1),
        ])
    func bootOrder(_ ordered: Ordered) throws {
        let translation = try Translation(Samples.guest(.hvm) { $0.devices = Self.devices(ordered.devices) })
        #expect(translation.config.buildInfo.hvm.boot == ordered.boot)
        #expect(translation.notices.count == ordered.notices)
    }

    private static func devices(_ devices: [(String, UInt32?)]) -> [Device] {
        devices.map { name, order in
            if name == "net" { return .interface(Samples.nic { $0.bootOrder = order }) }
            var disk = Samples.disk { $0.target = name }
            if name == "cd" {
                disk = Disk(device: .cdrom, source: DiskSource(kind: .file, path: "/iso"), target: "hdc")
            }
            disk.bootOrder = order
            return .disk(disk)
        }
    }

    @Test("an order that letters cannot say is refused, with what it would begin with")
    func bootOrderRefused() throws {
        let secondFirst = try Samples.guest(.hvm) { $0.devices = Self.devices([("hda", 2), ("hdb", 1)]) }
        let path = "/domain/devices/disk/boot/@order"
        #expect(throws: Untranslatable(path: path, device: "hdb", reason: .bootOrder(instead: "hda"))) {
            try LibxlDomainConfig(secondFirst)
        }
        let twice = try Samples.guest(.hvm) { $0.devices = Self.devices([("hda", 1), ("cd", 1)]) }
        #expect(throws: Untranslatable(path: path, device: "hdc", reason: .bootOrderTwice(1))) {
            try LibxlDomainConfig(twice)
        }
        let both = try Samples.guest(.hvm) {
            $0.devices = Self.devices([("hda", 1)])
            $0.operatingSystem.bootDevices = [.cdrom]
        }
        #expect(throws: Untranslatable(path: path, device: "hda", reason: .conflict(with: "/domain/os/boot"))) {
            try LibxlDomainConfig(both)
        }
    }
}
