import XenUnits

extension LibxlDomainBuildInfo: Decodable {
    enum CodingKeys: String, CodingKey {
        case maxVCPUs = "max_vcpus"
        case availableVCPUs = "avail_vcpus"
        case cpumap, nodemap
        case vcpuHardAffinity = "vcpu_hard_affinity"
        case vcpuSoftAffinity = "vcpu_soft_affinity"
        case numaPlacement = "numa_placement"
        case tscMode = "tsc_mode"
        case maxMemory = "max_memkb"
        case targetMemory = "target_memkb"
        case videoMemory = "video_memkb"
        case shadowMemory = "shadow_memkb"
        case iommuMemory = "iommu_memkb"
        case rtcTimeOffset = "rtc_timeoffset"
        case execSSIDRef = "exec_ssidref"
        case execSSIDLabel = "exec_ssid_label"
        case localtime
        case disableMigrate = "disable_migrate"
        case cpuid
        case blkdevStart = "blkdev_start"
        case vnumaNodes = "vnuma_nodes"
        case maxGrantFrames = "max_grant_frames"
        case maxMaptrackFrames = "max_maptrack_frames"
        case maxGrantVersion = "max_grant_version"
        case deviceModelVersion = "device_model_version"
        case deviceModelStubdomain = "device_model_stubdomain"
        case stubdomainMemory = "stubdomain_memkb"
        case stubdomainKernel = "stubdomain_kernel"
        case stubdomainCommandLine = "stubdomain_cmdline"
        case stubdomainRamdisk = "stubdomain_ramdisk"
        case deviceModel = "device_model"
        case deviceModelSSIDRef = "device_model_ssidref"
        case deviceModelSSIDLabel = "device_model_ssid_label"
        case deviceModelUser = "device_model_user"
        case extra
        case extraPV = "extra_pv"
        case extraHVM = "extra_hvm"
        case schedParams = "sched_params"
        case ioports, irqs, iomem
        case claimMode = "claim_mode"
        case eventChannels = "event_channels"
        case kernel, cmdline, ramdisk, acpi, bootloader
        case bootloaderArguments = "bootloader_args"
        case timerMode = "timer_mode"
        case nestedHVM = "nested_hvm"
        case apic
        case dmRestrict = "dm_restrict"
        case altp2m
        case vmtraceBuffer = "vmtrace_buf_kb"
        case vpmu
        case x86 = "arch_x86"
        case hvm = "type.hvm"
        case pv = "type.pv"
        case pvh = "type.pvh"
    }

    enum X86Keys: String, CodingKey {
        case msrRelaxed = "msr_relaxed"
    }

    /// What libxl has at two places, or had once.
    enum PVKeys: String, CodingKey {
        case bootloader
        case bootloaderArguments = "bootloader_args"
        case kernel, ramdisk, cmdline
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        maxVCPUs = try values.decode(UInt32.self, forKey: .maxVCPUs)
        availableVCPUs = try values.decode(forKey: .availableVCPUs, default: [])
        cpumap = try values.decode(forKey: .cpumap, default: [])
        nodemap = try values.decode(forKey: .nodemap, default: [])
        vcpuHardAffinity = try values.decode(forKey: .vcpuHardAffinity, default: [])
        vcpuSoftAffinity = try values.decode(forKey: .vcpuSoftAffinity, default: [])
        numaPlacement = try values.decode(defboolForKey: .numaPlacement)
        tscMode = try values.decodeIfPresent(LibxlTSCMode.self, forKey: .tscMode)
        maxMemory = try values.decode(Kibibytes.self, forKey: .maxMemory)
        targetMemory = try values.decode(Kibibytes.self, forKey: .targetMemory)
        videoMemory = try values.decodeIfPresent(Kibibytes.self, forKey: .videoMemory)
        shadowMemory = try values.decodeIfPresent(Kibibytes.self, forKey: .shadowMemory)
        iommuMemory = try values.decodeIfPresent(Kibibytes.self, forKey: .iommuMemory)
        rtcTimeOffset = try Self.decodeTimeOffset(from: values)
        execSSIDRef = try values.decode(forKey: .execSSIDRef, default: 0)
        execSSIDLabel = try values.decodeIfPresent(String.self, forKey: .execSSIDLabel)
        localtime = try values.decode(defboolForKey: .localtime)
        disableMigrate = try values.decode(defboolForKey: .disableMigrate)
        cpuid = try values.decode(forKey: .cpuid, default: LibxlCPUPolicy([])).cpuid
        blkdevStart = try values.decodeIfPresent(String.self, forKey: .blkdevStart)
        vnumaNodes = try values.decode(forKey: .vnumaNodes, default: [])
        maxGrantFrames = try values.decodeIfPresent(UInt32.self, forKey: .maxGrantFrames)
        maxMaptrackFrames = try values.decodeIfPresent(UInt32.self, forKey: .maxMaptrackFrames)
        maxGrantVersion = try values.decodeIfPresent(UInt32.self, forKey: .maxGrantVersion)
        deviceModelVersion = try values.decodeIfPresent(DeviceModelVersion.self, forKey: .deviceModelVersion)
        deviceModelStubdomain = try values.decode(defboolForKey: .deviceModelStubdomain)
        stubdomainMemory = try values.decodeIfPresent(Kibibytes.self, forKey: .stubdomainMemory)
        stubdomainKernel = try values.decodeIfPresent(String.self, forKey: .stubdomainKernel)
        stubdomainCommandLine = try values.decodeIfPresent(String.self, forKey: .stubdomainCommandLine)
        stubdomainRamdisk = try values.decodeIfPresent(String.self, forKey: .stubdomainRamdisk)
        deviceModel = try values.decodeIfPresent(String.self, forKey: .deviceModel)
        deviceModelSSIDRef = try values.decode(forKey: .deviceModelSSIDRef, default: 0)
        deviceModelSSIDLabel = try values.decodeIfPresent(String.self, forKey: .deviceModelSSIDLabel)
        deviceModelUser = try values.decodeIfPresent(String.self, forKey: .deviceModelUser)
        extra = try values.decode(forKey: .extra, default: [])
        extraPV = try values.decode(forKey: .extraPV, default: [])
        extraHVM = try values.decode(forKey: .extraHVM, default: [])
        schedParams = try values.decode(forKey: .schedParams, default: LibxlDomainSchedParams())
        ioports = try values.decode(forKey: .ioports, default: [])
        irqs = try values.decode(forKey: .irqs, default: [])
        iomem = try values.decode(forKey: .iomem, default: [])
        claimMode = try values.decode(defboolForKey: .claimMode)
        eventChannels = try values.decode(forKey: .eventChannels, default: 0)
        kernel = try values.decodeIfPresent(String.self, forKey: .kernel)
        cmdline = try values.decodeIfPresent(String.self, forKey: .cmdline)
        ramdisk = try values.decodeIfPresent(String.self, forKey: .ramdisk)
        acpi = try values.decode(defboolForKey: .acpi)
        bootloader = try values.decodeIfPresent(String.self, forKey: .bootloader)
        bootloaderArguments = try values.decode(forKey: .bootloaderArguments, default: [])
        timerMode = try values.decodeIfPresent(TimerMode.self, forKey: .timerMode)
        nestedHVM = try values.decode(defboolForKey: .nestedHVM)
        apic = try values.decode(defboolForKey: .apic)
        dmRestrict = try values.decode(defboolForKey: .dmRestrict)
        altp2m = try values.decode(forKey: .altp2m, default: .disabled)
        vmtraceBuffer = try values.decode(forKey: .vmtraceBuffer, default: 0)
        vpmu = try values.decode(defboolForKey: .vpmu)
        if values.contains(.x86) {
            let x86 = try values.nestedContainer(keyedBy: X86Keys.self, forKey: .x86)
            msrRelaxed = try x86.decode(defboolForKey: .msrRelaxed)
        }
        if values.contains(.pv) {
            let pv = try values.nestedContainer(keyedBy: PVKeys.self, forKey: .pv)
            bootloader = try pv.decodeIfPresent(String.self, forKey: .bootloader) ?? bootloader
            bootloaderArguments = try pv.decode(forKey: .bootloaderArguments, default: bootloaderArguments)
            kernel = try pv.decodeIfPresent(String.self, forKey: .kernel) ?? kernel
            ramdisk = try pv.decodeIfPresent(String.self, forKey: .ramdisk) ?? ramdisk
            cmdline = try pv.decodeIfPresent(String.self, forKey: .cmdline) ?? cmdline
        }
        hvm = try values.decode(forKey: .hvm, default: LibxlHVMInfo())
        pv = try values.decode(forKey: .pv, default: LibxlPVInfo())
        pvh = try values.decode(forKey: .pvh, default: LibxlPVHInfo())
    }

    /// Reads the offset as libxl prints it, unsigned, or with its sign.
    private static func decodeTimeOffset(from values: KeyedDecodingContainer<CodingKeys>) throws -> Int32 {
        guard let number = try values.decodeIfPresent(Int64.self, forKey: .rtcTimeOffset) else { return 0 }
        if let offset = Int32(exactly: number) { return offset }
        guard let bits = UInt32(exactly: number) else {
            throw DecodingError.dataCorruptedError(
                forKey: .rtcTimeOffset, in: values, debugDescription: "\(number) is no 32-bit number")
        }
        return Int32(bitPattern: bits)
    }

    /// Writes libxl's JSON, whose nesting follows the guest's type.
    func encode(to encoder: any Encoder, guestType: GuestType) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(maxVCPUs, forKey: .maxVCPUs)
        try values.encode(availableVCPUs, unless: [], forKey: .availableVCPUs)
        try values.encode(cpumap, unless: [], forKey: .cpumap)
        try values.encode(nodemap, unless: [], forKey: .nodemap)
        try values.encode(vcpuHardAffinity, unless: [], forKey: .vcpuHardAffinity)
        try values.encode(vcpuSoftAffinity, unless: [], forKey: .vcpuSoftAffinity)
        try values.encode(defbool: numaPlacement, forKey: .numaPlacement)
        try values.encodeIfPresent(tscMode, forKey: .tscMode)
        try values.encode(maxMemory, forKey: .maxMemory)
        try values.encode(targetMemory, forKey: .targetMemory)
        try values.encodeIfPresent(videoMemory, forKey: .videoMemory)
        try values.encodeIfPresent(shadowMemory, forKey: .shadowMemory)
        try values.encodeIfPresent(iommuMemory, forKey: .iommuMemory)
        // libxl keeps and prints the signed number in an unsigned field.
        try values.encode(UInt32(bitPattern: rtcTimeOffset), unless: 0, forKey: .rtcTimeOffset)
        try values.encode(execSSIDRef, unless: 0, forKey: .execSSIDRef)
        try values.encodeIfPresent(execSSIDLabel, forKey: .execSSIDLabel)
        try values.encode(defbool: localtime, forKey: .localtime)
        try values.encode(defbool: disableMigrate, forKey: .disableMigrate)
        try values.encode(LibxlCPUPolicy(cpuid), unless: LibxlCPUPolicy([]), forKey: .cpuid)
        try values.encodeIfPresent(blkdevStart, forKey: .blkdevStart)
        try values.encode(vnumaNodes, unless: [], forKey: .vnumaNodes)
        try values.encodeIfPresent(maxGrantFrames, forKey: .maxGrantFrames)
        try values.encodeIfPresent(maxMaptrackFrames, forKey: .maxMaptrackFrames)
        try values.encodeIfPresent(maxGrantVersion, forKey: .maxGrantVersion)
        try values.encodeIfPresent(deviceModelVersion, forKey: .deviceModelVersion)
        try values.encode(defbool: deviceModelStubdomain, forKey: .deviceModelStubdomain)
        try values.encodeIfPresent(stubdomainMemory, forKey: .stubdomainMemory)
        try values.encodeIfPresent(stubdomainKernel, forKey: .stubdomainKernel)
        try values.encodeIfPresent(stubdomainCommandLine, forKey: .stubdomainCommandLine)
        try values.encodeIfPresent(stubdomainRamdisk, forKey: .stubdomainRamdisk)
        try values.encodeIfPresent(deviceModel, forKey: .deviceModel)
        try values.encode(deviceModelSSIDRef, unless: 0, forKey: .deviceModelSSIDRef)
        try values.encodeIfPresent(deviceModelSSIDLabel, forKey: .deviceModelSSIDLabel)
        try values.encodeIfPresent(deviceModelUser, forKey: .deviceModelUser)
        try values.encode(extra, unless: [], forKey: .extra)
        try values.encode(extraPV, unless: [], forKey: .extraPV)
        try values.encode(extraHVM, unless: [], forKey: .extraHVM)
        try values.encode(schedParams, unless: LibxlDomainSchedParams(), forKey: .schedParams)
        try values.encode(ioports, unless: [], forKey: .ioports)
        try values.encode(irqs, unless: [], forKey: .irqs)
        try values.encode(iomem, unless: [], forKey: .iomem)
        try values.encode(defbool: claimMode, forKey: .claimMode)
        try values.encode(eventChannels, unless: 0, forKey: .eventChannels)
        try values.encodeIfPresent(kernel, forKey: .kernel)
        try values.encodeIfPresent(cmdline, forKey: .cmdline)
        try values.encodeIfPresent(ramdisk, forKey: .ramdisk)
        try values.encode(defbool: acpi, forKey: .acpi)
        try values.encodeIfPresent(timerMode, forKey: .timerMode)
        try values.encode(defbool: nestedHVM, forKey: .nestedHVM)
        try values.encode(defbool: apic, forKey: .apic)
        try values.encode(defbool: dmRestrict, forKey: .dmRestrict)
        try values.encode(altp2m, unless: .disabled, forKey: .altp2m)
        try values.encode(vmtraceBuffer, unless: 0, forKey: .vmtraceBuffer)
        try values.encode(defbool: vpmu, forKey: .vpmu)
        if msrRelaxed != nil {
            var x86 = values.nestedContainer(keyedBy: X86Keys.self, forKey: .x86)
            try x86.encode(defbool: msrRelaxed, forKey: .msrRelaxed)
        }
        switch guestType {
        case .pv:
            let nested = values.superEncoder(forKey: .pv)
            try pv.encode(to: nested)
            var members = nested.container(keyedBy: PVKeys.self)
            try members.encodeIfPresent(bootloader, forKey: .bootloader)
            try members.encode(bootloaderArguments, unless: [], forKey: .bootloaderArguments)
        case .pvh:
            try values.encodeIfPresent(bootloader, forKey: .bootloader)
            try values.encode(bootloaderArguments, unless: [], forKey: .bootloaderArguments)
            try values.encode(pvh, forKey: .pvh)
        case .hvm: try values.encode(hvm, forKey: .hvm)
        }
    }
}
