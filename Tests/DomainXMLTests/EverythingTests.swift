import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("Everything outside of the devices")
struct EverythingTests {
    @Test("is read into the model")
    func read() throws {
        let parsed = try DomainDefinition.parse(fixture("everything-domain"), options: inactive)
        #expect(parsed.notices == [])
        let domain = parsed.value
        let expected = try Self.expected()
        #expect(domain.vcpus == expected.vcpus)
        #expect(domain.cpuTuning == expected.cpuTuning)
        #expect(domain.operatingSystem == expected.operatingSystem)
        #expect(domain.features == expected.features)
        #expect(domain.processor == expected.processor)
        #expect(domain.clock == expected.clock)
        #expect(domain.xen == expected.xen)
        #expect(domain == expected)
    }

    @Test("is printed in virsh's order, our own words last, under the usual prefixes")
    func printed() throws {
        let parsed = try DomainDefinition.parse(fixture("everything-domain"), options: inactive)
        let expected = try String(decoding: fixture("everything-domain.printed"), as: UTF8.self)
        #expect(parsed.value.xml() == expected)
        #expect(try parseDomain(expected).value == parsed.value)
    }

    private static func expected() throws -> DomainDefinition {
        var domain = DomainDefinition(
            name: try DomainName("mill"), uuid: try #require(DomainUUID("0f7d2c54-5b0e-4c0e-9a34-6d1f0f6a9b21")),
            memory: Kibibytes(4 << 20), operatingSystem: system)
        domain.generationID = DomainUUID("43dc0cf8-809b-4adb-9bea-a9abb5f3d90e")
        domain.metadata = "<metadata><m:wheel xmlns:m='urn:example:mill'/></metadata>"
        domain.vcpus = vcpus
        domain.cpuTuning.shares = 512
        domain.cpuTuning.pins = [VCPUPin(vcpu: 1, cpuSet: CPUSet([0, 2])), VCPUPin(vcpu: 0, cpuSet: CPUSet([5]))]
        domain.features = features
        domain.processor = processor
        domain.clock = Clock(offset: .localtime, timers: timers)
        domain.powerManagement.suspendToMemory = false
        domain.powerManagement.suspendToDisk = true
        var label = SecurityLabel(type: "static", label: "system_u:system_r:domU_t")
        label.model = "flask"
        label.relabel = false
        var none = SecurityLabel(type: "none")
        none.model = "dac"
        domain.securityLabels = [label, none]
        domain.deviceModelArguments = ["-debugcon", "file:/tmp/debug log", ""]
        domain.xen = options
        return domain
    }

    private static var system: OperatingSystem {
        var system = OperatingSystem(guestType: .hvm)
        system.architecture = "x86_64"
        system.firmware = .efi
        system.firmwareFeatures = [FirmwareFeature(.secureBoot, isEnabled: false)]
        var loader = Loader(path: "/usr/lib/xen/boot/ovmf.bin", type: .pflash)
        loader.isReadOnly = true
        loader.isSecure = false
        loader.format = "raw"
        system.loader = loader
        system.bootDevices = [.hardDisk]
        system.acpiTables = [
            ACPITable(type: "slic", path: "/etc/xen/slic.bin"), ACPITable(type: "raw", path: "/etc/xen/other.bin"),
        ]
        return system
    }

    private static var vcpus: VirtualCPUs {
        var vcpus = VirtualCPUs(maximum: 4, current: 3)
        vcpus.cpuSet = CPUSet([0, 1, 2, 4, 5, 6, 7])
        vcpus.individual = [
            IndividualVCPU(id: 0, isEnabled: true), IndividualVCPU(id: 1, isEnabled: true),
            IndividualVCPU(id: 3, isEnabled: true), IndividualVCPU(id: 2, isEnabled: false),
        ]
        vcpus.individual[0].isHotPluggable = false
        vcpus.individual[1].isHotPluggable = true
        vcpus.individual[1].order = 2
        vcpus.individual[2].order = 1
        return vcpus
    }

    private static var features: Features {
        var features = Features()
        features.acpi = true
        features.apic = false
        features.viridian = true
        var hyperV = HyperVFeatures(mode: .custom)
        hyperV.states = [
            .relaxed: true, .vapic: true, .spinlocks: true, .vpindex: true, .runtime: false, .synic: true,
            .stimer: true, .stimerDirect: false, .reset: false, .vendorID: true, .frequencies: true,
            .reenlightenment: false, .tlbflush: true, .ipi: true, .evmcs: false, .avic: false, .emsrBitmap: false,
            .xmmInput: true,
        ]
        hyperV.spinlockRetries = 8191
        hyperV.vendorID = "Miller"
        features.hyperV = hyperV
        return features
    }

    private static var processor: Processor {
        var processor = Processor(mode: .hostPassthrough)
        processor.model = "Skylake-Server"
        processor.topology = ProcessorTopology(sockets: 1, dies: 2, cores: 1, threads: 2)
        processor.features = [
            ProcessorFeature(name: "tsc", policy: .require), ProcessorFeature(name: "vmx", policy: .forbid),
            ProcessorFeature(name: "pni", policy: nil),
        ]
        processor.numaCells = [
            NUMACell(id: 1, cpus: CPUSet([2, 3]), memory: Kibibytes(1 << 20)),
            NUMACell(id: 0, cpus: CPUSet([0, 1]), memory: Kibibytes(3 << 20)),
        ]
        processor.numaCells[0].distances = [1: 10, 0: 21]
        return processor
    }

    private static var timers: [Timer] {
        var tsc = Timer(name: .tsc)
        tsc.isPresent = true
        tsc.tickPolicy = .discard
        tsc.frequency = 2_400_000_000
        tsc.mode = .native
        var hpet = Timer(name: .hpet)
        hpet.isPresent = false
        var rtc = Timer(name: .rtc)
        rtc.tickPolicy = .catchup
        return [tsc, hpet, rtc]
    }

    private static var options: XenOptions {
        var options = XenOptions()
        options.timerMode = .noMissedTicksPending
        options.alignTimers = true
        options.alternativeViews = .limited
        options.nx = true
        options.nestedHVM = false
        options.vpmu = true
        options.msrRelaxed = false
        options.acpiLaptopSlate = true
        options.xenPlatformPCI = false
        options.vkbDevice = true
        options.vendorDevice = .xenserver
        options.diskController = .ahci
        options.usbVersion = 3
        options.graphicsPassthrough = .igd
        options.smbiosFirmware = "/etc/xen/smbios.bin"
        options.mmioHole = Kibibytes(2048 << 10)
        options.shadowMemory = Kibibytes(17 << 10)
        options.claimMemory = false
        options.maxMaptrackFrames = 2048
        options.maxGrantVersion = 1
        options.reservedMemory = ReservedMemory(isWholeHost: true, policy: .strict, boundary: Kibibytes(3 << 20))
        options.scheduler.cap = 150
        options.scheduler.period = 20_000
        options.scheduler.budget = 8000
        options.scheduler.extratime = false
        options.softPins = [VCPUPin(vcpu: 3, cpuSet: CPUSet(4...7)), VCPUPin(vcpu: 2, cpuSet: CPUSet([1]))]
        options.pool = "east"
        options.numaPlacement = false
        options.ioPorts = [IOPortRange(first: 0x2f8, count: 8), IOPortRange(first: 0x378, count: 1)]
        options.irqs = [7, 5]
        options.ioMemory = [
            IOMemoryRange(start: 0xfed00, count: 1, guestStart: 0xfed10), IOMemoryRange(start: 256, count: 16),
        ]
        options.deviceModel = deviceModel
        var shim = PVShim(isEnabled: true)
        shim.path = "/usr/lib/xen/boot/xen-shim"
        shim.commandLine = "loglvl=all"
        shim.extra = "sched=null"
        options.pvShim = shim
        options.driverDomain = true
        options.isMigrationDisabled = true
        options.firstBlockDevice = "xvdm"
        options.deviceModelLabel = "system_u:system_r:dm_t"
        options.initialLabel = "system_u:system_r:init_t"
        options.onWatchdog = .restartRename
        options.onSoftReset = .softReset
        return options
    }

    private static var deviceModel: DeviceModelOptions {
        var model = DeviceModelOptions()
        model.version = .qemuXen
        model.isStubdomain = true
        model.stubdomainMemory = Kibibytes(128 << 10)
        model.stubdomainKernel = "/boot/stub"
        model.stubdomainRamdisk = "/boot/stub.img"
        model.stubdomainCommandLine = "debug ro"
        model.user = "qemu"
        model.isRestricted = true
        model.pvArguments = ["-pv"]
        model.hvmArguments = ["-hvm", "a b"]
        model.usbDevices = ["host:090c:1000"]
        return model
    }
}
