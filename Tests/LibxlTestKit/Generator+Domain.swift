package import LibxlAPI
import XenUnits

extension Generator {
    mutating func vncInfo() -> LibxlVNCInfo {
        var value = LibxlVNCInfo()
        value.enable = maybe { $0.flip() }
        value.listen = maybe { $0.text() }
        value.password = maybe { $0.text() }
        value.display = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.findUnused = maybe { $0.flip() }
        return value
    }

    mutating func sdlInfo() -> LibxlSDLInfo {
        var value = LibxlSDLInfo()
        value.enable = maybe { $0.flip() }
        value.opengl = maybe { $0.flip() }
        value.display = maybe { $0.text() }
        value.xauthority = maybe { $0.text() }
        return value
    }

    private mutating func spiceInfo() -> LibxlSpiceInfo {
        var value = LibxlSpiceInfo()
        value.enable = maybe { $0.flip() }
        value.port = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.tlsPort = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.host = maybe { $0.text() }
        value.disableTicketing = maybe { $0.flip() }
        value.password = maybe { $0.text() }
        value.agentMouse = maybe { $0.flip() }
        value.vdagent = maybe { $0.flip() }
        value.clipboardSharing = maybe { $0.flip() }
        value.usbRedirection = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.imageCompression = maybe { $0.text() }
        value.streamingVideo = maybe { $0.text() }
        return value
    }

    private mutating func domainSchedParams() -> LibxlDomainSchedParams {
        var value = LibxlDomainSchedParams()
        value.scheduler = maybe { $0.pick(LibxlScheduler.allCases) }
        value.weight = maybe { UInt32($0.next() >> 33) }
        value.cap = maybe { UInt32($0.next() >> 33) }
        value.period = maybe { UInt32($0.next() >> 33) }
        value.budget = maybe { UInt32($0.next() >> 33) }
        value.extraTime = maybe { UInt32($0.next() >> 33) }
        value.slice = maybe { UInt32($0.next() >> 33) }
        value.latency = maybe { UInt32($0.next() >> 33) }
        return value
    }

    private mutating func vNodeInfo() -> LibxlVNodeInfo {
        var value = LibxlVNodeInfo()
        value.memory = maybe { Kibibytes($0.next() >> 20) }
        value.distances = list { UInt32(truncatingIfNeeded: $0.next()) }
        value.physicalNode = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.vcpus = numbers()
        return value
    }

    private mutating func ioPortRange() -> LibxlIOPortRange {
        var value = LibxlIOPortRange()
        value.first = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.count = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        return value
    }

    private mutating func ioMemRange() -> LibxlIOMemRange {
        var value = LibxlIOMemRange()
        value.start = maybe { $0.next() >> 1 } ?? 0
        value.count = maybe { $0.next() >> 1 } ?? 0
        value.guestFrame = maybe { $0.next() >> 1 }
        return value
    }

    private mutating func hvmInfo() -> LibxlHVMInfo {
        var value = LibxlHVMInfo()
        value.firmware = maybe { $0.text() }
        value.bios = maybe { $0.pick(LibxlBIOSType.allCases) }
        value.pae = maybe { $0.flip() }
        value.acpiS3 = maybe { $0.flip() }
        value.acpiS4 = maybe { $0.flip() }
        value.acpiLaptopSlate = maybe { $0.flip() }
        value.nx = maybe { $0.flip() }
        value.viridian = maybe { $0.flip() }
        value.viridianEnable = LibxlViridianEnlightenment.allCases.filter { _ in flip() }
        value.viridianDisable = LibxlViridianEnlightenment.allCases.filter { _ in flip() }
        value.timeOffset = maybe { $0.text() }
        value.hpet = maybe { $0.flip() }
        value.vptAlign = maybe { $0.flip() }
        value.mmioHoleMemory = maybe { Kibibytes($0.next() >> 20) }
        value.systemFirmware = maybe { $0.text() }
        value.smbiosFirmware = maybe { $0.text() }
        value.acpiFirmware = maybe { $0.text() }
        value.hdType = pick(DiskControllerType.allCases)
        value.nographic = maybe { $0.flip() }
        value.vga = maybe { $0.pick(LibxlVGAInterfaceType.allCases) }
        value.vnc = vncInfo()
        value.keymap = maybe { $0.text() }
        value.sdl = sdlInfo()
        value.spice = spiceInfo()
        value.gfxPassthrough = maybe { $0.flip() }
        value.gfxPassthroughKind = maybe { $0.pick(LibxlGfxPassthroughKind.allCases) }
        value.serial = maybe { $0.text() }
        value.boot = maybe { $0.text() }
        value.usb = maybe { $0.flip() }
        value.usbVersion = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.usbDevice = maybe { $0.text() }
        value.vkbDevice = maybe { $0.flip() }
        value.soundHardware = maybe { $0.text() }
        value.xenPlatformPCI = maybe { $0.flip() }
        value.usbDeviceList = list { $0.text() }
        value.vendorDevice = maybe { $0.pick(LibxlVendorDevice.allCases) }
        value.generationID = maybe { LibxlGenerationID(high: $0.next(), low: $0.next()) } ?? nil
        value.serialList = list { $0.text() }
        value.rdm = rdmReserve()
        value.rdmMemoryBoundary = maybe { Kibibytes($0.next() >> 20) }
        value.mcaCapabilities = maybe { $0.next() >> 1 } ?? 0
        return value
    }

    private mutating func rdmReserve() -> LibxlRDMReserve {
        var value = LibxlRDMReserve()
        value.strategy = pick(LibxlRDMReserveStrategy.allCases)
        value.policy = maybe { $0.pick(ReservedMemoryPolicy.allCases) }
        return value
    }

    private mutating func pvInfo() -> LibxlPVInfo {
        var value = LibxlPVInfo()
        value.slackMemory = maybe { Kibibytes($0.next() >> 20) }
        value.e820Host = maybe { $0.flip() }
        return value
    }

    private mutating func pvhInfo() -> LibxlPVHInfo {
        var value = LibxlPVHInfo()
        value.pvshim = maybe { $0.flip() }
        value.pvshimPath = maybe { $0.text() }
        value.pvshimCommandLine = maybe { $0.text() }
        value.pvshimExtra = maybe { $0.text() }
        return value
    }

    private mutating func domainCreateInfo() -> LibxlDomainCreateInfo {
        var value = LibxlDomainCreateInfo(
            type: pick(GuestType.allCases), name: text(), uuid: DomainUUID(high: next(), low: next()))
        value.hap = maybe { $0.flip() }
        value.oos = maybe { $0.flip() }
        value.ssidref = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.ssidLabel = maybe { $0.text() }
        value.xenstoreData = Dictionary(list { ($0.text(), $0.text()) }) { $1 }
        value.platformData = Dictionary(list { ($0.text(), $0.text()) }) { $1 }
        value.poolID = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.poolName = maybe { $0.text() }
        value.runHotplugScripts = maybe { $0.flip() }
        value.driverDomain = maybe { $0.flip() }
        value.passthrough = maybe { $0.pick(PassthroughMode.allCases) }
        value.xendSuspendEventChannelCompatible = maybe { $0.flip() }
        return value
    }

    private mutating func domainBuildInfo(for type: GuestType) -> LibxlDomainBuildInfo {
        let vcpuCount = UInt32(1 + next() % 512)
        var value = LibxlDomainBuildInfo(
            maxVCPUs: vcpuCount, availableVCPUs: [0] + numbers().filter { (1..<vcpuCount).contains($0) },
            maxMemory: Kibibytes(next() >> 20), targetMemory: Kibibytes(next() >> 20))
        value.cpumap = numbers()
        value.nodemap = numbers()
        value.vcpuHardAffinity = list { $0.numbers() + [200] }
        value.vcpuSoftAffinity = list { $0.numbers() + [200] }
        value.numaPlacement = maybe { $0.flip() }
        value.tscMode = maybe { $0.pick(LibxlTSCMode.allCases) }
        value.videoMemory = maybe { Kibibytes($0.next() >> 20) }
        value.shadowMemory = maybe { Kibibytes($0.next() >> 20) }
        value.iommuMemory = maybe { Kibibytes($0.next() >> 20) }
        value.rtcTimeOffset = Int32(truncatingIfNeeded: next())
        value.execSSIDRef = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.execSSIDLabel = maybe { $0.text() }
        value.localtime = maybe { $0.flip() }
        value.disableMigrate = maybe { $0.flip() }
        value.cpuid = cpuidPolicies()
        value.blkdevStart = maybe { $0.text() }
        value.vnumaNodes = list { $0.vNodeInfo() }
        value.maxGrantFrames = maybe { UInt32($0.next() >> 33) }
        value.maxMaptrackFrames = maybe { UInt32($0.next() >> 33) }
        value.maxGrantVersion = maybe { UInt32($0.next() >> 33) }
        value.deviceModelVersion = maybe { $0.pick(DeviceModelVersion.allCases) }
        value.deviceModelStubdomain = maybe { $0.flip() }
        value.stubdomainMemory = maybe { Kibibytes($0.next() >> 20) }
        value.stubdomainKernel = maybe { $0.text() }
        value.stubdomainCommandLine = maybe { $0.text() }
        value.stubdomainRamdisk = maybe { $0.text() }
        value.deviceModel = maybe { $0.text() }
        value.deviceModelSSIDRef = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.deviceModelSSIDLabel = maybe { $0.text() }
        value.deviceModelUser = maybe { $0.text() }
        value.extra = list { $0.text() }
        value.extraPV = list { $0.text() }
        value.extraHVM = list { $0.text() }
        value.schedParams = domainSchedParams()
        value.ioports = list { $0.ioPortRange() }
        value.irqs = list { UInt32(truncatingIfNeeded: $0.next()) }
        value.iomem = list { $0.ioMemRange() }
        value.claimMode = maybe { $0.flip() }
        value.eventChannels = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.kernel = maybe { $0.text() }
        value.cmdline = maybe { $0.text() }
        value.ramdisk = maybe { $0.text() }
        value.acpi = maybe { $0.flip() }
        value.timerMode = maybe { $0.pick(TimerMode.allCases) }
        value.nestedHVM = maybe { $0.flip() }
        value.apic = maybe { $0.flip() }
        value.dmRestrict = maybe { $0.flip() }
        value.msrRelaxed = maybe { $0.flip() }
        value.altp2m = pick(AlternativeViews.allCases)
        value.vmtraceBuffer = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.vpmu = maybe { $0.flip() }
        if type != .hvm {
            value.bootloader = maybe { $0.text() }
            value.bootloaderArguments = list { $0.text() }
        }
        switch type {
        case .pv: value.pv = pvInfo()
        case .pvh: value.pvh = pvhInfo()
        case .hvm: value.hvm = hvmInfo()
        }
        return value
    }

    /// Policies for different leaves, each of which has a register.
    private mutating func cpuidPolicies() -> [LibxlCPUIDPolicy] {
        ([1, 4, 7, 0x8000_0001] as [UInt32]).filter { _ in flip() }.map { leaf in
            var policy = LibxlCPUIDPolicy(leaf: leaf, subleaf: maybe { UInt32($0.next() % 3) })
            policy.eax = maybe { $0.register() }
            policy.ebx = maybe { $0.register() }
            policy.ecx = maybe { $0.register() }
            policy.edx = register()
            return policy
        }
    }

    private mutating func register() -> String {
        String((0..<32).map { _ in pick(Array("01xks")) })
    }

    /// A configuration with only such members as its type of guest has in libxl.
    package mutating func config() -> LibxlDomainConfig {
        let info = domainCreateInfo()
        var config = LibxlDomainConfig(createInfo: info, buildInfo: domainBuildInfo(for: info.type))
        config.disks = list { $0.disk() }
        config.nics = list { $0.nic() }
        config.pcidevs = list { $0.pci() }
        config.rdms = list { $0.rdm() }
        config.dtdevs = list { LibxlDeviceDTDev(path: $0.text()) }
        config.vfbs = list { $0.vfb() }
        config.vkbs = list { $0.vkb() }
        config.vtpms = list { $0.vtpm() }
        config.p9s = list { $0.p9() }
        config.pvcallsifs = list { $0.pvCallsIf() }
        config.vdispls = list { $0.vDispl() }
        config.vsnds = list { $0.vSnd() }
        config.channels = list { $0.channel() }
        config.usbctrls = list { $0.usbCtrl() }
        config.usbdevs = list { $0.usbDev() }
        config.onPoweroff = pick(LifecycleAction.allCases)
        config.onReboot = pick(LifecycleAction.allCases)
        config.onWatchdog = pick(LifecycleAction.allCases)
        config.onCrash = pick(LifecycleAction.allCases)
        config.onSoftReset = pick(SoftResetAction.allCases)
        return config
    }
}
